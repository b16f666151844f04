// How many questions have which main cause.
import { CAUSES, type Cause, type CauseName } from './cause.ts';

/** The main causes that occur, most frequent first. */
export function causeCounts(
  questions: Iterable<{ causes?: readonly Cause[] }>,
): { name: CauseName; questions: number }[] {
  const counts = new Map<CauseName, number>();
  for (const { causes } of questions) {
    const main = causes?.[0];
    if (main) counts.set(main.name, (counts.get(main.name) ?? 0) + 1);
  }
  return CAUSES.filter((name) => counts.has(name))
    .map((name) => ({ name, questions: counts.get(name)! }))
    .sort((a, b) => b.questions - a.questions);
}
