// From a folder's state to what the panel shows of it. Pure: told apart from VS Code, so that tests need none.
import { decidingRank, isFailing } from '../../core/diagnosis.ts';
import type { Progress } from '../../core/progress.ts';
import type { QuestionState } from '../../core/state.ts';
import type { PanelResult, PanelRow, PanelTraining, TrainingPoint } from '../../protocol/panel.ts';
import type { FolderState, RankMove, TrainingRun } from '../folderState.ts';

/** More points than a chart has pixels say nothing. */
const MOST_POINTS = 600;
/** Of each list of the result; the report has them all. */
const MOST_CHANGES = 500;

/** Every question as a row, in no order. `k` decides what was fixed or broken. */
export function panelRows(state: Pick<FolderState, 'questions' | 'moves'>, k: number): PanelRow[] {
  return [...state.questions.values()].map((question) => panelRow(question, state.moves.get(question.id), k));
}

function panelRow(question: QuestionState, move: RankMove | undefined, k: number): PanelRow {
  const { id, text, file, range, split, outcome } = question;
  const isIn = (rank: number): boolean => rank > 0 && rank <= k;
  const change = move && isIn(move.before) !== isIn(move.after) ? (isIn(move.after) ? 'fixed' : 'broken') : null;
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
  };
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
  };
}

/** Ends of epochs all stay; of the steps between, every n-th. */
function thinned(steps: readonly Progress[]): Progress[] {
  const every = Math.ceil(steps.length / MOST_POINTS);
  return steps.filter((step, i) => i % every === 0 || step.detail?.epochEnd !== undefined);
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
  const { comparison, before, after } = answer;
  return {
    verdict: words(answer.verdict),
    promoted: answer.promoted,
    modelId: answer.modelId ?? null,
    minutes: answer.seconds / 60,
    bestEpoch: answer.bestEpoch,
    primaryK: before.primaryK,
    trainQuestions: answer.trainQuestions,
    developmentQuestions: answer.developmentQuestions,
    before: before.slices.test,
    after: after?.slices.test ?? null,
    comparison: comparison
      ? {
          questions: comparison.questions,
          difference: comparison.difference,
          pValue: comparison.pValue,
          k: comparison.k,
          fixed: comparison.fixed.slice(0, MOST_CHANGES),
          broken: comparison.broken.slice(0, MOST_CHANGES),
          stillFailing: comparison.stillFailing.slice(0, MOST_CHANGES),
        }
      : null,
  };
}
