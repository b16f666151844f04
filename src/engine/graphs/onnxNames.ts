// Finds the weights of a stored encoder under their Hugging Face names. A checkpoint of a whole model puts its own name before them.
// Exporters keep most names, but call the matrices of products `onnx::MatMul_123` or `val_12` and store them transposed: such a
// matrix is known by the bias added to its product, or by the module's path in the product's name.
import type { Graph, Tensor } from '../../autodiff/graph.ts';
import { type BertConfig, bertWeightShapes } from './bert.ts';

const WORDS = 'embeddings.word_embeddings.weight';

/** What stands before every weight's name, for example `bert.`; empty where nothing does or the word embeddings have another name. */
export function weightPrefix(names: Iterable<string>): string {
  for (const name of names) if (name === WORDS || name.endsWith(`.${WORDS}`)) return name.slice(0, -WORDS.length);
  return '';
}

/** A weight that has its Hugging Face name but another shape than config.json asks for. */
export interface ShapeMismatch {
  name: string;
  found: number[];
  expected: number[];
}

export type NamedWeights = Map<string, { dims: number[]; data: Float32Array }>;

/** Every weight of the standard graph; the weight that contradicts config.json; or undefined when one cannot be found. */
export function namedWeights(graph: Graph, config: BertConfig): NamedWeights | ShapeMismatch | undefined {
  // Equal weights are stored once, the others are copies of it.
  const sources = new Map<string, string>();
  for (const node of graph.nodes) if (node.op === 'Identity') sources.set(node.outputs[0]!, node.inputs[0]!);
  const tensorOf = (name: string | undefined): Tensor | undefined => {
    let source = name;
    while (source !== undefined && sources.has(source)) source = sources.get(source);
    return source === undefined ? undefined : graph.initializers.get(source);
  };
  const prefix = weightPrefix([...graph.initializers.keys(), ...sources.keys()]);
  const stem = config.family === 'distilbert' ? 'transformer' : 'encoder';
  const products = productMatrices(graph, prefix, stem, (name) => tensorOf(name) !== undefined);
  const weights: NamedWeights = new Map();
  for (const [name, dims] of bertWeightShapes(config)) {
    const direct = tensorOf(prefix + name);
    if (direct !== undefined) {
      if (direct.type !== 'float32') return undefined;
      if (direct.dims.join() !== dims.join()) return { name, found: direct.dims, expected: dims };
      weights.set(name, { dims, data: direct.data as Float32Array });
      continue;
    }
    const product = products.get(name.replace(/\.weight$/, ''));
    const tensor = tensorOf(product?.matrix);
    const [output, input] = dims;
    if (product === undefined || tensor?.type !== 'float32' || output === undefined || input === undefined)
      return undefined;
    if (tensor.dims.join() !== (product.transposed ? dims : [input, output]).join()) return undefined;
    const data = tensor.data as Float32Array;
    weights.set(name, { dims, data: product.transposed ? data : transposed(data, input, output) });
  }
  return weights;
}

/** Matrices of linear layers by the layer's name; `transposed` ones lie as Hugging Face stores them. */
function productMatrices(
  graph: Graph,
  prefix: string,
  /** What stands before `layer.0` in the names of the layers. */
  stem: string,
  isStored: (name: string) => boolean,
): Map<string, { matrix: string; transposed: boolean }> {
  const found = new Map<string, { matrix: string; transposed: boolean }>();
  const byOutput = new Map<string, { matrix: string; transposed: boolean }>();
  const layerOf = (bias: string | undefined): string | undefined =>
    bias?.startsWith(prefix) && bias.endsWith('.bias') ? bias.slice(prefix.length, -'.bias'.length) : undefined;
  for (const node of graph.nodes) {
    if (node.op === 'MatMul' || node.op === 'Gemm') {
      const matrix = node.inputs[1];
      if (!matrix || !isStored(matrix)) continue;
      const flag = node.attributes.get('transB');
      const product = { matrix, transposed: flag?.kind === 'int' && flag.value === 1 };
      byOutput.set(node.outputs[0]!, product);
      const path = /(layer[./]\d+\/.+)\/(?:MatMul|Gemm)[^/]*$/.exec(node.name)?.[1];
      const layer = layerOf(node.inputs[2]) ?? (path && `${stem}.${path.replaceAll('/', '.')}`);
      if (layer !== undefined) found.set(layer, product);
    } else if (node.op === 'Add') {
      const [a, b] = node.inputs as [string, string];
      const product = byOutput.get(a) ?? byOutput.get(b);
      const layer = layerOf(byOutput.has(a) ? b : a);
      if (product && layer !== undefined) found.set(layer, product);
    }
  }
  return found;
}

function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = data[r * columns + c]!;
  return result;
}
