// What rewriting an exported graph gains: processor seconds of embedding and of a training step, as exported and as rewritten.
//   node --import tsx bench/canonical.ts FOLDER [ROUNDS] [FOLDER2]     (FOLDER: an ONNX export whose weights are not found by name;
//   FOLDER2: the same model with names, whose standard graph is measured beside)
// One thread, rounds in turn, the least of each: processor time, so that a busy machine disturbs little.
import { Embedder } from '../src/engine/embedder.ts';
import { loadModelTokenizer, openModelFolder } from '../src/engine/modelFolder.ts';
import { loadWeights, type ModelWeights } from '../src/engine/modelWeights.ts';
import { makeParameters } from '../src/engine/training/parameters.ts';
import { type StepBatch, TrainingStep } from '../src/engine/training/step.ts';

const TEXTS = 16;
const TOKENS = 128;

async function main(): Promise<void> {
  const folder = await openModelFolder(process.argv[2]!);
  const rounds = Number(process.argv[3] ?? 5);
  const model = await loadWeights(folder);
  if (!model.stored) throw new Error('its weights are found by name: there is nothing to rewrite');
  const tokenizer = await loadModelTokenizer(folder);
  const texts = Array.from({ length: TEXTS }, (_, i) =>
    Int32Array.from({ length: TOKENS }, (__, j) => 100 + ((i * 31 + j * 7) % 900)),
  );
  const targets = Float32Array.from({ length: 64 }, (_, i) => (i % 9 === 0 ? 1 : 0));
  const batch: StepBatch = {
    queries: texts.slice(0, 8),
    passages: texts.slice(8),
    targets,
    bias: new Float32Array(64),
  };
  const graphs: Record<string, ModelWeights> = { exported: { ...model, graph: model.stored }, rewritten: model };
  if (process.argv[4]) graphs.standard = await loadWeights(await openModelFolder(process.argv[4]));
  const best: Record<string, number> = {};
  const measured = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const before = process.cpuUsage();
    await work();
    const { user } = process.cpuUsage(before);
    best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, user / 1e6);
  };
  const { pooling, dimension } = folder.profile;
  const runs = await Promise.all(
    Object.entries(graphs).map(async ([name, graph]) => {
      const weights = new Set(graph.weights.keys());
      const encoder = { graph: graph.graph, weights, trainable: weights, dimension };
      const options = { pooling, padId: tokenizer.padId, temperature: 0.05, threads: 1, mode: 'direct' as const };
      return {
        name,
        embedder: await Embedder.of(graph, folder.profile, tokenizer, { threads: 1 }),
        step: new TrainingStep(encoder, makeParameters(graph.weights), options),
      };
    }),
  );
  for (const { embedder, step } of runs) {
    await embedder.embedTokens(texts);
    await step.run(batch);
  }
  for (let round = 0; round < rounds; round++)
    for (const { name, embedder, step } of runs) {
      await measured(`embed ${name}`, () => embedder.embedTokens(texts));
      await measured(`step ${name}`, () => step.run(batch));
    }
  for (const [name, seconds] of Object.entries(best)) console.log(`${name}: ${seconds.toFixed(3)} s`);
  for (const { embedder, step } of runs) {
    await embedder.close();
    await step.close();
  }
}

await main();
