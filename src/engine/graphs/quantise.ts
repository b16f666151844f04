// A graph with its big weights as int8, in standard operators that every ONNX runtime has: dynamic quantisation, for which no sample of
// texts is needed. Products quantise their input as they run (DynamicQuantizeLinear, MatMulInteger); tables are read as bytes.
import { GraphBuilder } from '../../autodiff/builder.ts';
import { floatAttribute, type Graph, int, intAttribute, type Node, type Tensor } from '../../autodiff/graph.ts';
import { TYPE_CODES } from '../../autodiff/proto.ts';
import { toInt8 } from '../int8Rows.ts';

/** Tables of fewer rows stay as they are: they weigh nothing. */
const LEAST_ROWS = 256;

/**
 * The graph with int8 weights: one scale for each row of a table and for each output of a product, symmetric, in [-127, 127].
 * What is no product with a constant matrix and no lookup in a table stays fp32. Inputs, outputs and other names are kept.
 */
export function quantised(graph: Graph): Graph {
  const b = GraphBuilder.rewriting(graph);
  const inputs = new Map<string, readonly [string, string, string]>();
  for (const node of graph.nodes) {
    const constant = (at: number): Tensor | undefined => {
      const tensor = graph.initializers.get(node.inputs[at] ?? '');
      return tensor?.type === 'float32' && tensor.dims.length === 2 ? tensor : undefined;
    };
    if (node.op === 'Gather' && (constant(0)?.dims[0] ?? 0) >= LEAST_ROWS && intAttribute(node, 'axis', 0) === 0)
      lookup(b, node, constant(0)!);
    else if (isProduct(node) && constant(1)) product(b, node, constant(1)!, inputs);
    else b.graph.nodes.push(node);
  }
  const used = new Set(b.graph.nodes.flatMap((node) => node.inputs));
  for (const name of [...b.graph.initializers.keys()]) if (!used.has(name)) b.graph.initializers.delete(name);
  return b.graph;
}

const isProduct = (node: Node): boolean =>
  node.op === 'MatMul' ||
  (node.op === 'Gemm' &&
    intAttribute(node, 'transA', 0) === 0 &&
    floatAttribute(node, 'alpha', 1) === 1 &&
    floatAttribute(node, 'beta', 1) === 1);

function lookup(b: GraphBuilder, node: Node, table: Tensor): void {
  const [rows, width] = table.dims as [number, number];
  const { bytes, scales } = toInt8(table.data as Float32Array, rows, width);
  const [name, ids] = node.inputs as [string, string];
  const stored = share(b, `${name}.int8`, { type: 'int8', dims: [rows, width], data: bytes });
  const scale = share(b, `${name}.scale`, { type: 'float32', dims: [rows, 1], data: scales });
  const values = b.op('Cast', [b.op('Gather', [stored, ids])], { to: int(TYPE_CODES.float32) });
  b.emit('Mul', [values, b.op('Gather', [scale, ids])], {}, { outputs: node.outputs });
}

function product(
  b: GraphBuilder,
  node: Node,
  weight: Tensor,
  inputs: Map<string, readonly [string, string, string]>,
): void {
  const [from, name, bias] = node.inputs as [string, string, string?];
  const isTransposed = node.op === 'Gemm' && intAttribute(node, 'transB', 0) === 1;
  const [rows, columns] = weight.dims as [number, number];
  const [outputs, width] = isTransposed ? [rows, columns] : [columns, rows];
  const byOutput = isTransposed
    ? (weight.data as Float32Array)
    : transposed(weight.data as Float32Array, rows, columns);
  const { bytes, scales } = toInt8(byOutput, outputs, width);
  const data = transposed(bytes, outputs, width);
  const stored = share(b, `${name}.int8`, { type: 'int8', dims: [width, outputs], data });
  const scale = share(b, `${name}.scale`, { type: 'float32', dims: [outputs], data: scales });
  let input = inputs.get(from);
  if (!input) {
    const outputsOf = ['bytes', 'scale', 'zero'].map((part) => b.fresh(`${from}.${part}`)) as [string, string, string];
    b.emit('DynamicQuantizeLinear', [from], {}, { outputs: outputsOf });
    input = outputsOf;
    inputs.set(from, input);
  }
  const sums = b.op('MatMulInteger', [input[0], stored, input[2]]);
  const scaled = [b.op('Cast', [sums], { to: int(TYPE_CODES.float32) }), b.mul(input[1], scale)];
  if (bias) b.emit('Add', [b.op('Mul', scaled), bias], {}, { outputs: node.outputs });
  else b.emit('Mul', scaled, {}, { outputs: node.outputs });
}

function share(b: GraphBuilder, name: string, tensor: Tensor): string {
  return b.graph.initializers.has(name) ? name : b.initializer(name, tensor);
}

function transposed<T extends Float32Array | Int8Array>(values: T, rows: number, columns: number): T {
  const turned = values.slice() as T;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column]!;
  return turned;
}
