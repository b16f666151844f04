// Stage 1 of the embedded model: word vectors alone, of which a text's vector is the mean. Their length is the word's weight.
// The mean and its gradient are plain loops, many times cheaper than a graph over padded tokens; the loss, its gradient and the
// optimizer are the engine's. Run prepare.py first, then
//   node --import tsx models/build/words.ts --data DATA --out OUT [--pieces DATA/pieces.safetensors] [--passes 1] [--seed 1]
// OUT receives words.safetensors (vocabulary x width) and words.log; with --resume it goes on from the last 100 steps' checkpoint.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeModel } from '../../src/autodiff/proto.ts';
import { seededRandom } from '../../src/core/random.ts';
import { buildLossGraph } from '../../src/engine/graphs/trainingGraphs.ts';
import { probeFacts } from '../../src/engine/probe.ts';
import { Session } from '../../src/engine/runtime.ts';
import { AdamW } from '../../src/engine/training/adamw.ts';
import { GradientSet } from '../../src/engine/training/gradients.ts';
import { makeParameters } from '../../src/engine/training/parameters.ts';
import { warmupCosine } from '../../src/engine/training/schedule.ts';
import { loadCheckpoint, readTensors, saveCheckpoint, saveTensors } from './checkpoint.ts';
import { developmentRecall } from './development.ts';
import { logTo } from './log.ts';
import { dealBlocks, negativesOf, PairData, queriesOf } from './pairs.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string' },
    seed: { type: 'string', default: '1' },
    width: { type: 'string', default: '510' },
    passes: { type: 'string', default: '1' },
    pieces: { type: 'string' },
    batch: { type: 'string', default: '2048' },
    rate: { type: 'string', default: '5e-3' },
    resume: { type: 'boolean', default: false },
  },
});
if (!options.data || !options.out) throw new Error('--data and --out are needed');
const { out } = options;
mkdirSync(out, { recursive: true });
const log = logTo(join(out, 'words.log'));

const VOCABULARY = 40816;
const TEMPERATURE = 0.05;
const LONGEST = 254;
/** The share of the loss by which a passage finds its query. */
const BACKWARD_SHARE = 0.3;
const SAVE_EVERY = 100;
/** Of a word that is in every e-th text. */
const START_LENGTH = 0.2;

const width = Number(options.width);
const batch = Number(options.batch);
const seed = Number(options.seed);
const data = new PairData(options.data);
const steps = Math.floor((data.size * Number(options.passes)) / batch);
const checkpoint = join(out, 'words.checkpoint.safetensors');

const table = new Float32Array(VOCABULARY * width);
startByRarity(table, options.pieces ? (await readTensors(options.pieces)).get('pieces') : undefined);
const parameters = makeParameters([['words', { dims: [VOCABULARY, width], data: table }]]);
const optimizer = new AdamW(parameters, { beta2: 0.98, weightDecay: 0, clip: 0 });
const first = options.resume ? await loadCheckpoint(checkpoint, parameters, optimizer) : 0;
if (first > 0) log(`resumed after step ${first}`);

/**
 * Directions as long as the word is rare: the mean then ranks much like BM25 before anything is learnt. Half of a direction is the
 * teachers' (teach.py), so that words of like meaning are near each other from the start, the rest random, so that all differ.
 */
function startByRarity(values: Float32Array, taught?: { dims: number[]; data: Float32Array }): void {
  const random = seededRandom(seed);
  const texts = new Float64Array(VOCABULARY);
  for (let pair = 0; pair < data.size; pair++) for (const id of new Set(data.passageIds(pair, LONGEST))) texts[id]!++;
  const known = taught?.dims[1] ?? 0;
  for (let id = 0; id < VOCABULARY; id++) {
    const rarity = Math.max(0.2, Math.log((data.size + 1) / (texts[id]! + 0.5)));
    const length = START_LENGTH * rarity * (taught ? Math.SQRT1_2 : 1);
    for (let d = 0; d < known; d++) values[id * width + d] = taught!.data[id * known + d]! * length;
    for (let d = known; d < width; d++) values[id * width + d] = (random.normal() * length) / Math.sqrt(width - known);
  }
}

interface Means {
  /** Row-major, of length 1. */
  vectors: Float32Array;
  /** Of each mean before it was scaled to length 1. */
  lengths: Float64Array;
}

