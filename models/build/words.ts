// Stage 1 of the embedded model: word vectors alone. A text's vector is their sum, in which a word that is repeated counts less and less
// (saturate.ts). A word's vector has a learnt part, whose length is the word's weight, and one of signs drawn at random, as long as the
// word is rare, which learns slowly. The signs of two words are nearly orthogonal, so texts meet there only by the words they share: they
// rank much like BM25, which the learnt part then need not do.
// The sum and its gradient are plain loops, many times cheaper than a graph over padded tokens; the loss, its gradient and the
// optimizer are the engine's. Run prepare.py first, then
//   node --import tsx models/build/words.ts --data DATA --out OUT [--pieces DATA/pieces.safetensors] [--passes 2] [--seed 1]
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
import { type Bag, bagOf } from './saturate.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string' },
    seed: { type: 'string', default: '1' },
    learnt: { type: 'string', default: '318' },
    signs: { type: 'string', default: '512' },
    passes: { type: 'string', default: '2' },
    pieces: { type: 'string' },
    batch: { type: 'string', default: '2048' },
    rate: { type: 'string', default: '5e-3' },
    'sign-rate': { type: 'string', default: '4e-4' },
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
/** Of a part of a word that is in every e-th text. */
const START_LENGTH = 0.2;
/**
 * What the signs are lengthened by in the end. Among a batch of 2,048 the learnt part alone tells most texts apart; among 30,000 the words
 * themselves count for more (found on development questions).
 */
const SIGN_SCALE = 1.68;
/** Share of the squares that the teachers give to the start of the learnt part. */
const TAUGHT = 0.8;

const learnt = Number(options.learnt);
const width = learnt + Number(options.signs);
const batch = Number(options.batch);
const seed = Number(options.seed);
const data = new PairData(options.data);
const steps = Math.floor((data.size * Number(options.passes)) / batch);
const checkpoint = join(out, 'words.checkpoint.safetensors');

/** A part of the words' vectors: `size` values of each from the place `start`. */
interface Part {
  name: string;
  start: number;
  size: number;
  /** Peak learning rate. */
  rate: number;
  table: Float32Array;
}
const part = (name: string, start: number, end: number, rate: string): Part => {
  const size = end - start;
  return { name, start, size, rate: Number(rate), table: new Float32Array(VOCABULARY * size) };
};
const learntPart = part('learnt', 0, learnt, options.rate);
const signPart = part('signs', learnt, width, options['sign-rate']);
const parts = [learntPart, signPart].filter(({ size }) => size > 0);
startByRarity(options.pieces ? (await readTensors(options.pieces)).get('pieces') : undefined);
const parameters = makeParameters(
  parts.map(({ name, size, table }) => [name, { dims: [VOCABULARY, size], data: table }] as const),
);
const optimizer = new AdamW(parameters, { beta2: 0.98, weightDecay: 0, clip: 0 });
const first = options.resume ? await loadCheckpoint(checkpoint, parameters, optimizer) : 0;
if (first > 0) log(`resumed after step ${first}`);

/**
 * Both parts as long as the word is rare. The learnt part starts mostly as the teachers see the word (teach.py), so that words of like
 * meaning are near each other, the rest of it random, so that all differ.
 */
function startByRarity(taught?: { dims: number[]; data: Float32Array }): void {
  const random = seededRandom(seed);
  const texts = new Float64Array(VOCABULARY);
  for (let pair = 0; pair < data.size; pair++) for (const id of new Set(data.passageIds(pair, LONGEST))) texts[id]!++;
  const known = taught?.dims[1] ?? 0;
  if (known > learnt) throw new Error(`${known} values are taught, but only ${learnt} are learnt`);
  const [ofTeachers, ofChance] = taught ? [Math.sqrt(TAUGHT), Math.sqrt(1 - TAUGHT)] : [0, 1];
  for (let id = 0; id < VOCABULARY; id++) {
    const length = START_LENGTH * Math.max(0.2, Math.log((data.size + 1) / (texts[id]! + 0.5)));
    const rowOf = ({ table, size }: Part): Float32Array => table.subarray(id * size, (id + 1) * size);
    const row = rowOf(learntPart);
    for (let d = 0; d < known; d++) row[d] = taught!.data[id * known + d]! * length * ofTeachers;
    for (let d = known; d < learnt; d++) row[d] = (random.normal() * length * ofChance) / Math.sqrt(learnt - known);
    const signs = rowOf(signPart);
    for (let d = 0; d < signs.length; d++) signs[d] = (random.below(2) * 2 - 1) * (length / Math.sqrt(signs.length));
  }
}

interface Sums {
  /** Row-major, of length 1. */
  vectors: Float32Array;
  /** Of each sum before it was scaled to length 1. */
  lengths: Float64Array;
}

