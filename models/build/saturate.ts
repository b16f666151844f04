// How repeated words count in the embedded model: less and less, as in BM25 (Robertson and Zaragoza 2009).

/** The repeats at which a word has half of all the weight it can get; BM25's k1. */
export const SATURATION = 1.5;

/** A text's different words and what each counts. */
export interface Bag {
  ids: number[];
  weights: number[];
}

/** The words of a text; one that stands there once counts 1, however often at most {@link SATURATION} + 1. */
export function bagOf(text: ArrayLike<number>): Bag {
  const counts = new Map<number, number>();
  for (let i = 0; i < text.length; i++) counts.set(text[i]!, (counts.get(text[i]!) ?? 0) + 1);
  const weights = [...counts.values()].map((count) => (count * (SATURATION + 1)) / (count + SATURATION));
  return { ids: [...counts.keys()], weights };
}
