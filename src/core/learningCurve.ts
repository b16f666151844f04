// Whether more questions would help: recall by how many questions were trained on, and what the curve's end says.
import type { Question } from './question.ts';
import { seededRandom } from './random.ts';
import { relatedQuestions } from './relatedQuestions.ts';
import { type Interval, pairedInterval } from './statistics.ts';

/** Shares of the training questions that are trained on. */
export const CURVE_SHARES = [0.25, 0.5, 0.75, 1] as const;

/** The part of a budget of time that the training on a share of the questions gets: as much as it has of all questions trained on. */
export function shareOfBudget(share: number): number {
  return share / CURVE_SHARES.reduce((sum: number, each) => sum + each, 0);
}

/** Held-out recall after a training on a share of the questions. */
export interface CurvePoint {
  /** In [0, 1]; 0 is the base model. */
  share: number;
  /** Trained on. */
  questions: number;
  /** recall@k of each held-out question, in one order for all points. */
  recalls: number[];
}

/** What the end of the curve says. */
export interface CurveVerdict {
  kind: 'more-helps' | 'no-more' | 'cannot-tell';
  /** Recall with all questions minus recall with half of them, with the 95 % paired bootstrap interval. */
  difference: Interval;
}

/** A gain, in recall, that is worth writing as many questions again. */
const WORTH = 0.02;

/**
 * Parts of the training questions, each containing the ones before: components of related questions in a seeded order, so that
 * near-duplicates come together. At least two questions; the last part has all.
 */
export function nestedParts(questions: readonly Question[], seed: number): Question[][] {
  const ordered = seededRandom(seed).shuffle(relatedQuestions(questions)).flat();
  return CURVE_SHARES.map((share) =>
    ordered.slice(0, Math.max(Math.min(2, ordered.length), Math.round(ordered.length * share))),
  );
}

/**
 * More questions help where doubling them did: the interval of that gain is above 0. They do not where it is below a gain worth the
 * work ({@link WORTH}). Between the two nothing can be said. Where no question moved at all the bootstrap sees no chance, and the bound is 3 in
 * the number of questions (rule of three, Hanley and Lippman-Hand 1983). Throws without a point of half and one of all questions.
 */
export function curveVerdict(points: readonly CurvePoint[], seed: number): CurveVerdict {
  const [half, all] = [0.5, 1].map((share) => points.find((point) => point.share === share));
  if (!half || !all) throw new Error('A curve needs a point of half and one of all questions.');
  const difference = pairedInterval(half.recalls, all.recalls, { seed });
  const most = Math.max(difference.high, isStill(half.recalls, all.recalls) ? 3 / all.recalls.length : 0);
  const kind = difference.low > 0 ? 'more-helps' : most < WORTH ? 'no-more' : 'cannot-tell';
  return { kind, difference };
}

const isStill = (before: readonly number[], after: readonly number[]): boolean =>
  before.every((recall, i) => recall === after[i]);
