// Question and answer meet in a code, number or name only: words find it, vectors hardly tell one code from another.
import { type Detector, listed } from './cause.ts';
import { sharedWords } from './words.ts';

const HAN = /\p{Script=Han}/u;

/**
 * Evidence: `question` where the whole question finds the answer by words, `term` where only the terms by themselves do; the terms,
 * and the answer's place by words.
 */
export const exactTerm: Detector = ({ question, words, answer, winner, rank, around: { k, wordRank } }) => {
  if (!winner || !wordRank) return undefined;
  const inWinner = sharedWords(words, winner);
  const terms = sharedWords(words, answer).filter((word) => isExact(word, question.text) && !inWinner.includes(word));
  if (terms.length === 0) return undefined;
  const finds = (text: string): number | undefined => {
    const place = wordRank(text, answer.id);
    return place > 0 && place <= k && place < rank ? place : undefined;
  };
  const whole = finds(question.text);
  const place = whole ?? finds(terms.join(' '));
  return place === undefined ? undefined : [whole === undefined ? 'term' : 'question', listed(terms), String(place)];
};

/** A code, a number, an abbreviation in capitals, or a name in Latin letters inside a Chinese question. */
function isExact(word: string, question: string): boolean {
  if (HAN.test(word)) return false;
  if (/\d/.test(word) || /[\p{L}\p{N}][-_./#+:]+[\p{L}\p{N}]|[+#]$/u.test(word)) return true;
  if (HAN.test(question)) return true;
  return (
    word.length > 1 &&
    question
      .normalize('NFKC')
      .split(/[^\p{L}\p{N}]+/u)
      .includes(word.toUpperCase())
  );
}
