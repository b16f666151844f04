// Models from elsewhere, made small and random here: both families, both poolings, both kinds of weights, through opening,
// embedding, training and saving.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { GraphBuilder } from '../../src/autodiff/builder.ts';
import { type Graph, int, type Node, type Tensor, type ValueInfo } from '../../src/autodiff/graph.ts';
import { encodeModel } from '../../src/autodiff/proto.ts';
import { UserError } from '../../src/core/errors.ts';
import { seededRandom } from '../../src/core/random.ts';
import { Embedder } from '../../src/engine/embedder.ts';
import type { Pooling } from '../../src/engine/encoder.ts';
import { type BertConfig, bertWeightShapes, buildBert } from '../../src/engine/graphs/bert.ts';
import { fromHalf, toHalf } from '../../src/engine/halfFloat.ts';
import { type ModelConfig, openModelFolder } from '../../src/engine/modelFolder.ts';
import { saveModel } from '../../src/engine/modelStore.ts';
import { bertConfig, loadWeights } from '../../src/engine/modelWeights.ts';
import { writeSafetensors } from '../../src/engine/safetensors.ts';
import { AdamW } from '../../src/engine/training/adamw.ts';
import { makeParameters } from '../../src/engine/training/parameters.ts';
import { TrainingStep } from '../../src/engine/training/step.ts';
import { requireTrainable } from '../../src/engine/training/trainable.ts';

const golden = join(import.meta.dirname, '../golden/tokenizers');

/** A kind of model. */
interface Kind {
  name: string;
  tokenizer: string;
  pooling: Pooling;
  config: ModelConfig;
}

const SIZES = {
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
  vocab_size: 420,
  hidden_act: 'gelu',
};
const BERT: Kind = {
  name: 'BERT, mean',
  tokenizer: 'bert-uncased',
  pooling: 'mean',
  config: { ...SIZES, model_type: 'bert', max_position_embeddings: 64, type_vocab_size: 2, pad_token_id: 0 },
};
const XLMR: Kind = {
  name: 'XLM-R, cls',
  tokenizer: 'xlm-roberta',
  pooling: 'cls',
  config: {
    ...SIZES,
    model_type: 'xlm-roberta',
    max_position_embeddings: 66,
    type_vocab_size: 1,
    pad_token_id: 1,
    layer_norm_eps: 1e-5,
  },
};
const DISTILBERT: Kind = {
  name: 'DistilBERT, cls',
  tokenizer: 'bert-uncased',
  pooling: 'cls',
  config: JSON.parse(
    '{"model_type": "distilbert", "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "vocab_size": 420, "activation": "gelu", "max_position_embeddings": 64, "pad_token_id": 0}',
  ),
};
const MPNET: Kind = {
  name: 'MPNet, mean',
  tokenizer: 'xlm-roberta',
  pooling: 'mean',
  config: {
    ...SIZES,
    model_type: 'mpnet',
    max_position_embeddings: 66,
    relative_attention_num_buckets: 32,
    pad_token_id: 1,
    layer_norm_eps: 1e-5,
  },
};
const KINDS = [BERT, XLMR, DISTILBERT, MPNET];

/** Questions and the passages that answer them. */
const PAIRS: [question: string, passage: string][] = [
  ['How do I reset my password?', 'Open Settings and choose Reset password.'],
  ['When does the router restart?', 'The router restarts after the update.'],
  ['When are refunds paid?', 'Refunds are paid within five working days to the card used for the order.'],
  ['Can I cancel a refund?', 'A refund cannot be cancelled.'],
  ['What does error E4304 mean?', 'The printer has no paper; load paper and press Continue.'],
  ['What does error E4305 mean?', 'Paper jam.'],
  ['Which number is on my invoice?', 'Your invoice shows the VAT number, the date and the sum.'],
  ['How long are invoices kept?', "Invoices are kept for ten years. Don't delete them."],
  ['如何重置我的密码？', '打开设置，选择“重置密码”。'],
  ['退款何时退回？', '退款将在五个工作日内退回原支付卡。'],
  ['打印机缺纸如何处理？', '请装入纸张后按“继续”。'],
  ['客服时间是什么时候？', '我们的客服时间为周一至周五九点到十八点。'],
];
const QUESTIONS = PAIRS.map(([question]) => question);
const PASSAGES = PAIRS.map(([, passage]) => passage);

