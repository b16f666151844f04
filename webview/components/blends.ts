// Between base and tuned weights: a slider, recall measured for the chosen share, and saving a blend as the model.
import type { PanelBlend } from '../../src/protocol/panel.ts';
import { type PanelContext, percent, signed, words } from '../context.ts';
import { button, fill, h } from '../dom.ts';

/** Eleven positions. */
const STEP = 10;

export function blends(context: PanelContext): { root: HTMLElement; draw(): void } {
  const text = (name: string, ...values: (string | number)[]) => words(context, name, ...values);
  const slider = h('input', {
    type: 'range',
    min: 0,
    max: 100,
    step: STEP,
    value: 50,
    'aria-label': text('blend.share'),
    oninput: () => drawShare(),
  }) as HTMLInputElement;
  const chosen = h('output', { class: 'share' });
  const measured = h('p', { role: 'status' });
  const list = h('div');
  const measure = h('div', { class: 'buttons' });
  const root = h(
    'section',
    { class: 'blends' },
    h('h2', {}, text('blend.title')),
    h('p', { class: 'quiet' }, text('blend.hint')),
    h('div', { class: 'slide' }, h('span', {}, text('blend.base')), slider, h('span', {}, text('blend.tuned')), chosen),
    measured,
    measure,
    list,
  );
  let drawnButtons = '';

  function share(): number {
    return Number(slider.value) / 100;
  }

  function drawShare(): void {
    const { blends: all } = context.state;
    const known = all.find((each) => each.share === share());
    chosen.textContent = `${slider.value} %`;
    slider.setAttribute('aria-valuetext', `${slider.value} %`);
    fill(measured, known ? sentence(known) : text('blend.unknown'));
  }

  function sentence({ recall, difference, pValue, fixed, broken }: PanelBlend): string {
    const change = difference
      ? `${signed(difference.value)} [${signed(difference.low)}, ${signed(difference.high)}], p = ${pValue.toFixed(3)}`
      : '';
    return text('blend.measured', percent(recall), change, fixed, broken);
  }

  function drawButtons(run: string, busy: boolean): void {
    const key = [run, busy].join();
    if (key === drawnButtons) return;
    drawnButtons = key;
    const say = (save: boolean) => () => context.post({ type: 'blend', run, share: share(), save });
    fill(
      measure,
      button(text('blend.measure'), say(false), { disabled: busy }),
      button(text('blend.use'), say(true), { disabled: busy }),
    );
  }

  return {
    root,
    draw(): void {
      const { training, job, blends: all, isTrusted } = context.state;
      const run = training?.runId ?? null;
      const canBlend = run !== null && training?.result?.after !== null && training?.result !== null;
      root.hidden = !canBlend || !isTrusted;
      if (!canBlend || run === null) return;
      drawButtons(run, job !== null);
      drawShare();
      fill(
        list,
        all.length > 1 &&
          h(
            'ul',
            { class: 'shares' },
            ...all.map((each) =>
              h('li', {}, h('strong', {}, `${Math.round(each.share * 100)} %`), ` ${sentence(each)}`),
            ),
          ),
      );
    },
  };
}
