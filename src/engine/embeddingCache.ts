// Which windows need the model: a vector of the last index is used again wherever the embedded text is the same.
// No file of its own: the index is the cache, and its stamp keeps vectors of other models out.
import type { IndexRows, WindowEntry } from './vectorStore.ts';

/** What to do to turn one index into the next. */
export interface UpdatePlan<W extends WindowEntry> {
  /** Windows whose vector is known: `row` of the previous index; `same` where the entry is unchanged as well. */
  keep: { entry: W; row: number; same: boolean }[];
  /** Windows to embed, in the order given. */
  embed: W[];
  /** Keys of the previous index that are no longer there. */
  remove: string[];
}

/**
 * Compares an index with the windows there are now. Vectors are found by text, not by key, so a renamed file, a moved
 * section or a shifted range costs no embedding.
 */
export function planUpdate<W extends WindowEntry>(
  previous: readonly WindowEntry[],
  windows: readonly W[],
): UpdatePlan<W> {
  const rowOfKey = new Map(previous.map((entry, row) => [entry.key, row]));
  const rowOfText = new Map(previous.map((entry, row) => [entry.textHash, row]));
  const plan: UpdatePlan<W> = { keep: [], embed: [], remove: [] };
  const present = new Set<string>();
  for (const entry of windows) {
    if (present.has(entry.key)) throw new Error(`Window ${entry.key} is given twice.`);
    present.add(entry.key);
    const own = rowOfKey.get(entry.key);
    const row = own !== undefined && previous[own]!.textHash === entry.textHash ? own : rowOfText.get(entry.textHash);
    if (row === undefined) plan.embed.push(entry);
    else plan.keep.push({ entry, row, same: row === own && sameEntry(previous[row]!, entry) });
  }
  for (const { key } of previous) if (!present.has(key)) plan.remove.push(key);
  return plan;
}

/** The update that carries a plan out, for `VectorIndex.apply`; `embedded` holds the vectors of `plan.embed`. */
export function completeUpdate<W extends WindowEntry>(
  plan: UpdatePlan<W>,
  previousVectors: Float32Array,
  embedded: Float32Array,
  dimension: number,
): { remove: string[]; upsert: IndexRows } {
  const moved = plan.keep.filter(({ same }) => !same);
  const vectors = new Float32Array((moved.length + plan.embed.length) * dimension);
  for (const [i, { row }] of moved.entries()) {
    vectors.set(previousVectors.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  }
  vectors.set(embedded, moved.length * dimension);
  return { remove: plan.remove, upsert: { entries: [...moved.map(({ entry }) => entry), ...plan.embed], vectors } };
}

function sameEntry(a: WindowEntry, b: WindowEntry): boolean {
  return (
    a.snippetId === b.snippetId &&
    a.snippetHash === b.snippetHash &&
    a.file === b.file &&
    a.start === b.start &&
    a.end === b.end &&
    a.range.start.line === b.range.start.line &&
    a.range.start.column === b.range.start.column &&
    a.range.end.line === b.range.end.line &&
    a.range.end.column === b.range.end.column
  );
}
