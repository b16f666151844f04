// The whole encoder's vectors, loss and gradients against PyTorch's, as test/reference/training_golden.py stored them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Graph } from '../../src/autodiff/graph.ts';
import { decodeModel, encodeModel } from '../../src/autodiff/proto.ts';
import type { Pooling } from '../../src/engine/encoder.ts';
import { type BertConfig, bertWeightShapes, buildBert } from '../../src/engine/graphs/bert.ts';
import { buildForwardGraph } from '../../src/engine/graphs/trainingGraphs.ts';
import { Session } from '../../src/engine/runtime.ts';
import { SafetensorsFile } from '../../src/engine/safetensors.ts';
import { packTokens, towerFeeds } from '../../src/engine/tokenBatch.ts';
import { makeParameters, type Parameters } from '../../src/engine/training/parameters.ts';
import { type StepBatch, TrainingStep } from '../../src/engine/training/step.ts';
import { readReference } from './reference.ts';

type Family = 'bert' | 'xlm-roberta';

interface Expected {
  config: Record<
    | 'vocab_size'
    | 'hidden_size'
    | 'num_hidden_layers'
    | 'num_attention_heads'
    | 'intermediate_size'
    | 'max_position_embeddings',
    number
  >;
  temperature: number;
  queries: number[][];
  passages: number[][];
  padIds: Record<Family, number>;
  cases: Record<string, { loss: number; targets: number[]; bias: number[]; fixed: number[] }>;
  onnx: Record<string, Record<string, { weight: string; transposed: boolean }>>;
}

interface Weight {
  dims: number[];
  data: Float32Array;
}

const golden = (name: string): string => fileURLToPath(new URL(`../golden/gradients/${name}`, import.meta.url));
const expected = JSON.parse(readFileSync(golden('expected.json'), 'utf8')) as Expected;
const hidden = expected.config.hidden_size;
const CASES: [Family, Pooling][] = [
  ['bert', 'mean'],
  ['bert', 'cls'],
  ['xlm-roberta', 'mean'],
  ['xlm-roberta', 'cls'],
];
/** Largest difference of a gradient, as a share of the largest in its tensor. */
const TOLERANCE = 1e-3;
// A key's bias shifts all scores of a row alike, so its true gradient is 0: shares are of this share of all gradients at least.
const FLOOR = 1e-3;

const configOf = (family: Family): BertConfig => ({
  hidden,
  layers: expected.config.num_hidden_layers,
  heads: expected.config.num_attention_heads,
  feedForward: expected.config.intermediate_size,
  vocabulary: expected.config.vocab_size,
  positions: expected.config.max_position_embeddings,
  tokenTypes: family === 'bert' ? 2 : 1,
  layerNormEpsilon: family === 'bert' ? 1e-12 : 1e-5,
  activation: 'gelu',
  positionsFromMask: family !== 'bert',
  padId: expected.padIds[family],
});

async function readWeights(config: BertConfig): Promise<Map<string, Weight>> {
  const file = await SafetensorsFile.open(golden('weights.safetensors'));
  const weights = new Map<string, Weight>();
  for (const [name, dims] of bertWeightShapes(config)) {
    const length = dims.reduce((product, dim) => product * dim, 1);
    weights.set(name, { dims, data: (await file.readFloat32(name)).slice(0, length) });
  }
  assert.equal(weights.size, file.tensors.size);
  await file.close();
  return weights;
}

const texts = (rows: number[][]): Int32Array[] => rows.map((row) => Int32Array.from(row));

function batchOf(name: string): StepBatch {
  const { targets, bias, fixed } = expected.cases[name]!;
  return {
    queries: texts(expected.queries),
    passages: texts(expected.passages),
    fixedPassages: fixed.length > 0 ? Float32Array.from(fixed) : undefined,
    targets: Float32Array.from(targets),
    bias: Float32Array.from(bias),
  };
}

interface Run {
  loss: number;
  gradients: Map<string, Float32Array>;
}

/** One step; a table's gradient as a full array. */
async function stepOnce(
  graph: Graph,
  parameters: Parameters,
  batch: StepBatch,
  options: { mode: 'direct' | 'cached'; pooling: Pooling; padId: number },
): Promise<Run> {
  const names = new Set(parameters.keys());
  // So small a budget cuts the ten texts into several micro-batches.
  const step = new TrainingStep({ graph, weights: names, trainable: names, dimension: hidden }, parameters, {
    ...options,
    threads: 1,
    temperature: expected.temperature,
    tokenBudget: 24,
  });
  const loss = await step.run(batch);
  const gradients = new Map([...step.gradients.dense].map(([name, data]) => [name, data.slice()]));
  for (const [name, rows] of step.gradients.rows) {
    assert.ok(!gradients.has(name), `${name} has rows or a dense gradient, not both`);
    const full = new Float32Array(parameters.get(name)!.data.length);
    const { width, data } = rows;
    rows.rows.forEach((row, n) => {
      full.set(data.subarray(n * width, (n + 1) * width), row * width);
    });
    gradients.set(name, full);
  }
  await step.close();
  return { loss, gradients };
}

const largest = (values: Iterable<number>): number => {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
};
let worst = { share: 0, where: '' };

