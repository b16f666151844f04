// Appends nodes to a graph under fresh names. Rules, losses and model builders write graphs through it.
import {
  type Attribute,
  float,
  type Graph,
  int,
  integersOf,
  ints,
  type Node,
  type Tensor,
  type ValueInfo,
} from './graph.ts';

const MICROSOFT = 'com.microsoft';

/** Operator set from which an operator takes a list as its second input; before, the list is an attribute. */
const LIST_AS_INPUT: Record<string, { since: number; attribute: string }> = {
  Squeeze: { since: 13, attribute: 'axes' },
  Unsqueeze: { since: 13, attribute: 'axes' },
  ReduceSum: { since: 13, attribute: 'axes' },
  ReduceMean: { since: 18, attribute: 'axes' },
  ReduceL2: { since: 18, attribute: 'axes' },
  ReduceProd: { since: 18, attribute: 'axes' },
};

/** Builds or extends one graph; every method that adds a node returns the name of its first output. */
export class GraphBuilder {
  private counter = 0;
  private readonly taken = new Set<string>();
  private readonly constants = new Map<string, string>();

  constructor(readonly graph: Graph) {
    for (const node of graph.nodes) for (const output of node.outputs) this.taken.add(output);
    for (const input of graph.inputs) this.taken.add(input.name);
    for (const name of graph.initializers.keys()) this.taken.add(name);
  }

  /** An empty graph; opset 20 has LayerNormalization and Gelu as standard operators. */
  static empty(name: string, opset = 20): GraphBuilder {
    return new GraphBuilder({
      name,
      nodes: [],
      inputs: [],
      outputs: [],
      initializers: new Map(),
      opsets: new Map([
        ['', opset],
        [MICROSOFT, 1],
      ]),
    });
  }

  /** A graph to be written anew: inputs, outputs and constants of another one, none of its nodes, and fresh names that keep clear of theirs. */
  static rewriting(graph: Graph): GraphBuilder {
    const b = new GraphBuilder({ ...graph, nodes: [...graph.nodes], initializers: new Map(graph.initializers) });
    b.graph.nodes.length = 0;
    return b;
  }

  fresh(stem: string): string {
    let name: string;
    do name = `${stem}_${this.counter++}`;
    while (this.taken.has(name));
    this.taken.add(name);
    return name;
  }

  input(name: string, type: ValueInfo['type'], dims: ValueInfo['dims']): string {
    this.graph.inputs.push({ name, type, dims });
    this.taken.add(name);
    return name;
  }

  /** Declares a value as graph output; without a type the runtime infers it. */
  output(name: string, type?: ValueInfo['type'], dims: ValueInfo['dims'] = []): void {
    this.graph.outputs.push({ name, type, dims });
  }

  initializer(name: string, tensor: Tensor): string {
    this.graph.initializers.set(name, tensor);
    this.taken.add(name);
    return name;
  }

  /** A shared float32 scalar. */
  scalar(value: number): string {
    return this.shared(`f:${value}`, { type: 'float32', dims: [], data: new Float32Array([value]) });
  }

  /** A shared int64 vector. */
  integers(values: readonly number[]): string {
    return this.shared(`i:${values.join()}`, {
      type: 'int64',
      dims: [values.length],
      data: BigInt64Array.from(values, BigInt),
    });
  }

