// The time of a run: stands still while the run is paused, and knows when the author's budget is used up.
import { type JobContext, throwIfAborted } from '../../core/progress.ts';

export class TrainingClock {
  readonly #started: number;
  #paused = 0;

  constructor(
    /** Seconds after which the budget is used; undefined: no limit. May be moved while the run goes on. */
    public limit: number | undefined,
    private readonly now: () => number = () => performance.now(),
    /** Seconds that an earlier process has worked on the run. */
    already = 0,
  ) {
    this.#started = now() - already * 1000;
  }

  /** Seconds of work so far. */
  get seconds(): number {
    return (this.now() - this.#started - this.#paused) / 1000;
  }

  /** Share of the budget used, from 0; 0 without one. */
  get used(): number {
    return this.limit === undefined ? 0 : this.seconds / this.limit;
  }

  /** Before each step: waits while the run is paused. Throws AbortError when it was stopped. */
  async gate({ signal, pause }: JobContext): Promise<void> {
    throwIfAborted(signal);
    if (!pause?.isPaused) return;
    const from = this.now();
    await pause.wait(signal);
    this.#paused += this.now() - from;
    throwIfAborted(signal);
  }
}