function sumsOf(texts: readonly Bag[]): Sums {
  const vectors = new Float32Array(texts.length * width);
  const lengths = new Float64Array(texts.length);
  texts.forEach(({ ids, weights }, t) => {
    const sum = vectors.subarray(t * width, (t + 1) * width);
    for (let i = 0; i < ids.length; i++) {
      const weight = weights[i]!;
      for (const { table, start, size } of parts) {
        const at = ids[i]! * size;
        for (let d = 0; d < size; d++) sum[start + d]! += weight * table[at + d]!;
      }
    }
    let squares = 0;
    for (let d = 0; d < width; d++) squares += sum[d]! * sum[d]!;
    const length = Math.sqrt(squares) || 1;
    for (let d = 0; d < width; d++) sum[d]! /= length;
    lengths[t] = length;
  });
  return { vectors, lengths };
}

/** Carries the gradient of the scaled sums back to the words; `totals` are one table for each part. */
function addWordGradients(
  totals: readonly Float32Array[],
  texts: readonly Bag[],
  { vectors, lengths }: Sums,
  gradient: Float32Array,
): void {
  const row = new Float32Array(width);
  texts.forEach(({ ids, weights }, t) => {
    const base = t * width;
    let along = 0;
    for (let d = 0; d < width; d++) along += gradient[base + d]! * vectors[base + d]!;
    for (let d = 0; d < width; d++) row[d] = (gradient[base + d]! - along * vectors[base + d]!) / lengths[t]!;
    for (let i = 0; i < ids.length; i++) {
      const weight = weights[i]!;
      parts.forEach(({ start, size }, p) => {
        const at = ids[i]! * size;
        const total = totals[p]!;
        for (let d = 0; d < size; d++) total[at + d]! += weight * row[start + d]!;
      });
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

const embed = async (texts: readonly ArrayLike<number>[]): Promise<Float32Array> => sumsOf(texts.map(bagOf)).vectors;

log(`${data.size} pairs, ${steps} steps of ${batch}; before: ${await developmentRecall(options.data, width, embed)}`);
const batches = dealBlocks(data, seed, batch, first);
const totals = parts.map(({ table }) => new Float32Array(table.length));
let smooth = 0;
for (let i = first; i < steps; i++) {
  const pairs = batches.next().value;
  const random = seededRandom(seed * 1e6 + i);
  const queries = queriesOf(data, pairs, random).map(bagOf);
  const passages = pairs.map((pair) => bagOf(data.passageIds(pair, LONGEST)));
  const bias = negativesOf(data, pairs);
  const asked = sumsOf(queries);
  const read = sumsOf(passages);
  const forward = await lossOf(asked.vectors, read.vectors, bias);
  const backward = await lossOf(read.vectors, asked.vectors, bias);
  const mix = (a: Float32Array, b: Float32Array): Float32Array =>
    a.map((value, n) => value * (1 - BACKWARD_SHARE) + b[n]! * BACKWARD_SHARE);
  for (const total of totals) total.fill(0);
  addWordGradients(totals, queries, asked, mix(forward.from, backward.to));
  addWordGradients(totals, passages, read, mix(forward.to, backward.from));
  const gradients = new GradientSet(parameters);
  parts.forEach(({ name }, p) => {
    gradients.addDense(name, totals[p]!);
  });
  const factor = warmupCosine(i, steps, Math.ceil(steps * 0.03), 0.02);
  optimizer.step(gradients, (name) => factor * parts.find((each) => each.name === name)!.rate);
  smooth = smooth === 0 ? forward.loss : smooth * 0.95 + forward.loss * 0.05;
  if (i % 25 === 24) log(`step ${i + 1}/${steps} loss ${smooth.toFixed(3)}`);
  if (i % SAVE_EVERY === SAVE_EVERY - 1) await saveCheckpoint(checkpoint, parameters, optimizer);
  if (i % 300 === 299 || i === steps - 1) log(`recall@5: ${await developmentRecall(options.data, width, embed)}`);
}
const words = new Float32Array(VOCABULARY * width);
for (let id = 0; id < VOCABULARY; id++) {
  const row = words.subarray(id * width, (id + 1) * width);
  row.set(learntPart.table.subarray(id * learnt, (id + 1) * learnt));
  const signs = signPart.table.subarray(id * signPart.size, (id + 1) * signPart.size);
  const size = (SIGN_SCALE * signs.reduce((sum, value) => sum + Math.abs(value), 0)) / signs.length;
  signs.forEach((value, i) => {
    row[learnt + i] = value < 0 ? -size : size;
  });
}
await saveTensors(join(out, 'words.safetensors'), [['words', [VOCABULARY, width], words]]);
await session.close();
