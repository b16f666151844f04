// Ranking: from window scores to the best snippets and the rank of any one of them, with one tie rule everywhere.
// The order is: higher score first; equal scores by id in code-unit order (JavaScript `<`); NaN after every number.

/** Best window of every snippet: both arrays have one entry per snippet. */
export interface BestWindows {
  /** The best window's score; -Infinity for a snippet without a window or with NaN windows only. */
  scores: Float32Array;
  /** The best window's index (the first of equals); -1 where there is none. */
  windows: Int32Array;
}

/** A snippet of a ranked list. */
export interface RankedSnippet {
  /** Position in `ids`. */
  index: number;
  id: string;
  score: number;
}

/**
 * Reduces window scores to snippet scores: score(snippet) = max over its windows; NaN never wins.
 * `windowScores` and `owner` have one entry per window; `owner[w]` in [0, snippetCount).
 * `out` (from an earlier call with the same `snippetCount`) is overwritten and returned, so that a loop over questions allocates once.
 */
export function bestWindows(
  windowScores: Float32Array,
  owner: Int32Array,
  snippetCount: number,
  out: BestWindows = { scores: new Float32Array(snippetCount), windows: new Int32Array(snippetCount) },
): BestWindows {
  const { scores, windows } = out;
  if (windowScores.length !== owner.length) {
    throw new Error(
      `bestWindows: expected one owner per window, got ${owner.length} for ${windowScores.length} windows.`,
    );
  }
  if (scores.length !== snippetCount || windows.length !== snippetCount) {
    throw new Error(
      `bestWindows: expected buffers of ${snippetCount} entries, got ${scores.length} and ${windows.length}.`,
    );
  }
  scores.fill(-Infinity);
  windows.fill(-1);
  for (let window = 0; window < windowScores.length; window++) {
    const snippet = owner[window]!;
    if (snippet < 0 || snippet >= snippetCount) {
      throw new Error(`bestWindows: window ${window} belongs to snippet ${snippet}, outside [0, ${snippetCount}).`);
    }
    const score = windowScores[window]!;
    if (score > scores[snippet]!) {
      scores[snippet] = score;
      windows[snippet] = window;
    }
  }
  return out;
}

/** True when the score and id of `a` stand before those of `b`. Equal ids cannot be told apart but by position. */
function precedes(scores: ArrayLike<number>, ids: readonly string[], a: number, b: number): boolean {
  const scoreA = scores[a]!;
  const scoreB = scores[b]!;
  if (scoreA > scoreB) return true;
  if (scoreA < scoreB) return false;
  if (scoreA !== scoreB) {
    // At least one is NaN.
    const numberA = !Number.isNaN(scoreA);
    if (numberA !== !Number.isNaN(scoreB)) return numberA;
  }
  const idA = ids[a]!;
  const idB = ids[b]!;
  return idA === idB ? a < b : idA < idB;
}

/**
 * The `k` best snippets, best first; fewer when there are fewer. A NaN score is not a result and is left out.
 * `scores` and `ids` have one entry per snippet. O(n log k): a heap of k whose root is the worst kept.
 */
export function topSnippets(scores: ArrayLike<number>, ids: readonly string[], k: number): RankedSnippet[] {
  checkLengths(scores, ids);
  const heap: number[] = [];
  const worse = (a: number, b: number) => precedes(scores, ids, b, a);
  // Score of the worst kept once the heap is full: nearly all snippets fail this one comparison.
  let least = -Infinity;
  for (let i = 0; k > 0 && i < ids.length; i++) {
    const score = scores[i]!;
    // Not `score < least`: NaN is left out as well.
    if (!(score >= least)) continue;
    if (heap.length < k) {
      heap.push(i);
      siftUp(heap, worse);
    } else if (precedes(scores, ids, i, heap[0]!)) {
      heap[0] = i;
      siftDown(heap, worse);
    }
    if (heap.length === k) least = scores[heap[0]!]!;
  }
  heap.sort((a, b) => (precedes(scores, ids, a, b) ? -1 : 1));
  return heap.map((index) => ({ index, id: ids[index]!, score: scores[index]! }));
}

/** Rank of snippet `index` in the whole list, 1-based, by the same rule as a full sort. O(n). */
export function rankOf(scores: ArrayLike<number>, ids: readonly string[], index: number): number {
  checkLengths(scores, ids);
  if (!(index >= 0 && index < ids.length)) {
    throw new Error(`rankOf: expected an index in [0, ${ids.length}), got ${index}.`);
  }
  let rank = 1;
  const own = scores[index]!;
  for (let i = 0; i < ids.length; i++) {
    const score = scores[i]!;
    // Ids are compared only where the scores do not decide.
    if (score > own) rank++;
    else if (!(score < own) && i !== index && precedes(scores, ids, i, index)) rank++;
  }
  return rank;
}

function checkLengths(scores: ArrayLike<number>, ids: readonly string[]): void {
  if (scores.length !== ids.length) {
    throw new Error(`Expected one score per snippet, got ${scores.length} scores for ${ids.length} ids.`);
  }
}

function siftUp(heap: number[], first: (a: number, b: number) => boolean): void {
  let child = heap.length - 1;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if (!first(heap[child]!, heap[parent]!)) return;
    [heap[child], heap[parent]] = [heap[parent]!, heap[child]!];
    child = parent;
  }
}

function siftDown(heap: number[], first: (a: number, b: number) => boolean): void {
  let parent = 0;
  for (;;) {
    let next = parent;
    for (let child = 2 * parent + 1; child <= 2 * parent + 2 && child < heap.length; child++) {
      if (first(heap[child]!, heap[next]!)) next = child;
    }
    if (next === parent) return;
    [heap[next], heap[parent]] = [heap[parent]!, heap[next]!];
    parent = next;
  }
}
