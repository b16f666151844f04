// Two models side by side: which questions each finds, and at which rank.
import type { PanelCompared, PanelModels } from '../../src/protocol/panel.ts';
import { type PanelContext, rankText, sideText, words } from '../context.ts';
import { button, dropdown, fill, h } from '../dom.ts';
import { beforeAfterTable, differenceText } from './beforeAfter.ts';
import { splitBox } from './splitBox.ts';
import { VirtualRows } from './virtualRows.ts';

const KINDS = ['fixed', 'broken', 'bothMiss', 'bothFind'] as const;

/** Which two, the figures of both, and every question with its two ranks. */
export function compare(context: PanelContext): { root: HTMLElement; draw(): void } {
  const text = (name: string, ...values: (string | number)[]) => words(context, name, ...values);
  const chosen = { before: '', after: '' };
  const filter = { kind: '', split: '' };
  const choice = h('div', { class: 'filters', role: 'group', 'aria-label': text('compareTab') });
  const count = h('p', { class: 'quiet', role: 'status' });
  let rows: VirtualRows<PanelCompared> | undefined;
  const result = h('div', { class: 'questions' });
  const root = h('div', { class: 'compare' }, choice, result);
  let drawnChoice = '';
  let drawn: PanelModels | null | undefined;

  function grid({ before, after }: PanelModels): VirtualRows<PanelCompared> {
    return new VirtualRows<PanelCompared>(
      text('questions'),
      [
        { name: text('question'), class: 'wide', cell: (row) => row.text },
        { name: text('file'), class: 'file', cell: (row) => row.file },
        { name: text('split'), class: 'side', cell: (row) => sideText(context, row.split) },
        { name: text('status'), class: 'side', cell: (row) => mark(context, row) },
        { name: text('compare.rank', before), class: 'rank two', cell: (row) => rankText(context, row.before) },
        { name: text('compare.rank', after), class: 'rank two', cell: (row) => rankText(context, row.after) },
      ],
      () => undefined,
      (row) => context.post({ type: 'open', what: 'question', id: row.id }),
    );
  }

  const filters = h(
    'div',
    { class: 'filters', role: 'group', 'aria-label': text('filters') },
    dropdown(text('status'), [['', text('all')], ...KINDS.map((kind) => [kind, text(kind)] as const)], (kind) => {
      filter.kind = kind;
      refresh();
    }),
    splitBox(context, (split) => {
      filter.split = split;
      refresh();
    }),
  );

  function refresh(): void {
    const all = context.state.compared?.rows ?? [];
    const shown = all
      .filter(
        ({ kind, split }) =>
          (filter.kind === '' || kind === filter.kind) && (filter.split === '' || split === filter.split),
      )
      .sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || distance(b) - distance(a));
    rows?.show(shown, undefined);
    fill(count, text('shown', shown.length, all.length));
  }

  function drawChoice(): void {
    const { models, model, job, isTrusted } = context.state;
    const key = JSON.stringify([models, model, job !== null, isTrusted]);
    if (key === drawnChoice) return;
    drawnChoice = key;
    if (models.length < 2) {
      fill(choice, h('p', { class: 'quiet' }, text('compare.one')));
      return;
    }
    if (!models.includes(chosen.after)) chosen.after = models.includes(model) ? model : models[0]!;
    if (!models.includes(chosen.before) || chosen.before === chosen.after)
      chosen.before = models.find((name) => name !== chosen.after)!;
    const box = (which: 'before' | 'after', label: string): HTMLElement =>
      dropdown(
        label,
        models.map((name) => [name, name] as const),
        (name) => {
          chosen[which] = name;
          if (chosen.before !== chosen.after) return;
          const other = which === 'before' ? 'after' : 'before';
          chosen[other] = models.find((each) => each !== name)!;
          drawnChoice = '';
          drawChoice();
        },
        chosen[which],
      );
    fill(
      choice,
      box('before', text('compare.first')),
      box('after', text('compare.second')),
      button(text('compare.run'), () => context.post({ type: 'compare', ...chosen }), {
        primary: true,
        disabled: job !== null || !isTrusted,
      }),
    );
  }

  return {
    root,
    draw(): void {
      const { compared } = context.state;
      const isNew = compared !== drawn;
      if (isNew && compared) {
        Object.assign(chosen, { before: compared.before, after: compared.after });
        drawnChoice = '';
      }
      drawChoice();
      if (!isNew) return;
      drawn = compared;
      if (!compared) {
        fill(result, h('p', { class: 'quiet' }, text('compare.hint')));
        return;
      }
      rows = grid(compared);
      fill(result, figures(context, compared), filters, count, rows.root);
      refresh();
    },
  };
}

function figures(context: PanelContext, { before, after, slices, comparison }: PanelModels): HTMLElement {
  const { difference, pValue, k, questions } = comparison;
  const caption = `${words(context, 'heldOut')} (${questions})`;
  return h(
    'section',
    {},
    beforeAfterTable(context, caption, [before, after], slices, k),
    difference && h('p', {}, differenceText(context, k, difference, pValue)),
  );
}

function mark(context: PanelContext, { kind }: PanelCompared): HTMLElement {
  const look = { fixed: 'good', broken: 'bad', bothMiss: 'bad', bothFind: 'quiet' }[kind];
  return h('span', { class: look }, words(context, kind));
}

/** How far the rank moved; one that is not ranked is below all. */
function distance({ before, after }: PanelCompared): number {
  const place = (value: number): number => Math.log(value === 0 ? 1e6 : value);
  return Math.abs(place(before) - place(after));
}
