// The forgetting check: general questions, shipped beside the embedded model, ranked by the base model and by the tuned one.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareForgetting, type Forgetting, type GeneralPair, parseGeneralSet } from '../../core/forgetting.ts';
import type { JobContext } from '../../core/progress.ts';
import { rankOf } from '../../core/ranking.ts';
import type { Embedder } from '../embedder.ts';
import { Scorer } from '../scorer.ts';

/** Folder of the sets, beside the embedded model. */
export const GENERAL_FOLDER = 'general';

/**
 * Ranks the general questions under the base model; the function returned compares a tuned model with that, and may be called long after
 * the base weights were changed. Undefined where no set is at hand. Throws a UserError for a set that is broken.
 */
export async function forgettingCheck(
  embeddedFolder: string | undefined,
  base: Embedder,
  seed: number,
  context: JobContext,
): Promise<((tuned: Embedder) => Promise<Forgetting>) | undefined> {
  const pairs = embeddedFolder === undefined ? [] : await readGeneralPairs(join(embeddedFolder, GENERAL_FOLDER));
  if (pairs.length === 0) return undefined;
  const before = await generalRanks(base, pairs, context);
  return async (tuned) => compareForgetting(before, await generalRanks(tuned, pairs, context), seed);
}

async function readGeneralPairs(folder: string): Promise<GeneralPair[]> {
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl')).sort();
  const sets = files.map(async (name) =>
    parseGeneralSet(await readFile(join(folder, name), 'utf8'), join(folder, name)),
  );
  return (await Promise.all(sets)).flat();
}

/** Rank of each question's own passage among the passages of all. */
async function generalRanks(
  embedder: Embedder,
  pairs: readonly GeneralPair[],
  { signal }: JobContext,
): Promise<number[]> {
  const owners = pairs.map((_, i) => String(i).padStart(6, '0'));
  const vectors = await embedder.embed(
    pairs.map(({ passage }) => passage),
    'passage',
    { signal },
  );
  const queries = await embedder.embed(
    pairs.map(({ question }) => question),
    'query',
    { signal },
  );
  const { dimension } = embedder.profile;
  const scorer = await Scorer.open({ vectors, dimension, owners, parts: owners.map(() => 0) });
  const ranks: number[] = [];
  try {
    await scorer.forEach(
      queries,
      (q, scores) => {
        ranks[q] = rankOf(scores, scorer.ids, scorer.place(owners[q]!)!);
      },
      { signal },
    );
  } finally {
    await scorer.close();
  }
  return ranks;
}
