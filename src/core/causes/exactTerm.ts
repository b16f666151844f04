// Question and answer meet in a code, number or name only: words find it, vectors hardly tell one code from another.
import { type Detector, listed } from './cause.ts';
import { sharedWords } from './words.ts';

const HAN = /\p{Script=Han}/u;

/** Evidence: the terms, and the answer's place by words. */
export const exactTerm: Detector = ({ question, words, answer, winner, rank, around }) => {
  if (!winner || !around.wordRank) return undefined;
  const inWinner = sharedWords(words, winner);
  const terms = sharedWords(words, answer).filter((word) => isExact(word, question.text) && !inWinner.includes(word));
  if (terms.length === 0) return undefined;
  const byWords = around.wordRank(question.text, answer.id);
  if (byWords === 0 || byWords > around.k || byWords >= rank) return undefined;
  return [listed(terms), String(byWords)];
};

/** A code, a number, an abbreviation in capitals, or a name in Latin letters inside a Chinese question. */
function isExact(word: string, question: string): boolean {
  if (HAN.test(word)) return false;
  if (/\d/.test(word) || /[\p{L}\p{N}][-_./#+:]+[\p{L}\p{N}]|[+#]$/u.test(word)) return true;
  if (HAN.test(question)) return true;
  return (
    new RegExp(`(?<![\\p{L}\\p{N}])${word.toUpperCase()}(?![\\p{L}\\p{N}])`, 'u').test(question) && word.length > 1
  );
}
