// The winner has what the question asks for just as the answer has: likely a second right answer.
import { type Detector, listed } from './cause.ts';
import { coverage, sharedWords } from './words.ts';

/** The weighted shares of the question's words that winner and answer must have. */
const WINNER = 0.7;
const ANSWER = 0.4;

/** Evidence: the winner's title, and the question's words that it has. */
export const secondAnswer: Detector = ({ words, answer, winner, around }) => {
  if (!winner || words.length < 2) return undefined;
  const frequency = around.frequency;
  const has = sharedWords(words, winner);
  if (coverage(words, has, frequency) < WINNER) return undefined;
  if (coverage(words, sharedWords(words, answer), frequency) < ANSWER) return undefined;
  return [winner.title, listed(has)];
};
