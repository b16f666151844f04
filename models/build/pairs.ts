// Reads the tokenised pairs that prepare.py wrote, and deals them out as batches.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pushTo } from '../../src/core/multimap.ts';
import { type Random, seededRandom } from '../../src/core/random.ts';
import type { StepBatch } from '../../src/engine/training/step.ts';

/** Ids around every text of an encoder. */
export const CLS = 2;
export const SEP = 3;
const FIELDS = 6;
const LONGEST_QUERY = 40;
/** Longer queries are sentences already. */
const LONGEST_SUBJECT = 15;
/** Of the headings, how many are asked as a question. */
const QUESTION_SHARE = 0.35;
/** Pairs of one source that stand together in a batch: each other's hard negatives. */
const BLOCK = 256;

type Template = [before: number[], after: number[]];

/** All pairs of a data folder, held as flat arrays. */
export class PairData {
  private readonly ids: Uint16Array;
  private readonly index: Uint32Array;
  /** By language number. */
  readonly templates: Template[][];

  constructor(folder: string) {
    const ids = readFileSync(join(folder, 'ids.u16'));
    const index = readFileSync(join(folder, 'index.u32'));
    this.ids = new Uint16Array(ids.buffer, ids.byteOffset, ids.byteLength / 2);
    this.index = new Uint32Array(index.buffer, index.byteOffset, index.byteLength / 4);
    const { en, zh } = JSON.parse(readFileSync(join(folder, 'templates.json'), 'utf8')) as Record<string, Template[]>;
    this.templates = [en!, zh!];
  }

  get size(): number {
    return this.index.length / FIELDS;
  }

  private field(pair: number, field: number): number {
    return this.index[pair * FIELDS + field]!;
  }

  language = (pair: number): number => this.field(pair, 5);
  source = (pair: number): number => this.field(pair, 4);
  passageLength = (pair: number): number => this.field(pair, 3);
  queryIds = (pair: number): Uint16Array => this.slice(this.field(pair, 0), this.field(pair, 1), LONGEST_QUERY);
  passageIds = (pair: number, longest: number): Uint16Array =>
    this.slice(this.field(pair, 2), this.field(pair, 3), longest);

  private slice(offset: number, length: number, longest: number): Uint16Array {
    return this.ids.subarray(offset, offset + Math.min(length, longest));
  }
}

/** [CLS], at most `longest - 2` ids, [SEP]. */
export function framed(ids: ArrayLike<number>, longest: number): Int32Array {
  const kept = Math.min(ids.length, longest - 2);
  const sequence = new Int32Array(kept + 2);
  sequence[0] = CLS;
  for (let i = 0; i < kept; i++) sequence[i + 1] = ids[i]!;
  sequence[kept + 1] = SEP;
  return sequence;
}

/** The pairs' queries, a part of the headings put as questions. */
export function queriesOf(data: PairData, pairs: readonly number[], random: Random): ArrayLike<number>[] {
  return pairs.map((pair) => {
    const ids = data.queryIds(pair);
    if (ids.length > LONGEST_SUBJECT || random.next() >= QUESTION_SHARE) return ids;
    const templates = data.templates[data.language(pair)]!;
    const [before, after] = templates[Math.floor(random.next() * templates.length)]!;
    return [...before, ...ids, ...after];
  });
}

/** Endless batches of pair numbers, in blocks of one source, the first `skip` left out; the order follows from the seed and the pass. */
export function* dealBlocks(data: PairData, seed: number, batch: number, skip = 0): Generator<number[], never> {
  const bySource = new Map<number, number[]>();
  for (let pair = 0; pair < data.size; pair++) pushTo(bySource, data.source(pair), pair);
  for (let pass = 0, dealt = 0; ; pass++) {
    const random = seededRandom(seed * 1000 + pass);
    const blocks: number[][] = [];
    for (const pairs of bySource.values()) {
      const order = random.shuffle([...pairs]);
      for (let at = 0; at < order.length; at += BLOCK) blocks.push(order.slice(at, at + BLOCK));
    }
    const flat = random.shuffle(blocks).flat();
    for (let at = 0; at + batch <= flat.length; at += batch) if (dealt++ >= skip) yield flat.slice(at, at + batch);
  }
}

/** Endless batches of one language, from one source or a few, and of similar length: for encoders with layers, where padding costs. */
export function* dealSimilar(
  data: PairData,
  seed: number,
  batch: number,
  longest: number,
  skip = 0,
): Generator<number[], never> {
  const order = Array.from({ length: data.size }, (_, i) => i);
  const pool = batch * 24;
  for (let pass = 0, dealt = 0; ; pass++) {
    const random = seededRandom(seed * 1000 + pass);
    const shuffled = random.shuffle([...order]);
    for (let start = 0; start + pool <= shuffled.length; start += pool) {
      const members = shuffled.slice(start, start + pool);
      const key = (pair: number): number =>
        data.language(pair) * 1e6 + Math.min(data.passageLength(pair), longest) * 1e3 + data.source(pair);
      members.sort((a, b) => key(a) - key(b));
      const batches: number[][] = [];
      for (let at = 0; at < pool; at += batch) batches.push(members.slice(at, at + batch));
      for (const pairs of random.shuffle(batches)) if (dealt++ >= skip) yield pairs;
    }
  }
}

/** Row-major batch x batch: 0, or a large negative number between pairs with the same query or of the same section, but for a pair itself. */
export function negativesOf(data: PairData, pairs: readonly number[]): Float32Array {
  const n = pairs.length;
  const bias = new Float32Array(n * n);
  const places = new Map<string, number[]>();
  const note = (key: string, i: number): void => pushTo(places, key, i);
  pairs.forEach((pair, i) => {
    note(data.queryIds(pair).join(), i);
    note(`text ${data.passageIds(pair, 64).join()}`, i);
    // A sentence pair stands right after the heading pair of its section.
    note(`pair ${pair}`, i);
    note(`pair ${pair + 1}`, i);
  });
  for (const same of places.values()) for (const a of same) for (const b of same) if (a !== b) bias[a * n + b] = -1e4;
  return bias;
}

/** A step of an encoder with layers: in-batch targets and negatives. */
export function toBatch(data: PairData, pairs: readonly number[], random: Random, longest: number): StepBatch {
  const n = pairs.length;
  const targets = new Float32Array(n * n);
  for (let i = 0; i < n; i++) targets[i * n + i] = 1;
  const queries = queriesOf(data, pairs, random);
  return {
    queries: queries.map((ids) => framed(ids, LONGEST_QUERY)),
    passages: pairs.map((pair) => framed(data.passageIds(pair, longest), longest)),
    targets,
    bias: negativesOf(data, pairs),
  };
}
