// The winner has what the question asks for just as the answer has: likely a second right answer.
import { type Detector, listed } from './cause.ts';
import { coverage, sharedWords } from './words.ts';

/** The weighted shares of the question's words that winner and answer must have at least; the winner has no less than the answer. */
const WINNER = 0.5;
const ANSWER = 0.25;

/** Evidence: the winner's title, and the question's words that it has. */
export const secondAnswer: Detector = ({ words, answer, winner, around }) => {
  if (!winner || words.length < 2) return undefined;
  const frequency = around.frequency;
  const has = sharedWords(words, winner);
  const [theirs, mine] = [has, sharedWords(words, answer)].map((found) => coverage(words, found, frequency));
  if (theirs! < WINNER || mine! < ANSWER || theirs! < mine!) return undefined;
  return [winner.title, listed(has)];
};
