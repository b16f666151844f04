// The question's words stand in a heading and hardly in the text below it.
import type { Snippet } from '../snippet.ts';
import { type Detector, type Failure, listed } from './cause.ts';
import { coverage, placedWords } from './words.ts';

/** How much of the question a heading must hold to have drawn it. */
const DRAWS = 0.5;
/** Up to which share of what the heading holds the body says little of it. */
const LITTLE = 0.5;

/**
 * Either the answer's body says it in other words, or the winner's body is about something else. Evidence: `answer` or `winner`,
 * and the words that stand in the heading alone.
 */
export const headingOnly: Detector = (failure) => {
  const { answer, winner } = failure;
  const mine = headedWords(failure, answer);
  if (mine) return ['answer', listed(mine)];
  const theirs = winner && headedWords(failure, winner);
  return theirs && ['winner', listed(theirs)];
};

/** The words of the question in a snippet's heading alone, where most of the question stands there and little of it below. */
function headedWords({ words, around }: Failure, snippet: Snippet): string[] | undefined {
  const { heading, body } = placedWords(words, snippet);
  const [above, below] = [heading, body].map((found) => coverage(words, found, around.frequency));
  if (above! < DRAWS || below! > LITTLE * above!) return undefined;
  return heading.filter((word) => !body.includes(word));
}
