// The graph that everything in this folder reads and writes: ONNX's model, without its protobuf.

export type DataType = 'float32' | 'float16' | 'float64' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool';

export type TensorArray =
  | Float32Array
  | Float64Array
  | Uint16Array
  | BigInt64Array
  | Int32Array
  | Int8Array
  | Uint8Array;

/** A constant: row-major data; float16 as raw bits in a Uint16Array, bool as 0/1 in a Uint8Array. */
export interface Tensor {
  type: DataType;
  dims: number[];
  data: TensorArray;
}

export type Attribute =
  | { kind: 'int'; value: number }
  | { kind: 'float'; value: number }
  | { kind: 'string'; value: string }
  | { kind: 'ints'; value: number[] }
  | { kind: 'floats'; value: number[] }
  | { kind: 'strings'; value: string[] }
  | { kind: 'tensor'; value: Tensor };

export interface Node {
  op: string;
  /** Empty for ONNX's own operators, `com.microsoft` for the runtime's. */
  domain: string;
  name: string;
  /** Value names; empty for an omitted optional input. */
  inputs: string[];
  outputs: string[];
  attributes: Map<string, Attribute>;
}

/** A graph input or output; a dimension is a number, a symbol, or null when unknown. An output may leave its type to inference. */
export interface ValueInfo {
  name: string;
  type: DataType | undefined;
  dims: (number | string | null)[];
  /** Written without its dimensions, so that not even their number is told. */
  isUnshaped?: boolean;
}

export interface Graph {
  name: string;
  nodes: Node[];
  inputs: ValueInfo[];
  outputs: ValueInfo[];
  initializers: Map<string, Tensor>;
  /** Operator set version per domain. */
  opsets: Map<string, number>;
}

/** What is known of a value before the graph runs: its type, and each dimension that is the same for every batch (else null). */
export interface ValueFacts {
  type: DataType;
  dims: (number | null)[];
}

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const ints = (value: number[]): Attribute => ({ kind: 'ints', value });
export const string = (value: string): Attribute => ({ kind: 'string', value });

/** The node that alone reads a value, and reads it once, for each value of which that is true. */
export function soleReaders(nodes: readonly Node[]): Map<string, Node> {
  const readers = new Map<string, Node>();
  const several = new Set<string>();
  for (const node of nodes) {
    for (const input of node.inputs) {
      if (readers.has(input)) several.add(input);
      readers.set(input, node);
    }
  }
  for (const value of several) readers.delete(value);
  return readers;
}

/** An integer attribute, or the fallback where the node has none. */
export function intAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'int' ? attribute.value : fallback;
}

/** Whether a GELU is the one by tanh instead of the exact one; com.microsoft.FastGelu always is. */
export function isTanhGelu(node: Node): boolean {
  if (node.op === 'FastGelu') return true;
  const approximate = node.attributes.get('approximate');
  return approximate?.kind === 'string' && approximate.value === 'tanh';
}

/** A float attribute, or the fallback where the node has none. */
export function floatAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'float' ? attribute.value : fallback;
}

/** The nodes that lead to the wanted values, in order; what leads to `end` alone is left out. */
export function leadingTo(nodes: readonly Node[], wanted: Iterable<string>, end?: string): Node[] {
  const open = new Set(wanted);
  const kept: Node[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((output) => output !== end && open.has(output))) continue;
    kept.push(node);
    for (const input of node.inputs) if (input !== end) open.add(input);
  }
  return kept.reverse();
}

/** A list-of-integers attribute, or undefined where the node has none. */
export function intsAttribute(node: Node, name: string): number[] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'ints' ? attribute.value : undefined;
}

/** The integers of a small constant tensor, for axes, shapes and indices. */
export function integersOf(tensor: Tensor): number[] {
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}
