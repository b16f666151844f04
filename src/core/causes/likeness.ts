// How much two snippets say the same, by the terms they share.
import { countsOf } from '../lexical/bm25.ts';
import { terms } from '../lexical/terms.ts';
import { jaccard } from '../nearDuplicates.ts';
import type { Snippet } from '../snippet.ts';

/** Jaccard of the snippets' sets of terms (heading path included), in 0..1. */
export function likeness(a: Snippet, b: Snippet): number {
  return jaccard(countsOf(a).counts, countsOf(b).counts);
}

/** The same of their own headings alone, in 0..1. */
export function headingLikeness(a: Snippet, b: Snippet): number {
  const [first, second] = [a, b].map(({ headingPath }) => new Set(terms(headingPath.at(-1) ?? '')));
  return jaccard(first!, second!);
}
