// Keeps a training run while it goes on, and writes it down however it ends.
import { isAbort } from '../core/errors.ts';
import { type JobContext, type Progress, thinned } from '../core/progress.ts';
import { runOf } from '../core/runs/run.ts';
import type { TrainAnswer, TrainParams } from '../protocol/engine.ts';
import type { RunAnswer, RunRecord } from '../protocol/runs.ts';
import { baseOf, keepEvaluation, runId, sweepRuns, writeRun } from './runs.ts';

/** Of each list of changes. */
const MOST_CHANGES = 500;

/** Runs `work`; its progress and outcome become a file under the models' folder. The answer is given the run's id. */
export async function recorded(
  params: TrainParams,
  defaults: { epochs: number },
  context: JobContext,
  work: (context: JobContext) => Promise<TrainAnswer>,
): Promise<TrainAnswer> {
  await sweepRuns(params.modelsFolder);
  const started = Date.now();
  const steps: Progress[] = [];
  let writing: Promise<void> = Promise.resolve();
  const onProgress = (progress: Progress): void => {
    if (progress.stage === 'train') {
      steps.push(progress);
      // Until it has ended a run counts as stopped: one that does not stop in time is killed, and should still be in the list.
      if (steps.length === 1 || progress.detail?.epochEnd !== undefined) {
        writing = writing.then(() => write({ stopped: true })).catch(() => undefined);
      }
    }
    context.onProgress?.(progress);
  };
  const write = (end: Partial<RunRecord>): Promise<void> =>
    writeRun(params.modelsFolder, {
      id: runId(started),
      base: baseOf(params.base),
      started,
      settings: {
        model: params.model,
        epochs: params.epochs ?? defaults.epochs,
        minutes: params.minutes ?? null,
        seed: params.seed ?? 0,
        ...(params.mode && { mode: params.mode }),
      },
      steps: thinned(steps),
      ...end,
    });
  try {
    const answer = await work({ ...context, onProgress });
    await writing;
    await write({ answer: kept(answer) });
    // Of the tuned model, whose name is the hash of its weights; without one, of the base model.
    const { after, before, index } = answer;
    const hashes = { indexHash: index.indexHash, modelHash: after?.model ?? index.modelHash };
    const evaluation = runOf(after ?? before, hashes);
    // The run is written down already; without its ranks it only cannot be compared.
    await keepEvaluation(params.modelsFolder, runId(started), evaluation).catch(() => undefined);
    return { ...answer, runId: runId(started) };
  } catch (error) {
    await writing;
    // A run that was refused before its first step is none; a full disk must not hide why the run failed.
    if (steps.length > 0)
      await write(isAbort(error) ? { stopped: true } : { failed: (error as Error).message }).catch(() => undefined);
    throw error;
  }
}

function kept(answer: TrainAnswer): RunAnswer {
  const { before, after, comparison, trainComparison } = answer;
  const figured = ({ primaryK, slices }: TrainAnswer['before']) => ({ primaryK, slices });
  const cut = (whole: NonNullable<RunAnswer['comparison']>): NonNullable<RunAnswer['comparison']> => ({
    ...whole,
    fixed: whole.fixed.slice(0, MOST_CHANGES),
    broken: whole.broken.slice(0, MOST_CHANGES),
    stillFailing: whole.stillFailing.slice(0, MOST_CHANGES),
    improved: [],
    worsened: [],
  });
  const { promoted, verdict, modelId, candidateId, seconds, bestEpoch, trainQuestions, developmentQuestions } = answer;
  const { forgetting } = answer;
  return {
    promoted,
    verdict,
    modelId,
    candidateId,
    seconds,
    bestEpoch,
    trainQuestions,
    developmentQuestions,
    before: figured(before),
    ...(after && { after: figured(after) }),
    ...(forgetting && { forgetting }),
    ...(comparison && { comparison: cut(comparison) }),
    ...(trainComparison && { trainComparison: cut(trainComparison) }),
  };
}
