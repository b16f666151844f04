// The runs that were kept: a table to open one again or to delete it.
import type { PanelRun } from '../../src/protocol/panel.ts';
import { type PanelContext, percent, signed, words } from '../context.ts';
import { fill, h, link } from '../dom.ts';

export function history(context: PanelContext): { root: HTMLElement; draw(): void } {
  const root = h('section', { class: 'history' });
  let drawn = '';
  return {
    root,
    draw(): void {
      const { runs, training } = context.state;
      const key = JSON.stringify([runs, training?.runId]);
      // Made anew only when it differs, so that the focus stays.
      if (key === drawn) return;
      drawn = key;
      root.hidden = runs.length === 0;
      fill(root, h('h2', {}, words(context, 'runs')), table(context, runs, training?.runId ?? null));
    },
  };
}

function table(context: PanelContext, runs: PanelRun[], shown: string | null): HTMLElement {
  const heads = ['started', 'model', 'settings', 'recall', 'status', 'actions'];
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': words(context, 'runs') },
    h(
      'table',
      { class: 'figures' },
      h('thead', {}, h('tr', {}, ...heads.map((name) => h('th', { scope: 'col' }, words(context, `run.${name}`))))),
      h('tbody', {}, ...runs.map((run) => line(context, run, run.id === shown))),
    ),
  );
}

function line(context: PanelContext, run: PanelRun, isShown: boolean): HTMLElement {
  const when = new Date(run.started).toLocaleString(context.state.language, { dateStyle: 'short', timeStyle: 'short' });
  const act = (action: 'show' | 'delete', name: string): HTMLElement =>
    link(
      words(context, name),
      () => context.post({ type: 'history', action, run: run.id }),
      `${words(context, name)}: ${when}`,
    );
  const { before, after, k, minutes, epochs } = run;
  const recall =
    before === null
      ? '–'
      : after === null
        ? percent(before)
        : `${percent(before)} → ${percent(after)} (${signed(after - before)})`;
  return h(
    'tr',
    { class: isShown ? 'primary' : undefined, 'aria-current': isShown ? 'true' : undefined },
    h('th', { scope: 'row' }, when),
    h('td', {}, run.model),
    h(
      'td',
      {},
      minutes === null
        ? words(context, 'run.epochs', epochs)
        : words(context, 'run.epochsMinutes', epochs, Number(minutes.toPrecision(3))),
    ),
    h('td', {}, recall, before === null ? '' : h('span', { class: 'quiet' }, ` @${k}`)),
    h('td', {}, words(context, `run.${run.status}`)),
    h('td', {}, h('span', { class: 'links' }, act('show', 'run.show'), act('delete', 'run.delete'))),
  );
}
