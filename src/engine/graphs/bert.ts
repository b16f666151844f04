// The standard encoder graph of BERT and its kin (XLM-RoBERTa, DistilBERT, MPNet), built from config.json: weights keep their Hugging
// Face names. Written once for inference, export and training. Devlin et al. 2018 (arXiv 1810.04805); Conneau et al. 2019
// (arXiv 1911.02116); Sanh et al. 2019 (arXiv 1910.01108); Song et al. 2020 (arXiv 2004.09297).
import { GraphBuilder } from '../../autodiff/builder.ts';
import { float, type Graph, int, ints, string, type Tensor } from '../../autodiff/graph.ts';
import { type Family, layerNames, RELATIVE_BIAS } from './encoderNames.ts';
import { appendRelativeBias } from './relativePositions.ts';

/** The figures of config.json that shape the graph. */
export interface BertConfig {
  /** Whose names the weights carry; BERT's where absent. */
  family?: Family;
  hidden: number;
  layers: number;
  heads: number;
  feedForward: number;
  vocabulary: number;
  positions: number;
  /** 0 where the family knows none: then the graph has no `token_type_ids`. */
  tokenTypes: number;
  /** Buckets of the relative position bias; 0 or absent where the family has none. */
  relativeBuckets?: number;
  layerNormEpsilon: number;
  activation: 'gelu' | 'gelu_tanh' | 'relu';
  /** RoBERTa counts positions of real tokens from `padId + 1`; BERT counts all places from 0. */
  positionsFromMask: boolean;
  padId: number;
}

/** Names and shapes of the weights that {@link buildBert} expects, without a prefix. */
export function bertWeightShapes(config: BertConfig): Map<string, number[]> {
  const { hidden, feedForward } = config;
  const shapes = new Map<string, number[]>([
    ['embeddings.word_embeddings.weight', [config.vocabulary, hidden]],
    ['embeddings.position_embeddings.weight', [config.positions, hidden]],
  ]);
  if (config.tokenTypes > 0) shapes.set('embeddings.token_type_embeddings.weight', [config.tokenTypes, hidden]);
  const norm = (name: string): void => {
    shapes.set(`${name}.weight`, [hidden]);
    shapes.set(`${name}.bias`, [hidden]);
  };
  const linear = (name: string, output: number, input: number): void => {
    shapes.set(`${name}.weight`, [output, input]);
    shapes.set(`${name}.bias`, [output]);
  };
  norm('embeddings.LayerNorm');
  if (config.relativeBuckets) shapes.set(RELATIVE_BIAS, [config.relativeBuckets, config.heads]);
  for (let i = 0; i < config.layers; i++) {
    const layer = layerNames(config.family ?? 'bert', i);
    for (const part of [layer.query, layer.key, layer.value, layer.joined]) linear(part, hidden, hidden);
    norm(layer.joinedNorm);
    linear(layer.inner, feedForward, hidden);
    linear(layer.outer, hidden, feedForward);
    norm(layer.outerNorm);
  }
  return shapes;
}

/**
 * Builds inputs `input_ids`, `attention_mask` and, where there are token types, `token_type_ids` (int64, batch x sequence) ->
 * `last_hidden_state` (float32, batch x sequence x hidden). With `weights` they become initializers, without they become graph inputs.
 */
