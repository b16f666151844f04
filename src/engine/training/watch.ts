// Notices a training that does harm: a loss that is no number or far above its start, and vectors that have all become alike.

import { mean } from '../../core/statistics.ts';

/** What went wrong. */
export type Trouble = 'diverged' | 'collapsed';

/** Whether a run ended because it did harm. */
export function isTrouble(ended: string | undefined): ended is Trouble {
  return ended === 'diverged' || ended === 'collapsed';
}

/** Losses that are averaged: one batch may be hard, five in a row are not. */
const SPAN = 5;

/** What a checkpoint keeps of a watch. */
export interface WatchState {
  start: number[];
  recent: number[];
  /** Mean cosine before the first step. */
  baseAlikeness: number;
}

/** Watches one run. */
export class TrainingWatch {
  constructor(private readonly state: WatchState) {}

  static of(baseAlikeness: number): TrainingWatch {
    return new TrainingWatch({ start: [], recent: [], baseAlikeness });
  }

  /**
   * After each step. Far above is half as much again and half a unit more than over the first steps: a contrastive loss is bounded by what
   * guessing costs (ln of the candidates) only while the vectors differ, and a run that forgets how to tell them apart passes this early.
   */
  loss(loss: number): Trouble | undefined {
    if (!Number.isFinite(loss)) return 'diverged';
    const { start, recent } = this.state;
    if (start.length < SPAN) start.push(loss);
    recent.push(loss);
    if (recent.length > SPAN) recent.shift();
    return recent.length === SPAN && mean(recent) > 1.5 * mean(start) + 0.5 ? 'diverged' : undefined;
  }

  /** After each epoch, with the mean cosine of texts that have nothing to do with each other: near 1, and nearer than the base model had it. */
  alikeness(cosine: number): Trouble | undefined {
    if (!Number.isFinite(cosine)) return 'diverged';
    // Some models keep all texts within a narrow cone and work well: theirs has to become four times as narrow.
    return cosine > 0.95 && 1 - cosine < (1 - this.state.baseAlikeness) / 4 ? 'collapsed' : undefined;
  }

  /** For a checkpoint. */
  toJSON(): WatchState {
    return this.state;
  }
}

/** Mean cosine over all pairs of rows, which are L2-normalised: from the length of their sum, |sum|^2 = n + sum over pairs. */
export function meanCosine(vectors: Float32Array, dimension: number): number {
  const rows = vectors.length / dimension;
  if (rows < 2) return 0;
  const sum = new Float64Array(dimension);
  for (let i = 0; i < vectors.length; i++) sum[i % dimension]! += vectors[i]!;
  const square = sum.reduce((total, value) => total + value * value, 0);
  return (square - rows) / (rows * (rows - 1));
}
