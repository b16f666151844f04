// Lint rule: two snippets that say nearly the same take each other's place in the ranking. Merge them, or say what tells them apart.
import { wordsOf } from '../causes/words.ts';
import { plainly } from '../lexical/words.ts';
import type { Snippet } from '../snippet.ts';
import type { Remark } from './remark.ts';
import type { SimilarPair } from './similarSnippets.ts';

/** Words named of each snippet. */
const NAMED = 6;

/** One remark at the later snippet of the most alike pair that it is the later one of. */
export function nearDuplicateRemarks(snippets: readonly Snippet[], pairs: readonly SimilarPair[]): Remark[] {
  const best = new Map<number, SimilarPair>();
  for (const pair of pairs) {
    const other = best.get(pair.b);
    if (!other || pair.wording > other.wording) best.set(pair.b, pair);
  }
  return [...best.values()].map(({ a, b, wording }) => remarkOn(snippets[a]!, snippets[b]!, wording));
}

function remarkOn(first: Snippet, second: Snippet, wording: number): Remark {
  const [there, here] = [onlyIn(first, second), onlyIn(second, first)];
  const remark = (message: string, suggestion: string): Remark => ({
    code: 'near-duplicate-snippets',
    severity: 'warning',
    message,
    suggestion,
    at: { snippet: second.id },
  });
  if (there.length === 0 && here.length === 0)
    return remark(
      `This section says the same as ${first.id}.`,
      'Keep one of them and link to it from the other place.',
    );
  if (there.length === 0 || here.length === 0) {
    const words = [...there, ...here].slice(0, NAMED).join(', ');
    return remark(
      `This section says the same as ${first.id}; only one of them has: ${words}.`,
      there.length === 0
        ? 'This section says more: keep it, and link to it from the other place.'
        : 'The other section says more: keep it, and link to it from here.',
    );
  }
  const share = Math.round(wording * 100);
  const list = (words: readonly string[]): string => words.slice(0, NAMED).join(', ');
  return remark(
    `This section and ${first.id} share ${share} % of their wording; only here: ${list(here)}; only there: ${list(there)}.`,
    'Where both are needed, say in heading and first sentence when each of them holds; else merge them.',
  );
}

/** Words that carry meaning and stand in one snippet only, headings included, in their order. */
function onlyIn(one: Snippet, other: Snippet): string[] {
  const text = plainly(other.text);
  return wordsOf(one.text).filter((word) => !text.includes(word));
}
