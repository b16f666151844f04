// Ranking a whole question set against all windows: this engine, FAISS's flat index, and vectra's own query, by turns on the same vectors.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalIndex } from 'vectra';
import type { Question } from '../../src/core/question.ts';
import { seededRandom } from '../../src/core/random.ts';
import { Scorer } from '../../src/engine/scorer.ts';
import { onlyIndex } from './onlyIndex.ts';
import { type Clock, median, now, Peer, partSettings } from './process.ts';

/** Seconds for all questions. */
export interface RankFigures {
  windows: number;
  dimension: number;
  questions: number;
  ours: number;
  faiss?: number;
  /** Of `vectraAsked` questions, asked one by one, times questions / vectraAsked. */
  vectra: number;
  vectraAsked: number;
  /** Share of the questions whose ten best snippets are the same set as FAISS's ten best windows' snippets. */
  agreement?: number;
}

/** What it is started with. */
export interface RankSettings {
  /** Holds one index; its vectors are searched. */
  indexes: string;
  questions: number;
  rounds: number;
  threads: number;
  clock: Clock;
  python?: string;
}

const DEPTH = 10;
const VECTRA_ASKED = 10;

const { indexes, questions: count, rounds, threads, clock, python } = partSettings<RankSettings>();
const index = await onlyIndex(indexes);
const { dimension } = index.stamp;
const entries = index.entries();
const { vectors } = index;

// Questions near real windows, as questions are: a window's vector with as much noise again.
const random = seededRandom(0);
const queries = new Float32Array(count * dimension);
const questions: Question[] = [];
for (let q = 0; q < count; q++) {
  const row = Math.floor(random.next() * entries.length);
  let norm = 0;
  for (let i = 0; i < dimension; i++) {
    const value = vectors[row * dimension + i]! + random.normal() / Math.sqrt(dimension);
    queries[q * dimension + i] = value;
    norm += value * value;
  }
  for (let i = 0; i < dimension; i++) queries[q * dimension + i]! /= Math.sqrt(norm);
  const snippetId = entries[row]!.snippetId;
  questions.push({ id: `q${q}`, text: `question ${q}`, answers: [{ snippetIds: [snippetId] }] } as unknown as Question);
}

const scorer = await Scorer.ofWindows(entries, vectors, dimension, threads);
const scratch = mkdtempSync(join(tmpdir(), 'kb-scale-rank-'));
try {
  const peer = python === undefined ? undefined : new Peer(python, 'rank_peer.py', ['--threads', String(threads)]);
  if (peer) {
    writeFileSync(join(scratch, 'vectors.f32'), new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength));
    writeFileSync(join(scratch, 'queries.f32'), new Uint8Array(queries.buffer));
    await peer.ask({ load: scratch, dimension });
  }
  const vectra = await vectraIndex();
  const times = { ours: [] as number[], faiss: [] as number[], vectra: [] as number[] };
  let agreement = 0;
  // The first round is for warming up.
  for (let round = 0; round <= rounds; round++) {
    const started = now(clock);
    const results = await scorer.rank(questions, queries, DEPTH);
    const ours = now(clock) - started;
    const answer = await peer?.ask<{ wall: number; cpu: number; rows: number[][] }>({ search: DEPTH });
    const from = now(clock);
    for (let q = 0; q < VECTRA_ASKED; q++) {
      const query = queries.subarray(q * dimension, (q + 1) * dimension);
      await vectra.queryItems(Array.from(query), '', DEPTH);
    }
    const one = (now(clock) - from) / VECTRA_ASKED;
    if (answer) {
      const same = results.filter(({ top }, q) => {
        const theirs = new Set(answer.rows[q]!.map((row) => entries[row]!.snippetId));
        const own = new Set(top.slice(0, theirs.size).map(({ id }) => id));
        return [...theirs].every((id) => own.has(id));
      });
      agreement = same.length / count;
    }
    if (round === 0) continue;
    times.ours.push(ours);
    if (answer) times.faiss.push(answer[clock]);
    times.vectra.push(one * count);
  }
  peer?.stop();
  const figures: RankFigures = {
    windows: entries.length,
    dimension,
    questions: count,
    ours: median(times.ours),
    ...(peer && { faiss: median(times.faiss), agreement }),
    vectra: median(times.vectra),
    vectraAsked: VECTRA_ASKED,
  };
  console.log(JSON.stringify(figures));
} finally {
  await scorer.close();
  rmSync(scratch, { recursive: true });
}

/** A vectra index that holds the same vectors in memory, as it would after reading its file; inserting them one by one takes hours. */
async function vectraIndex(): Promise<LocalIndex> {
  const items = entries.map(({ key }, row) => {
    const vector = Array.from(vectors.subarray(row * dimension, (row + 1) * dimension));
    return { id: key, metadata: {}, vector, norm: Math.hypot(...vector) };
  });
  const storage = { pathExists: async () => true, readFile: async () => Buffer.alloc(0) };
  const codec = { extension: '.json', deserializeIndex: () => ({ version: 1, metadata_config: {}, items }) };
  const plain = new LocalIndex(scratch, 'index.json', storage as never, codec as never);
  await plain.listItems();
  return plain;
}
