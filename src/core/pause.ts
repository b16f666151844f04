// A switch by which a long job is held between two steps and let go on.

/** Held by whoever started the job, waited at by the job. */
export class PauseSwitch {
  #isPaused = false;
  readonly #listeners = new Set<(paused: boolean) => void>();

  get isPaused(): boolean {
    return this.#isPaused;
  }

  set(paused: boolean): void {
    if (paused === this.#isPaused) return;
    this.#isPaused = paused;
    for (const listener of [...this.#listeners]) listener(paused);
  }

  /** Calls the listener at each change; returns what ends that. */
  onChange(listener: (paused: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves at once unless paused, else when it goes on or the signal is aborted; the caller looks at the signal afterwards. */
  wait(signal?: AbortSignal): Promise<void> {
    if (!this.#isPaused || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        end();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const end = this.onChange((paused) => !paused && done());
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}
