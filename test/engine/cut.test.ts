// An encoder cut below its top layers: loss and gradients of the upper part over kept activations are those of the whole graph, for our
// own graph and for exported ones, in both ways a step is run.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { decodeModel } from '../../src/autodiff/proto.ts';
import { UserError } from '../../src/core/errors.ts';
import { seededRandom } from '../../src/core/random.ts';
import { type BertConfig, bertWeightShapes, buildBert } from '../../src/engine/graphs/bert.ts';
import type { ModelWeights } from '../../src/engine/modelWeights.ts';
import { Activations } from '../../src/engine/training/activations.ts';
import { makeParameters, rowTables } from '../../src/engine/training/parameters.ts';
import { type StepBatch, TrainingStep } from '../../src/engine/training/step.ts';
import { trainedLayers, trainedPart } from '../../src/engine/training/trainedPart.ts';

const CONFIG: BertConfig = {
  hidden: 16,
  layers: 3,
  heads: 2,
  feedForward: 24,
  vocabulary: 60,
  positions: 20,
  tokenTypes: 2,
  layerNormEpsilon: 1e-12,
  activation: 'gelu',
  positionsFromMask: false,
  padId: 0,
};

function ours(positionsFromMask: boolean): ModelWeights {
  const random = seededRandom(3);
  const config = { ...CONFIG, positionsFromMask };
  const weights = new Map<string, { dims: number[]; data: Float32Array }>();
  for (const [name, dims] of bertWeightShapes(config)) {
    const length = dims.reduce((a, b) => a * b, 1);
    const middle = name.endsWith('LayerNorm.weight') ? 1 : 0;
    weights.set(name, { dims, data: Float32Array.from({ length }, () => middle + 0.3 * random.normal()) });
  }
  return { graph: buildBert(config), weights };
}

/** A PyTorch export, whose weights have the names that the exporter gave them; random ones here. */
function exported(file: string): ModelWeights {
  const random = seededRandom(5);
  const url = (name: string): URL => new URL(`../golden/gradients/${name}`, import.meta.url);
  const { onnx } = JSON.parse(readFileSync(url('expected.json'), 'utf8')) as { onnx: Record<string, object> };
  const graph = decodeModel(readFileSync(url(file)));
  const weights = new Map<string, { dims: number[]; data: Float32Array }>();
  for (const name of Object.keys(onnx[file]!)) {
    const dims = graph.inputs.find((input) => input.name === name)!.dims as number[];
    const length = dims.reduce((a, b) => a * b, 1);
    weights.set(name, { dims, data: Float32Array.from({ length }, () => 0.3 * random.normal()) });
  }
  return { graph, weights };
}

/** Six queries with their passages, of words that all the models know. */
function batch(): StepBatch {
  const random = seededRandom(4);
  const text = (): Int32Array => Int32Array.from({ length: 2 + random.below(9) }, () => 1 + random.below(30));
  const targets = new Float32Array(36);
  for (let i = 0; i < 6; i++) targets[i * 7] = 1;
  const texts = Array.from({ length: 12 }, text);
  return { queries: texts.slice(0, 6), passages: texts.slice(6), targets, bias: new Float32Array(36) };
}

async function gradients(model: ModelWeights, topLayers: number | undefined, way: 'direct' | 'cached') {
  const settings = topLayers === undefined ? ({ mode: 'all' } as const) : ({ mode: 'top', topLayers } as const);
  const part = await trainedPart(model, settings);
  const parameters = makeParameters(model.weights, { frozen: (name) => !part.encoder.trainable.has(name) });
  const activations = part.cut && (await Activations.open(part.cut, parameters, { padId: 0 }));
  const dimension = model.graph.outputs[0]!.dims.at(-1) as number;
  const step = new TrainingStep({ ...part.encoder, dimension }, parameters, {
    ...{ pooling: 'mean', padId: 0, temperature: 0.5, mode: way, tokenBudget: 30, activations },
  });
  const loss = await step.run(batch());
  const dense = new Map(step.gradients.dense);
  const vectors = await step.embed(batch().passages);
  await step.close();
  await activations?.close();
  return { loss, dense, vectors, trainable: part.encoder.trainable };
}

/** `floor`: differences below a share of it count for nothing. */
function assertNear(is: Float32Array, wanted: Float32Array, what: string, floor = 1): void {
  const scale = Math.max(1e-3 * floor, ...wanted.map(Math.abs));
  assert.equal(is.length, wanted.length);
  is.forEach((value, i) => {
    assert.ok(Math.abs(value - wanted[i]!) < 1e-3 * scale, `${what}[${i}] is ${value}, expected ${wanted[i]}`);
  });
}

describe('gradients above the cut', () => {
  const models: [string, ModelWeights, number][] = [
    ['BERT', ours(false), 3],
    ['positions from the mask', ours(true), 3],
    ['PyTorch export, operator set 14', exported('bert-opset14.onnx'), 2],
    ['PyTorch export, operator set 17', exported('bert-opset17.onnx'), 2],
  ];
  for (const [name, model, layers] of models)
    test(name, async () => {
      assert.equal(trainedLayers(model, { mode: 'top', topLayers: 99 }), layers);
      const whole = await gradients(model, undefined, 'cached');
      const largest = Math.max(...[...whole.dense.values()].flatMap((values) => [...values].map(Math.abs)));
      const counts: number[] = [];
      for (const top of [1, layers]) {
        for (const way of ['direct', 'cached'] as const) {
          const { loss, dense, vectors, trainable } = await gradients(model, top, way);
          assert.ok(Math.abs(loss - whole.loss) < 1e-4, `${loss} and ${whole.loss}`);
          assertNear(vectors, whole.vectors, 'vectors');
          assert.deepEqual([...dense.keys()].sort(), [...trainable].sort());
          for (const [weight, gradient] of dense) assertNear(gradient, whole.dense.get(weight)!, weight, largest);
          if (way === 'direct') counts.push(trainable.size);
        }
      }
      assert.equal(counts[1], layers * counts[0]!, 'every layer has as many weights');
    });
});

test('tables are what a graph looks up by rows and reads in no other way', () => {
  const { graph, weights } = ours(false);
  assert.deepEqual(
    [...rowTables(graph, weights)],
    [
      'embeddings.word_embeddings.weight',
      'embeddings.position_embeddings.weight',
      'embeddings.token_type_embeddings.weight',
    ],
  );
  const tied = { ...graph, nodes: [...graph.nodes] };
  const product = graph.nodes.find(({ op }) => op === 'Gemm')!;
  tied.nodes.push({
    ...product,
    inputs: [product.inputs[0]!, 'embeddings.word_embeddings.weight'],
    outputs: ['logits'],
  });
  assert.ok(!rowTables(tied, weights).has('embeddings.word_embeddings.weight'));
});

test('a graph in which every layer reads the words again has no place to cut', async () => {
  const model = ours(false);
  const nodes = model.graph.nodes.map((node) => ({ ...node, inputs: [...node.inputs] }));
  const words = nodes.find(({ op }) => op === 'LayerNormalization')!.outputs[0]!;
  const last = nodes.findLast(({ op }) => op === 'LayerNormalization')!;
  const sum = { ...nodes.find(({ op }) => op === 'Add')!, inputs: [last.inputs[0]!, words], outputs: ['again'] };
  last.inputs[0] = 'again';
  nodes.splice(nodes.indexOf(last), 0, sum);
  await assert.rejects(
    trainedPart({ ...model, graph: { ...model.graph, nodes } }, { mode: 'top', topLayers: 1 }),
    (error: unknown) => error instanceof UserError && error.code === 'no-layers-to-cut',
  );
});
