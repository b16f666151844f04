// Packs token sequences into the padded tensors that an encoder takes, and cuts sets of texts into batches of similar length.
import { throwIfAborted } from '../core/progress.ts';
import type { Pooling } from './encoder.ts';
import type { EncoderInputs, TowerInputs } from './graphs/tower.ts';
import type { Value } from './runtime.ts';

/**
 * Tokens, padding included, that are run at once where nothing asks for more. Few: texts of a batch are then of like length, and what one
 * operator hands to the next stays in the processor's cache. On 384 real passages 1,024 took a quarter less processor time than 6,144
 * (bench/README.md); in training 768 and 1,024 were fastest, and with 5,425 a step took twice as long (6 layers of 384 values).
 */
export const MICRO_BATCH = 1024;

/** The input tensors of one batch. */
export interface TokenBatch {
  /** int64, rows x length. */
  ids: Value;
  mask: Value;
  types: Value;
  /** float32, rows x 1 x length. */
  pool: Value;
  /** float32, rows x length x hidden, for an encoder's upper part. */
  states?: Value;
  rows: number;
  length: number;
}

/** Pads `sequences` to the longest of them. */
export function packTokens(sequences: readonly Int32Array[], padId: number, pooling: Pooling): TokenBatch {
  const rows = sequences.length;
  let length = 1;
  for (const sequence of sequences) length = Math.max(length, sequence.length);
  const ids = new BigInt64Array(rows * length);
  const mask = new BigInt64Array(rows * length);
  const pool = new Float32Array(rows * length);
  // Little-endian halves of the 64-bit numbers: token ids are small and not negative, so the upper half stays 0.
  const idWords = new Int32Array(ids.buffer);
  const maskWords = new Int32Array(mask.buffer);
  if (padId !== 0) for (let i = 0; i < ids.length; i++) idWords[2 * i] = padId;
  sequences.forEach((sequence, row) => {
    const at = row * length;
    const weight = 1 / sequence.length;
    for (let i = 0; i < sequence.length; i++) {
      idWords[2 * (at + i)] = sequence[i]!;
      maskWords[2 * (at + i)] = 1;
      if (pooling === 'mean') pool[at + i] = weight;
    }
    if (pooling === 'cls') pool[at] = 1;
  });
  const dims = [rows, length];
  return {
    ids: { type: 'int64', dims, data: ids },
    mask: { type: 'int64', dims, data: mask },
    types: { type: 'int64', dims, data: new BigInt64Array(rows * length) },
    pool: { type: 'float32', dims: [rows, 1, length], data: pool },
    rows,
    length,
  };
}

/** Pads what a lower part made of each of the batch's sequences (tokens x hidden, row-major) with zeros, which the mask hides. */
export function packStates({ rows, length }: TokenBatch, states: readonly Float32Array[], hidden: number): Value {
  const data = new Float32Array(rows * length * hidden);
  states.forEach((own, row) => {
    data.set(own, row * length * hidden);
  });
  return { type: 'float32', dims: [rows, length, hidden], data };
}

/**
 * Groups items by length so that padding is little: positions in ascending length, cut where rows x longest would pass
 * `tokenBudget` or `maxRows`. A single item above the budget is a batch of its own.
 */
export function lengthSortedBatches(lengths: readonly number[], tokenBudget: number, maxRows = 1024): number[][] {
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const batches: number[][] = [];
  let current: number[] = [];
  for (const index of order) {
    if (current.length > 0 && ((current.length + 1) * lengths[index]! > tokenBudget || current.length >= maxRows)) {
      batches.push(current);
      current = [];
    }
    current.push(index);
  }
  if (current.length > 0) batches.push(current);
  return batches;
}

/** What unequal groups cost, beside their padding: so little that it decides between ways of equal padding only. */
const UNEVENNESS = 0.02;

/**
 * Deals items into exactly `count` groups of like length, none empty, with as little padding as can be and, where that leaves a choice, about
 * equally many tokens. Needs at least `count` items; equal lengths keep their order. Positions in ascending length; by dynamic
 * programming over the cuts, count x items^2 steps.
 */
export function leastPaddedGroups(lengths: readonly number[], count: number): number[][] {
  const items = lengths.length;
  if (items < count) throw new Error(`${items} items do not fill ${count} groups.`);
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const even = lengths.reduce((sum, length) => sum + length, 0) / count;
  const cost = (from: number, to: number): number => {
    const padded = (to - from) * lengths[order[to - 1]!]!;
    return padded + (UNEVENNESS * padded * padded) / even;
  };
  let least = Float64Array.from({ length: items + 1 }, (_, to) => (to === 0 ? Number.POSITIVE_INFINITY : cost(0, to)));
  const cuts: Int32Array[] = [];
  for (let groups = 2; groups <= count; groups++) {
    const next = new Float64Array(items + 1).fill(Number.POSITIVE_INFINITY);
    const cut = new Int32Array(items + 1);
    for (let to = groups; to <= items; to++)
      for (let from = groups - 1; from < to; from++) {
        const sum = least[from]! + cost(from, to);
        if (sum < next[to]!) {
          next[to] = sum;
          cut[to] = from;
        }
      }
    cuts.push(cut);
    least = next;
  }
  const groups: number[][] = [];
  let end = items;
  for (const cut of cuts.reverse()) {
    groups.unshift(order.slice(cut[end]!, end));
    end = cut[end]!;
  }
  return [order.slice(0, end), ...groups];
}

/**
 * Vectors of sequences, `width` values each, row-major in the order given: `run` gives those of a batch of similar length. Told after each batch
 * is how many are done. Throws AbortError before the next batch once `signal` is aborted.
 */
export async function vectorsInBatches(
  sequences: readonly Int32Array[],
  { width, tokenBudget, signal }: { width: number; tokenBudget: number; signal?: AbortSignal },
  run: (batch: readonly Int32Array[]) => Promise<Float32Array>,
  onDone?: (done: number) => void,
): Promise<Float32Array> {
  const vectors = new Float32Array(sequences.length * width);
  const lengths = sequences.map(({ length }) => length);
  let done = 0;
  for (const group of lengthSortedBatches(lengths, tokenBudget)) {
    throwIfAborted(signal);
    const rows = await run(group.map((i) => sequences[i]!));
    group.forEach((i, row) => {
      vectors.set(rows.subarray(row * width, (row + 1) * width), i * width);
    });
    done += group.length;
    onDone?.(done);
  }
  return vectors;
}

/** The feeds of one tower. */
export function towerFeeds(inputs: TowerInputs, batch: TokenBatch): Record<string, Value> {
  return { ...encoderFeeds(inputs, batch), [inputs.pool]: batch.pool };
}

/** The feeds of one encoder. */
export function encoderFeeds(inputs: EncoderInputs, batch: TokenBatch): Record<string, Value> {
  const feeds: Record<string, Value> = { [inputs.ids]: batch.ids, [inputs.mask]: batch.mask };
  if (inputs.types) feeds[inputs.types] = batch.types;
  if (inputs.states) feeds[inputs.states] = batch.states!;
  return feeds;
}
