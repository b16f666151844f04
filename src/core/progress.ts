// Progress, cancellation and pauses, passed down to every batch and every training step.
import type { PauseSwitch } from './pause.ts';

/** A report of work done so far. */
export interface Progress {
  /** What is being done, for example `embed`, `train`, `evaluate`. */
  stage: string;
  done: number;
  /** Undefined while unknown. */
  total?: number;
  /**
   * Extra figures for display. In `train`: `epoch` of `epochs`, `loss` of the batch, `learningRate`, best `development` score so far;
   * with `epochEnd` mean loss and development score of the epoch; `pairs` trained on so far in `seconds` of work, pauses left out.
   * In a learning curve every step has `part` of `parts`, from 1: which of the trainings it belongs to.
   */
  detail?: Record<string, number | string>;
}

/** More points than a chart has pixels say nothing. */
const MOST_STEPS = 600;

/** A training's curve, short enough to keep and to draw: ends of epochs all stay; of the steps between, every n-th. */
export function thinned(steps: readonly Progress[]): Progress[] {
  const every = Math.ceil(steps.length / MOST_STEPS);
  return steps.filter((step, i) => i % every === 0 || step.detail?.epochEnd !== undefined);
}

/** How a long job talks to whoever started it. */
export interface JobContext {
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Only the training waits at it; other jobs are short or pausing them saves nothing. */
  pause?: PauseSwitch;
}

/** Throws the signal's AbortError once it is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    const error = new Error('The job was cancelled.');
    error.name = 'AbortError';
    throw error;
  }
}
