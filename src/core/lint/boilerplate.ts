// Lint rule: sentences that stand in many sections and make up much of one hide what only that section says.
import { keptWith } from '../keptWith.ts';
import { normaliseWording } from '../nearDuplicates.ts';
import { type Sentence, sentencesOf } from '../sentences.ts';
import { unitsOf } from '../shingles.ts';
import type { Snippet } from '../snippet.ts';
import { quoted, type Remark } from './remark.ts';

/** In so many sections a sentence is boilerplate. */
const MANY = 5;
/** Share of a section's characters from which boilerplate dominates. */
const MUCH = 0.5;
/** Shorter sentences ("See also:") are too small to matter. */
const LEAST_UNITS = 5;

interface Counted extends Sentence {
  key: string;
}

/** Its sentences that count, kept with the snippet. */
export const countedSentences = keptWith((snippet: Snippet): Counted[] =>
  sentencesOf(snippet.body)
    .filter(({ text }) => unitsOf(text).length >= LEAST_UNITS)
    .map((each) => ({ ...each, key: normaliseWording(each.text) })),
);

/** One remark for each section that is mostly boilerplate, with the sentence that takes most of it. */
export function boilerplateRemarks(snippets: readonly Snippet[]): Remark[] {
  const sections = new Map<string, number>();
  for (const snippet of snippets)
    for (const key of new Set(countedSentences(snippet).map((each) => each.key)))
      sections.set(key, (sections.get(key) ?? 0) + 1);
  return snippets.flatMap((snippet): Remark[] => {
    const repeated = countedSentences(snippet).filter(({ key }) => sections.get(key)! >= MANY);
    const length = repeated.reduce((sum, { start, end }) => sum + end - start, 0);
    const share = length / Math.max(1, snippet.body.length);
    if (share < MUCH) return [];
    const longest = repeated.reduce((best, each) => (each.end - each.start > best.end - best.start ? each : best));
    return [
      {
        code: 'boilerplate',
        severity: 'warning',
        message: `${Math.round(share * 100)} % of this section is text that other sections have, too: ${quoted(longest.text)} stands in ${sections.get(longest.key)} sections.`,
        suggestion: 'Say it once in a section of its own, and leave here what only this section answers.',
        at: { snippet: snippet.id },
      },
    ];
  });
}
