// Reads the tokenised pairs that prepare.py wrote, and deals them out as batches of one language and of similar length.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../src/core/random.ts';
import type { StepBatch } from '../../src/engine/training/step.ts';

const CLS = 2;
const SEP = 3;
const FIELDS = 6;

/** All pairs of a data folder, held as flat arrays. */
export class PairData {
  private readonly ids: Uint16Array;
  private readonly index: Uint32Array;

  constructor(folder: string) {
    const ids = readFileSync(join(folder, 'ids.u16'));
    const index = readFileSync(join(folder, 'index.u32'));
    this.ids = new Uint16Array(ids.buffer, ids.byteOffset, ids.byteLength / 2);
    this.index = new Uint32Array(index.buffer, index.byteOffset, index.byteLength / 4);
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
  query = (pair: number, longest: number): Int32Array => this.framed(this.field(pair, 0), this.field(pair, 1), longest);
  passage = (pair: number, longest: number): Int32Array =>
    this.framed(this.field(pair, 2), this.field(pair, 3), longest);

  private framed(offset: number, length: number, longest: number): Int32Array {
    const kept = Math.min(length, longest - 2);
    const sequence = new Int32Array(kept + 2);
    sequence[0] = CLS;
    sequence.set(this.ids.subarray(offset, offset + kept), 1);
    sequence[kept + 1] = SEP;
    return sequence;
  }
}

/** Endless batches of pair numbers: pools of `batch * 24` pairs are cut by language, then by length, and dealt in random order. */
export function* dealPairs(data: PairData, random: Random, batch: number, longest: number): Generator<number[]> {
  const order = Array.from({ length: data.size }, (_, i) => i);
  for (;;) {
    random.shuffle(order);
    const pool = batch * 24;
    for (let start = 0; start + pool <= order.length; start += pool) {
      const members = order.slice(start, start + pool);
      const key = (pair: number): number =>
        data.language(pair) * 1e6 + Math.min(data.passageLength(pair), longest) * 1e3 + data.source(pair);
      members.sort((a, b) => key(a) - key(b));
      const batches: number[][] = [];
      for (let at = 0; at < pool; at += batch) batches.push(members.slice(at, at + batch));
      yield* random.shuffle(batches);
    }
  }
}

/** In-batch targets; pairs with the same query, or of the same section, are no negatives of each other. */
export function toBatch(data: PairData, pairs: readonly number[], longestQuery: number, longest: number): StepBatch {
  const n = pairs.length;
  const targets = new Float32Array(n * n);
  const bias = new Float32Array(n * n);
  const queries = pairs.map((pair) => data.query(pair, longestQuery));
  const places = new Map<string, number[]>();
  const note = (key: string, i: number): void => {
    const known = places.get(key);
    if (known) known.push(i);
    else places.set(key, [i]);
  };
  pairs.forEach((pair, i) => {
    targets[i * n + i] = 1;
    note(queries[i]!.join(), i);
    // A sentence pair stands right after the heading pair of its section.
    note(`pair ${pair}`, i);
    note(`pair ${pair + 1}`, i);
  });
  for (const same of places.values()) for (const a of same) for (const b of same) if (a !== b) bias[a * n + b] = -1e4;
  return { queries, passages: pairs.map((pair) => data.passage(pair, longest)), targets, bias };
}
