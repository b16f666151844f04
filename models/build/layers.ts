// Stage 2 of the embedded model: an encoder that embeds as stage 1 does starts on its word vectors, and all of it is trained.
//   node --import tsx models/build/layers.ts --data DATA --words OUT/words.safetensors --out OUT [--layers 1] [--steps 0] [--seed 2]
// OUT receives model.safetensors at the end and every 100 steps, and layers.log; with --resume it goes on from the last of those steps.
// pack.ts makes the repository's files out of it.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeModel } from '../../src/autodiff/proto.ts';
import { seededRandom } from '../../src/core/random.ts';
import { bertWeightShapes, buildBert } from '../../src/engine/graphs/bert.ts';
import { buildForwardGraph } from '../../src/engine/graphs/trainingGraphs.ts';
import { Session } from '../../src/engine/runtime.ts';
import { lengthSortedBatches, packTokens, towerFeeds } from '../../src/engine/tokenBatch.ts';
import { AdamW } from '../../src/engine/training/adamw.ts';
import { makeParameters } from '../../src/engine/training/parameters.ts';
import { warmupCosine } from '../../src/engine/training/schedule.ts';
import { TrainingStep } from '../../src/engine/training/step.ts';
import { loadCheckpoint, readTensors, saveCheckpoint, saveTensors } from './checkpoint.ts';
import { developmentRecall } from './development.ts';
import { logTo } from './log.ts';
import { dealSimilar, framed, PairData, toBatch } from './pairs.ts';
import { encoderOnWords, shapeOf } from './shape.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    words: { type: 'string' },
    out: { type: 'string' },
    seed: { type: 'string', default: '2' },
    layers: { type: 'string', default: '1' },
    steps: { type: 'string', default: '0' },
    batch: { type: 'string', default: '256' },
    longest: { type: 'string', default: '128' },
    rate: { type: 'string', default: '7e-4' },
    'word-rate': { type: 'string', default: '1e-3' },
    resume: { type: 'boolean', default: false },
  },
});
if (!options.data || !options.words || !options.out) throw new Error('--data, --words and --out are needed');
const { out } = options;
mkdirSync(out, { recursive: true });
const log = logTo(join(out, 'layers.log'));

const TEMPERATURE = 0.05;
const SAVE_EVERY = 100;
const steps = Number(options.steps);
const seed = Number(options.seed);
const longest = Number(options.longest);
const data = new PairData(options.data);
const checkpoint = join(out, 'layers.checkpoint.safetensors');

const words = (await readTensors(options.words)).get('words')!;
const shape = shapeOf(words.dims, Number(options.layers));
const weights = encoderOnWords(words, shape, seededRandom(seed));
const graph = buildBert(shape);
const names = new Set(bertWeightShapes(shape).keys());
const parameters = makeParameters(weights);
const optimizer = new AdamW(parameters, { weightDecay: 0.01, clip: 1 });
const first = options.resume ? await loadCheckpoint(checkpoint, parameters, optimizer) : 0;
if (first > 0) log(`resumed after step ${first}`);
const step = new TrainingStep({ graph, weights: names, trainable: names, dimension: shape.hidden }, parameters, {
  pooling: 'mean',
  padId: shape.padId,
  temperature: TEMPERATURE,
  tokenBudget: 200000,
  mode: 'direct',
});

const forward = buildForwardGraph({ graph, weights: names });
const encoder = await Session.open(encodeModel(forward.graph));

async function embed(texts: readonly number[][]): Promise<Float32Array> {
  const sequences = texts.map((text) => framed(text, 256));
  const vectors = new Float32Array(texts.length * shape.hidden);
  const lengths = sequences.map(({ length }) => length);
  const feeds = Object.fromEntries([...parameters].map(([name, { wrapped }]) => [name, wrapped]));
  for (const group of lengthSortedBatches(lengths, 16384)) {
    const batch = packTokens(
      group.map((i) => sequences[i]!),
      shape.padId,
      'mean',
    );
    const results = await encoder.run({ ...feeds, ...towerFeeds(forward.tower, batch) });
    const rows = results[forward.embedding]!.data as Float32Array;
    group.forEach((text, row) => {
      vectors.set(rows.subarray(row * shape.hidden, (row + 1) * shape.hidden), text * shape.hidden);
    });
  }
  return vectors;
}

async function save(): Promise<void> {
  const tensors = [...parameters.values()].map(({ name, dims, data: values }) => [name, dims, values] as const);
  await saveTensors(join(out, 'model.safetensors'), tensors);
  await saveCheckpoint(checkpoint, parameters, optimizer);
}

log(`${shape.layers} layers x ${shape.hidden}; before: ${await developmentRecall(options.data, shape.hidden, embed)}`);
let smooth = 0;
const batches = dealSimilar(data, seed, Number(options.batch), longest, first);
for (let i = first; i < steps; i++) {
  const loss = await step.run(toBatch(data, batches.next().value, seededRandom(seed * 1e6 + i), longest));
  const factor = warmupCosine(i, steps, Math.ceil(steps * 0.05), 0.02);
  const rate = (name: string): number =>
    factor * Number(name.includes('word_embeddings') ? options['word-rate'] : options.rate);
  const norm = optimizer.step(step.gradients, rate);
  smooth = smooth === 0 ? loss : smooth * 0.95 + loss * 0.05;
  if (i % 25 === 24) log(`step ${i + 1}/${steps} loss ${smooth.toFixed(3)} gradient ${norm.toFixed(2)}`);
  if (i % SAVE_EVERY === SAVE_EVERY - 1) await save();
  if (i % 300 === 299 || i === steps - 1)
    log(`recall@5: ${await developmentRecall(options.data, shape.hidden, embed)}`);
}
await save();
await step.close();
await encoder.close();
