// A model as files for other programs: the folder that sentence-transformers reads, and on request its int8 form beside it, with what
// that form costs measured before anybody serves it.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { encodeModel } from '../autodiff/proto.ts';
import { errors } from '../core/errors.ts';
import { recallOfRanks } from '../core/metrics.ts';
import type { JobContext } from '../core/progress.ts';
import { pairedInterval } from '../core/statistics.ts';
import type { EvaluateParams, ExportAnswer, ExportParams, Int8Cost } from '../protocol/engine.ts';
import { Embedder } from './embedder.ts';
import { quantised } from './graphs/quantise.ts';
import { indexCorpus, readCorpus, withModel } from './indexed.ts';
import { measure, splitOf } from './measure.ts';
import { readManifest } from './modelManifest.ts';
import { inferenceGraph, saveModel } from './modelStore.ts';
import type { OpenModel } from './openModel.ts';

/** Name of the int8 form beside `model.onnx`, as the hub's tools have it. */
export const INT8_FILE = 'onnx/model_quantized.onnx';

/**
 * Writes the model's folder to `params.to`, which must not exist, whole or not at all. With `int8` the folder also has {@link INT8_FILE};
 * with a knowledge base, too, its questions are ranked by both forms first. Throws a UserError for a target that exists.
 */
export async function exportModel(params: ExportParams, context: JobContext): Promise<ExportAnswer> {
  const { to, int8 = false, measureOn } = params;
  if (existsSync(to)) throw errors.targetExists(to);
  return withModel(params, context, async (model) => {
    const { folder, weights } = model;
    const small = int8 ? quantised(inferenceGraph(weights)) : undefined;
    const bytes = small && encodeModel(small);
    const cost = small && measureOn ? await int8Cost(params, measureOn, model, small, context) : undefined;
    const { id: _, ...manifest } = await readManifest(folder.path);
    await mkdir(dirname(to), { recursive: true });
    await saveModel(to, folder, weights, { ...manifest, id: basename(to) }, async (temp) => {
      if (bytes) await writeFile(join(temp, INT8_FILE), bytes);
    });
    return {
      model: folder.id,
      path: to,
      ...(bytes && { int8: { file: INT8_FILE, bytes: bytes.length, ...(cost && { cost }) } }),
    };
  });
}

/** All questions of the base under both forms: quantising learns from none of them, so that none has to be held out. */
async function int8Cost(
  params: ExportParams,
  measureOn: NonNullable<ExportParams['measureOn']>,
  model: OpenModel,
  small: ReturnType<typeof quantised>,
  context: JobContext,
): Promise<Int8Cost> {
  const asked: EvaluateParams = { ...params, ...measureOn };
  const corpus = await readCorpus(asked, context);
  const { sides } = splitOf(asked, corpus);
  const { folder, embedder } = model;
  const indexed = await indexCorpus(asked, corpus, model, context);
  const full = await measure(asked, corpus, sides, model, indexed, context);
  const form = { graph: small, weights: new Map() };
  const int8 = await Embedder.of(form, folder.profile, embedder.tokenizer, { threads: params.threads });
  try {
    const texts = indexed.windows.map(({ text }) => text);
    const vectors = await int8.embed(texts, 'passage', context);
    const rows = { entries: indexed.windows, vectors };
    const report = await measure(asked, corpus, sides, { folder, embedder: int8 }, { ...indexed, rows }, context);
    const k = full.primaryK;
    const ranks = new Map(report.outcomes.map(({ id, answerRanks }) => [id, recallOfRanks(answerRanks, k)]));
    const before = full.outcomes.map(({ answerRanks }) => recallOfRanks(answerRanks, k));
    const after = full.outcomes.map(({ id }) => ranks.get(id)!);
    return {
      k,
      questions: before.length,
      before: full.slices.all.metrics[`recall@${k}`]!.value,
      after: report.slices.all.metrics[`recall@${k}`]!.value,
      difference: pairedInterval(before, after, { seed: params.seed ?? 0 }),
    };
  } finally {
    await int8.close();
  }
}
