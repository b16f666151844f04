// The winner says nearly the same as the answer: which of the two comes first is chance.
import { words } from '../lexical/words.ts';
import type { Snippet } from '../snippet.ts';
import { type Detector, listed } from './cause.ts';
import { likeness } from './likeness.ts';

/** From which share of common terms two snippets are near-duplicates. */
export const NEAR_DUPLICATE = 0.55;

/** Evidence: likeness in percent, words only in the answer, words only in the winner. */
export const nearDuplicate: Detector = ({ answer, winner }) => {
  if (!winner) return undefined;
  const alike = likeness(answer, winner);
  if (alike < NEAR_DUPLICATE) return undefined;
  const { onlyFirst, onlySecond } = differentWords(answer, winner);
  return [String(Math.round(alike * 100)), listed(onlyFirst), listed(onlySecond)];
};

/** Words that one of two snippets has and the other lacks, in the order of the text. */
export function differentWords(a: Snippet, b: Snippet): { onlyFirst: string[]; onlySecond: string[] } {
  const [first, second] = [new Set(words(a.text)), new Set(words(b.text))];
  return {
    onlyFirst: [...first].filter((word) => !second.has(word)),
    onlySecond: [...second].filter((word) => !first.has(word)),
  };
}
