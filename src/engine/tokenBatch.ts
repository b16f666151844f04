// Packs token sequences into the padded tensors that an encoder takes, and cuts sets of texts into batches of similar length.
import { throwIfAborted } from '../core/progress.ts';
import type { Pooling } from './encoder.ts';
import type { EncoderInputs, TowerInputs } from './graphs/tower.ts';
import type { Value } from './runtime.ts';

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

/**
 * Deals items into exactly `count` groups of like length and about equally many tokens, none empty; needs at least `count` items.
 * Equal lengths keep their order.
 */
export function lengthSortedGroups(lengths: readonly number[], count: number): number[][] {
  if (lengths.length < count) throw new Error(`${lengths.length} items do not fill ${count} groups.`);
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const groups: number[][] = [];
  let seen = 0;
  let next = 0;
  for (let group = 0; group < count; group++) {
    const own: number[] = [];
    const later = count - group - 1;
    while (order.length - next > later) {
      const length = lengths[order[next]!]!;
      // The item goes where its middle falls, so that groups are equal on the average.
      if (own.length > 0 && later > 0 && (seen + length / 2) * count > total * (group + 1)) break;
      own.push(order[next++]!);
      seen += length;
    }
    groups.push(own);
  }
  return groups;
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