export function buildBert(
  config: BertConfig,
  weights?: ReadonlyMap<string, Tensor>,
  options: {
    /** Standard operators only, for files that other runtimes read; without it the runtime's fused product is used. */
    portable?: boolean;
  } = {},
): Graph {
  const b = GraphBuilder.empty('encoder');
  const { hidden, heads } = config;
  const ids = b.input('input_ids', 'int64', ['batch', 'sequence']);
  const mask = b.input('attention_mask', 'int64', ['batch', 'sequence']);
  const types = config.tokenTypes > 0 ? b.input('token_type_ids', 'int64', ['batch', 'sequence']) : undefined;
  for (const [name, dims] of bertWeightShapes(config)) {
    const tensor = weights?.get(name);
    if (weights && !tensor) throw new Error(`weight ${name} is missing`);
    if (tensor) b.initializer(name, tensor);
    else b.input(name, 'float32', dims);
  }
  const batchAndLength = b.shapeOf(ids);
  const flat = b.integers([-1, hidden]);
  const splitShape = b.op('Concat', [batchAndLength, b.integers([heads, hidden / heads])], { axis: int(0) });
  const rows = (value: string): string => b.reshape(value, flat);
  const layerNorm = (value: string, name: string): string =>
    b.op('LayerNormalization', [value, `${name}.weight`, `${name}.bias`], {
      axis: int(-1),
      epsilon: float(config.layerNormEpsilon),
    });
  const linear = (value: string, name: string): string =>
    b.gemm(value, `${name}.weight`, false, true, 1, `${name}.bias`);

  const length = (): string => b.op('Gather', [batchAndLength, b.integer(1)]);
  let positions: string;
  if (config.positionsFromMask) {
    const seen = b.mul(b.op('CumSum', [mask, b.integer(1)]), mask);
    positions = b.add(seen, b.integer(config.padId));
  } else {
    positions = b.op('Range', [b.integer(0), length(), b.integer(1)]);
  }
  const words = b.op('Gather', ['embeddings.word_embeddings.weight', ids]);
  const kinds = types && b.op('Gather', ['embeddings.token_type_embeddings.weight', types]);
  const places = b.op('Gather', ['embeddings.position_embeddings.weight', positions]);
  let x = layerNorm(rows(b.add(kinds ? b.add(words, kinds) : words, places)), 'embeddings.LayerNorm');

  // 0 where a token is, a large negative number where padding is, for each query and broadcast over heads: the runtime adds long
  // runs faster than a row for each query (1 % of a training step), and spreading it here costs one pass for all layers and heads.
  const floatMask = b.op('Cast', [mask], { to: int(1) });
  const rowBias = b.op('Unsqueeze', [b.scale(b.sub(floatMask, b.scalar(1)), 1e9), b.integers([1])]);
  const squares = b.op('Gather', [batchAndLength, b.integers([0, 1, 1])]);
  const padding = b.op('Unsqueeze', [b.op('Expand', [rowBias, squares]), b.integers([1])]);
  const bias = config.relativeBuckets
    ? b.add(padding, appendRelativeBias(b, length(), config.positions, config.relativeBuckets))
    : padding;
  const apart = (value: string): string =>
    b.op('Transpose', [b.reshape(value, splitShape)], { perm: ints([0, 2, 1, 3]) });
  const activate = (value: string): string =>
    config.activation === 'relu'
      ? b.op('Relu', [value])
      : b.op('Gelu', [value], config.activation === 'gelu_tanh' ? { approximate: string('tanh') } : {});

  for (let i = 0; i < config.layers; i++) {
    const layer = layerNames(config.family ?? 'bert', i);
    const q = apart(linear(x, layer.query));
    const keys = linear(x, layer.key);
    const v = apart(linear(x, layer.value));
    const scale = 1 / Math.sqrt(hidden / heads);
    const products = options.portable
      ? b.scale(b.matmul(q, b.transpose(b.reshape(keys, splitShape), [0, 2, 3, 1])), scale)
      : b.fusedMatMul(q, apart(keys), false, true, scale);
    const scores = b.add(products, bias);
    const context = b.matmul(b.op('Softmax', [scores], { axis: int(-1) }), v);
    const together = rows(b.op('Transpose', [context], { perm: ints([0, 2, 1, 3]) }));
    x = layerNorm(b.add(linear(together, layer.joined), x), layer.joinedNorm);
    const inner = activate(linear(x, layer.inner));
    x = layerNorm(b.add(linear(inner, layer.outer), x), layer.outerNorm);
  }
  const shape = b.op('Concat', [batchAndLength, b.integers([hidden])], { axis: int(0) });
  b.emit('Reshape', [x, shape], {}, { outputs: ['last_hidden_state'] });
  b.output('last_hidden_state', 'float32', ['batch', 'sequence', hidden]);
  return b.graph;
}
