// Trains the embedded model from nothing with the project's own engine, on the pairs that prepare.py wrote.
// Stage 1 trains the word vectors alone (an encoder without layers); stage 2 starts layers that change nothing yet on top of them.
//   python models/build/vocabulary.py ... && python models/build/prepare.py ... (see their heads), then
//   node --import tsx models/build/pretrain.ts --data DATA --out OUT [--seed 1] [--steps1 500] [--steps2 900]
// OUT receives model.safetensors after every stage and log.txt; pack.ts makes the repository's files out of it.
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeModel } from '../../src/autodiff/proto.ts';
import { seededRandom } from '../../src/core/random.ts';
import { type BertConfig, bertWeightShapes, buildBert } from '../../src/engine/graphs/bert.ts';
import { buildForwardGraph } from '../../src/engine/graphs/trainingGraphs.ts';
import { Session } from '../../src/engine/runtime.ts';
import { SafetensorsFile, writeSafetensors } from '../../src/engine/safetensors.ts';
import { lengthSortedBatches, packTokens, towerFeeds } from '../../src/engine/tokenBatch.ts';
import { AdamW } from '../../src/engine/training/adamw.ts';
import { makeParameters, type Parameters } from '../../src/engine/training/parameters.ts';
import { warmupCosine } from '../../src/engine/training/schedule.ts';
import { TrainingStep } from '../../src/engine/training/step.ts';
import { dealPairs, PairData, toBatch } from './pairs.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string' },
    seed: { type: 'string', default: '1' },
    steps1: { type: 'string', default: '500' },
    steps2: { type: 'string', default: '900' },
    layers: { type: 'string', default: '2' },
    from: { type: 'string' },
  },
});
if (!options.data || !options.out) throw new Error('--data and --out are needed');
const { out } = options;
mkdirSync(out, { recursive: true });

const WIDTH = 256;
const shape: BertConfig = {
  hidden: WIDTH,
  layers: Number(options.layers),
  heads: 4,
  feedForward: 1024,
  vocabulary: 40816,
  positions: 512,
  tokenTypes: 2,
  layerNormEpsilon: 1e-12,
  activation: 'gelu',
  positionsFromMask: false,
  padId: 0,
};
const random = seededRandom(Number(options.seed));
const data = new PairData(options.data);
const started = performance.now();

function log(text: string): void {
  const line = `${((performance.now() - started) / 60000).toFixed(1)} min  ${text}`;
  console.log(line);
  appendFileSync(join(out, 'log.txt'), `${line}\n`);
}

type Weights = Map<string, { dims: number[]; data: Float32Array }>;

/** Word vectors at random, places and kinds at zero; each layer's two output projections start at zero, so it passes its input on. */
function initialWeights(known: Weights): Weights {
  const weights: Weights = new Map();
  for (const [name, dims] of bertWeightShapes(shape)) {
    const old = known.get(name);
    const values = old?.data ?? new Float32Array(dims.reduce((a, b) => a * b, 1));
    weights.set(name, { dims, data: values });
    if (old || name.endsWith('.bias')) continue;
    if (name.endsWith('LayerNorm.weight')) values.fill(1);
    else if (name.includes('word_embeddings')) for (let i = 0; i < values.length; i++) values[i] = random.normal();
    else if (/position|token_type|output\.dense/.test(name)) values.fill(0);
    else for (let i = 0; i < values.length; i++) values[i] = random.normal() * 0.04;
  }
  return weights;
}

interface DevSet {
  queries: number[][];
  passages: number[][];
}

