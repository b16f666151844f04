// The temperature that fits a model: what it was trained with shows in how far apart its scores lie.
import { innerProduct } from '../../core/innerProduct.ts';
import { seededRandom } from '../../core/random.ts';
import { mean } from '../../core/statistics.ts';

/** What embedding models were trained with: E5 0.01, BGE 0.01 to 0.02, the models of sentence-transformers 0.05. */
const TEMPERATURES = [0.01, 0.02, 0.05];

/** Questions and the passages that answer them; vectors are of unit length, under the base model, row-major. */
export interface AnsweredQueries {
  queries: Float32Array;
  /** For each query all rows of `passages` that answer it; none where it has no answer. */
  answers: readonly (readonly number[])[];
  passages: Float32Array;
  dimension: number;
}

/**
 * An answer's score lies about ten temperatures above that of another question's answer in a model as it was trained: that gave the least in-batch loss
 * (temperature scaling, Guo et al. 2017, arXiv 1706.04599) for all-MiniLM-L6-v2, where the gap is 0.47, multilingual-e5-small (0.07) and kb-recall-small
 * (0.32 to 0.35). The loss itself would always fall with the temperature where every answer is first already.
 */
const GAP_IN_TEMPERATURES = 10;

/**
 * Of {@link TEMPERATURES} the nearest, by ratio, to the one that the base model's scores show. Under another, a training first spreads or squeezes all
 * scores, and the model forgets. Batches, in which questions are compared, hold `size` queries, drawn by `seed`. 0.05 where nothing can be compared.
 */
export function fittingTemperature(answered: AnsweredQueries, size: number, seed: number): number {
  const { answers } = answered;
  const answerable = [...answers.keys()].filter((query) => answers[query]!.length > 0);
  const order = seededRandom(seed).shuffle(answerable);
  const gaps: number[] = [];
  for (let from = 0; from < order.length; from += size) {
    const batch = order.slice(from, from + size).map((query) => ({ query, ...bestAnswer(answered, query) }));
    for (const { query, score } of batch) {
      const others = batch.filter(({ passage }) => !answers[query]!.includes(passage));
      if (others.length > 0) gaps.push(score - mean(others.map(({ passage }) => scoreOf(answered, query, passage))));
    }
  }
  if (gaps.length === 0) return TEMPERATURES.at(-1)!;
  const shown = Math.max(mean(gaps) / GAP_IN_TEMPERATURES, TEMPERATURES[0]!);
  const distance = (temperature: number): number => Math.abs(Math.log(temperature / shown));
  return TEMPERATURES.reduce((best, each) => (distance(each) < distance(best) ? each : best));
}

function bestAnswer(answered: AnsweredQueries, query: number): { passage: number; score: number } {
  return answered.answers[query]!.map((passage) => ({ passage, score: scoreOf(answered, query, passage) })).reduce(
    (best, each) => (each.score > best.score ? each : best),
  );
}

function scoreOf({ queries, passages, dimension }: AnsweredQueries, query: number, passage: number): number {
  return innerProduct(queries, query, passages, passage, dimension);
}
