// Two rankings of the same snippets made one: reciprocal rank fusion, as the hybrid search of most vector databases does it.
import { topSnippets } from '../ranking.ts';

/** The constant of the source: how much the first places stand out. */
const SMOOTHING = 60;
/** Places of each ranking that count; beyond it a place is worth less than a thousandth of a first one's. */
const DEPTH = 1000;
/** Orders what neither ranking holds among its first places; smaller than any difference between two places. */
const REMAINDER = 1e-7;

/**
 * A score for each snippet: the sum of 1 / (60 + rank) over both rankings (Cormack, Clarke and Buettcher 2009, "Reciprocal rank
 * fusion outperforms Condorcet"). Snippets without a word in common with the question (`wordScores` 0) have no place in that ranking.
 * All arrays have one entry per snippet, in the order of `ids`.
 */
export function fuseRanks(vectorScores: Float32Array, wordScores: Float32Array, ids: readonly string[]): Float32Array {
  const fused = vectorScores.map((score) => (Number.isFinite(score) ? REMAINDER * score : Number.NEGATIVE_INFINITY));
  for (const scores of [vectorScores, wordScores]) {
    topSnippets(scores, ids, DEPTH).forEach(({ index, score }, place) => {
      if (score !== Number.NEGATIVE_INFINITY && (scores === vectorScores || score > 0))
        fused[index] = finite(fused[index]!) + 1 / (SMOOTHING + place + 1);
    });
  }
  return fused;
}

/** A snippet that only the words know starts from nothing. */
const finite = (score: number): number => (Number.isFinite(score) ? score : 0);
