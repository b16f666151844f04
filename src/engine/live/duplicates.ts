// Snippets that nearly say the same: near by their vectors first, which is cheap, then by their texts.
import { likeness } from '../../core/nearDuplicates.ts';
import type { JobContext } from '../../core/progress.ts';
import type { DuplicatePair, DuplicatesAnswer } from '../../protocol/workspace.ts';
import { neighbours } from '../neighbours.ts';
import { turns } from '../turns.ts';
import type { Snapshot } from './session.ts';
import { snippetVectors } from './snippetVectors.ts';

/** Nearest snippets whose texts are compared with a snippet's own. */
const CANDIDATES = 5;
/** Half of all trigrams shared: the same text with some words changed. */
const LEAST_LIKENESS = 0.5;
/** From here on two texts say the same to the model, in whatever words. High, because some models give any two texts 0.8. */
const LEAST_COSINE = 0.95;

/** The pairs, the most alike first. */
export async function findDuplicates(
  snapshot: Snapshot,
  limit: number,
  context: JobContext,
): Promise<DuplicatesAnswer> {
  const { snippets, dimension } = snapshot;
  const { signal } = context;
  const total = 2 * snippets.length;
  const tell = (done: number): void => context.onProgress?.({ stage: 'duplicates', done, total });
  const onProgress: JobContext['onProgress'] = ({ done }) => tell(done);
  const near = await neighbours(snippetVectors(snapshot), dimension, CANDIDATES, { signal, onProgress });
  const turn = turns(signal);
  const pairs: DuplicatePair[] = [];
  for (const [row, list] of near.entries()) {
    for (const { row: other, score: cosine } of list) {
      // A pair in which each is near the other is looked at once.
      if (other < row && near[other]!.some((each) => each.row === row)) continue;
      const [first, second] = [snippets[Math.min(row, other)]!, snippets[Math.max(row, other)]!];
      const alike = mayBeAlike(first.body, second.body) ? likeness(first.body, second.body) : 0;
      if (alike >= LEAST_LIKENESS || cosine >= LEAST_COSINE)
        pairs.push({ first: first.id, second: second.id, cosine, likeness: alike });
    }
    if (await turn()) tell(snippets.length + row + 1);
  }
  pairs.sort((a, b) => b.likeness + b.cosine - a.likeness - a.cosine || (a.first < b.first ? -1 : 1));
  return { pairs: pairs.slice(0, limit), total: pairs.length };
}

/** Texts of very different length cannot share enough; said so without taking them apart. */
function mayBeAlike(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a.length, b.length] : [b.length, a.length];
  // Half of what the threshold would allow: spaces and marks, which are left out of trigrams, count here.
  return short >= (long * LEAST_LIKENESS) / 2;
}
