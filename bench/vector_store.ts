// Our index against a plain vectra index (JSON) at 30,000 x 384: size on disk, write, load, a small update.
// npx tsx bench/vector_store.ts [rows] [dimension]
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LocalIndex } from 'vectra';
import { seededRandom } from '../src/core/random.ts';
import { type IndexStamp, openIndex, type WindowEntry } from '../src/engine/vectorStore.ts';

const rows = Number(process.argv[2] ?? 30_000);
const dimension = Number(process.argv[3] ?? 384);
const random = seededRandom(1);
const folder = mkdtempSync(path.join(tmpdir(), 'kb-recall-bench-'));

const entries = Array.from({ length: rows }, (_, i): WindowEntry => {
  const file = `handbook/part-${i % 40}/article-${i % 3000}.md`;
  const snippetId = `${file}#how-to-do-step-${i}`;
  const hash = i.toString(16).padStart(32, '0');
  const range = { start: { line: i % 500, column: 0 }, end: { line: (i % 500) + 12, column: 0 } };
  return { key: `${snippetId}@0`, snippetId, snippetHash: hash, textHash: hash, file, range, start: 0, end: 700 };
});
const vectors = Float32Array.from({ length: rows * dimension }, () => random.normal() / Math.sqrt(dimension));
const stamp: IndexStamp = {
  modelId: 'bench',
  modelHash: 'bench',
  dimension,
  queryPrefix: '',
  passagePrefix: '',
  pooling: 'mean',
  maxTokens: 256,
  splitterVersion: 1,
};

async function time<T>(work: () => Promise<T>): Promise<[T, string]> {
  const start = performance.now();
  const result = await work();
  return [result, `${Math.round(performance.now() - start)} ms`];
}

function size(of: string): string {
  const bytes = readdirSync(of).reduce((sum, name) => sum + statSync(path.join(of, name)).size, 0);
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

async function ours(): Promise<Record<string, string>> {
  const where = path.join(folder, 'ours');
  const { index } = await openIndex(where, stamp);
  const [, write] = await time(() => index.replace({ entries, vectors }));
  const [{ index: loaded }, load] = await time(() => openIndex(where, stamp));
  const middle = rows >> 1;
  const one = { entries: [entries[middle]!], vectors: vectors.subarray(middle * dimension, (middle + 1) * dimension) };
  const [, update] = await time(() => loaded.apply({ upsert: one }));
  return { write, load, 'update of one': update, size: size(where) };
}

async function plain(): Promise<Record<string, string>> {
  const where = path.join(folder, 'plain');
  const items = entries.map(({ key, range, ...metadata }, i) => ({
    id: key,
    metadata: { ...metadata, startLine: range.start.line, endLine: range.end.line },
    vector: Array.from(vectors.subarray(i * dimension, (i + 1) * dimension)),
  }));
  const index = new LocalIndex(where);
  await index.createIndex({ version: 1 });
  const [, write] = await time(() => index.batchInsertItems(items));
  const loaded = new LocalIndex(where);
  const [, load] = await time(() => loaded.listItems());
  const [, update] = await time(() => loaded.upsertItem(items[rows >> 1]!));
  return { write, load, 'update of one': update, size: size(where) };
}

try {
  console.log(`${rows} x ${dimension}, Node ${process.version}`);
  console.table({ 'this index': await ours(), 'plain vectra, JSON': await plain() });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
