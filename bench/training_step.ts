// A training step of BERT 6 x 384 on a batch of 32 in this engine beside PyTorch, both on the same machine by turns.
// How to run, on a quiet machine (a minute or two):
//   python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch transformers numpy
//   node --import tsx bench/training_step.ts --python /tmp/torch/bin/python [--rounds 5] [--steps 5] [--threads 2]
//     [--encoder transformers|plain]  transformers' BertModel, or the encoder written out as in shared/reference/training_step.py
//     [--lengths FOLDER]              passages of as many tokens as snippets of a knowledge base have, instead of 128 each
//     [--peer-huge-pages]             PyTorch, too, with the allocator setting that our engine process is started with
// Each round runs `steps` steps here, then as many there, on texts of the same lengths; the first round is for warming up and is not
// counted. Prints the medians over all steps of forward and backward alone and with AdamW, and the ratio of the two engines (above 1: this
// one is faster).
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { withHugePages } from '../src/core/hugePages.ts';
import { seededRandom } from '../src/core/random.ts';
import { type BertConfig, bertWeightShapes, buildBert } from '../src/engine/graphs/bert.ts';
import { loadTokenizer } from '../src/engine/tokenizer.ts';
import { AdamW } from '../src/engine/training/adamw.ts';
import { makeParameters } from '../src/engine/training/parameters.ts';
import { TrainingStep } from '../src/engine/training/step.ts';

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    encoder: { type: 'string', default: 'transformers' },
    lengths: { type: 'string' },
    'peer-huge-pages': { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const steps = Number(values.steps);
const threads = Number(values.threads);
if (!values.python || !(rounds >= 3) || !(steps >= 1) || !(threads >= 1))
  throw new Error('training_step.ts --python INTERPRETER [--rounds N, at least 3] [--steps N] [--threads N]');

// The engine's process gets its allocator setting from its parent, so here the script is its own parent.
const ours = withHugePages(process.env, process.platform);
if (ours.GLIBC_TUNABLES !== process.env.GLIBC_TUNABLES) {
  const { status } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: ours,
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}

const BATCH = 32;
const QUERY_LENGTH = 16;
const PASSAGE_LENGTH = 128;
/** As the embedded model cuts. */
const LONGEST = 256;
const CONFIG: BertConfig = {
  hidden: 384,
  layers: 6,
  heads: 12,
  feedForward: 1536,
  vocabulary: 30522,
  positions: 512,
  tokenTypes: 2,
  layerNormEpsilon: 1e-12,
  activation: 'gelu',
  positionsFromMask: false,
  padId: 0,
};

/** Seconds of one step: forward and backward, and the optimizer after it. */
interface Times {
  gradient: number;
  optimizer: number;
}

const random = seededRandom(0);
const weights = new Map<string, { dims: number[]; data: Float32Array }>();
for (const [name, dims] of bertWeightShapes(CONFIG)) {
  const data = new Float32Array(dims.reduce((a, b) => a * b));
  if (name.endsWith('LayerNorm.weight')) data.fill(1);
  else if (dims.length > 1) for (let i = 0; i < data.length; i++) data[i] = 0.02 * random.normal();
  weights.set(name, { dims, data });
}
const parameters = makeParameters(weights);
const names = new Set(weights.keys());
const step = new TrainingStep(
  { graph: buildBert(CONFIG), weights: names, trainable: names, dimension: CONFIG.hidden },
  parameters,
  { pooling: 'mean', padId: CONFIG.padId, threads, temperature: 0.05, mode: 'direct' },
);
const optimizer = new AdamW(parameters);
const texts = (lengths: number[]): Int32Array[] =>
  lengths.map((length) => Int32Array.from({ length }, () => 1000 + random.below(29000)));
const known = values.lengths === undefined ? [PASSAGE_LENGTH] : await snippetLengths(values.lengths);

/** Tokens of each passage of one batch. */
const drawn = (): number[] => Array.from({ length: BATCH }, () => known[random.below(known.length)]!);

/** Tokens of each section of a folder's Markdown under the embedded model's tokenizer, at most {@link LONGEST}. */
async function snippetLengths(folder: string): Promise<number[]> {
  const tokenizer = await loadTokenizer(join(import.meta.dirname, '../models/kb-recall-small'));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'));
  // A few hundred files show how long sections are.
  return files.slice(0, 300).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split(/^#+ /m)
      .filter((section) => section.trim() !== '')
      .map((section) => Math.min(tokenizer.encode(section).length, LONGEST)),
  );
}

async function here(passages: number[][]): Promise<Times[]> {
  const times: Times[] = [];
  for (const lengths of passages) {
    const batch = {
      queries: texts(Array.from({ length: BATCH }, () => QUERY_LENGTH)),
      passages: texts(lengths),
      targets: Float32Array.from({ length: BATCH * BATCH }, (_, i) => (i % (BATCH + 1) === 0 ? 1 : 0)),
      bias: new Float32Array(BATCH * BATCH),
    };
    const started = performance.now();
    await step.run(batch);
    const middle = performance.now();
    optimizer.step(step.gradients, () => 2e-5);
    times.push({ gradient: (middle - started) / 1000, optimizer: (performance.now() - middle) / 1000 });
  }
  return times;
}

const peerArguments = ['--threads', String(threads), '--encoder', values.encoder];
const peer = spawn(values.python, [join(import.meta.dirname, 'training_step_peer.py'), ...peerArguments], {
  env: values['peer-huge-pages'] ? process.env : { ...process.env, GLIBC_TUNABLES: undefined },
  stdio: ['pipe', 'pipe', 'inherit'],
});
// A peer that ended says so by a missing line, not by a broken pipe.
peer.stdin.on('error', () => {});
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();

async function answer(): Promise<string> {
  const { value, done } = await lines.next();
  if (done) throw new Error('The Python process ended; its message is above.');
  return value;
}

async function there(passages: number[][]): Promise<Times[]> {
  peer.stdin.write(`${JSON.stringify(passages)}\n`);
  return JSON.parse(await answer());
}

const mean = (numbers: number[]): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

try {
  const version = await answer();
  const all = { ours: [] as Times[], theirs: [] as Times[] };
  for (let round = 0; round <= rounds; round++) {
    const passages = Array.from({ length: steps }, drawn);
    const timed = [await here(passages), await there(passages)] as const;
    if (round === 0) continue;
    all.ours.push(...timed[0]);
    all.theirs.push(...timed[1]);
    const [a, b] = timed.map((times) => median(times.map((each) => each.gradient)).toFixed(3));
    console.error(`round ${round}: forward and backward ${a} s here, ${b} s in PyTorch`);
  }
  const lengths =
    values.lengths === undefined ? `${PASSAGE_LENGTH}` : `${mean(known).toFixed(0)} (mean, at most ${LONGEST})`;
  console.log(
    `BERT 6 x 384, batch ${BATCH}, ${QUERY_LENGTH} + ${lengths} tokens, ${threads} threads, ${rounds} rounds of ${steps} steps, peer: ${values.encoder}`,
  );
  const row = (seconds: (times: Times) => number) => {
    const [mine, peers] = [median(all.ours.map(seconds)), median(all.theirs.map(seconds))];
    return {
      'this engine': `${mine.toFixed(3)} s`,
      [version]: `${peers.toFixed(3)} s`,
      ratio: (peers / mine).toFixed(2),
    };
  };
  console.table({
    'forward and backward': row((each) => each.gradient),
    'with AdamW': row((each) => each.gradient + each.optimizer),
  });
} finally {
  peer.stdin.end();
  peer.kill();
  await step.close();
}
