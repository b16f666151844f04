// Reverse-mode differentiation of a graph: walks from the loss to the trainable weights and appends the gradient nodes.
import type { GraphBuilder } from './builder.ts';
import { type Graph, intAttribute, type Node, soleReaders, type Tensor, type ValueFacts } from './graph.ts';
import { rowCounts } from './rowCounts.ts';
import { DifferentiationError, type RowGradient, type Rule, type RuleContext } from './rule.ts';
import { NON_DIFFERENTIABLE, RULES } from './rules/index.ts';

/** What {@link differentiate} needs to know. */
export interface DifferentiateOptions {
  /** The scalar value to differentiate. */
  loss: string;
  /** Trainable values (graph inputs or initializers). */
  parameters: ReadonlySet<string>;
  /** Facts of every forward value on the way, see `engine/probe.ts`. */
  facts: ReadonlyMap<string, ValueFacts>;
}

/** Names of the gradient values that were appended. */
export interface Gradients {
  dense: Map<string, string>;
  rows: RowGradient[];
}

// Element types of ONNX that are floating-point: float32, float16, float64, bfloat16.
const FLOATING = new Set([1, 10, 11, 16]);

/** Whether no gradient flows through a node whatever its inputs; a Cast to integers or booleans is flat everywhere. */
const stopsGradient = (node: Node): boolean =>
  NON_DIFFERENTIABLE.has(node.op) || (node.op === 'Cast' && !FLOATING.has(intAttribute(node, 'to', 0)));

/** Values that depend on a trainable weight through differentiable operators, in other words those that carry gradient. */
function carriers(graph: Graph, parameters: ReadonlySet<string>): Set<string> {
  const carrying = new Set(parameters);
  for (const node of graph.nodes) {
    if (stopsGradient(node)) continue;
    if (node.inputs.some((input) => carrying.has(input))) for (const output of node.outputs) carrying.add(output);
  }
  return carrying;
}

/** Operators on the path from weights to `loss` that have no rule, so that a run can be refused before it starts. */
export function missingRules(graph: Graph, parameters: ReadonlySet<string>): Node[] {
  const carrying = carriers(graph, parameters);
  return graph.nodes.filter(
    (node) => !RULES.has(node.op) && !NON_DIFFERENTIABLE.has(node.op) && node.inputs.some((i) => carrying.has(i)),
  );
}

/**
 * Appends the gradients of `loss` with respect to every parameter. Nodes must be in topological order (ONNX demands it).
 * Throws {@link DifferentiationError} for an operator without a rule, or used in a way that its rule does not know.
 */
export function differentiate(b: GraphBuilder, options: DifferentiateOptions): Gradients {
  const { graph } = b;
  const forward = [...graph.nodes];
  const missing = missingRules(graph, options.parameters)[0];
  if (missing) throw new DifferentiationError(missing.op, missing.name, 'No gradient rule is known');
  const carrying = carriers(graph, options.parameters);
  const constantNodes = new Map<string, Tensor>();
  for (const node of forward) {
    const value = node.attributes.get('value');
    if (node.op === 'Constant' && value?.kind === 'tensor') constantNodes.set(node.outputs[0]!, value.value);
  }
  const readers = soleReaders(forward);
  const makers = new Map(forward.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const pending = new Map<string, string[]>([[options.loss, [b.scalar(1)]]]);
  const rows: RowGradient[] = [];

  const total = (value: string): string | null => {
    const parts = pending.get(value);
    if (parts === undefined) return null;
    if (parts.length === 1) return parts[0]!;
    const sum = b.op('Sum', parts);
    pending.set(value, [sum]);
    return sum;
  };

  const facts = (value: string): ValueFacts => {
    const known = options.facts.get(value);
    if (known === undefined) throw new Error(`no facts about value ${value}`);
    return known;
  };

  const rowsOf = rowCounts(forward, options.facts);
  const rowsOfOnes = new Map<string, string>();
  const ones = (count: string, matrix: string): string => {
    const made = rowsOfOnes.get(count) ?? b.onesFor(matrix);
    rowsOfOnes.set(count, made);
    return made;
  };

  for (let n = forward.length - 1; n >= 0; n--) {
    const node = forward[n]!;
    const rule = RULES.get(node.op);
    if (rule === undefined || !node.inputs.some((input) => carrying.has(input))) continue;
    const outputGradients = node.outputs.map(total);
    if (outputGradients.every((gradient) => gradient === null)) continue;
    const context: RuleContext = {
      b,
      node,
      outputGradients,
      needs: (i) => node.inputs[i] !== undefined && carrying.has(node.inputs[i]),
      facts,
      onlyReader: (value) => readers.get(value),
      maker: (value) => makers.get(value),
      gradientOf: total,
      constant: (value) =>
        value === undefined ? undefined : (graph.initializers.get(value) ?? constantNodes.get(value)),
      unbroadcast: (gradient, from, to) =>
        unbroadcast(b, gradient, facts(from), facts(to), to, () => ones(rowsOf(from), gradient)),
      rows: (parameter, indices, gradient) => rows.push({ parameter, indices, gradient }),
      isParameter: (value) => options.parameters.has(value),
    };
    const gradients = applied(rule, context);
    node.inputs.forEach((input, i) => {
      const gradient = gradients[i];
      if (gradient == null || !carrying.has(input)) return;
      const parts = pending.get(input);
      if (parts) parts.push(gradient);
      else pending.set(input, [gradient]);
    });
  }

  const dense = new Map<string, string>();
  for (const parameter of options.parameters) {
    const gradient = total(parameter);
    if (gradient !== null) dense.set(parameter, gradient);
  }
  return { dense, rows };
}

/** Runs a rule; what it refuses is told with operator and node. */
function applied(rule: Rule, context: RuleContext): (string | null)[] {
  try {
    return rule(context);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof DifferentiationError) throw error;
    throw new DifferentiationError(context.node.op, context.node.name, `No gradient is known for ${error.message}`);
  }
}

/** Sums `gradient` over the axes along which `to` was broadcast to `from`; `ones` gives a row of as many ones as a matrix like `from` has rows. */
function unbroadcast(
  b: GraphBuilder,
  gradient: string,
  from: ValueFacts,
  to: ValueFacts,
  toName: string,
  ones: () => string,
): string {
  const lead = from.dims.length - to.dims.length;
  const axes: number[] = [];
  for (let axis = 0; axis < from.dims.length; axis++) {
    if (axis < lead) axes.push(axis);
    else if (to.dims[axis - lead] === 1 && from.dims[axis] !== 1) axes.push(axis);
  }
  if (axes.length === 0) return gradient;
  const leading = axes.length === lead && axes.every((axis) => axis < lead);
  const width = to.dims.length === 1 ? to.dims[0] : null;
  if (leading && from.type === 'float32' && typeof width === 'number')
    return lead === 1 ? b.columnSums(gradient, ones()) : b.columnSums(b.reshapeTo(gradient, [-1, width]));
  if (leading) return b.reduceSum(gradient, axes, false);
  const summed = b.reduceSum(gradient, axes, true);
  return lead === 0 ? summed : b.reshape(summed, b.shapeOf(toName));
}
