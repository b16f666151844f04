// Near-duplicate wordings: same normalised text, or nearly the same set of character trigrams, found without comparing all pairs.
import type { UnionFind } from './unionFind.ts';

/** Absorbs rounding in `threshold * size`: 0.8 * 35 is a little above 28. */
const EPSILON = 1e-9;

const NOT_WORD = /[^\p{L}\p{N}\p{M}\p{S}#]+/gu;
const SPACE_AT_CJK =
  / (?=[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}])|(?<=[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]) /gu;

/**
 * A wording without what does not change its meaning: width and case (NFKC, lower case), punctuation, runs of white space, and
 * the optional space between Chinese or Japanese and anything else. Symbols and `#` stay: C++, C# and C are three things.
 * Empty when there is nothing but punctuation.
 */
export function normaliseWording(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(NOT_WORD, ' ').trim().replace(SPACE_AT_CJK, '');
}

/** The set of character (code point) trigrams of a normalised wording, a space added at each end; no trigrams for an empty one. */
export function trigrams(normalised: string): Set<string> {
  const set = new Set<string>();
  if (normalised === '') return set;
  const points = [' ', ...normalised, ' '];
  for (let i = 0; i + 2 < points.length; i++) set.add(points[i]! + points[i + 1]! + points[i + 2]!);
  return set;
}

/** How alike two texts are: Jaccard similarity of their trigrams, in [0, 1]; 0 where one has no letter or digit. */
export function likeness(a: string, b: string): number {
  const [first, second] = [trigrams(normaliseWording(a)), trigrams(normaliseWording(b))];
  let shared = 0;
  for (const gram of first) if (second.has(gram)) shared++;
  return shared / Math.max(1, first.size + second.size - shared);
}

/**
 * Joins in `groups` the owners of wordings whose normalised texts are equal or whose trigrams have Jaccard similarity
 * |a and b| / |a or b| >= `threshold`.
 * `wordings[i]` belongs to item `owners[i]` of `groups`; wordings without any letter or digit link nothing.
 *
 * Set similarity join by prefix filter (Chaudhuri, Ganti, Kaushik, ICDE 2006; Bayardo, Ma, Srikant, WWW 2007): with trigrams
 * ordered rarest first, two sets with Jaccard >= t share one of their first |x| - ceil(t |x|) + 1 trigrams, so only those are indexed.
 */
export function linkNearDuplicates(
  wordings: readonly string[],
  owners: readonly number[],
  groups: UnionFind,
  threshold = 0.8,
): void {
  const ownerOf = new Map<string, number>();
  for (let i = 0; i < wordings.length; i++) {
    const text = normaliseWording(wordings[i]!);
    const owner = ownerOf.get(text);
    if (owner !== undefined) groups.union(owner, owners[i]!);
    else if (text !== '') ownerOf.set(text, owners[i]!);
  }
  const texts = [...ownerOf.keys()];
  const textOwners = [...ownerOf.values()];
  const sets = rarestFirst(texts.map(trigrams));
  const bySize = sets.map((_, i) => i).sort((a, b) => sets[a]!.length - sets[b]!.length || a - b);

  /** For each trigram, the sets that have it in their prefix, smaller sets first. */
  const postings = new Map<number, number[]>();
  const lastSeen = new Int32Array(sets.length).fill(-1);
  for (const x of bySize) {
    const set = sets[x]!;
    const smallest = threshold * set.length - EPSILON;
    const prefix = set.length - Math.ceil(smallest) + 1;
    for (let p = 0; p < prefix; p++) {
      const posting = postings.get(set[p]!) ?? [];
      // Backwards, because sizes ascend: the first set that is too small ends the search.
      for (let i = posting.length - 1; i >= 0; i--) {
        const y = posting[i]!;
        if (sets[y]!.length < smallest) break;
        if (lastSeen[y] === x) continue;
        lastSeen[y] = x;
        // Already together: nothing to learn, and clusters of look-alikes stay cheap.
        if (groups.same(textOwners[x]!, textOwners[y]!)) continue;
        if (overlaps(set, sets[y]!, threshold)) groups.union(textOwners[x]!, textOwners[y]!);
      }
    }
    for (let p = 0; p < prefix; p++) {
      const posting = postings.get(set[p]!);
      if (posting) posting.push(x);
      else postings.set(set[p]!, [x]);
    }
  }
}

/** Each set as numbers in ascending order, where a smaller number is a rarer trigram. */
function rarestFirst(sets: readonly ReadonlySet<string>[]): Int32Array[] {
  const counts = new Map<string, number>();
  for (const set of sets) for (const item of set) counts.set(item, (counts.get(item) ?? 0) + 1);
  const ordered = [...counts].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
  const numbers = new Map(ordered.map(([item], i) => [item, i]));
  return sets.map((set) => Int32Array.from(set, (item) => numbers.get(item)!).sort());
}

/** Jaccard >= threshold of two ascending sets, given up as soon as it is out of reach. */
function overlaps(a: Int32Array, b: Int32Array, threshold: number): boolean {
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
