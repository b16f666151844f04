// Weights that lie between the base model's and tuned ones: tried at the end of a run, and made for the slider of the panel.
import type { JobContext } from '../../core/progress.ts';
import type { ModelWeights } from '../modelWeights.ts';
import { blend, mix, type Parameters, type Snapshot, snapshot } from './parameters.ts';
import type { TrainingOutcome } from './trainer.ts';

/** Shares of the way to the best checkpoint that are tried: all of it, and so many between it and the base model. */
export function blendShares(count: number): number[] {
  return Array.from({ length: count + 1 }, (_, i) => (count + 1 - i) / (count + 1));
}

/** Moves the weights of `base` that share of the way to those of `tuned`, in place. */
export function mixWeights(base: ModelWeights, tuned: ModelWeights, share: number): void {
  for (const [name, { data }] of base.weights) {
    const to = tuned.weights.get(name)?.data;
    if (to?.length !== data.length) throw new Error(`The two models differ in the weight ${name}.`);
    mix(data, data, to, share);
  }
}

/** The best epoch's weights and score. */
export interface Candidate {
  epoch: number;
  development: number;
  weights: Snapshot;
}

/**
 * Tries the best checkpoint and `blends` weights on the way to it, and keeps what recalls the development questions best, of equal ones
 * the last, nearest to the base model, and that included: tuned weights forget, and part of the way often keeps most of the gain (WiSE-FT, Wortsman et al. 2021, arXiv 2109.01903).
 * Writes what it found into `outcome` and returns the weights to keep.
 */
export async function bestBlend(
  base: Snapshot,
  candidate: Candidate,
  parameters: Parameters,
  development: (context: JobContext) => Promise<number>,
  blends: number,
  outcome: TrainingOutcome,
  { signal }: JobContext,
): Promise<Snapshot> {
  let kept = base;
  for (const share of blendShares(blends)) {
    blend(parameters, base, candidate.weights, share);
    const score = share === 1 ? candidate.development : await development({ signal });
    const nearer = outcome.bestEpoch > 0 && score === outcome.bestDevelopment;
    if (score > outcome.bestDevelopment || nearer) {
      outcome.bestDevelopment = score;
      outcome.bestEpoch = candidate.epoch;
      outcome.blend = share;
      kept = snapshot(parameters);
    }
  }
  return kept;
}
