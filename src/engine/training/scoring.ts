// When epochs are scored on development questions, when their scores end a run, and what is left of a budget for them.
import type { EpochRecord } from './trainer.ts';

/** The last development score: when it was known, and how long it took, in seconds of the run. */
export interface Scoring {
  at: number;
  seconds: number;
}

/** So much longer is trained than the last scoring took, before the next one: what scores between epochs take of a budget is a tenth at most. */
const TRAINED_PER_SCORING = 9;
/** What the scores before and after the steps take of a budget at most, where it is not very short. */
const FRAMING_SHARE = 0.2;

/** Whether an epoch of a run with a budget of time, which is over `now`, is worth its score. */
export function isScoringDue(last: Scoring, now: number): boolean {
  return now - last.at >= TRAINED_PER_SCORING * last.seconds;
}

/** Scores around the steps: of the base model, of the last epoch, and of that many weights between the base model's and the best. */
export interface FramingScores {
  blends: number;
  seconds: number;
}

/** Blends that are tried where time is no limit. */
const MOST_BLENDS = 4;

/** As many blends as fit, with the two scores beside them, into a fifth of `budget`, in seconds; undefined: no limit. */
export function framingScores(budget: number | undefined, scoringSeconds: number): FramingScores {
  const scores =
    budget === undefined ? Number.POSITIVE_INFINITY : Math.floor((FRAMING_SHARE * budget) / scoringSeconds);
  const blends = Math.min(MOST_BLENDS, Math.max(0, scores - 2));
  return { blends, seconds: (2 + blends) * scoringSeconds };
}

/** What a budget leaves for steps and the scores between them, in seconds: half at least, however long a score takes. */
export function secondsOfSteps(budget: number, scores: FramingScores): number {
  return Math.max(budget / 2, budget - scores.seconds);
}

/** Scores since that of an epoch, by none of which it was beaten. */
export function scoresSince(epoch: number, history: readonly EpochRecord[]): number {
  return history.filter((each) => each.epoch > epoch && each.development !== undefined).length;
}
