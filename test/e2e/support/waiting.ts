// Waiting by asking again: nothing sleeps for a fixed time, and what never comes is told with what was seen last.

const PAUSE_MS = 60;
/** An attempt counts as no longer than this: a machine that was suspended in the middle has not waited. */
const LONGEST_ATTEMPT_MS = 10_000;

/** Raised when something did not come in time. */
export class TimeoutError extends Error {
  override name = 'TimeoutError';
}

export interface WaitOptions {
  /** Time until it fails, in milliseconds; 30 s unless told. */
  within?: number;
  /** Pause between two attempts, in milliseconds; 60 unless told. */
  every?: number;
  /** What is there instead, for the message. */
  seen?: () => unknown;
}

/**
 * Calls `probe` until it gives something other than undefined, null or false, and returns that. A probe that throws counts as not
 * yet: elements come and go while a page is drawn. Throws {@link TimeoutError} naming `what`.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  { within = 30_000, every = PAUSE_MS, seen }: WaitOptions = {},
): Promise<T> {
  let waited = 0;
  let failure: unknown;
  while (waited <= within) {
    const started = performance.now();
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await pause(every);
    waited += Math.min(performance.now() - started, LONGEST_ATTEMPT_MS);
  }
  const instead = seen ? `\nInstead: ${await describe(seen)}` : '';
  const reason = failure ? `\nThe last attempt failed: ${failure instanceof Error ? failure.message : failure}` : '';
  throw new TimeoutError(`Waited ${(within / 1000).toFixed(1)} s for ${what}.${instead}${reason}`);
}

/** Resolves after that many milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function describe(seen: () => unknown): Promise<string> {
  try {
    const value = await seen();
    return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  } catch (error) {
    return `could not be read (${error})`;
  }
}
