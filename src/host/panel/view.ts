// From a folder's state to what the panel shows of it. Pure: told apart from VS Code, so that tests need none.

import { decidingRank, isFailing } from '../../core/diagnosis.ts';
import { hasForgotten } from '../../core/forgetting.ts';
import { type Progress, thinned } from '../../core/progress.ts';
import type { QuestionState } from '../../core/state.ts';
import type {
  PanelCompared,
  PanelComparison,
  PanelModels,
  PanelResult,
  PanelRow,
  PanelRun,
  PanelTraining,
  TrainingPoint,
} from '../../protocol/panel.ts';
import type { RunSummary } from '../../protocol/runs.ts';
import type { ComparisonAnswer } from '../../protocol/workspace.ts';
import type { FolderState, RankMove, TrainingRun } from '../folderState.ts';

/** Of each list of the result; the report has them all. */
const MOST_CHANGES = 500;

/** Every question as a row, in no order. `k` decides what was fixed or broken. */
export function panelRows(state: Pick<FolderState, 'questions' | 'moves'>, k: number): PanelRow[] {
  return [...state.questions.values()].map((question) => panelRow(question, state.moves.get(question.id), k));
}

function panelRow(question: QuestionState, move: RankMove | undefined, k: number): PanelRow {
  const { id, text, file, range, split, outcome } = question;
  const kind = move && kindOfMove(move, k);
  const change = kind === 'fixed' || kind === 'broken' ? kind : null;
  return {
    id,
    text,
    file,
    line: range.start.line + 1,
    split: split ?? null,
    rank: decidingRank(question) ?? null,
    failing: isFailing(question),
    change,
    expectedId: outcome?.expected[0]?.id ?? question.answers[0]?.snippetIds[0] ?? null,
    winnerId: outcome?.beatenBy[0]?.id ?? null,
    causes: (question.causes ?? []).map(({ name }) => name),
  };
}

/** Two compared models as a table of questions. */
export function panelModels(answer: ComparisonAnswer, words: (sentence: string) => string): PanelModels {
  const { kind, before, after, comparison, slices, questions, warnings } = answer;
  const { k, difference, pValue } = comparison;
  return {
    kind,
    before,
    after,
    warnings: warnings.map(words),
    comparison: { k, questions: comparison.questions, pValue, ...(difference && { difference }) },
    slices,
    rows: questions.map((each) => ({
      id: each.id,
      text: each.question,
      file: each.file,
      split: each.split,
      before: each.before,
      after: each.after,
      kind: kindOfMove(each, k),
    })),
  };
}

/** What became of a question between two deciding ranks; 0 is not ranked. */
function kindOfMove({ before, after }: { before: number; after: number }, k: number): PanelCompared['kind'] {
  const [was, is] = [before, after].map((rank) => rank > 0 && rank <= k);
  if (was === is) return is ? 'bothFind' : 'bothMiss';
  return is ? 'fixed' : 'broken';
}

/** A run as charts and lists; `words` puts the engine's sentences into the language of the window. */
export function panelTraining(run: TrainingRun, words: (sentence: string) => string): PanelTraining {
  const last = run.steps.at(-1);
  const points = thinned(run.steps).map(pointOf);
  let best: TrainingPoint | undefined;
  for (const point of points) {
    if (point.development !== null && point.development > (best?.development ?? -1)) best = point;
  }
  return {
    points,
    step: last?.done ?? 0,
    total: last?.total ?? 0,
    epoch: Number(last?.detail?.epoch ?? 0),
    epochs: Number(last?.detail?.epochs ?? 0),
    bestStep: best?.step ?? null,
    failed: run.failed === undefined ? null : words(run.failed),
    result: run.answer ? resultOf(run.answer, words) : null,
    started: run.started,
    ...paceOf(run),
    runId: run.answer?.runId ?? null,
  };
}

/** Pairs a second over the whole run, and the time left by the steps or the budget, whichever ends first. */
function paceOf({
  steps,
  minutes,
  answer,
  failed,
}: TrainingRun): Pick<PanelTraining, 'pairsPerSecond' | 'secondsLeft'> {
  const last = steps.findLast(({ detail }) => typeof detail?.seconds === 'number');
  const seconds = Number(last?.detail?.seconds ?? 0);
  if (!last || seconds <= 0) return { pairsPerSecond: null, secondsLeft: null };
  const pairsPerSecond = Number(last.detail?.pairs ?? 0) / seconds;
  if (answer || failed !== undefined || last.total === undefined) return { pairsPerSecond, secondsLeft: null };
  const bySteps = (seconds / last.done) * (last.total - last.done);
  const byBudget = minutes === undefined ? Infinity : Math.max(0, minutes * 60 - seconds);
  return { pairsPerSecond, secondsLeft: Math.min(bySteps, byBudget) };
}

/** A run as a line of the list. */
export function panelRun(run: RunSummary): PanelRun {
  const { id, started, settings, recall } = run;
  const { model, epochs, minutes } = settings;
  const [before, after] = [recall?.before ?? null, recall?.after ?? null];
  return { id, started, model, epochs, minutes, status: statusOf(run), k: recall?.k ?? 5, before, after };
}

function statusOf({ promoted, decision, failed, stopped, candidate }: RunSummary): PanelRun['status'] {
  if (stopped) return 'stopped';
  if (failed !== undefined) return 'failed';
  if (promoted || decision === 'promoted') return 'promoted';
  if (decision === 'discarded') return 'discarded';
  return candidate ? 'waiting' : 'unchanged';
}

function pointOf({ done, detail = {} }: Progress): TrainingPoint {
  const isEnd = detail.epochEnd !== undefined;
  return {
    step: done,
    loss: Number(detail.loss ?? 0),
    learningRate: typeof detail.learningRate === 'number' ? detail.learningRate : null,
    development: isEnd && typeof detail.development === 'number' ? detail.development : null,
  };
}

function resultOf(answer: NonNullable<TrainingRun['answer']>, words: (sentence: string) => string): PanelResult {
  const { comparison, trainComparison, forgetting, before, after } = answer;
  return {
    verdict: words(answer.verdict),
    promoted: answer.promoted,
    modelId: answer.modelId ?? null,
    waits: answer.candidateId !== undefined && answer.modelId === undefined,
    minutes: answer.seconds / 60,
    bestEpoch: answer.bestEpoch,
    primaryK: before.primaryK,
    trainQuestions: answer.trainQuestions,
    developmentQuestions: answer.developmentQuestions,
    before: before.slices.test,
    after: after?.slices.test ?? null,
    comparison: comparison ? comparisonOf(comparison) : null,
    trainComparison: trainComparison ? comparisonOf(trainComparison) : null,
    forgetting: forgetting ? { ...forgetting, forgot: hasForgotten(forgetting) } : null,
  };
}

function comparisonOf({ questions, difference, pValue, k, ...lists }: PanelComparison): PanelComparison {
  const cut = (name: 'fixed' | 'broken' | 'stillFailing') => lists[name].slice(0, MOST_CHANGES);
  return {
    questions,
    difference,
    pValue,
    k,
    fixed: cut('fixed'),
    broken: cut('broken'),
    stillFailing: cut('stillFailing'),
  };
}