/** The figures of the standard graph; DistilBERT's own names are those that a model folder is read with. */
function shapeOf(config: ModelConfig): BertConfig {
  const common = { hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 64 };
  return bertConfig({ ...common, ...config })!;
}

/** Random weights of a kind: of a size at which texts differ, and without two tensors alike. */
function randomWeights({ config }: Kind, seed = 1): Map<string, Tensor & { data: Float32Array }> {
  const random = seededRandom(seed);
  const weights = new Map<string, Tensor & { data: Float32Array }>();
  for (const [name, dims] of bertWeightShapes(shapeOf(config))) {
    const middle = /layer_?norm\.weight$/i.test(name) ? 1 : 0;
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => middle + 0.1 * random.normal());
    weights.set(name, { type: 'float32', dims, data });
  }
  return weights;
}

type Weights = ReadonlyMap<string, Tensor & { data: Float32Array }>;

/** Calls `work` with an empty folder that is removed afterwards. */
async function withFolder(work: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'kb-foreign-'));
  try {
    await work(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Everything of a model folder but its weights. */
async function writeFrame(folder: string, kind: Kind): Promise<string> {
  await mkdir(join(folder, '1_Pooling'), { recursive: true });
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    await copyFile(join(golden, kind.tokenizer, file), join(folder, file));
  await writeFile(join(folder, 'config.json'), JSON.stringify(kind.config));
  const pooling = { pooling_mode_cls_token: kind.pooling === 'cls', pooling_mode_mean_tokens: kind.pooling === 'mean' };
  await writeFile(join(folder, '1_Pooling/config.json'), JSON.stringify(pooling));
  return folder;
}

async function safetensorsFolder(folder: string, kind: Kind, weights: Weights, prefix = ''): Promise<string> {
  await writeFrame(folder, kind);
  const tensors = [...weights].map(([name, { dims, data }]) => ({
    name: prefix + name,
    dtype: 'F32' as const,
    dims,
    data,
  }));
  await writeSafetensors(join(folder, 'model.safetensors'), tensors);
  return folder;
}

async function onnxFolder(folder: string, kind: Kind, graph: Graph, file = 'onnx/model.onnx'): Promise<string> {
  await writeFrame(folder, kind);
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), encodeModel(graph));
  return folder;
}

const graphOf = (kind: Kind, weights: Weights): Graph => buildBert(shapeOf(kind.config), weights, { portable: true });

/** Vectors of all questions and passages by a model folder. */
async function vectorsOf(folder: string): Promise<Float32Array> {
  const embedder = await Embedder.open(await openModelFolder(folder), { threads: 1 });
  try {
    return await embedder.embed([...QUESTIONS, ...PASSAGES], 'passage');
  } finally {
    await embedder.close();
  }
}

