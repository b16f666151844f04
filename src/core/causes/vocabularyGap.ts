// Question and answer have no words in common, or only such that most snippets have.
import { type Detector, listed } from './cause.ts';
import { coverage, sharedWords } from './words.ts';

/** Up to which weighted share of the question's words the answer counts as having none. */
const NOTHING = 0.25;

/** Evidence: whether the winner has any of the words that the answer lacks, those words, and the ones that it has. */
export const vocabularyGap: Detector = ({ words, answer, winner, around }) => {
  if (words.length === 0) return undefined;
  const shared = sharedWords(words, answer);
  if (coverage(words, shared, around.frequency) > NOTHING) return undefined;
  const lacking = words.filter((word) => !shared.includes(word));
  const won = winner ? sharedWords(lacking, winner) : [];
  return won.length > 0 ? ['winner', listed(lacking), listed(won)] : ['none', listed(lacking)];
};