/** Compares every gradient, as a share of the largest in its tensor. */
function assertGradients(actual: Map<string, Float32Array>, reference: Map<string, Float32Array>, label: string): void {
  assert.deepEqual([...actual.keys()].sort(), [...reference.keys()].sort());
  const overall = largest([...reference.values()].map(largest));
  for (const [name, wanted] of reference) {
    const found = actual.get(name)!;
    assert.equal(found.length, wanted.length, name);
    const scale = Math.max(largest(wanted), overall * FLOOR);
    found.forEach((value, i) => {
      const share = Math.abs(value - wanted[i]!) / scale;
      if (share > worst.share) worst = { share, where: `${label} ${name}` };
      assert.ok(share <= TOLERANCE, `${label}: gradient of ${name}[${i}] is ${value}, expected ${wanted[i]}`);
    });
  }
}

function assertClose(actual: number, wanted: number, tolerance: number, what: string): void {
  assert.ok(
    Math.abs(actual - wanted) <= tolerance * Math.max(1, Math.abs(wanted)),
    `${what} is ${actual}, expected ${wanted}`,
  );
}

async function vectorsOf(graph: Graph, parameters: Parameters, pooling: Pooling, padId: number): Promise<Float32Array> {
  const built = buildForwardGraph({ graph, weights: new Set(parameters.keys()) });
  const session = await Session.open(encodeModel(built.graph), { threads: 1 });
  const weights = Object.fromEntries([...parameters].map(([name, p]) => [name, p.wrapped]));
  const batch = packTokens([...texts(expected.queries), ...texts(expected.passages)], padId, pooling);
  const results = await session.run({ ...weights, ...towerFeeds(built.tower, batch) });
  await session.close();
  return results[built.embedding]!.data as Float32Array;
}

function assertVectors(actual: Float32Array, wanted: Float32Array): void {
  assert.equal(actual.length, wanted.length);
  for (let at = 0; at < wanted.length; at += hidden) {
    let cosine = 0;
    let length = 0;
    for (let i = at; i < at + hidden; i++) {
      cosine += actual[i]! * wanted[i]!;
      length += actual[i]! * actual[i]!;
    }
    assertClose(length, 1, 1e-5, `the squared length of vector ${at / hidden}`);
    assert.ok(cosine >= 0.9999, `cosine of vector ${at / hidden} is ${cosine}`);
  }
}

for (const [family, pooling] of CASES)
  describe(`${family} with ${pooling} pooling`, async () => {
    const name = `${family}-${pooling}`;
    const config = configOf(family);
    const graph = buildBert(config);
    const { padId } = config;
    const parameters = makeParameters(await readWeights(config));
    const reference = await readReference(golden(`${name}.safetensors`));
    const runs = new Map<string, Run>();

    test('vectors', async () => {
      assertVectors(await vectorsOf(graph, parameters, pooling, padId), reference.embeddings);
    });
    for (const mode of ['direct', 'cached'] as const)
      test(`loss and gradients, ${mode}`, async () => {
        const run = await stepOnce(graph, parameters, batchOf(name), { mode, pooling, padId });
        runs.set(mode, run);
        assertClose(run.loss, expected.cases[name]!.loss, 1e-5, 'the loss');
        assertGradients(run.gradients, reference.gradients, `${name} ${mode}`);
      });
    test('direct and cached agree', () => {
      const { direct, cached } = Object.fromEntries(runs);
      assertClose(cached!.loss, direct!.loss, 1e-6, 'the loss');
      assertGradients(cached!.gradients, direct!.gradients, `${name} direct and cached`);
    });
  });

for (const [file, names] of Object.entries(expected.onnx))
  describe(`a BERT exported by PyTorch, ${file}`, async () => {
    const graph = decodeModel(readFileSync(golden(file)));
    const weights = await readWeights(configOf('bert'));
    const padId = expected.padIds.bert;
    const reference = await readReference(golden('bert-mean.safetensors'));
    const parameters = makeParameters(
      Object.entries(names).map(([name, { weight, transposed }]) => {
        const { dims, data } = weights.get(weight)!;
        return [name, transposed ? { dims: dims.toReversed(), data: transpose(data, dims) } : { dims, data }];
      }),
    );

    test('vectors', async () => {
      assertVectors(await vectorsOf(graph, parameters, 'mean', padId), reference.embeddings);
    });
    for (const mode of ['direct', 'cached'] as const)
      test(`loss and gradients, ${mode}`, async () => {
        const run = await stepOnce(graph, parameters, batchOf('bert-mean'), { mode, pooling: 'mean', padId });
        assertClose(run.loss, expected.cases['bert-mean']!.loss, 1e-5, 'the loss');
        const standard = new Map<string, Float32Array>();
        for (const [name, gradient] of run.gradients) {
          const { weight, transposed } = names[name]!;
          standard.set(weight, transposed ? transpose(gradient, weights.get(weight)!.dims.toReversed()) : gradient);
        }
        assertGradients(standard, reference.gradients, `${file} ${mode}`);
      });
  });

function transpose(data: Float32Array, [rows, columns]: readonly number[]): Float32Array {
  return Float32Array.from(data, (_, i) => data[(i % rows!) * columns! + Math.floor(i / rows!)]!);
}

after(() => console.log(`largest error: ${worst.share.toExponential(1)} (${worst.where})`));