const largestDifference = (a: Float32Array, b: Float32Array): number => {
  assert.equal(a.length, b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
};

/** Rank of each question's own passage. */
function ranks(vectors: Float32Array, dimension: number): number[] {
  const row = (i: number): Float32Array => vectors.subarray(i * dimension, (i + 1) * dimension);
  const score = (q: number, p: number): number =>
    row(q).reduce((sum, value, d) => sum + value * row(PAIRS.length + p)[d]!, 0);
  return PAIRS.map((_, q) => 1 + PAIRS.filter((__, p) => p !== q && score(q, p) >= score(q, q)).length);
}

for (const kind of KINDS) {
  test(`${kind.name}: unit vectors, differing by text, whatever shares the batch`, () =>
    withFolder(async (root) => {
      const path = await safetensorsFolder(join(root, 'model'), kind, randomWeights(kind));
      const folder = await openModelFolder(path);
      assert.equal(folder.profile.pooling, kind.pooling);
      assert.equal(folder.profile.maxTokens, 64);
      const embedder = await Embedder.open(folder, { threads: 1 });
      const together = await embedder.embed(QUESTIONS, 'query');
      for (let q = 0; q < QUESTIONS.length; q++) {
        const row = together.subarray(q * 32, (q + 1) * 32);
        assert.ok(Math.abs(Math.hypot(...row) - 1) < 1e-5);
        assert.ok(largestDifference(row, await embedder.embed([QUESTIONS[q]!], 'query')) < 1e-5, QUESTIONS[q]);
        for (let other = 0; other < q; other++)
          assert.ok(largestDifference(row, together.subarray(other * 32, (other + 1) * 32)) > 1e-3);
      }
      await embedder.close();
    }));

  test(`${kind.name}: the same vectors from ONNX alone`, () =>
    withFolder(async (root) => {
      const weights = randomWeights(kind);
      const expected = await vectorsOf(await safetensorsFolder(join(root, 'a'), kind, weights));
      const plain = await onnxFolder(join(root, 'b'), kind, graphOf(kind, weights));
      assert.ok(largestDifference(expected, await vectorsOf(plain)) < 1e-6);
      // Found under their own names, so that the tuned model can be saved for every other tool.
      assert.deepEqual((await loadWeights(await openModelFolder(plain))).weights.size, weights.size);
      const exported = await onnxFolder(join(root, 'c'), kind, exportStyle(kind, weights), 'model.onnx');
      const loaded = await loadWeights(await openModelFolder(exported));
      assert.notEqual(loaded.bert, undefined);
      assert.deepEqual([...loaded.weights.keys()], [...weights.keys()]);
      assert.ok(largestDifference(expected, await vectorsOf(exported)) < 1e-6);
    }));

  test(`${kind.name}: the same vectors from an ONNX graph whose weights have no known names`, () =>
    withFolder(async (root) => {
      const weights = randomWeights(kind);
      const expected = await vectorsOf(await safetensorsFolder(join(root, 'a'), kind, weights));
      const hidden = await onnxFolder(join(root, 'b'), kind, anonymous(graphOf(kind, weights)));
      const loaded = await loadWeights(await openModelFolder(hidden));
      assert.equal(loaded.bert, undefined);
      assert.ok(largestDifference(expected, await vectorsOf(hidden)) < 1e-6);
    }));

  test(`${kind.name}: learns twelve pairs by heart, and the saved folder gives the tuned vectors`, () =>
    withFolder(async (root) => {
      const path = await safetensorsFolder(join(root, 'model'), kind, randomWeights(kind));
      const folder = await openModelFolder(path);
      const { vectors, losses, before } = await overfit(path);
      assert.ok(losses[1]! < losses[0]!, `one step took the loss from ${losses[0]} to ${losses[1]}`);
      assert.ok(before.some((rank) => rank > 1));
      assert.deepEqual(
        ranks(vectors, 32),
        PAIRS.map(() => 1),
      );
      const saved = join(root, 'home/tuned');
      const { model } = await overfitModel(path);
      await saveModel(saved, folder, model, { id: 'tuned', baseModel: folder.id });
      const reopened = await openModelFolder(saved);
      assert.deepEqual(reopened.profile, folder.profile);
      assert.deepEqual(reopened.warnings, []);
      assert.equal(reopened.id, 'tuned');
      assert.deepEqual(await vectorsOf(saved), vectors);
      await rm(join(saved, 'model.safetensors'));
      assert.ok(largestDifference(await vectorsOf(saved), vectors) < 1e-6);
    }));

  test(`${kind.name}: a model that is ONNX alone learns and is saved as ONNX`, () =>
    withFolder(async (root) => {
      const path = await onnxFolder(join(root, 'model'), kind, anonymous(graphOf(kind, randomWeights(kind))));
      const { model, vectors } = await overfitModel(path);
      assert.deepEqual(
        ranks(vectors, 32),
        PAIRS.map(() => 1),
      );
      const saved = join(root, 'tuned');
      await saveModel(saved, await openModelFolder(path), model, { id: 'tuned' });
      assert.deepEqual((await openModelFolder(saved)).weights, { onnx: join(saved, 'onnx/model.onnx') });
      assert.ok(largestDifference(await vectorsOf(saved), vectors) < 1e-6);
    }));
}

test('weights under the name of the whole model, and normalisation by its old names', () =>
  withFolder(async (root) => {
    const weights = randomWeights(BERT);
    const expected = await vectorsOf(await safetensorsFolder(join(root, 'a'), BERT, weights));
    for (const prefix of ['bert.', '0.auto_model.', 'model.encoder.']) {
      const old = new Map(
        [...weights].map(([name, tensor]) => [
          name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
          tensor,
        ]),
      );
      const folder = await safetensorsFolder(join(root, prefix), BERT, old, prefix);
      assert.deepEqual(await vectorsOf(folder), expected);
    }
  }));

/** The error of opening a model, which must be one for the author. */
async function refusal(folder: string): Promise<UserError> {
  const error: unknown = await openModelFolder(folder)
    .then(loadWeights)
    .then(
      () => undefined,
      (reason) => reason,
    );
  assert.ok(error instanceof UserError, `${error}`);
  return error;
}

const NAME = 'encoder.layer.1.intermediate.dense.weight';

test('a missing weight and one of another shape are refused by name', () =>
  withFolder(async (root) => {
    const less = randomWeights(BERT);
    less.delete(NAME);
    const missing = await refusal(await safetensorsFolder(join(root, 'a'), BERT, less));
    assert.match(
      missing.message,
      /model\.safetensors .*weight encoder\.layer\.1\.intermediate\.dense\.weight is missing/,
    );
    const odd = randomWeights(BERT);
    odd.set(NAME, { type: 'float32', dims: [64, 30], data: new Float32Array(64 * 30) });
    const misshapen = await refusal(await safetensorsFolder(join(root, 'b'), BERT, odd));
    assert.match(misshapen.message, /intermediate\.dense\.weight is 64 x 30, but config\.json asks for 64 x 32/);
    const wide: Kind = { ...BERT, config: { ...BERT.config, hidden_size: 48 } };
    const contradicted = await refusal(await onnxFolder(join(root, 'c'), wide, graphOf(BERT, randomWeights(BERT))));
    assert.match(contradicted.message, /onnx\/model\.onnx .*word_embeddings\.weight is 420 x 32, but .* 420 x 48/);
    const nameless = anonymous(graphOf(BERT, randomWeights(BERT)));
    const narrow = await refusal(await onnxFolder(join(root, 'd'), wide, nameless));
    assert.match(narrow.message, /last_hidden_state is batch x sequence x 32, but a vector of 48 per token/);
  }));

test('a quantised ONNX file embeds and is refused for training only', () =>
  withFolder(async (root) => {
    const weights = randomWeights(BERT);
    const expected = await vectorsOf(await safetensorsFolder(join(root, 'a'), BERT, weights));
    const folder = await openModelFolder(await onnxFolder(join(root, 'b'), BERT, quantised(graphOf(BERT, weights))));
    const model = await loadWeights(folder);
    assert.equal(model.quantised, 'DequantizeLinear');
    assert.ok(largestDifference(expected, await vectorsOf(folder.path)) < 0.05);
    await assert.rejects(requireTrainable(folder, model), {
      code: 'model-quantised',
      message: /DequantizeLinear/,
      action: /fp32 export \(onnx\/model\.onnx\)/,
    });
  }));

test('a half-precision export is read as single precision, and learns', () =>
  withFolder(async (root) => {
    const weights = randomWeights(BERT);
    const rounded = new Map([...weights].map(([name, t]) => [name, { ...t, data: fromHalf(toHalf(t.data)) }]));
    const expected = await vectorsOf(await safetensorsFolder(join(root, 'a'), BERT, rounded));
    const graph = anonymous(graphOf(BERT, weights));
    const half = await onnxFolder(join(root, 'b'), BERT, halved(graph));
    assert.ok(largestDifference(expected, await vectorsOf(half)) < 1e-5);
    const folder = await openModelFolder(half);
    await requireTrainable(folder, await loadWeights(folder));
  }));

test('a broken ONNX file, an unknown architecture and graphs that are no encoder are refused', () =>
  withFolder(async (root) => {
    const graph = graphOf(BERT, randomWeights(BERT));
    const cut = await onnxFolder(join(root, 'b'), BERT, graph);
    const bytes = await readFile(join(cut, 'onnx/model.onnx'));
    await writeFile(join(cut, 'onnx/model.onnx'), bytes.subarray(0, bytes.length >> 1));
    assert.match((await refusal(cut)).message, /onnx\/model\.onnx in the model folder .* cannot be used/);
    const other: Kind = { ...BERT, config: { ...BERT.config, model_type: 't5' } };
    const unknown = await refusal(await safetensorsFolder(join(root, 'c'), other, randomWeights(BERT)));
    assert.equal(unknown.code, 'architecture-unsupported');
    const bare = anonymous(graph);
    const changed = (inputs: Graph['inputs']): Promise<UserError> =>
      onnxFolder(join(root, 'd'), BERT, { ...bare, inputs }).then(refusal);
    const [ids, mask, types] = bare.inputs as [ValueInfo, ValueInfo, ValueInfo];
    const places = { name: 'position_ids', type: 'int64' as const, dims: ['batch', 'sequence'] };
    assert.match(
      (await changed([ids, mask, types, places])).message,
      /input position_ids, which KB Recall does not give/,
    );
    assert.match(
      (await changed([{ ...ids, dims: [1, 128] }, mask, types])).message,
      /input_ids is 1 x 128; batch x length/,
    );
    assert.match((await changed([ids, types])).message, /no input attention_mask/);
  }));

test('a model that asks for 32-bit token ids gets them', () =>
  withFolder(async (root) => {
    const weights = randomWeights(BERT);
    const expected = await vectorsOf(await safetensorsFolder(join(root, 'a'), BERT, weights));
    const b = GraphBuilder.rewriting(anonymous(graphOf(BERT, weights)));
    const cast = new Map(b.graph.inputs.map(({ name }) => [name, b.op('Cast', [name], { to: int(7) })]));
    const inputs = b.graph.inputs.map((input) => ({ ...input, type: 'int32' as const }));
    for (const node of anonymous(graphOf(BERT, weights)).nodes)
      b.graph.nodes.push({ ...node, inputs: node.inputs.map((name) => cast.get(name) ?? name) });
    const folder = await onnxFolder(join(root, 'b'), BERT, { ...b.graph, inputs });
    assert.ok(largestDifference(expected, await vectorsOf(folder)) < 1e-6);
  }));

test('weights that are no numbers are refused by name, from either kind of file', () =>
  withFolder(async (root) => {
    const weights = randomWeights(BERT);
    weights.get(NAME)!.data[7] = Number.NaN;
    const saved = await refusal(await safetensorsFolder(join(root, 'a'), BERT, weights));
    assert.equal(saved.code, 'model-file-broken');
    assert.match(saved.message, /model\.safetensors .*layer\.1\.intermediate\.dense\.weight holds NaN at place 7/);
    weights.get(NAME)!.data[7] = Number.NEGATIVE_INFINITY;
    const exported = await refusal(await onnxFolder(join(root, 'b'), BERT, graphOf(BERT, weights)));
    assert.match(exported.message, /onnx\/model\.onnx .*intermediate\.dense\.weight holds -Infinity/);
  }));

test('a disk that fills while a tuned model is saved leaves the one that was there', async (t) => {
  if (spawnSync('unshare', ['-rm', 'true']).status !== 0)
    return t.skip('needs Linux and leave to mount in a namespace');
  await withFolder(async (root) => {
    const path = await safetensorsFolder(join(root, 'model'), BERT, randomWeights(BERT));
    // More than the room that is asked for beside the weights.
    await writeFile(join(path, 'vocab.txt'), Buffer.alloc(20e6));
    await mkdir(join(root, 'disk'));
    const script = 'mount -t tmpfs -o size=12m tmpfs "$1/disk" && exec "$2" --import tsx "$3" "$1"';
    const writer = join(import.meta.dirname, 'fullDisk.ts');
    const child = spawnSync('unshare', ['-rm', 'sh', '-c', script, 'sh', root, process.execPath, writer]);
    assert.equal(child.status, 0, String(child.stderr));
    const { code, message, left, same } = JSON.parse(String(child.stdout));
    assert.equal(code, 'disk-full');
    assert.match(message, /disk\/tuned: it needs \d/);
    assert.deepEqual(left, ['tuned']);
    assert.equal(same, true);
  });
});

/** Trains the model of a folder on the twelve pairs until every question recalls its passage first. */
async function overfitModel(path: string) {
  const folder = await openModelFolder(path);
  const model = await loadWeights(folder);
  const read = await Embedder.open(folder, { threads: 1 });
  const { tokenizer, profile } = read;
  const before = ranks(await read.embed([...QUESTIONS, ...PASSAGES], 'passage'), 32);
  const parameters = makeParameters(model.weights);
  const names = new Set(model.weights.keys());
  const step = new TrainingStep({ graph: model.graph, weights: names, trainable: names, dimension: 32 }, parameters, {
    pooling: profile.pooling,
    padId: tokenizer.padId,
    threads: 1,
    temperature: 0.05,
  });
  const optimizer = new AdamW(parameters);
  const size = PAIRS.length ** 2;
  const batch = {
    queries: QUESTIONS.map((text) => read.tokens(text, 'query')),
    passages: PASSAGES.map((text) => read.tokens(text, 'passage')),
    targets: Float32Array.from({ length: size }, (_, i) => (i % (PAIRS.length + 1) === 0 ? 1 : 0)),
    bias: new Float32Array(size),
  };
  const losses: number[] = [];
  let vectors: Float32Array = new Float32Array(0);
  for (let round = 0; round < 20; round++) {
    for (let n = 0; n < 5; n++) {
      losses.push(await step.run(batch));
      optimizer.step(step.gradients, () => 2e-3);
    }
    const now = await Embedder.of(model, profile, tokenizer, { threads: 1 });
    vectors = await now.embed([...QUESTIONS, ...PASSAGES], 'passage');
    await now.close();
    if (ranks(vectors, 32).every((rank) => rank === 1)) break;
  }
  await step.close();
  await read.close();
  return { model, vectors, losses, before };
}

/** The same, checking on the way that the weights did change. */
async function overfit(path: string) {
  const untouched = await loadWeights(await openModelFolder(path));
  const result = await overfitModel(path);
  for (const [name, { data }] of result.model.weights)
    assert.ok(largestDifference(data, untouched.weights.get(name)!.data) > 0, `${name} did not change`);
  return result;
}

/** The graph with its float weights under meaningless names. */
function anonymous(graph: Graph): Graph {
  const names = new Map<string, string>();
  for (const [name, { type, data }] of graph.initializers)
    if (type === 'float32' && data.length > 1) names.set(name, `val_${names.size}`);
  const renamed = (name: string): string => names.get(name) ?? name;
  return {
    ...graph,
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [renamed(name), tensor])),
    nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(renamed) })),
  };
}

