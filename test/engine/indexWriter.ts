// Content that changes with every step, and a process that writes it into an index until it is killed or done.
// Run as: indexWriter.ts write-index FOLDER PREFIX FIRST_STEP LAST_STEP; prints each step once it is written.
import { writeSync } from 'node:fs';
import { completeUpdate, planUpdate } from '../../src/engine/embeddingCache.ts';
import { type IndexStamp, openIndex, type WindowEntry } from '../../src/engine/vectorStore.ts';

export const stamp: IndexStamp = {
  modelId: 'tiny',
  modelHash: '0f',
  dimension: 4,
  queryPrefix: '',
  passagePrefix: '',
  pooling: 'mean',
  maxTokens: 128,
  splitterVersion: 1,
};

/** Enough for several segments. */
const ROWS = 2600;

/** The windows of a step: in each one, a fifth has new text and another seventh is missing. */
export function contentOf(prefix: string, step: number): { entries: WindowEntry[]; vectors: Float32Array } {
  const entries: WindowEntry[] = [];
  const values: number[] = [];
  for (let i = 0; i < ROWS; i++) {
    if (i % 7 === step % 7) continue;
    const version = step - ((((step - i) % 5) + 5) % 5);
    const key = `${prefix}/${String(i).padStart(5, '0')}.md@0`;
    const range = { start: { line: 0, column: 0 }, end: { line: i, column: 3 } };
    const hash = `${prefix}:${i}:${version}`;
    entries.push({ key, snippetId: key, snippetHash: hash, textHash: hash, file: key, range, start: 0, end: i + 1 });
    values.push(i, version, prefix.length, 0.1);
  }
  return { entries, vectors: Float32Array.from(values) };
}

async function write(folder: string, prefix: string, first: number, last: number): Promise<void> {
  const { index } = await openIndex(folder, stamp);
  for (let step = first; step <= last; step++) {
    const { entries, vectors } = contentOf(prefix, step);
    if (step % 4 === 0) await index.replace({ entries, vectors });
    else {
      const plan = planUpdate(index.entries(), entries);
      const row = new Map(entries.map((entry, i) => [entry.key, i]));
      const embedded = plan.embed.flatMap(({ key }) => [...vectors.subarray(row.get(key)! * 4, row.get(key)! * 4 + 4)]);
      await index.apply(completeUpdate(plan, index.vectors, Float32Array.from(embedded), 4));
    }
    // Synchronous, so that a killed process has said all that it had done.
    writeSync(1, `${step}\n`);
  }
}

const [command, ...rest] = process.argv.slice(2);
if (command === 'write-index') {
  const [folder, prefix, first, last] = rest as [string, string, string, string];
  void write(folder, prefix, Number(first), Number(last));
}
