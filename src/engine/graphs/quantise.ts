// A graph with its big weights as int8, in standard operators that every ONNX runtime has: dynamic quantisation, for which no sample of
// texts is needed. Products quantise their input as they run (DynamicQuantizeLinear, MatMulInteger); tables are read as bytes.
import { GraphBuilder } from '../../autodiff/builder.ts';
import { floatAttribute, type Graph, int, intAttribute, type Node, type Tensor } from '../../autodiff/graph.ts';
import { TYPE_CODES } from '../../autodiff/proto.ts';
import { toInt8 } from '../int8Rows.ts';

/**
 * With fewer values than this in all products their inputs stay fp32 and only the weights are bytes: so small an encoder is quick anyway, and
 * each of its products counts for more (the embedded model's cosine to fp32 is 0.979 with inputs of 8 bits).
 */
const LEAST_PRODUCTS = 5e6;

/** Tables of fewer rows stay as they are: they weigh nothing. */
const LEAST_ROWS = 256;

/**
 * The graph with int8 weights: one scale for each 32 values of a table's row and for each output of a product, symmetric, in [-127, 127].
 * What is no product with a constant matrix and no lookup in a table stays fp32. Inputs, outputs and other names are kept.
 * With fewer values than `leastProducts` in all products their inputs stay fp32.
 */
export function quantised(graph: Graph, leastProducts = LEAST_PRODUCTS): Graph {
  const b = GraphBuilder.rewriting(graph);
  const inputs = new Map<string, readonly [string, string, string]>();
  const constant = (node: Node, at: number): Tensor | undefined => {
    const tensor = graph.initializers.get(node.inputs[at] ?? '');
    return tensor?.type === 'float32' && tensor.dims.length === 2 ? tensor : undefined;
  };
  const weightOf = (node: Node): Tensor | undefined => (isProduct(node) ? constant(node, 1) : undefined);
  const isSmall = graph.nodes.reduce((sum, node) => sum + (weightOf(node)?.data.length ?? 0), 0) < leastProducts;
  for (const node of graph.nodes) {
    const weight = weightOf(node);
    if (node.op === 'Gather' && (constant(node, 0)?.dims[0] ?? 0) >= LEAST_ROWS && intAttribute(node, 'axis', 0) === 0)
      lookup(b, node, constant(node, 0)!);
    else if (weight && isSmall) weightAlone(b, node, weight);
    else if (weight) product(b, node, weight, inputs);
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

/** Rows of a table have a scale for each so many values, where they divide the row: one large value costs the others no precision. */
const BLOCK = 32;

function lookup(b: GraphBuilder, node: Node, table: Tensor): void {
  const [rows, width] = table.dims as [number, number];
  const size = width % BLOCK === 0 ? BLOCK : width;
  const blocks = width / size;
  const { bytes, scales } = toInt8(table.data as Float32Array, rows * blocks, size);
  const [name, ids] = node.inputs as [string, string];
  const stored = share(b, `${name}.int8`, { type: 'int8', dims: [rows, blocks, size], data: bytes });
  const scale = share(b, `${name}.scale`, { type: 'float32', dims: [rows, blocks, 1], data: scales });
  const values = b.op('Cast', [b.op('Gather', [stored, ids])], { to: int(TYPE_CODES.float32) });
  const scaled = b.op('Mul', [values, b.op('Gather', [scale, ids])]);
  const shape = b.op('Concat', [b.op('Shape', [ids]), b.integers([width])], { axis: int(0) });
  b.emit('Reshape', [scaled, shape], {}, { outputs: node.outputs });
}

/** The product with a weight of bytes, which is made fp32 again before it. */
function weightAlone(b: GraphBuilder, node: Node, weight: Tensor): void {
  const [from, name, ...rest] = node.inputs as [string, string, ...string[]];
  const [rows, columns] = weight.dims as [number, number];
  const { bytes, scales } = toInt8(weight.data as Float32Array, rows, columns);
  const stored = share(b, `${name}.int8`, { type: 'int8', dims: [rows, columns], data: bytes });
  const scale = share(b, `${name}.scale`, { type: 'float32', dims: [rows, 1], data: scales });
  const values = b.op('Mul', [b.op('Cast', [stored], { to: int(TYPE_CODES.float32) }), scale]);
  b.emit(node.op, [from, values, ...rest], Object.fromEntries(node.attributes), { outputs: node.outputs });
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
