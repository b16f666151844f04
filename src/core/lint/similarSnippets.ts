// Snippets that say nearly the same: by their wording (shingles), or by their vectors where the wording is half the same.
import { innerProduct } from '../innerProduct.ts';
import { keptWith } from '../keptWith.ts';
import { isSharedShingle, rarestShinglesFirst, shinglesOf, unitsOf } from '../shingles.ts';
import { forEachSimilarPair, jaccard } from '../similarityJoin.ts';
import type { Snippet } from '../snippet.ts';
import { similarVectors } from './vectorNeighbours.ts';

/** Two snippets, by their places in the list; `a` stands before `b`. */
export interface SimilarPair {
  a: number;
  b: number;
  /** Jaccard similarity of the bodies' shingles, in [0, 1]. */
  wording: number;
  /** Cosine of the snippets' vectors. */
  cosine: number;
}

const SHINGLE = 3;
/** From here on the wording alone makes a near duplicate. */
const SAME_WORDING = 0.6;
/** From here on the vectors do, where at least {@link SOME_WORDING} of the wording is shared: a translation is no duplicate. */
const SAME_MEANING = 0.85;
const SOME_WORDING = 0.25;
/** Shorter bodies ("Not available.") are alike without being about the same. */
const LEAST_UNITS = 12;

/** Kept with the snippet, so that an edit costs what it touches. */
const shinglesOfBody = keptWith((snippet: Snippet): Uint32Array => {
  const units = unitsOf(snippet.body);
  return units.length < LEAST_UNITS ? new Uint32Array(0) : shinglesOf(units, SHINGLE);
});

/**
 * All pairs of near duplicates. `vectors` has one row of unit length for each snippet. Time grows with the texts and the pairs found,
 * not with all pairs; calls `breathe` now and then.
 */
export async function similarSnippets(
  snippets: readonly Snippet[],
  vectors: Float32Array,
  dimension: number,
  breathe: () => Promise<void> = async () => undefined,
): Promise<SimilarPair[]> {
  const sets: Uint32Array[] = [];
  for (const [i, snippet] of snippets.entries()) {
    if (i % 512 === 0) await breathe();
    sets.push(shinglesOfBody(snippet));
  }
  const found = new Map<number, SimilarPair>();
  const add = (x: number, y: number, cosine: number, wording: number): void => {
    const [a, b] = x < y ? [x, y] : [y, x];
    found.set(a * snippets.length + b, { a, b, wording, cosine });
  };
  const byWording = (x: number, y: number): void =>
    add(x, y, innerProduct(vectors, x, vectors, y, dimension), jaccard(sets[x]!, sets[y]!));
  forEachSimilarPair(rarestShinglesFirst(sets), SAME_WORDING, byWording, { isShared: isSharedShingle });
  for (const { a, b, cosine } of await similarVectors(vectors, dimension, SAME_MEANING, breathe)) {
    const wording = jaccard(sets[a]!, sets[b]!);
    if (wording >= SOME_WORDING) add(a, b, cosine, wording);
  }
  return [...found.values()].sort((one, other) => one.b - other.b || one.a - other.a);
}
