// Near-duplicate wordings: same normalised text, or nearly the same set of character trigrams, found without comparing all pairs.
import { forEachSimilarPair } from './similarityJoin.ts';
import type { UnionFind } from './unionFind.ts';

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
  return jaccard(trigrams(normaliseWording(a)), trigrams(normaliseWording(b)));
}

/** Share of the items that both sets have, of all that either has; 0 for two empty ones. */
export function jaccard(
  a: ReadonlySet<string> | ReadonlyMap<string, unknown>,
  b: ReadonlySet<string> | ReadonlyMap<string, unknown>,
): number {
  let shared = 0;
  for (const item of a.keys()) if (b.has(item)) shared++;
  return shared / Math.max(1, a.size + b.size - shared);
}

/**
 * Joins in `groups` the owners of wordings whose normalised texts are equal or whose trigrams have Jaccard similarity
 * |a and b| / |a or b| >= `threshold`.
 * `wordings[i]` belongs to item `owners[i]` of `groups`; wordings without any letter or digit link nothing.
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
  const owner = (text: number): number => textOwners[text]!;
  forEachSimilarPair(rarestFirst(texts.map(trigrams)), threshold, (x, y) => groups.union(owner(x), owner(y)), {
    // Already together: nothing to learn, and clusters of look-alikes stay cheap.
    isWanted: (x, y) => !groups.same(owner(x), owner(y)),
  });
}

/** Each set as numbers in ascending order, where a smaller number is a rarer trigram. */
export function rarestFirst(sets: readonly ReadonlySet<string>[]): Int32Array[] {
  const counts = new Map<string, number>();
  for (const set of sets) for (const item of set) counts.set(item, (counts.get(item) ?? 0) + 1);
  const ordered = [...counts].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
  const numbers = new Map(ordered.map(([item], i) => [item, i]));
  return sets.map((set) => Int32Array.from(set, (item) => numbers.get(item)!).sort());
}
