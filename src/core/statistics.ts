// How sure a figure is: bootstrap intervals over questions and a paired randomisation test, the same for the same seed.
import { seededRandom } from './random.ts';

/** A mean with its interval, `low <= high`. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

export interface BootstrapOptions {
  seed: number;
  /** Number of resamples. */
  samples?: number;
  /** Share of resampled means inside the interval, in (0, 1). */
  level?: number;
}

/**
 * Percentile bootstrap of the mean (Efron and Tibshirani, 1993, chapter 13): resample the questions with replacement, take the
 * (1 - level) / 2 and (1 + level) / 2 quantiles of the resampled means (linear interpolation). Throws on no values.
 */
export function bootstrapInterval(values: readonly number[], options: BootstrapOptions): Interval {
  return bootstrapIntervals([values], options)[0]!;
}

/**
 * The same for several figures of the same questions: one list per figure, all of one length. All share the resamples, so a
 * report of ten figures costs one set of random numbers, and each equals `bootstrapInterval` of its list with the same seed.
 */
export function bootstrapIntervals(columns: readonly (readonly number[])[], options: BootstrapOptions): Interval[] {
  const { seed, samples = 2000, level = 0.95 } = options;
  const count = columns[0]?.length ?? 0;
  if (count === 0) throw new Error('A bootstrap needs at least one value.');
  if (columns.some((column) => column.length !== count)) throw new Error('A bootstrap needs columns of one length.');
  if (!(samples >= 1) || !(level > 0 && level < 1)) {
    throw new Error(`A bootstrap needs samples >= 1 and a level in (0, 1), got ${samples} and ${level}.`);
  }
  const random = seededRandom(seed);
  const data = columns.map((column) => Float64Array.from(column));
  const means = columns.map(() => new Float64Array(samples));
  const chosen = new Int32Array(count);
  for (let sample = 0; sample < samples; sample++) {
    for (let i = 0; i < count; i++) chosen[i] = random.below(count);
    for (let c = 0; c < data.length; c++) {
      const column = data[c]!;
      let sum = 0;
      for (let i = 0; i < count; i++) sum += column[chosen[i]!]!;
      means[c]![sample] = sum / count;
    }
  }
  return columns.map((column, c) => {
    const sorted = means[c]!.sort();
    return { value: mean(column), low: quantile(sorted, (1 - level) / 2), high: quantile(sorted, (1 + level) / 2) };
  });
}

/** Bootstrap interval of mean(after) - mean(before) over the same questions, in the same order: questions are resampled in pairs. */
export function pairedInterval(
  before: readonly number[],
  after: readonly number[],
  options: BootstrapOptions,
): Interval {
  return bootstrapInterval(differences(before, after), options);
}

/**
 * Two-sided p-value of "before and after are exchangeable" (Fisher's randomisation test on the mean difference; Smucker, Allan,
 * Carterette, CIKM 2007): each question's two values are swapped at random, p = (1 + swaps at least as extreme) / (1 + samples).
 * In (0, 1]; the added one keeps a finite sample from claiming p = 0 (Phipson and Smyth, 2010).
 */
export function pairedRandomisation(
  before: readonly number[],
  after: readonly number[],
  options: { seed: number; samples?: number },
): number {
  const { seed, samples = 10000 } = options;
  const all = differences(before, after);
  // A question that did not change adds nothing whichever way it is swapped.
  const changed = all.filter((difference) => difference !== 0);
  const observed = Math.abs(changed.reduce((sum, difference) => sum + difference, 0));
  const random = seededRandom(seed);
  let extreme = 0;
  for (let sample = 0; sample < samples; sample++) {
    let sum = 0;
    for (let i = 0; i < changed.length; i++) sum += random.next() < 0.5 ? changed[i]! : -changed[i]!;
    // Sums of thirds and fifths differ in the last bits by the order of addition.
    if (Math.abs(sum) >= observed - 1e-9) extreme++;
  }
  return (1 + extreme) / (1 + samples);
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function differences(before: readonly number[], after: readonly number[]): number[] {
  if (before.length !== after.length) {
    throw new Error(`Expected values of the same questions, got ${before.length} before and ${after.length} after.`);
  }
  return before.map((value, i) => after[i]! - value);
}

/** Quantile of sorted values, linear between neighbours (Hyndman and Fan's type 7, NumPy's default). */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}

/**
 * Holm's step-down adjustment of p-values (Holm, Scandinavian Journal of Statistics 6, 1979), in the given order: an adjusted value
 * below alpha keeps the chance of any false finding among them below alpha. Each in [0, 1] and not below its own p.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(pValues.length);
  let highest = 0;
  order.forEach((index, rank) => {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * pValues[index]!));
    adjusted[index] = highest;
  });
  return adjusted;
}

/**
 * The smallest change of a mean of 0s and 1s over `questions` that a two-sided paired randomisation test can find at `alpha`: with
 * m changed questions, all the same way, p = 2 / 2^m. A share in (0, 1], or undefined where even a change of every question is too few.
 */
export function smallestTellable(questions: number, alpha = 0.05): number | undefined {
  const changed = Math.ceil(1 + Math.log2(1 / alpha));
  return questions >= changed ? changed / questions : undefined;
}
