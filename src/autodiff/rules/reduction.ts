// Gradients of reductions and of the softmax family.
import { floatAttribute, int, intAttribute, integersOf, intsAttribute, type Node } from '../graph.ts';
import type { Rule, RuleContext } from '../rule.ts';

/** The reduced axes, non-negative: from the second input (newer operator sets), the attribute, or all (or none, where the node says so). */
function reducedAxes(c: RuleContext): number[] {
  const rank = c.facts(c.node.inputs[0]!).dims.length;
  const input = c.node.inputs[1];
  const constant = input ? c.constant(input) : undefined;
  if (input && !constant) throw new Error(`${c.node.op} with axes that are computed`);
  const axes = constant ? integersOf(constant) : intsAttribute(c.node, 'axes');
  if (axes === undefined || axes.length === 0)
    return intAttribute(c.node, 'noop_with_empty_axes', 0) === 1 ? [] : Array.from({ length: rank }, (_, i) => i);
  return axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
}

/** A reduced value with its reduced axes back as ones, so that it broadcasts against the input. */
function kept(c: RuleContext, value: string): string {
  const axes = reducedAxes(c);
  if (intAttribute(c.node, 'keepdims', 1) === 1 || axes.length === 0) return value;
  return c.b.op('Unsqueeze', [value, c.b.integers(axes)]);
}

/** Spreads the output's gradient over the input's shape. */
function spread(c: RuleContext): string {
  return c.b.op('Expand', [kept(c, c.outputGradients[0]!), c.b.shapeOf(c.node.inputs[0]!)]);
}

/** d mean = d sum / count; the count is a number where the axes are of fixed size, else computed. */
const reduceMean: Rule = (c) => {
  const { b } = c;
  const input = c.node.inputs[0]!;
  const { dims } = c.facts(input);
  const sizes = reducedAxes(c).map((axis) => dims[axis]);
  if (sizes.every((size): size is number => typeof size === 'number'))
    return [b.scale(spread(c), 1 / sizes.reduce((p, s) => p * s, 1)), null];
  const picked = b.op('Gather', [b.shapeOf(input), b.integers(reducedAxes(c))]);
  const count = b.op('Cast', [b.op('ReduceProd', [picked], { keepdims: int(0) })], { to: int(1) });
  return [b.div(spread(c), count), null];
};

/** d|x| = x / |x|. */
const reduceL2: Rule = (c) => {
  const { b } = c;
  return [b.mul(b.div(kept(c, c.outputGradients[0]!), kept(c, c.node.outputs[0]!)), c.node.inputs[0]!), null];
};

const lastAxis = (node: Node, rank: number): boolean => {
  const axis = intAttribute(node, 'axis', -1);
  return axis === -1 || axis === rank - 1;
};

function softmaxAxis(c: RuleContext): number {
  const rank = c.facts(c.node.inputs[0]!).dims.length;
  // Before operator set 13 softmax flattened everything from `axis` on, which is the same only for the last axis.
  if ((c.b.graph.opsets.get('') ?? 0) < 13 && !lastAxis(c.node, rank)) throw new Error('an old flattening softmax');
  const axis = intAttribute(c.node, 'axis', -1);
  return axis < 0 ? axis + rank : axis;
}

/**
 * dx = y (dy - sum(y dy)). In attention y meets the values, o = y v, and then sum(y dy) = sum(o do) over o's width, which is a few
 * times narrower (Dao et al. 2022, arXiv 2205.14135, appendix B).
 */
const softmax: Rule = (c) => {
  const { b } = c;
  const [y] = c.node.outputs as [string];
  const dy = c.outputGradients[0]!;
  const axis = softmaxAxis(c);
  const context = attended(c, y);
  if (context && axis === c.facts(y).dims.length - 1) {
    const sum = b.reduceSum(b.mul(context.value, context.gradient), [axis], true);
    return [b.mul(y, b.sub(dy, sum))];
  }
  const weighted = b.mul(y, dy);
  return [b.sub(weighted, b.mul(y, b.reduceSum(weighted, [axis], true)))];
};

/** The product that alone reads the probabilities `y` as its left side, unscaled and over the same batch axes, with its gradient. */
function attended(c: RuleContext, y: string): { value: string; gradient: string } | undefined {
  const reader = c.onlyReader(y);
  if (!reader || !/^(Fused)?MatMul$/.test(reader.op) || reader.inputs[0] !== y) return undefined;
  if (intAttribute(reader, 'transA', 0) !== 0 || floatAttribute(reader, 'alpha', 1) !== 1) return undefined;
  const [value] = reader.outputs as [string];
  const gradient = c.gradientOf(value);
  const batch = (name: string): string => JSON.stringify(c.facts(name).dims.slice(0, -1));
  // No more axes than y, and the same batch sizes after it: the right side did not widen y by broadcasting.
  const sameRank = c.facts(reader.inputs[1]!).dims.length <= c.facts(y).dims.length;
  return gradient !== null && sameRank && batch(value) === batch(y) ? { value, gradient } : undefined;
}

/** dx = dy - softmax(x) sum(dy). */
const logSoftmax: Rule = (c) => {
  const { b } = c;
  const dy = c.outputGradients[0]!;
  return [b.sub(dy, b.mul(b.op('Exp', [c.node.outputs[0]!]), b.reduceSum(dy, [softmaxAxis(c)], true)))];
};

export const REDUCTION: Record<string, Rule> = {
  ReduceSum: (c) => [spread(c), null],
  ReduceMean: reduceMean,
  ReduceL2: reduceL2,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
};