/** Share of held-back queries whose passage is among the first five of 1,500. */
async function developmentRecall(parameters: Parameters, layers: number): Promise<string> {
  const dev = JSON.parse(readFileSync(join(options.data!, 'dev.json'), 'utf8')) as Record<string, DevSet>;
  const graph = buildForwardGraph({ graph: buildBert({ ...shape, layers }), weights: new Set(parameters.keys()) });
  const session = await Session.open(encodeModel(graph.graph));
  const weights = Object.fromEntries([...parameters].map(([name, p]) => [name, p.wrapped]));
  const embed = async (texts: number[][], longest: number): Promise<Float32Array[]> => {
    const framed = texts.map((text) => Int32Array.from([2, ...text.slice(0, longest - 2), 3]));
    const vectors: Float32Array[] = new Array(texts.length);
    for (const group of lengthSortedBatches(
      framed.map((f) => f.length),
      16384,
    )) {
      const batch = packTokens(
        group.map((i) => framed[i]!),
        0,
        'mean',
      );
      const result = await session.run({ ...weights, ...towerFeeds(graph.tower, batch) });
      const rows = result[graph.embedding]!.data as Float32Array;
      group.forEach((i, row) => {
        vectors[i] = rows.slice(row * WIDTH, (row + 1) * WIDTH);
      });
    }
    return vectors;
  };
  const parts: string[] = [];
  for (const [language, set] of Object.entries(dev)) {
    const queries = await embed(set.queries, 32);
    const passages = await embed(set.passages.slice(0, 1500), 128);
    let found = 0;
    queries.forEach((query, q) => {
      const score = (passage: Float32Array): number => {
        let sum = 0;
        for (let d = 0; d < WIDTH; d++) sum += query[d]! * passage[d]!;
        return sum;
      };
      const own = score(passages[q]!);
      let above = 0;
      for (const passage of passages) if (score(passage) > own) above++;
      if (above < 5) found++;
    });
    parts.push(`${language} ${(found / queries.length).toFixed(3)}`);
  }
  await session.close();
  return parts.join(', ');
}

interface Stage {
  layers: number;
  steps: number;
  batch: number;
  longest: number;
  rowRate: number;
  denseRate: number;
  temperature: number;
}

async function runStage(weights: Weights, stage: Stage): Promise<void> {
  const graph = buildBert({ ...shape, layers: stage.layers });
  const names = new Set(bertWeightShapes({ ...shape, layers: stage.layers }).keys());
  const parameters = makeParameters([...weights].filter(([name]) => names.has(name)));
  const step = new TrainingStep({ graph, weights: names, trainable: names, dimension: WIDTH }, parameters, {
    pooling: 'mean',
    padId: 0,
    temperature: stage.temperature,
    tokenBudget: 200000,
    mode: 'direct',
  });
  const optimizer = new AdamW(parameters, { weightDecay: 0.01, clip: 1 });
  let smooth = 0;
  const batches = dealPairs(data, random, stage.batch, stage.longest);
  for (let i = 0; i < stage.steps; i++) {
    const pairs = batches.next().value as number[];
    const loss = await step.run(toBatch(data, pairs, 32, stage.longest));
    const factor = warmupCosine(i, stage.steps, Math.ceil(stage.steps * 0.05), 0.02);
    const rate = (name: string): number =>
      factor * (name.includes('word_embeddings') ? stage.rowRate : stage.denseRate);
    const norm = optimizer.step(step.gradients, rate);
    smooth = i === 0 ? loss : smooth * 0.95 + loss * 0.05;
    if (i % 25 === 24) log(`step ${i + 1}/${stage.steps} loss ${smooth.toFixed(3)} gradient ${norm.toFixed(2)}`);
    if (i % 300 === 299 || i === stage.steps - 1) {
      log(`recall@5 of ${stage.layers} layers: ${await developmentRecall(parameters, stage.layers)}`);
      await save(weights);
    }
  }
  await step.close();
}

async function save(weights: Weights): Promise<void> {
  const tensors = [...weights].map(([name, { dims, data: values }]) => ({
    name,
    dtype: 'F32' as const,
    dims,
    data: values,
  }));
  await writeSafetensors(join(out, 'model.safetensors'), tensors, { metadata: { format: 'pt' } });
}

const known: Weights = new Map();
if (options.from) {
  const file = await SafetensorsFile.open(options.from);
  for (const [name, info] of file.tensors) known.set(name, { dims: info.dims, data: await file.readFloat32(name) });
  await file.close();
}
const weights = initialWeights(known);
const steps1 = Number(options.steps1);
const steps2 = Number(options.steps2);
if (steps1 > 0)
  await runStage(weights, {
    layers: 0,
    steps: steps1,
    batch: 1024,
    longest: 96,
    rowRate: 2e-2,
    denseRate: 2e-3,
    temperature: 0.05,
  });
if (steps2 > 0)
  await runStage(weights, {
    layers: shape.layers,
    steps: steps2,
    batch: 256,
    longest: 72,
    rowRate: 2e-3,
    denseRate: 7e-4,
    temperature: 0.05,
  });
