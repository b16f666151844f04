// Lets long work in plain code be answered for: now and then other calls of the process have their turn, and a stop is seen.
import { throwIfAborted } from '../core/progress.ts';

/** Work between two turns, in milliseconds. */
const TURN_MS = 40;

/** Called often; true after a turn was given. Throws AbortError once the signal is aborted. */
export function turns(signal: AbortSignal | undefined): () => Promise<boolean> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < TURN_MS) return false;
    await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(signal);
    last = performance.now();
    return true;
  };
}