/** The graph with one matrix in eight bits. */
function quantised(graph: Graph): Graph {
  const { dims, data } = graph.initializers.get(NAME)!;
  const scale = Math.max(...(data as Float32Array).map(Math.abs)) / 127;
  const b = GraphBuilder.rewriting({ ...graph, initializers: new Map(graph.initializers) });
  b.graph.initializers.delete(NAME);
  const bytes = Int8Array.from(data as Float32Array, (value) => Math.round(value / scale));
  const matrix = b.initializer('matrix_q', { type: 'int8', dims, data: bytes });
  const zero = b.initializer('zero', { type: 'int8', dims: [], data: new Int8Array(1) });
  b.emit('DequantizeLinear', [matrix, b.scalar(scale), zero], {}, { outputs: [NAME] });
  b.graph.nodes.push(...graph.nodes);
  return b.graph;
}

/** The graph in half precision, its output cast back, as exporters for graphic cards write it. */
function halved(graph: Graph): Graph {
  // The factor of the mask is beyond what half precision holds.
  const within = (value: number): number => Math.max(-65504, Math.min(65504, value));
  const half = ({ type, ...tensor }: Tensor): Tensor =>
    type === 'float32'
      ? { ...tensor, type: 'float16', data: toHalf((tensor.data as Float32Array).map(within)) }
      : { ...tensor, type };
  const nodes = graph.nodes.map((node): Node => {
    const to = node.attributes.get('to');
    const single = node.op === 'Cast' && to?.kind === 'int' && to.value === 1;
    return single ? { ...node, attributes: new Map([['to', int(10)]]) } : node;
  });
  const [output] = graph.outputs as [ValueInfo];
  return {
    ...graph,
    nodes,
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [name, half(tensor)])),
    outputs: [{ ...output, type: 'float16' }],
  };
}

/** The graph as torch.onnx.export writes it: a product with the transposed matrix and an Add in place of each Gemm. */
function exportStyle(kind: Kind, weights: Weights): Graph {
  const graph = graphOf(kind, weights);
  const initializers = new Map(graph.initializers);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const [x, weight, bias] = node.inputs;
    const tensor = weights.get(weight ?? '');
    if (node.op !== 'Gemm' || !tensor) {
      nodes.push(node);
      continue;
    }
    const [rows, columns] = tensor.dims as [number, number];
    const data = new Float32Array(rows * columns);
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) data[c * rows + r] = tensor.data[r * columns + c]!;
    const matrix = `onnx::MatMul_${nodes.length}`;
    initializers.delete(weight!);
    initializers.set(matrix, { type: 'float32', dims: [columns, rows], data });
    const product = `${node.outputs[0]}_product`;
    const plain = { domain: '', attributes: new Map() };
    nodes.push({ ...plain, name: `MatMul_${nodes.length}`, op: 'MatMul', inputs: [x!, matrix], outputs: [product] });
    nodes.push({ ...plain, name: `Add_${nodes.length}`, op: 'Add', inputs: [bias!, product], outputs: node.outputs });
  }
  return { ...graph, initializers, nodes };
}
