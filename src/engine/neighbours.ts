// The nearest of each of a set of vectors among the others: one matrix product per block, as questions are scored.
import type { JobContext } from '../core/progress.ts';
import { topSnippets } from '../core/ranking.ts';
import { Scorer } from './scorer.ts';

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
    await scorer.forEach(
      vectors,
      (row, scores) => {
        // Itself is left out by its place, not by its score, which another may share.
        const best = topSnippets(scores, scorer.ids, count + 1).filter(({ index }) => index !== row);
        found[row] = best.slice(0, count).map(({ index, score }) => ({ row: index, score }));
      },
      context,
    );
  } finally {
    await scorer.close();
  }
  return found;
}
