// The question's words stand in a heading and not in the text below it.
import { type Detector, listed } from './cause.ts';
import { coverage, placedWords } from './words.ts';

/** How much of the question a heading must hold to have drawn it. */
const DRAWS = 0.5;

/**
 * Either the answer's body says it in other words, or the winner's body is about something else. Evidence: `answer` or `winner`,
 * and the words of the heading.
 */
export const headingOnly: Detector = ({ words, answer, winner, around }) => {
  const frequency = around.frequency;
  const mine = placedWords(words, answer);
  const share = (found: readonly string[]): number => coverage(words, found, frequency);
  if (mine.heading.length > 0 && share(mine.heading) >= DRAWS && share(mine.body) < share(mine.heading) / 2)
    return ['answer', listed(mine.heading)];
  if (!winner) return undefined;
  const theirs = placedWords(words, winner);
  if (share(theirs.heading) >= DRAWS && share(theirs.body) < share(theirs.heading) / 2)
    return ['winner', listed(theirs.heading)];
  return undefined;
};
