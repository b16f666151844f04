// A training step of BERT 6 x 384 on a batch of 32 (16 + 128 tokens) in this engine beside PyTorch, both on the same machine by turns.
// How to run, on a quiet machine (a minute or two):
//   python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch transformers numpy
//   node --import tsx bench/training_step.ts --python /tmp/torch/bin/python [--rounds 5] [--steps 5] [--threads 2]
// Each round runs `steps` steps here, then as many there; the first round is for warming up and is not counted. Prints the medians over
// all steps of forward and backward alone and with AdamW, and the ratio of the two engines (above 1: this one is faster).
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/core/random.ts';
import { type BertConfig, bertWeightShapes, buildBert } from '../src/engine/graphs/bert.ts';
import { AdamW } from '../src/engine/training/adamw.ts';
import { makeParameters } from '../src/engine/training/parameters.ts';
import { TrainingStep } from '../src/engine/training/step.ts';

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
  },
});
const rounds = Number(values.rounds);
const steps = Number(values.steps);
const threads = Number(values.threads);
if (!values.python || !(rounds >= 3) || !(steps >= 1) || !(threads >= 1))
  throw new Error('training_step.ts --python INTERPRETER [--rounds N, at least 3] [--steps N] [--threads N]');

const BATCH = 32;
const LENGTHS = { query: 16, passage: 128 };
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
const texts = (length: number): Int32Array[] =>
  Array.from({ length: BATCH }, () => Int32Array.from({ length }, () => 1000 + random.below(29000)));
const batch = {
  queries: texts(LENGTHS.query),
  passages: texts(LENGTHS.passage),
  targets: Float32Array.from({ length: BATCH * BATCH }, (_, i) => (i % (BATCH + 1) === 0 ? 1 : 0)),
  bias: new Float32Array(BATCH * BATCH),
};

async function ours(): Promise<Times[]> {
  const times: Times[] = [];
  for (let n = 0; n < steps; n++) {
    const started = performance.now();
    await step.run(batch);
    const middle = performance.now();
    optimizer.step(step.gradients, () => 2e-5);
    times.push({ gradient: (middle - started) / 1000, optimizer: (performance.now() - middle) / 1000 });
  }
  return times;
}

const peer = spawn(values.python, [join(import.meta.dirname, 'training_step_peer.py'), '--threads', String(threads)], {
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

async function theirs(): Promise<Times[]> {
  peer.stdin.write(`${steps}\n`);
  return JSON.parse(await answer());
}

function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

try {
  const version = await answer();
  const all = { ours: [] as Times[], theirs: [] as Times[] };
  for (let round = 0; round <= rounds; round++) {
    const here = await ours();
    const there = await theirs();
    if (round === 0) continue;
    all.ours.push(...here);
    all.theirs.push(...there);
    const [a, b] = [here, there].map((times) => median(times.map((each) => each.gradient)).toFixed(3));
    console.error(`round ${round}: forward and backward ${a} s here, ${b} s in PyTorch`);
  }
  console.log(`BERT 6 x 384, batch ${BATCH}, 16 + 128 tokens, ${threads} threads, ${rounds} rounds of ${steps} steps`);
  const row = (seconds: (times: Times) => number) => {
    const here = median(all.ours.map(seconds));
    const there = median(all.theirs.map(seconds));
    return {
      'this engine': `${here.toFixed(3)} s`,
      [version]: `${there.toFixed(3)} s`,
      ratio: (there / here).toFixed(2),
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
