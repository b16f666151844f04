// The nearest of each of a set of vectors among the others: one matrix product per block, as questions are scored.
import { type JobContext, throwIfAborted } from '../core/progress.ts';
import { topSnippets } from '../core/ranking.ts';
import { Scorer } from './scorer.ts';

/** Rows of one product: a fraction of a second over tens of thousands, so that a stop is seen in time. */
const SLICE = 128;

/** A row near another. */
export interface Neighbour {
  row: number;
  /** Cosine, where the rows have length 1. */
  score: number;
}

/** For each row of `vectors` (row-major, `dimension` values each) its `count` nearest others, nearest first; equals by their order. */
export async function neighbours(
  vectors: Float32Array,
  dimension: number,
  count: number,
  context: JobContext = {},
): Promise<Neighbour[][]> {
  const rows = vectors.length / dimension;
  // The scorer sorts its owners by name; of one length, names keep the order of the rows.
  const owners = Array.from({ length: rows }, (_, row) => String(row).padStart(9, '0'));
  const scorer = await Scorer.open({ vectors, dimension, owners, parts: owners.map(() => 0) });
  const found: Neighbour[][] = [];
  try {
    for (let from = 0; from < rows; from += SLICE) {
      const queries = vectors.subarray(from * dimension, (from + SLICE) * dimension);
      await scorer.forEach(queries, (query, scores) => {
        const row = from + query;
        // Itself is left out by its place, not by its score, which another may share.
        const best = topSnippets(scores, scorer.ids, count + 1).filter(({ index }) => index !== row);
        found[row] = best.slice(0, count).map(({ index, score }) => ({ row: index, score }));
      });
      throwIfAborted(context.signal);
      context.onProgress?.({ stage: 'neighbours', done: Math.min(rows, from + SLICE), total: rows });
    }
  } finally {
    await scorer.close();
  }
  return found;
}
