// Whether tuned weights are promoted: measured over the whole index, compared on development and held-out questions.
import { join } from 'node:path';
import { compareReports } from '../core/comparison.ts';
import type { Corpus } from '../core/corpus.ts';
import type { JobContext } from '../core/progress.ts';
import type { Question, Split } from '../core/question.ts';
import type { RecallReport } from '../core/report.ts';
import type { EvaluateParams, TrainAnswer, TrainParams } from '../protocol/engine.ts';
import { Embedder } from './embedder.ts';
import type { Indexed } from './indexed.ts';
import { entryOf, type IndexedWindow, stampOf } from './indexer.ts';
import { measure } from './measure.ts';
import { openModelFolder } from './modelFolder.ts';
import { modelHash } from './modelHash.ts';
import { saveModel } from './modelStore.ts';
import { indexPath, type OpenModel } from './openModel.ts';
import { candidatePath } from './runs.ts';
import { developmentScore } from './training/fineTune.ts';
import type { forgettingCheck } from './training/forgetting.ts';
import { trainingRecord, tunedId } from './tunedModel.ts';
import { openIndex } from './vectorStore.ts';

/** A model's weights after they were changed, measured over the whole index; nothing of it is written. */
export interface Tuned {
  /** Name by the weights. */
  id: string;
  embedder: Embedder;
  indexed: Indexed;
  report: RecallReport;
}

/** Embeds all windows with the changed weights of `base` and ranks; its encoder is open while `use` runs. */
export async function withTuned<T>(
  params: EvaluateParams,
  corpus: Corpus,
  sides: ReadonlyMap<string, Split>,
  { folder, weights, embedder: { tokenizer } }: OpenModel,
  windows: IndexedWindow[],
  context: JobContext,
  use: (tuned: Tuned) => Promise<T>,
): Promise<T> {
  const id = tunedId(folder.id, weights);
  const embedder = await Embedder.of(weights, folder.profile, tokenizer, { threads: params.threads });
  try {
    const texts = windows.map((window) => window.text);
    const vectors = await embedder.embed(texts, 'passage', context);
    const indexed = { windows, rows: { entries: windows, vectors } };
    const report = await measure(params, corpus, sides, { folder: { ...folder, id }, embedder }, indexed, context);
    return await use({ id, embedder, indexed, report });
  } finally {
    await embedder.close();
  }
}

/** Compares the tuned weights on development and held-out questions, and saves the model when it may be promoted. */
export async function judge(
  params: TrainParams,
  corpus: Corpus,
  sides: ReadonlyMap<string, Split>,
  base: OpenModel,
  windows: IndexedWindow[],
  answer: TrainAnswer,
  developmentQuestions: readonly Question[],
  context: JobContext,
  forgets: Awaited<ReturnType<typeof forgettingCheck>>,
  manifest: Record<string, unknown>,
): Promise<void> {
  await withTuned(params, corpus, sides, base, windows, context, async ({ id, embedder, indexed, report: after }) => {
    answer.after = after;
    if (forgets) answer.forgetting = await forgets(embedder);
    const save = (path: string): Promise<void> => {
      const training = trainingRecord(params, corpus, answer, manifest);
      return saveModel(path, base.folder, base.weights, { id, baseModel: base.folder.id, training });
    };
    const keepCandidate = async (): Promise<void> => {
      if (!params.keepsCandidate) return;
      await save(candidatePath(params.modelsFolder, id));
      answer.candidateId = id;
    };
    const compare = (side: Split) => compareReports(answer.before, after, side, after.primaryK, { seed: params.seed });
    answer.comparison = compare('test');
    answer.trainComparison = compare('train');
    const wanted = new Set(developmentQuestions.map((question) => question.id));
    const of = (report: RecallReport): number =>
      developmentScore(report.outcomes.filter((each) => wanted.has(each.id)));
    const [was, is] = [of(answer.before), of(after)];
    const heldOut = answer.comparison.difference;
    if (!(is > was)) {
      answer.verdict = `Not promoted: over the whole index the development score went from ${was.toFixed(3)} to ${is.toFixed(3)}.`;
      await keepCandidate();
      return;
    }
    // A veto only: held-out questions never choose a checkpoint, but a model that lost on them is not handed on.
    if (heldOut && heldOut.value < 0) {
      answer.verdict = `Not promoted: held-out recall@${after.primaryK} fell by ${Math.abs(heldOut.value).toFixed(3)}, although the development score rose.`;
      await keepCandidate();
      return;
    }
    const path = join(params.modelsFolder, id);
    await save(path);
    answer.promoted = true;
    answer.modelPath = path;
    answer.modelId = id;
    answer.verdict = `Promoted: the development score rose from ${was.toFixed(3)} to ${is.toFixed(3)}.`;
    // Kept for the next evaluation, under the identity of the folder as saved.
    const saved = await openModelFolder(path);
    const hash = await modelHash(saved, join(params.modelsFolder, '.hashes.json'));
    const { index } = await openIndex(indexPath(params.base.indexFolder, id, hash), stampOf(embedder, id, hash));
    await index.replace({ entries: indexed.windows.map(entryOf), vectors: indexed.rows.vectors });
  });
}
