// Encoders of every family, saved by transformers and exported by torch and optimum: vectors, loss and gradients as PyTorch has them.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { encodeModel } from '../../src/autodiff/proto.ts';
import { relativeBucket } from '../../src/engine/graphs/relativePositions.ts';
import { buildForwardGraph } from '../../src/engine/graphs/trainingGraphs.ts';
import { openModelFolder } from '../../src/engine/modelFolder.ts';
import { loadWeights, type ModelWeights } from '../../src/engine/modelWeights.ts';
import { Session } from '../../src/engine/runtime.ts';
import { packTokens, towerFeeds } from '../../src/engine/tokenBatch.ts';
import { makeParameters } from '../../src/engine/training/parameters.ts';
import { TrainingStep } from '../../src/engine/training/step.ts';
import { requireTrainable } from '../../src/engine/training/trainable.ts';
import {
  batch,
  byWeight,
  expected,
  exportedFolder,
  exportedGraph,
  nameless,
  referenceOf,
  savedFolder,
  sequences,
} from './families.ts';

const HIDDEN = 32;
const LAYERS = 2;
/** Largest difference of a gradient, as a share of the largest in its tensor, or of this share of all gradients. */
const TOLERANCE = 1e-3;
const FLOOR = 1e-3;

const root = await mkdtemp(join(tmpdir(), 'kb-families-'));
const worst = new Map<string, { cosine: number; gradient: number }>();
after(async () => {
  await rm(root, { recursive: true, force: true });
  for (const [name, { cosine, gradient }] of worst)
    console.log(
      `${name}: least cosine 1 - ${(1 - cosine).toExponential(1)}, largest gradient error ${gradient.toExponential(1)}`,
    );
});

const largest = (values: Iterable<number>): number => {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
};

async function vectorsOf({ graph, weights }: ModelWeights, padId: number): Promise<Float32Array> {
  const built = buildForwardGraph({ graph, weights: new Set(weights.keys()) });
  const session = await Session.open(encodeModel(built.graph), { threads: 1 });
  const feeds = Object.fromEntries([...makeParameters(weights)].map(([name, p]) => [name, p.wrapped]));
  const results = await session.run({ ...feeds, ...towerFeeds(built.tower, packTokens(sequences, padId, 'mean')) });
  await session.close();
  return results[built.embedding]!.data as Float32Array;
}

async function assertVectors(label: string, model: ModelWeights, family: string, wanted: Float32Array): Promise<void> {
  const vectors = await vectorsOf(model, expected.families[family]!.padId);
  assert.equal(vectors.length, wanted.length);
  let least = 1;
  for (let at = 0; at < wanted.length; at += HIDDEN) {
    let cosine = 0;
    for (let i = at; i < at + HIDDEN; i++) cosine += vectors[i]! * wanted[i]!;
    least = Math.min(least, cosine);
  }
  worst.set(label, { cosine: least, gradient: 0 });
  assert.ok(least >= 0.9999, `the least cosine is ${least}`);
}

/** One step; a table's gradient as a full array. */
async function gradientsOf(model: ModelWeights, padId: number, mode: 'direct' | 'cached') {
  const { graph } = model;
  const parameters = makeParameters(model.weights);
  const names = new Set(parameters.keys());
  const options = {
    mode,
    padId,
    pooling: 'mean' as const,
    threads: 1,
    temperature: expected.temperature,
    tokenBudget: 24,
  };
  const step = new TrainingStep({ graph, weights: names, trainable: names, dimension: HIDDEN }, parameters, options);
  const loss = await step.run(batch);
  const gradients = new Map([...step.gradients.dense].map(([name, data]) => [name, data.slice()]));
  for (const [name, { rows, width, data }] of step.gradients.rows) {
    const full = new Float32Array(parameters.get(name)!.data.length);
    rows.forEach((row, n) => {
      full.set(data.subarray(n * width, (n + 1) * width), row * width);
    });
    gradients.set(name, full);
  }
  await step.close();
  return { loss, gradients };
}

function assertGradients(label: string, actual: Map<string, Float32Array>, reference: Map<string, Float32Array>): void {
  assert.deepEqual([...actual.keys()].sort(), [...reference.keys()].sort());
  const overall = largest([...reference.values()].map(largest));
  for (const [name, wanted] of reference) {
    const scale = Math.max(largest(wanted), overall * FLOOR);
    const error = largest(actual.get(name)!.map((value, i) => value - wanted[i]!)) / scale;
    const known = worst.get(label)!;
    known.gradient = Math.max(known.gradient, error);
    assert.ok(error <= TOLERANCE, `the gradient of ${name} differs by ${error}`);
  }
}

const assertLoss = (actual: number, family: string): void => {
  const wanted = expected.families[family]!.loss;
  assert.ok(Math.abs(actual - wanted) < 1e-4 * wanted, `the loss is ${actual}, expected ${wanted}`);
};

test("MPNet's buckets", () => {
  const ours = Array.from({ length: 1201 }, (_, i) => relativeBucket(i - 600, 32));
  assert.deepEqual(ours, expected.buckets);
});

for (const [family, { padId }] of Object.entries(expected.families))
  describe(`${family} as transformers saves it`, async () => {
    const reference = await referenceOf(family);
    const model = await loadWeights(await openModelFolder(await savedFolder(join(root, family), family)));
    test('vectors', () => assertVectors(family, model, family, reference.embeddings));
    for (const mode of ['direct', 'cached'] as const)
      test(`loss and gradients, ${mode}`, async () => {
        const { loss, gradients } = await gradientsOf(model, padId, mode);
        assertLoss(loss, family);
        assertGradients(family, gradients, reference.gradients);
      });
  });

const count = ({ graph }: ModelWeights, op: RegExp): number => graph.nodes.filter((node) => op.test(node.op)).length;

for (const [name, { family, weights }] of Object.entries(expected.exports))
  describe(`${name} as it is exported`, async () => {
    const reference = await referenceOf(family);
    const { padId } = expected.families[family]!;
    const graph = await exportedGraph(name);

    test('its weights are found by their names', async () => {
      const model = await loadWeights(await openModelFolder(await exportedFolder(join(root, name), family, graph)));
      assert.ok(model.bert, 'the standard graph');
      await assertVectors(`${name}, by names`, model, family, reference.embeddings);
    });
    test('without names: canonical, with the same vectors, loss and gradients', async () => {
      const bare = nameless(graph, weights);
      const folder = await openModelFolder(await exportedFolder(join(root, `${name}-bare`), family, bare.graph));
      const model = await loadWeights(folder);
      assert.equal(model.bert, undefined);
      assert.equal(count(model, /^LayerNormalization$/), 1 + 2 * LAYERS);
      assert.equal(count(model, /Gelu$/), LAYERS);
      assert.equal(count(model, /^FusedMatMul$/) >= LAYERS, true, 'scores are fused products');
      assert.equal(count(model, /^(Erf|Tanh|Sqrt|Pow|ReduceMean|Identity|Dropout|Constant|IsNaN)$/), 0);
      await requireTrainable(folder, model);
      await assertVectors(name, model, family, reference.embeddings);
      const { loss, gradients } = await gradientsOf(model, padId, 'direct');
      assertLoss(loss, family);
      const dims = (input: string): number[] => model.weights.get(input)!.dims;
      assertGradients(name, byWeight(gradients, bare.weights, dims), reference.gradients);
    });
  });
