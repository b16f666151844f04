// One question: the ranked list with the expected section marked, scores, shared words, and what can be done.
import type { CauseName } from '../../src/core/causes/cause.ts';
import type { ExplainedSnippet, MatchedWindow } from '../../src/core/explain.ts';
import type { PanelExplanation, PanelFix, PanelRow } from '../../src/protocol/panel.ts';
import { type PanelContext, rankText, words } from '../context.ts';
import { button, fill, h, link } from '../dom.ts';

const FIXES: [PanelFix, string][] = [
  ['addVariant', 'addVariant'],
  ['setSplit', 'setSplit'],
  ['moveToFrontMatter', 'moveToPage'],
  ['explain', 'why'],
];

/** Causes of which a winner that is right as well may be the reason. */
const LINKED: ReadonlySet<CauseName> = new Set(['near-duplicate', 'second-answer']);

/** `show` with undefined while the explanation is on its way, null when there is none. */
export function questionDetail(context: PanelContext) {
  const root = h(
    'section',
    { class: 'detail', 'aria-live': 'polite', 'aria-label': words(context, 'question') },
    h('p', { class: 'quiet' }, words(context, 'pick')),
  );
  let shown: string | undefined;
  return {
    root,
    show(row: PanelRow, explanation: PanelExplanation | null | undefined): void {
      // The old list stays while a new one of the same question is fetched.
      if (explanation === undefined && shown === row.id) return;
      shown = row.id;
      fill(
        root,
        h('h2', {}, row.text),
        h('p', { class: 'quiet' }, `${row.file}:${row.line}`),
        actions(context, row),
        explanation === undefined
          ? h('p', {}, words(context, 'loading'))
          : explanation === null
            ? h('p', {}, words(context, 'notMeasured'))
            : h('div', {}, causeList(context, explanation), ranking(context, explanation)),
      );
    },
  };
}

function actions(context: PanelContext, row: PanelRow): HTMLElement {
  const { expectedId, winnerId } = row;
  const open = (id: string) => () => context.post({ type: 'open', what: 'snippet', id });
  const fix = (command: PanelFix) => () => context.post({ type: 'fix', command, question: row.id });
  return h(
    'div',
    { class: 'buttons' },
    button(words(context, 'openQuestion'), () => context.post({ type: 'open', what: 'question', id: row.id }), {
      primary: true,
    }),
    expectedId !== null && button(words(context, 'openExpected'), open(expectedId)),
    winnerId !== null && button(words(context, 'openWinner'), open(winnerId)),
    row.failing && button(words(context, 'sideBySide'), fix('openSideBySide')),
    row.causes.some((cause) => LINKED.has(cause)) && button(words(context, 'linkAnswer'), fix('linkAnswer')),
    ...FIXES.map(([command, name]) => button(words(context, name), fix(command))),
  );
}

/** The causes, the main one first, each with what shows it and what to do. */
function causeList(context: PanelContext, { told }: PanelExplanation): HTMLElement | false {
  if (told.length === 0) return false;
  const items = told.map(({ title, evidence, mend }) =>
    h('li', {}, h('strong', {}, title), h('div', {}, evidence), h('div', {}, `${words(context, 'mend')}: ${mend}`)),
  );
  return h('ul', { class: 'causes', 'aria-label': words(context, 'cause') }, ...items);
}

function ranking(context: PanelContext, { top, expected, k }: PanelExplanation): HTMLElement {
  const listed = new Set(top.map(({ id }) => id));
  const below = expected.filter(({ id }) => !listed.has(id));
  return h('ol', { class: 'ranking' }, ...[...top, ...below].map((each) => entry(context, each, k)));
}

function entry(context: PanelContext, snippet: ExplainedSnippet, k: number): HTMLElement {
  const { id, title, rank, score, shared, expected, matched } = snippet;
  return h(
    'li',
    { class: `${expected ? 'expected' : ''} ${rank > k || rank === 0 ? 'outside' : ''}`.trim() || undefined },
    h('span', { class: 'place' }, rankText(context, rank)),
    h(
      'div',
      {},
      link(title, () => context.post({ type: 'open', what: 'snippet', id })),
      expected && h('span', { class: 'tag' }, words(context, 'expected')),
      h(
        'div',
        { class: 'quiet' },
        `${words(context, 'score')} ${score.toFixed(3)}`,
        shared.length > 0 && ` · ${words(context, 'shared')}: ${shared.join(', ')}`,
      ),
      matched && matchedText(context, matched),
    ),
  );
}

/** The text that was matched, closed until it is wanted: ten of them would hide the ranking. */
function matchedText(context: PanelContext, { text, part, parts }: MatchedWindow): HTMLElement {
  const title = parts > 1 ? words(context, 'matchedPart', part, parts) : words(context, 'matchedText');
  return h('details', { class: 'matched' }, h('summary', {}, title), h('p', {}, text));
}
