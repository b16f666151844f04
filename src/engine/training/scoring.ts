// When epochs are scored on development questions, and when their scores end a run.
import type { EpochRecord } from './trainer.ts';

/** The last development score: when it was known, and how long it took, in seconds of the run. */
export interface Scoring {
  at: number;
  seconds: number;
}

/** So much longer is trained than the last scoring took, before the next one: what scoring takes of a budget is a fifth at most. */
const TRAINED_PER_SCORING = 4;

/** Whether an epoch of a run with a budget of time, which is over `now`, is worth its score. */
export function isScoringDue(last: Scoring, now: number): boolean {
  return now - last.at >= TRAINED_PER_SCORING * last.seconds;
}

/** Scores since that of an epoch, by none of which it was beaten. */
export function scoresSince(epoch: number, history: readonly EpochRecord[]): number {
  return history.filter((each) => each.epoch > epoch && each.development !== undefined).length;
}
