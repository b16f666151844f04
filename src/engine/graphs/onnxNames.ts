// Finds the weights of an exported BERT under their Hugging Face names: exporters keep most names, but call the matrices of
// products `onnx::MatMul_123` and store them transposed; the product's node carries the module's path.
import type { Graph } from '../../autodiff/graph.ts';
import { type BertConfig, bertWeightShapes } from './bert.ts';

/** Every weight of the standard graph, or undefined when one cannot be found in the right shape. */
export function namedWeights(
  graph: Graph,
  config: BertConfig,
): Map<string, { dims: number[]; data: Float32Array }> | undefined {
  const products = new Map<string, string>();
  for (const node of graph.nodes) {
    if (node.op !== 'MatMul' && node.op !== 'Gemm') continue;
    const matrix = node.inputs[1];
    const path = /((?:encoder\/)?layer[./]\d+\/.+)\/(?:MatMul|Gemm)[^/]*$/.exec(node.name)?.[1];
    if (matrix && path && graph.initializers.has(matrix))
      products.set(path.replace(/^(?!encoder)/, 'encoder/').replaceAll('/', '.'), matrix);
  }
  const weights = new Map<string, { dims: number[]; data: Float32Array }>();
  for (const [name, dims] of bertWeightShapes(config)) {
    const direct = [name, `bert.${name}`, `roberta.${name}`, `0.auto_model.${name}`].find((n) =>
      graph.initializers.has(n),
    );
    if (direct !== undefined) {
      const tensor = graph.initializers.get(direct)!;
      if (tensor.type !== 'float32' || tensor.dims.join() !== dims.join()) return undefined;
      weights.set(name, { dims, data: tensor.data as Float32Array });
      continue;
    }
    const matrix = products.get(name.replace(/\.weight$/, ''));
    const tensor = matrix === undefined ? undefined : graph.initializers.get(matrix);
    const [output, input] = dims;
    if (tensor?.type !== 'float32' || output === undefined || input === undefined) return undefined;
    if (tensor.dims.join() !== `${input},${output}`) return undefined;
    weights.set(name, { dims, data: transposed(tensor.data as Float32Array, input, output) });
  }
  return weights;
}

function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = data[r * columns + c]!;
  return result;
}
