// Where two versions of a long list differ, so that work is done for that stretch only.

/** `before.slice(start, endBefore)` became `after.slice(start, endAfter)`; what stands around it is the same. */
export interface Stretch {
  start: number;
  endBefore: number;
  endAfter: number;
}

/** The shortest such stretch, entries compared by identity; empty on both sides where the lists are equal. */
export function changedStretch<T>(before: readonly T[], after: readonly T[]): Stretch {
  let start = 0;
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before[start] === after[start]) start++;
  let endBefore = before.length;
  let endAfter = after.length;
  while (endBefore > start && endAfter > start && before[endBefore - 1] === after[endAfter - 1]) {
    endBefore--;
    endAfter--;
  }
  return { start, endBefore, endAfter };
}