  /** A shared int64 scalar. */
  integer(value: number): string {
    return this.shared(`n:${value}`, { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(value)) });
  }

  private shared(key: string, tensor: Tensor): string {
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = this.initializer(this.fresh('constant'), tensor);
    this.constants.set(key, name);
    return name;
  }

  /**
   * Adds a node; `options.outputs` names its outputs where the names matter. A constant list of axes is written as the graph's
   * operator set wants it, so that rules and losses serve exported graphs from operator set 11 on.
   */
  emit(
    op: string,
    inputs: string[],
    attributes: Record<string, Attribute> = {},
    options: { domain?: string; outputs?: string[]; count?: number } = {},
  ): string[] {
    const outputs = options.outputs ?? Array.from({ length: options.count ?? 1 }, () => this.fresh(op));
    for (const output of outputs) this.taken.add(output);
    this.graph.nodes.push({
      op,
      domain: options.domain ?? '',
      name: `${op}/${outputs[0]}`,
      ...this.listForm(op, inputs, attributes),
      outputs,
    });
    return outputs;
  }

  private listForm(
    op: string,
    inputs: string[],
    given: Record<string, Attribute>,
  ): Pick<Node, 'inputs' | 'attributes'> {
    const attributes = new Map(Object.entries(given));
    const list = LIST_AS_INPUT[op];
    const constant = inputs[1] === undefined ? undefined : this.graph.initializers.get(inputs[1]);
    if (!list || !constant || (this.graph.opsets.get('') ?? 0) >= list.since) return { inputs, attributes };
    attributes.set(list.attribute, ints(integersOf(constant)));
    return { inputs: [inputs[0]!], attributes };
  }

  op(op: string, inputs: string[], attributes: Record<string, Attribute> = {}, domain = ''): string {
    return this.emit(op, inputs, attributes, { domain })[0]!;
  }

  add = (a: string, b: string): string => this.op('Add', [a, b]);
  sub = (a: string, b: string): string => this.op('Sub', [a, b]);
  mul = (a: string, b: string): string => this.op('Mul', [a, b]);
  div = (a: string, b: string): string => this.op('Div', [a, b]);
  neg = (a: string): string => this.op('Neg', [a]);
  scale = (a: string, factor: number): string => (factor === 1 ? a : this.mul(a, this.scalar(factor)));
  shapeOf = (a: string): string => this.op('Shape', [a]);
  reshape = (a: string, shape: string): string => this.op('Reshape', [a, shape]);
  reshapeTo = (a: string, dims: number[]): string => this.op('Reshape', [a, this.integers(dims)]);
  transpose = (a: string, perm: number[]): string => this.op('Transpose', [a], { perm: ints(perm) });
  reduceSum = (a: string, axes: number[], keepDims: boolean): string =>
    this.op('ReduceSum', [a, this.integers(axes)], { keepdims: int(keepDims ? 1 : 0) });
  matmul = (a: string, b: string): string => this.op('MatMul', [a, b]);

  /** Matrix product with transposes of the last two axes and a factor, batch axes broadcast (com.microsoft.FusedMatMul). */
  fusedMatMul(a: string, b: string, transA = false, transB = false, alpha = 1): string {
    const attributes: Record<string, Attribute> = { transA: int(transA ? 1 : 0), transB: int(transB ? 1 : 0) };
    if (alpha !== 1) attributes.alpha = float(alpha);
    return this.op('FusedMatMul', [a, b], attributes, MICROSOFT);
  }

  /**
   * alpha aT b of two tall matrices (rows x n, rows x m), as weight gradients are. The runtime's product of a transposed left side is a
   * third slower than transposing first, and as a Gemm the two would be fused again; with `turnRight` the right side is the one to be
   * transposed, which costs less where it is the narrower one.
   */
  tallProduct(a: string, b: string, alpha = 1, turnRight = false): string {
    if (turnRight) return this.transpose(this.tallProduct(b, a, alpha), [1, 0]);
    const turned = this.transpose(a, [1, 0]);
    return alpha === 1 ? this.matmul(turned, b) : this.fusedMatMul(turned, b, false, false, alpha);
  }

  /** A row of as many ones as the matrix has rows, 1 x rows. */
  onesFor(matrix: string): string {
    const rows = this.op('Gather', [this.shapeOf(matrix), this.integers([0])]);
    const shape = this.op('Concat', [this.integers([1]), rows], { axis: int(0) });
    const one: Tensor = { type: 'float32', dims: [1], data: Float32Array.of(1) };
    return this.op('ConstantOfShape', [shape], { value: { kind: 'tensor', value: one } });
  }

  /** Sums of the columns of a rows x n matrix, n values: a product with a row of ones is several times as fast as ReduceSum. */
  columnSums(matrix: string, ones = this.onesFor(matrix)): string {
    return this.op('Squeeze', [this.matmul(ones, matrix), this.integers([0])]);
  }

  /** Two-dimensional product with transposes and an optional addend. */
  gemm(a: string, b: string, transA = false, transB = false, alpha = 1, c?: string): string {
    const attributes: Record<string, Attribute> = { transA: int(transA ? 1 : 0), transB: int(transB ? 1 : 0) };
    if (alpha !== 1) attributes.alpha = float(alpha);
    return this.op('Gemm', c === undefined ? [a, b] : [a, b, c], attributes);
  }
}
