// How much two snippets say the same, by the terms they share.
import { countsOf } from '../lexical/bm25.ts';
import { terms } from '../lexical/terms.ts';
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

/** Share of the items that both sets have, of all that either has; 0 for two empty ones. */
export function jaccard(
  a: ReadonlySet<string> | ReadonlyMap<string, unknown>,
  b: ReadonlySet<string> | ReadonlyMap<string, unknown>,
): number {
  let shared = 0;
  for (const item of a.keys()) if (b.has(item)) shared++;
  return shared / Math.max(1, a.size + b.size - shared);
}
