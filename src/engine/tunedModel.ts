// The name of a tuned model, and what its manifest keeps of the run that made it.
import { createHash } from 'node:crypto';
import type { Corpus } from '../core/corpus.ts';
import { contentHash } from '../core/hash.ts';
import type { RecallReport } from '../core/report.ts';
import type { TrainAnswer, TrainParams } from '../protocol/engine.ts';
import type { ModelWeights } from './modelWeights.ts';

/** Base model's name and a hash of the tuned weights: the same run gives the same name. */
export function tunedId(base: string, model: ModelWeights): string {
  const hash = createHash('sha256');
  for (const { data } of model.weights.values())
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  // The name becomes a folder's, and a manifest may say anything.
  const stem = base
    .replace(/.*[\\/]/, '')
    .replace(/-tuned-[0-9a-f]{8}$/, '')
    .replace(/^\.+|[^\p{L}\p{N}_.-]+/gu, '_')
    .slice(0, 100);
  return `${stem}-tuned-${hash.digest('hex').slice(0, 8)}`;
}

/** What the manifest keeps of a run. */
export function trainingRecord(
  params: TrainParams,
  corpus: Corpus,
  answer: TrainAnswer,
  manifest: Record<string, unknown>,
) {
  const figures = (report: RecallReport) => ({
    test: report.slices.test.metrics,
    questions: report.slices.test.questions,
  });
  return {
    date: new Date().toISOString(),
    seed: params.seed ?? 0,
    dataHash: contentHash(
      JSON.stringify([corpus.snippets.map((s) => s.hash), corpus.questions.map((q) => [q.text, q.variants])]),
    ),
    trainQuestions: answer.trainQuestions,
    developmentQuestions: answer.developmentQuestions,
    steps: answer.steps,
    before: figures(answer.before),
    after: answer.after && figures(answer.after),
    ...manifest,
  };
}
