// All pairs of similar sets, found without comparing all pairs.

/** Absorbs rounding in `threshold * size`: 0.8 * 35 is a little above 28. */
const EPSILON = 1e-9;

/** A set of items as numbers in ascending order; a smaller number is a rarer item in all sets. */
export type RankedSet = ArrayLike<number>;

export interface JoinOptions {
  /** False for pairs that need not be compared any more. */
  isWanted?: (x: number, y: number) => boolean;
  /** False for items that no second set has: they are not indexed. */
  isShared?: (item: number) => boolean;
}

/**
 * Visits each pair of sets with Jaccard similarity |x and y| / |x or y| >= `threshold` once, by their indexes; empty sets are in none.
 *
 * Set similarity join by prefix filter (Chaudhuri, Ganti, Kaushik, ICDE 2006; Bayardo, Ma, Srikant, WWW 2007): with items
 * ordered rarest first, two sets with Jaccard >= t share one of their first |x| - ceil(t |x|) + 1 items, so only those are indexed.
 */
export function forEachSimilarPair(
  sets: readonly RankedSet[],
  threshold: number,
  visit: (x: number, y: number) => void,
  { isWanted = () => true, isShared = () => true }: JoinOptions = {},
): void {
  const bySize = sets.map((_, i) => i).sort((a, b) => sets[a]!.length - sets[b]!.length || a - b);
  /** For each item, the sets that have it in their prefix, smaller sets first. */
  const postings = new Map<number, number[]>();
  const lastSeen = new Int32Array(sets.length).fill(-1);
  for (const x of bySize) {
    const set = sets[x]!;
    const smallest = threshold * set.length - EPSILON;
    const prefix = set.length === 0 ? 0 : set.length - Math.ceil(smallest) + 1;
    for (let p = 0; p < prefix; p++) {
      const posting = postings.get(set[p]!) ?? [];
      // Backwards, because sizes ascend: the first set that is too small ends the search.
      for (let i = posting.length - 1; i >= 0; i--) {
        const y = posting[i]!;
        if (sets[y]!.length < smallest) break;
        if (lastSeen[y] === x) continue;
        lastSeen[y] = x;
        if (isWanted(x, y) && overlaps(set, sets[y]!, threshold)) visit(x, y);
      }
    }
    for (let p = 0; p < prefix; p++) {
      if (!isShared(set[p]!)) continue;
      const posting = postings.get(set[p]!);
      if (posting) posting.push(x);
      else postings.set(set[p]!, [x]);
    }
  }
}

/** Number of items that two ascending sets share. */
export function sharedItems(a: RankedSet, b: RankedSet): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const difference = a[i]! - b[j]!;
    if (difference === 0) shared++;
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  return shared;
}

/** Jaccard similarity of two ascending sets; 0 for two empty ones. */
export function jaccard(a: RankedSet, b: RankedSet): number {
  const shared = sharedItems(a, b);
  return shared / Math.max(1, a.length + b.length - shared);
}

/** Jaccard >= threshold of two ascending sets, given up as soon as it is out of reach. */
function overlaps(a: RankedSet, b: RankedSet, threshold: number): boolean {
  // shared / (|a| + |b| - shared) >= t  <=>  shared >= t (|a| + |b|) / (1 + t)
  const needed = (threshold * (a.length + b.length)) / (1 + threshold) - EPSILON;
  let shared = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (shared + Math.min(a.length - i, b.length - j) < needed) return false;
    const difference = a[i]! - b[j]!;
    if (difference === 0) shared++;
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  return shared >= needed;
}