function meansOf(texts: readonly ArrayLike<number>[]): Means {
  const vectors = new Float32Array(texts.length * width);
  const lengths = new Float64Array(texts.length);
  texts.forEach((ids, t) => {
    const mean = vectors.subarray(t * width, (t + 1) * width);
    for (let i = 0; i < ids.length; i++) {
      const at = ids[i]! * width;
      for (let d = 0; d < width; d++) mean[d]! += table[at + d]!;
    }
    let squares = 0;
    for (let d = 0; d < width; d++) squares += mean[d]! * mean[d]!;
    const length = Math.sqrt(squares) || 1;
    for (let d = 0; d < width; d++) mean[d]! /= length;
    lengths[t] = length / Math.max(1, ids.length);
  });
  return { vectors, lengths };
}

/** Carries the gradient of the scaled means back to the words. */
function addWordGradients(
  sum: Float32Array,
  texts: readonly ArrayLike<number>[],
  { vectors, lengths }: Means,
  gradient: Float32Array,
): void {
  const row = new Float32Array(width);
  texts.forEach((ids, t) => {
    const base = t * width;
    let along = 0;
    for (let d = 0; d < width; d++) along += gradient[base + d]! * vectors[base + d]!;
    const scale = 1 / (lengths[t]! * Math.max(1, ids.length));
    for (let d = 0; d < width; d++) row[d] = (gradient[base + d]! - along * vectors[base + d]!) * scale;
    for (let i = 0; i < ids.length; i++) {
      const at = ids[i]! * width;
      for (let d = 0; d < width; d++) sum[at + d]! += row[d]!;
    }
  });
}

const loss = await buildLossGraph((graph) => probeFacts(graph, new Map()));
const session = await Session.open(encodeModel(loss.graph));
const targets = new Float32Array(batch * batch);
for (let i = 0; i < batch; i++) targets[i * batch + i] = 1;

/** Loss by which `from` find `to`, and its gradients. */
async function lossOf(from: Float32Array, to: Float32Array, bias: Float32Array) {
  const matrix = (dims: number[], values: Float32Array) => ({ type: 'float32' as const, dims, data: values });
  const results = await session.run({
    [loss.queries]: matrix([batch, width], from),
    [loss.passages]: matrix([batch, width], to),
    [loss.lossInputs.targets]: matrix([batch, batch], targets),
    [loss.lossInputs.bias]: matrix([batch, batch], bias),
    [loss.lossInputs.temperature]: matrix([], new Float32Array([TEMPERATURE])),
  });
  const values = (name: string): Float32Array => results[name]!.data as Float32Array;
  return { loss: values(loss.loss)[0]!, from: values(loss.queryGradient), to: values(loss.passageGradient) };
}

const embed = async (texts: readonly ArrayLike<number>[]): Promise<Float32Array> => meansOf(texts).vectors;

log(`${data.size} pairs, ${steps} steps of ${batch}; before: ${await developmentRecall(options.data, width, embed)}`);
const batches = dealBlocks(data, seed, batch, first);
const sum = new Float32Array(table.length);
let smooth = 0;
for (let i = first; i < steps; i++) {
  const pairs = batches.next().value;
  const random = seededRandom(seed * 1e6 + i);
  const queries = queriesOf(data, pairs, random);
  const passages = pairs.map((pair) => data.passageIds(pair, LONGEST));
  const bias = negativesOf(data, pairs);
  const asked = meansOf(queries);
  const read = meansOf(passages);
  const forward = await lossOf(asked.vectors, read.vectors, bias);
  const backward = await lossOf(read.vectors, asked.vectors, bias);
  const mix = (a: Float32Array, b: Float32Array): Float32Array =>
    a.map((value, n) => value * (1 - BACKWARD_SHARE) + b[n]! * BACKWARD_SHARE);
  sum.fill(0);
  addWordGradients(sum, queries, asked, mix(forward.from, backward.to));
  addWordGradients(sum, passages, read, mix(forward.to, backward.from));
  const gradients = new GradientSet(parameters);
  gradients.addDense('words', sum);
  const factor = warmupCosine(i, steps, Math.ceil(steps * 0.03), 0.02);
  optimizer.step(gradients, () => Number(options.rate) * factor);
  smooth = smooth === 0 ? forward.loss : smooth * 0.95 + forward.loss * 0.05;
  if (i % 25 === 24) log(`step ${i + 1}/${steps} loss ${smooth.toFixed(3)}`);
  if (i % SAVE_EVERY === SAVE_EVERY - 1) await saveCheckpoint(checkpoint, parameters, optimizer);
  if (i % 300 === 299 || i === steps - 1) log(`recall@5: ${await developmentRecall(options.data, width, embed)}`);
}
await saveTensors(join(out, 'words.safetensors'), [['words', [VOCABULARY, width], table]]);
await session.close();
