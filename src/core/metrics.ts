// Recall metrics of one question, as pure functions of its answers, the ranked list and k.
// For answers of one snippet each they equal ranx (recall, hit_rate, mrr, ndcg), which test/reference/ranx_golden.py keeps true.

/** The snippets that satisfy each answer of a question: an answer is found when any of its ids is. Answers are distinct. */
export type AnswerGroups = readonly (readonly string[])[];

/** The worst placed of a question's answers, which decides whether it is recalled; 0 when one is not ranked. */
export function worstRank(answerRanks: readonly number[]): number {
  return answerRanks.includes(0) ? 0 : Math.max(...answerRanks);
}

/**
 * Rank of each answer, 1-based: that of its best placed snippet; 0 where none of them is in the list.
 * (0 rather than Infinity, because reports travel as JSON.) `ranked` holds each id once, best first.
 */
export function answerRanks(groups: AnswerGroups, ranked: readonly string[]): number[] {
  const wanted = new Map<string, number>();
  for (const group of groups) for (const id of group) wanted.set(id, 0);
  let missing = wanted.size;
  for (let i = 0; i < ranked.length && missing > 0; i++) {
    const id = ranked[i]!;
    if (wanted.get(id) === 0) {
      wanted.set(id, i + 1);
      missing--;
    }
  }
  return groups.map((group) => {
    let best = 0;
    for (const id of group) {
      const rank = wanted.get(id)!;
      if (rank > 0 && (best === 0 || rank < best)) best = rank;
    }
    return best;
  });
}

/** A rank that counts as found within the first k; 0, NaN and Infinity never do. */
function found(rank: number, k: number): boolean {
  return rank >= 1 && rank <= k && rank !== Infinity;
}

/** recall@k = (answers found in the first k) / (answers), in [0, 1]; 0 without answers. Manning, Raghavan, Schütze, IR book, 8.3. */
export function recallAtK(groups: AnswerGroups, ranked: readonly string[], k: number): number {
  return recallOfRanks(answerRanks(groups, ranked), k);
}

/** recall@k from the answers' ranks (see `answerRanks`). */
export function recallOfRanks(ranks: readonly number[], k: number): number {
  if (ranks.length === 0) return 0;
  let count = 0;
  for (const rank of ranks) if (found(rank, k)) count++;
  return count / ranks.length;
}

/** hit@k = 1 when any answer is in the first k, else 0. Called success@k in trec_eval, hit_rate@k in ranx. */
export function hitAtK(groups: AnswerGroups, ranked: readonly string[], k: number): number {
  return hitOfRanks(answerRanks(groups, ranked), k);
}

/** hit@k from the answers' ranks. */
export function hitOfRanks(ranks: readonly number[], k: number): number {
  return ranks.some((rank) => found(rank, k)) ? 1 : 0;
}

/** Reciprocal rank = 1 / (rank of the first answer), 0 when none is in the first k (default: the whole list). Voorhees, TREC-8, 1999. */
export function reciprocalRank(groups: AnswerGroups, ranked: readonly string[], k = Infinity): number {
  return reciprocalOfRanks(answerRanks(groups, ranked), k);
}

/** Reciprocal rank from the answers' ranks. */
export function reciprocalOfRanks(ranks: readonly number[], k = Infinity): number {
  let best = Infinity;
  for (const rank of ranks) if (found(rank, k) && rank < best) best = rank;
  return 1 / best;
}

/**
 * nDCG@k: DCG@k / IDCG@k in [0, 1], DCG@k = sum of relevance / log2(1 + rank) over the answers found in the first k, IDCG@k = the same
 * with the answers at ranks 1, 2, ..., most relevant first. Järvelin and Kekäläinen, TOIS 20(4), 2002; the gain is the relevance itself,
 * as trec_eval and ranx (ndcg) have it, not 2^relevance - 1. `relevance` has one entry per answer; without it all have 1.
 * An answer of several snippets gains once, at its first hit.
 */
export function ndcgAtK(
  groups: AnswerGroups,
  ranked: readonly string[],
  k: number,
  relevance?: readonly number[],
): number {
  return ndcgOfRanks(answerRanks(groups, ranked), k, relevance);
}

/**
 * nDCG@k from the answers' ranks. Two answers can share a rank when one snippet satisfies both; the second then counts one
 * place lower (the next free place), the more relevant first, for otherwise one place would gain twice and the ratio exceed 1.
 */
export function ndcgOfRanks(ranks: readonly number[], k: number, relevance?: readonly number[]): number {
  const gain = (answer: number): number => relevance?.[answer] ?? 1;
  const answers = ranks.map((_, answer) => answer).filter((answer) => found(ranks[answer]!, k));
  answers.sort((a, b) => ranks[a]! - ranks[b]! || gain(b) - gain(a));
  let sum = 0;
  let place = 0;
  for (const answer of answers) {
    place = Math.max(ranks[answer]!, place + 1);
    if (place <= k) sum += gain(answer) / Math.log2(1 + place);
  }
  const gains = ranks.map((_, answer) => gain(answer)).sort((a, b) => b - a);
  let ideal = 0;
  for (let i = 0; i < Math.min(gains.length, k); i++) ideal += gains[i]! / Math.log2(2 + i);
  return ideal === 0 ? 0 : sum / ideal;
}
