// What a training came to: figures before and after, the author's choice, questions fixed, broken and still failing.
import type { RankChange } from '../../src/core/comparison.ts';
import type { PanelComparison, PanelResult } from '../../src/protocol/panel.ts';
import { type PanelContext, percent, signed, words } from '../context.ts';
import { button, h } from '../dom.ts';

/** Figures, verdict, the author's choice, and the questions that moved. */
export function resultView(context: PanelContext, result: PanelResult, runId: string | null): HTMLElement {
  const { before, after, comparison, trainComparison } = result;
  const text = (name: string, ...values: (string | number)[]) => words(context, name, ...values);
  const names = Object.keys(before.metrics).filter((name) => !name.startsWith('hit@'));
  const rows = names.map((name) => {
    const [was, is] = [before.metrics[name]?.value, after?.metrics[name]?.value];
    const change = was === undefined || is === undefined ? '–' : signed(is - was);
    return h(
      'tr',
      { class: name === `recall@${result.primaryK}` ? 'primary' : undefined },
      h('th', { scope: 'row' }, name),
      ...[was, is].map((value) => h('td', {}, value === undefined ? '–' : percent(value))),
      h('td', {}, change),
    );
  });
  return h(
    'section',
    {},
    h('h2', {}, text('result')),
    h(
      'p',
      {},
      h('span', { class: 'tag' }, text(result.modelId === null ? 'notPromoted' : 'promoted')),
      ` ${result.verdict}`,
    ),
    result.waits && runId !== null && choice(context, runId),
    result.modelId !== null && h('p', { class: 'quiet' }, `${text('model')}: ${result.modelId}`),
    h(
      'p',
      { class: 'quiet' },
      text('measuredOn', result.trainQuestions, result.developmentQuestions, before.questions),
    ),
    h(
      'table',
      { class: 'figures' },
      h('caption', {}, text('heldOut')),
      h(
        'thead',
        {},
        h('tr', {}, ...['metric', 'before', 'after', 'change'].map((name) => h('th', { scope: 'col' }, text(name)))),
      ),
      h('tbody', {}, ...rows),
    ),
    comparison && differenceLine(context, 'heldOut', comparison),
    trainComparison && differenceLine(context, 'train', trainComparison),
    comparison && changes(context, 'fixed', comparison.fixed),
    comparison && changes(context, 'broken', comparison.broken),
    comparison && changes(context, 'stillFailing', comparison.stillFailing),
  );
}

function changes(context: PanelContext, name: string, list: RankChange[]): HTMLElement {
  const rank = (value: number): string => (value === 0 ? words(context, 'noRank') : String(value));
  const row = ({ id, question, before, after }: RankChange): HTMLElement =>
    h(
      'li',
      {},
      h(
        'button',
        { class: 'link', type: 'button', onclick: () => context.post({ type: 'open', what: 'question', id }) },
        words(context, 'moved', question, rank(before), rank(after)),
      ),
    );
  return h(
    'details',
    { open: name !== 'stillFailing' && list.length > 0 },
    h('summary', {}, `${words(context, name)} (${list.length})`),
    h('ul', {}, ...list.map(row)),
  );
}

/** A model that was not promoted by itself may still be taken. */
function choice(context: PanelContext, run: string): HTMLElement {
  const act = (action: 'promote' | 'discard') => () => context.post({ type: 'history', action, run });
  return h(
    'div',
    {},
    h('p', {}, words(context, 'waits')),
    h(
      'div',
      { class: 'buttons' },
      button(words(context, 'promoteAnyway'), act('promote')),
      button(words(context, 'discard'), act('discard')),
    ),
  );
}

/** One side's change: on the training side what broke is what the model forgot. */
function differenceLine(
  context: PanelContext,
  side: 'heldOut' | 'train',
  comparison: PanelComparison,
): HTMLElement | null {
  const { difference, k, pValue, fixed, broken } = comparison;
  if (!difference) return null;
  const [value, low, high] = [difference.value, difference.low, difference.high].map(signed);
  const line = words(context, 'difference', k, value!, low!, high!, pValue.toFixed(3));
  const counts = words(context, 'fixedBroken', fixed.length, broken.length);
  return h('p', {}, `${words(context, side)}: ${line}. ${counts}`);
}
