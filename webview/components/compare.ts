// Two models, or two runs, side by side: which questions each finds, and at which rank.
import type { PanelCompared, PanelModels } from '../../src/protocol/panel.ts';
import { type PanelContext, rankText, sideText, words } from '../context.ts';
import { dropdown, fill, h } from '../dom.ts';
import { beforeAfterTable, differenceText } from './beforeAfter.ts';
import { compareChoices } from './compareChoices.ts';
import { splitBox } from './splitBox.ts';
import { VirtualRows } from './virtualRows.ts';

const KINDS = ['fixed', 'broken', 'bothMiss', 'bothFind'] as const;

/** Which two, the figures of both, and every question with its two ranks. */
export function compare(context: PanelContext): { root: HTMLElement; draw(): void } {
  const text = (name: string, ...values: (string | number)[]) => words(context, name, ...values);
  const filter = { kind: '', split: '' };
  const choices = compareChoices(context);
  const count = h('p', { class: 'quiet', role: 'status' });
  let rows: VirtualRows<PanelCompared> | undefined;
  const result = h('div', { class: 'questions' });
  const root = h('div', { class: 'compare' }, choices.root, result);
  let drawn: PanelModels | null | undefined;

  function grid({ kind, before, after }: PanelModels): VirtualRows<PanelCompared> {
    // A run's name, with its date, is too long for a head.
    const rankHead = (name: string, place: 'first' | 'second'): string =>
      kind === 'models' ? text('compare.rank', name) : text(`compare.${place}Run`);
    return new VirtualRows<PanelCompared>(
      text('questions'),
      [
        { name: text('question'), class: 'wide', cell: (row) => row.text },
        { name: text('file'), class: 'file', cell: (row) => row.file },
        { name: text('split'), class: 'side split', cell: (row) => sideText(context, row.split) },
        { name: text('status'), class: 'side', cell: (row) => mark(context, row) },
        { name: rankHead(before, 'first'), class: 'rank two', cell: (row) => rankText(context, row.before) },
        { name: rankHead(after, 'second'), class: 'rank two', cell: (row) => rankText(context, row.after) },
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

  return {
    root,
    draw(): void {
      const { compared } = context.state;
      const isNew = compared !== drawn;
      if (isNew && compared?.kind === 'models') choices.chooseModels(compared);
      choices.draw();
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

function figures(context: PanelContext, { before, after, slices, comparison, warnings }: PanelModels): HTMLElement {
  const { difference, pValue, k, questions } = comparison;
  const caption = `${words(context, 'heldOut')} (${questions})`;
  return h(
    'section',
    {},
    ...warnings.map((warning) => h('p', { class: 'quiet' }, warning)),
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
