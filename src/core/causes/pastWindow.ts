// The answer is longer than the model reads at once, and what the question asks stands in a later part.
import { plainly } from '../lexical/words.ts';
import { type Detector, listed } from './cause.ts';
import { hasWord } from './words.ts';

/** Evidence: the words, the number of the part that has them, and of how many. */
export const pastWindow: Detector = ({ words, answer, around }) => {
  const stretches = around.windows(answer.id);
  if (stretches.length < 2) return undefined;
  const found = stretches.map(({ start, end }) => {
    const text = plainly(answer.body.slice(start, end));
    return words.filter((word) => hasWord(text, word));
  });
  const [first = [], ...later] = found;
  const best = later.reduce((most, each) => (each.length > most.length ? each : most), [] as string[]);
  const only = best.filter((word) => !first.includes(word));
  if (only.length === 0 || best.length <= first.length) return undefined;
  return [listed(only), String(found.indexOf(best) + 1), String(stretches.length)];
};
