// What a training came to: figures before and after, the author's choice, questions fixed, broken and still failing.
import type { RankChange } from '../../src/core/comparison.ts';
import type { PanelComparison, PanelResult } from '../../src/protocol/panel.ts';
import { type PanelContext, percent, rankText, words } from '../context.ts';
import { button, h, link } from '../dom.ts';
import { beforeAfterTable, differenceText } from './beforeAfter.ts';

/** Figures, verdict, the author's choice, and the questions that moved. */
export function resultView(context: PanelContext, result: PanelResult, runId: string | null): HTMLElement {
  const { before, after, comparison, trainComparison, forgetting } = result;
  const text = (name: string, ...values: (string | number)[]) => words(context, name, ...values);
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
    beforeAfterTable(context, text('heldOut'), [text('before'), text('after')], { before, after }, result.primaryK),
    comparison && differenceLine(context, 'heldOut', comparison),
    trainComparison && differenceLine(context, 'train', trainComparison),
    forgetting && forgettingLine(context, forgetting),
    comparison && changes(context, 'fixed', comparison.fixed),
    comparison && changes(context, 'broken', comparison.broken),
    comparison && changes(context, 'stillFailing', comparison.stillFailing),
  );
}

function changes(context: PanelContext, name: string, list: RankChange[]): HTMLElement {
  const row = ({ id, question, before, after }: RankChange): HTMLElement =>
    h(
      'li',
      {},
      link(words(context, 'moved', question, rankText(context, before), rankText(context, after)), () =>
        context.post({ type: 'open', what: 'question', id }),
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

/** What became of questions that have nothing to do with the knowledge base. */
function forgettingLine(context: PanelContext, forgetting: NonNullable<PanelResult['forgetting']>): HTMLElement {
  const { questions, before, after, difference, pValue, forgot } = forgetting;
  const line = `${words(context, 'general', questions)}: ${percent(before)} → ${percent(after)}. `;
  const figures = `${differenceText(context, 1, difference, pValue)}. `;
  return h('p', { class: forgot ? 'bad' : undefined }, line, figures, words(context, forgot ? 'forgot' : 'notForgot'));
}

/** One side's change: on the training side what broke is what the model forgot. */
function differenceLine(
  context: PanelContext,
  side: 'heldOut' | 'train',
  comparison: PanelComparison,
): HTMLElement | null {
  const { difference, k, pValue, fixed, broken } = comparison;
  if (!difference) return null;
  const line = differenceText(context, k, difference, pValue);
  const counts = words(context, 'fixedBroken', fixed.length, broken.length);
  return h('p', {}, `${words(context, side)}: ${line}. ${counts}`);
}
