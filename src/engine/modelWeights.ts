// A model's graph and weights in memory, for inference and for training, from either kind of weights file.
import { relative } from 'node:path';
import type { Graph } from '../autodiff/graph.ts';
import { errors } from '../core/errors.ts';
import { loadExported, misshapen } from './exportedModel.ts';
import { type BertConfig, bertWeightShapes, buildBert } from './graphs/bert.ts';
import type { Family } from './graphs/encoderNames.ts';
import { weightPrefix } from './graphs/onnxNames.ts';
import type { ColumnRates, ModelConfig, ModelFolder } from './modelFolder.ts';
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
  /** The exported graph as it came, with weights of the same names: what is saved where there is no standard graph. */
  stored?: Graph;
  /** An operator that shows that the weights are quantised: good for embedding, not for training. */
  quantised?: string;
  /**
   * How fast training moves each part of a word's vector; all of it at the whole rate where it is left out. Some values are no part of what the
   * word means, for example what attention knows it by: Adam would move them as far as all others, however little the loss asks for it.
   */
  columnRates?: ColumnRates;
}

const FAMILIES: Record<string, Family> = {
  bert: 'bert',
  'xlm-roberta': 'bert',
  roberta: 'bert',
  camembert: 'bert',
  distilbert: 'distilbert',
  mpnet: 'mpnet',
};
/** Model types that count the places of all tokens from 0; the others those of real tokens, from behind the pad id. */
const ABSOLUTE_PLACES = new Set(['bert', 'distilbert']);
const ACTIVATIONS: Record<string, BertConfig['activation']> = {
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
};

/** The figures that shape the standard graph; undefined for an architecture that has none here. */
export function bertConfig(config: ModelConfig): BertConfig | undefined {
  const activation = ACTIVATIONS[config.hidden_act ?? 'gelu'];
  const family = FAMILIES[config.model_type];
  const absolute = (config.position_embedding_type ?? 'absolute') === 'absolute';
  // A decoder masks what follows, and a cross-attending one has more layers: neither is this graph.
  if (!family || !activation || !absolute || config.is_decoder === true) return undefined;
  const fromZero = ABSOLUTE_PLACES.has(config.model_type);
  return {
    family,
    hidden: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    feedForward: config.intermediate_size ?? config.hidden_size * 4,
    vocabulary: config.vocab_size,
    positions: config.max_position_embeddings ?? 512,
    tokenTypes: family === 'bert' ? (config.type_vocab_size ?? 2) : 0,
    relativeBuckets: family === 'mpnet' ? (config.relative_attention_num_buckets ?? 32) : 0,
    layerNormEpsilon: config.layer_norm_eps ?? 1e-12,
    activation,
    positionsFromMask: !fromZero,
    padId: config.pad_token_id ?? (fromZero ? 0 : 1),
  };
}

/** Loads the weights; safetensors is preferred, since its names are the ones every other tool knows. */
export async function loadWeights(folder: ModelFolder): Promise<ModelWeights> {
  const bert = bertConfig(folder.config);
  const { safetensors, onnx } = folder.weights;
  const columnRates = folder.config.kb_recall_column_rates;
  if (safetensors && bert)
    return finite(folder, safetensors, { ...(await fromSafetensors(folder, safetensors, bert)), columnRates });
  if (onnx) return finite(folder, onnx, { ...(await loadExported(folder, onnx, bert)), columnRates });
  throw errors.architectureUnsupported(folder.path, folder.config.model_type);
}

/** Refuses weights that are no numbers: every vector would be NaN, and every rank meaningless. */
function finite(folder: ModelFolder, path: string, model: ModelWeights): ModelWeights {
  for (const [name, { data }] of model.weights)
    for (let i = 0; i < data.length; i++)
      if (!Number.isFinite(data[i]!)) {
        const file = relative(folder.path, path).replaceAll('\\', '/');
        throw errors.modelFileBroken(folder.path, file, `weight ${name} holds ${data[i]} at place ${i}`);
      }
  return model;
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
