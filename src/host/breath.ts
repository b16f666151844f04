// Long loops of the extension host in slices: other extensions and the editor's requests get their turn between them.

/** A slice, in milliseconds: well below what a person notices, well above what giving up the turn costs. */
const SLICE_MS = 8;

/** Called inside a loop: gives up the turn whenever a slice is used up. One value per loop. */
export class Breath {
  #until = performance.now() + SLICE_MS;

  /** Undefined while the slice lasts: waiting for that costs a microtask only. */
  take(): Promise<void> | undefined {
    if (performance.now() < this.#until) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#until = performance.now() + SLICE_MS;
        resolve();
      });
    });
  }
}
