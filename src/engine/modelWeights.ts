// A model's graph and weights in memory, for inference and for training, from either kind of weights file.
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Graph, Tensor } from '../autodiff/graph.ts';
import { decodeModel, ProtoError } from '../autodiff/proto.ts';
import { errors } from '../core/errors.ts';
import { type BertConfig, bertWeightShapes, buildBert } from './graphs/bert.ts';
import { namedWeights, type ShapeMismatch, weightPrefix } from './graphs/onnxNames.ts';
import type { ModelConfig, ModelFolder } from './modelFolder.ts';
import { SafetensorsFile } from './safetensors.ts';

export interface Weight {
  dims: number[];
  data: Float32Array;
}

/** A model ready to be put into sessions. */
export interface ModelWeights {
  /** Weights are graph inputs under the names in `weights`. */
  graph: Graph;
  weights: Map<string, Weight>;
  /** Set where the graph is our standard one, so that the weights carry Hugging Face names and can be saved as safetensors. */
  bert?: BertConfig;
}

const FAMILIES = new Set(['bert', 'xlm-roberta', 'roberta', 'camembert']);
const ACTIVATIONS: Record<string, BertConfig['activation']> = {
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
};

/** The figures that shape the standard graph; undefined for an architecture that has none here. */
export function bertConfig(config: ModelConfig): BertConfig | undefined {
  const activation = ACTIVATIONS[config.hidden_act ?? 'gelu'];
  const absolute = (config.position_embedding_type ?? 'absolute') === 'absolute';
  if (!FAMILIES.has(config.model_type) || !activation || !absolute) return undefined;
  return {
    hidden: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    feedForward: config.intermediate_size ?? config.hidden_size * 4,
    vocabulary: config.vocab_size,
    positions: config.max_position_embeddings ?? 512,
    tokenTypes: config.type_vocab_size ?? 2,
    layerNormEpsilon: config.layer_norm_eps ?? 1e-12,
    activation,
    positionsFromMask: config.model_type !== 'bert',
    padId: config.pad_token_id ?? (config.model_type === 'bert' ? 0 : 1),
  };
}

/** Loads the weights; safetensors is preferred, since its names are the ones every other tool knows. */
export async function loadWeights(folder: ModelFolder): Promise<ModelWeights> {
  const bert = bertConfig(folder.config);
  if (folder.weights.safetensors && bert) return fromSafetensors(folder, folder.weights.safetensors, bert);
  if (folder.weights.onnx) return fromOnnx(folder, folder.weights.onnx, bert);
  throw errors.architectureUnsupported(folder.path, folder.config.model_type);
}

async function fromSafetensors(folder: ModelFolder, path: string, bert: BertConfig): Promise<ModelWeights> {
  const file = await SafetensorsFile.open(path);
  try {
    const prefix = weightPrefix(file.tensors.keys());
    const weights = new Map<string, Weight>();
    for (const [name, dims] of bertWeightShapes(bert)) {
      const stored = [prefix + name, prefix + oldName(name)].find((candidate) => file.tensors.has(candidate));
      if (stored === undefined)
        throw errors.modelFileBroken(folder.path, 'model.safetensors', `weight ${name} is missing`);
      const found = file.info(stored).dims;
      if (found.join() !== dims.join()) throw misshapen(folder, 'model.safetensors', { name, found, expected: dims });
      weights.set(name, { dims, data: await file.readFloat32(stored) });
    }
    return { graph: buildBert(bert), weights, bert };
  } finally {
    await file.close();
  }
}

/** Checkpoints of 2018 call the parts of a normalisation gamma and beta. */
const oldName = (name: string): string =>
  name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta');

const misshapen = (folder: ModelFolder, file: string, { name, found, expected }: ShapeMismatch): Error =>
  errors.modelFileBroken(
    folder.path,
    file,
    `weight ${name} is ${found.join(' x ')}, but config.json asks for ${expected.join(' x ')}`,
  );

async function fromOnnx(folder: ModelFolder, path: string, bert: BertConfig | undefined): Promise<ModelWeights> {
  const file = relative(folder.path, path).replaceAll('\\', '/');
  let graph: Graph;
  try {
    graph = decodeModel(await readFile(path));
  } catch (error) {
    if (error instanceof ProtoError) throw errors.modelFileBroken(folder.path, file, error.message);
    throw error;
  }
  const quantised = graph.nodes.find((node) => /quant|MatMulInteger|ConvInteger|MatMulNBits/i.test(node.op));
  if (quantised) throw errors.modelQuantised(folder.path, quantised.op);
  if (bert) {
    const weights = namedWeights(graph, bert);
    if (weights && 'found' in weights) throw misshapen(folder, file, weights);
    if (weights) return { graph: buildBert(bert), weights, bert };
  }
  const weights = new Map<string, Weight>();
  for (const [name, tensor] of graph.initializers)
    if (isWeight(tensor)) weights.set(name, { dims: tensor.dims, data: tensor.data as Float32Array });
  const initializers = new Map([...graph.initializers].filter(([name]) => !weights.has(name)));
  const inputs = [
    ...graph.inputs,
    ...[...weights].map(([name, w]) => ({ name, type: 'float32' as const, dims: w.dims })),
  ];
  const hidden = graph.outputs.find((output) => output.name === 'last_hidden_state') ?? graph.outputs[0];
  if (hidden === undefined) throw errors.modelFileBroken(folder.path, file, 'it has no output');
  const width = hidden.dims.at(-1);
  if (
    hidden.dims.length > 0 &&
    (hidden.dims.length !== 3 || (typeof width === 'number' && width !== folder.config.hidden_size))
  )
    throw errors.modelFileBroken(
      folder.path,
      file,
      `its output ${hidden.name} is ${hidden.dims.map((dim) => dim ?? '?').join(' x ')}, but a vector of ${folder.config.hidden_size} per token is expected`,
    );
  return { graph: { ...graph, initializers, inputs, outputs: [hidden] }, weights };
}

/** Single numbers are constants of the formulae, not weights. */
const isWeight = (tensor: Tensor): boolean => tensor.type === 'float32' && tensor.data.length > 1;
