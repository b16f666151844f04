// How much two snippets say the same, by the terms they share.
import { countsOf } from '../lexical/bm25.ts';
import type { Snippet } from '../snippet.ts';

/** Jaccard of the snippets' sets of terms (heading path included), in 0..1. */
export function likeness(a: Snippet, b: Snippet): number {
  const [first, second] = [countsOf(a).counts, countsOf(b).counts];
  let shared = 0;
  for (const term of first.keys()) if (second.has(term)) shared++;
  return shared / Math.max(1, first.size + second.size - shared);
}
