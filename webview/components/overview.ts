// The overview: figures with intervals, held-out and training side apart, counts, and three steps for a newcomer.
import type { Interval } from '../../src/core/statistics.ts';
import type { PanelCommand } from '../../src/protocol/panel.ts';
import { metricName, type PanelContext, percent, words } from '../context.ts';
import { button, fill, h } from '../dom.ts';
import { groupsView } from './groups.ts';

const SLICES = ['test', 'train', 'all'] as const;
const SLICE_WORDS = { test: 'heldOut', train: 'train', all: 'all' };

/** Draws into `root` whenever it is called. */
export function overview(context: PanelContext): { root: HTMLElement; draw(): void } {
  const root = h('div', { class: 'overview' });
  let drawn: unknown;
  let view: HTMLElement | null = null;
  // Kept while the groups are the same, so that what was folded stays so.
  const groups = (): HTMLElement | null => {
    if (context.state.groups !== drawn) {
      drawn = context.state.groups;
      view = groupsView(context);
    }
    return view;
  };
  const draw = (): void => {
    const { state } = context;
    if (state.folderKey === null) fill(root, h('p', {}, words(context, 'noFolder')));
    else fill(root, counts(context), state.figures ? figures(context) : steps(context), state.figures && groups());
  };
  return { root, draw };
}

function counts(context: PanelContext): HTMLElement {
  const { state } = context;
  const failing = state.rows.filter((row) => row.failing).length;
  const items: [string, string][] = [
    [words(context, 'snippets'), state.snippets.toLocaleString(state.language)],
    [words(context, 'questions'), state.questions.toLocaleString(state.language)],
    [words(context, 'failing'), state.figures ? failing.toLocaleString(state.language) : '–'],
    [words(context, 'findings'), state.findings.toLocaleString(state.language)],
    [words(context, 'model'), state.model],
    [words(context, 'state'), words(context, `stage.${state.stage}`)],
  ];
  return h(
    'dl',
    { class: 'counts' },
    ...items.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

function figures(context: PanelContext): HTMLElement {
  const { state } = context;
  const shown = state.figures!;
  const names = Object.keys(shown.slices.all.metrics)
    .filter((name) => !name.startsWith('hit@'))
    .sort((a, b) => order(a) - order(b));
  const head = h(
    'tr',
    {},
    h('th', { scope: 'col' }, words(context, 'metric')),
    ...SLICES.map((slice) =>
      h(
        'th',
        { scope: 'col' },
        words(context, SLICE_WORDS[slice]),
        h('span', { class: 'quiet' }, ` ${shown.slices[slice].questions}`),
      ),
    ),
  );
  const rows = names.map((name) =>
    h(
      'tr',
      { class: name === `recall@${shown.primaryK}` ? 'primary' : undefined },
      h('th', { scope: 'row' }, metricName(name)),
      ...SLICES.map((slice) => h('td', {}, ...figure(shown.slices[slice].metrics[name]))),
    ),
  );
  const run = (command: PanelCommand) => () => context.post({ type: 'run', command });
  const busy = state.job !== null;
  return h(
    'section',
    {},
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': words(context, 'interval') },
      h(
        'table',
        { class: 'figures' },
        h('caption', {}, words(context, 'interval')),
        h('thead', {}, head),
        h('tbody', {}, ...rows),
      ),
    ),
    h(
      'div',
      { class: 'buttons' },
      button(words(context, 'evaluate'), run('evaluate'), { primary: true, disabled: busy }),
      button(words(context, 'exportReport'), run('exportReport')),
      button(words(context, 'compare'), run('compareModels'), { disabled: busy || !state.isTrusted }),
    ),
  );
}

/** recall by k, then the others. */
function order(name: string): number {
  return name.startsWith('recall@') ? Number(name.slice('recall@'.length)) : 1000 + name.length;
}

function figure(value: Interval | undefined): (HTMLElement | string)[] {
  if (!value) return ['–'];
  const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
  const inner = h('span', { class: 'interval' });
  // By the object model: the page's policy forbids style attributes.
  inner.style.left = `${value.low * 100}%`;
  inner.style.width = `${Math.max(1, (value.high - value.low) * 100)}%`;
  const mark = h('span', { class: 'mark' });
  mark.style.left = `${value.value * 100}%`;
  bar.append(inner, mark);
  return [
    h('strong', {}, percent(value.value)),
    h('span', { class: 'quiet' }, ` ${percent(value.low)}–${percent(value.high)}`),
    bar,
  ];
}

function steps(context: PanelContext): HTMLElement {
  const { stage, job, isTrusted, retrieval } = context.state;
  const isIndexed = stage === 'indexed' || stage === 'measured';
  const step = (text: string, name: string, command: PanelCommand, done: boolean, next: boolean): HTMLElement =>
    h(
      'li',
      { class: done ? 'done' : undefined },
      h('p', {}, words(context, text)),
      button(words(context, name), () => context.post({ type: 'run', command }), {
        primary: next,
        disabled: job !== null || (command === 'train' && (!isTrusted || retrieval === 'words')),
      }),
    );
  return h(
    'section',
    { class: 'steps' },
    h('h2', {}, words(context, 'start.title')),
    h(
      'ol',
      {},
      step('start.index', 'index', 'index', isIndexed, !isIndexed),
      step('start.evaluate', 'evaluate', 'evaluate', stage === 'measured', isIndexed),
      step('start.train', 'fineTune', 'train', false, false),
    ),
  );
}
