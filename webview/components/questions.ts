// The questions: searched, filtered and sorted, failing ones first; a chosen one beside its ranked list.
import type { PanelExplanation, PanelRow } from '../../src/protocol/panel.ts';
import { type PanelContext, rankText, sideText, words } from '../context.ts';
import { dropdown, fill, h, options } from '../dom.ts';
import { questionDetail } from './questionDetail.ts';
import { splitBox } from './splitBox.ts';
import { VirtualRows } from './virtualRows.ts';

interface Filter {
  text: string;
  status: string;
  split: string;
  file: string;
  cause: string;
}

/** Texts of this name are titles of causes, in the order in which causes are decided. */
const CAUSE = /^cause\./;

/** The table, its filters and the detail. */
export function questions(context: PanelContext) {
  const filter: Filter = { text: '', status: 'failing', split: '', file: '', cause: '' };
  let selected: string | undefined;
  let descending = true;
  let files = '';
  let drawnRows: readonly PanelRow[] | undefined;
  const text = (name: string, ...values: (string | number)[]) => words(context, name, ...values);
  const count = h('p', { class: 'quiet', role: 'status' });
  const detail = questionDetail(context);
  const sort = (): void => {
    descending = !descending;
    refresh();
  };
  const table = new VirtualRows<PanelRow>(
    text('questions'),
    [
      { name: text('question'), class: 'wide', cell: (row) => row.text },
      { name: text('file'), class: 'file', cell: (row) => row.file },
      {
        name: text('split'),
        class: 'side',
        cell: (row) => (row.split === null ? '–' : sideText(context, row.split)),
      },
      { name: `${text('rank')} ↕`, class: 'rank', cell: (row) => rankCell(context, row), sort },
    ],
    (row) => {
      selected = row.id;
      detail.show(row, undefined);
      context.post({ type: 'select', question: row.id });
    },
    (row) => context.post({ type: 'open', what: 'question', id: row.id }),
  );
  const fileBox = dropdown(text('file'), [['', text('anyFile')]], (value) => change({ file: value }));
  const search = h('vscode-text-field', {
    class: 'search',
    placeholder: text('search'),
    'aria-label': text('search'),
    oninput: (event) => change({ text: (event.target as HTMLInputElement).value }),
  });
  const sortButton = h('vscode-button', { appearance: 'secondary', onclick: sort }, `${text('rank')} ↕`);
  const filters = h(
    'div',
    { class: 'filters', role: 'group', 'aria-label': text('filters') },
    search,
    dropdown(
      text('status'),
      (['failing', 'fixed', 'broken', 'all'] as const).map((name) => [name, text(name)]),
      (value) => change({ status: value }),
    ),
    splitBox(context, (split) => change({ split })),
    fileBox,
    dropdown(text('cause'), [['', text('anyCause')], ...causeTitles(context)], (value) => change({ cause: value })),
    sortButton,
  );
  const root = h(
    'div',
    { class: 'questions' },
    filters,
    count,
    h('div', { class: 'columns' }, table.root, detail.root),
  );

  function change(part: Partial<Filter>): void {
    Object.assign(filter, part);
    refresh();
  }

  function refresh(): void {
    const { rows } = context.state;
    const shown = rows
      .filter((row) => matches(row, filter))
      .sort((a, b) => (descending ? -1 : 1) * (place(a) - place(b)) || a.line - b.line);
    table.show(shown, selected);
    const nothing = filter.status === 'failing' && context.state.figures !== null && !rows.some((row) => row.failing);
    fill(count, shown.length === 0 ? text(nothing ? 'noFailures' : 'none') : text('shown', shown.length, rows.length));
  }

  return {
    root,
    draw(): void {
      if (context.state.rows === drawnRows) return;
      drawnRows = context.state.rows;
      const names = [...new Set(drawnRows.map((row) => row.file))].sort();
      if (names.join('\n') !== files) {
        files = names.join('\n');
        fill(fileBox, ...options([['', text('anyFile')], ...names.map((name): [string, string] => [name, name])]));
      }
      refresh();
      const row = drawnRows.find(({ id }) => id === selected);
      // What was told of it may be no longer true.
      if (row) context.post({ type: 'select', question: row.id });
    },
    explain(id: string, explanation: PanelExplanation | null): void {
      const row = context.state.rows.find((each) => each.id === id);
      if (row && id === selected) detail.show(row, explanation);
    },
  };
}

/** Causes by name with their titles. */
function causeTitles({ state }: PanelContext): [string, string][] {
  return Object.entries(state.texts).flatMap(([name, title]): [string, string][] =>
    CAUSE.test(name) ? [[name.replace(CAUSE, ''), title]] : [],
  );
}

function matches(row: PanelRow, { text, status, split, file, cause }: Filter): boolean {
  // A question left out fails as well, though it was not measured.
  if (status === 'failing' && !row.failing && row.causes.length === 0) return false;
  if ((status === 'fixed' || status === 'broken') && row.change !== status) return false;
  if (split !== '' && row.split !== split) return false;
  if (file !== '' && row.file !== file) return false;
  if (cause !== '' && !row.causes.some((each) => each === cause)) return false;
  return text === '' || `${row.text}\n${row.file}`.toLowerCase().includes(text.toLowerCase());
}

/** For sorting: not ranked is below all, not measured above. */
function place({ rank }: PanelRow): number {
  return rank === null ? -1 : rank === 0 ? Number.MAX_SAFE_INTEGER : rank;
}

function rankCell(context: PanelContext, { rank, failing, change }: PanelRow): HTMLElement {
  const shown = rank === null ? words(context, 'notMeasured') : rankText(context, rank);
  const mark = change === null ? '' : ` · ${words(context, change)}`;
  return h('span', { class: failing ? 'bad' : rank === null ? 'quiet' : 'good' }, `${shown}${mark}`);
}
