// Gradients of operators that move values without changing them.
import { intAttribute, integersOf, ints, intsAttribute } from '../graph.ts';
import type { Rule, RuleContext } from '../rule.ts';

const dy = (c: RuleContext): string => c.outputGradients[0]!;
const x = (c: RuleContext): string => c.node.inputs[0]!;

/** Back to the input's shape, whatever the operator made of it. */
const reshapeBack: Rule = (c) => [c.b.reshape(dy(c), c.b.shapeOf(x(c)))];

const transpose: Rule = (c) => {
  const rank = c.facts(x(c)).dims.length;
  const perm = intsAttribute(c.node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const inverse = new Array<number>(rank);
  perm.forEach((from, to) => {
    inverse[from] = to;
  });
  return [c.b.op('Transpose', [dy(c)], { perm: ints(inverse) })];
};

const expand: Rule = (c) => [c.unbroadcast(dy(c), c.node.outputs[0]!, x(c)), null];

/** Each input takes its slice of the gradient, between the sums of the sizes before and up to it. */
const concat: Rule = (c) => {
  const { b, node } = c;
  const rank = c.facts(node.outputs[0]!).dims.length;
  const axis = intAttribute(node, 'axis', 0);
  const at = axis < 0 ? axis + rank : axis;
  let start = b.integers([0]);
  return node.inputs.map((input, i) => {
    const end = b.add(start, b.op('Gather', [b.shapeOf(input), b.integers([at])]));
    const slice = c.needs(i) ? b.op('Slice', [dy(c), start, end, b.integers([at])]) : null;
    start = end;
    return slice;
  });
};

/** The parts' gradients put together again; a part without gradient counts as zeros. */
const split: Rule = (c) => {
  const { b, node } = c;
  const parts = node.outputs.map((output, i) => c.outputGradients[i] ?? b.mul(output, b.scalar(0)));
  return [b.op('Concat', parts, { axis: { kind: 'int', value: intAttribute(node, 'axis', 0) } }), null];
};

/** Zeros around the slice, by Pad; step 1 only. */
const slice: Rule = (c) => {
  const { b, node } = c;
  const rank = c.facts(x(c)).dims.length;
  const starts = c.constant(node.inputs[1]);
  const axes = node.inputs[3] ? c.constant(node.inputs[3]) : undefined;
  const steps = node.inputs[4] ? c.constant(node.inputs[4]) : undefined;
  if (!starts) throw new Error('Slice with starts that are computed');
  if (steps && integersOf(steps).some((step) => step !== 1)) throw new Error('Slice with steps');
  const starting = integersOf(starts);
  const along = axes ? integersOf(axes).map((axis) => (axis < 0 ? axis + rank : axis)) : starting.map((_, i) => i);
  if (starting.some((start) => start < 0)) throw new Error('Slice from the end');
  const before = new Array<number>(rank).fill(0);
  along.forEach((axis, i) => {
    before[axis] = starting[i]!;
  });
  const lead = b.integers(before);
  const after = b.sub(b.sub(b.shapeOf(x(c)), b.shapeOf(dy(c))), lead);
  const pads = b.op('Concat', [lead, after], { axis: { kind: 'int', value: 0 } });
  return [b.op('Pad', [dy(c), pads, b.scalar(0)])];
};

/**
 * Gather along axis 0 of a trainable table gives row gradients, which keeps a big vocabulary's gradient small.
 * Along any other table or axis with one constant index: zeros around it.
 */
const gather: Rule = (c) => {
  const { b, node } = c;
  const [table, indices] = node.inputs as [string, string];
  const rank = c.facts(table).dims.length;
  const axis = intAttribute(node, 'axis', 0);
  const at = axis < 0 ? axis + rank : axis;
  if (at === 0 && c.isParameter(table)) {
    c.rows(table, indices, dy(c));
    return [null, null];
  }
  const index = c.constant(indices);
  if (index?.data.length !== 1 || Number(index.data[0]) < 0)
    throw new Error('Gather of several places from a computed value');
  const before = new Array<number>(rank).fill(0);
  before[at] = Number(index.data[0]);
  const piece = index.dims.length === 0 ? b.op('Unsqueeze', [dy(c), b.integers([at])]) : dy(c);
  const lead = b.integers(before);
  const after = b.sub(b.sub(b.shapeOf(table), b.shapeOf(piece)), lead);
  const pads = b.op('Concat', [lead, after], { axis: { kind: 'int', value: 0 } });
  return [b.op('Pad', [piece, pads, b.scalar(0)]), null];
};

export const MOVEMENT: Record<string, Rule> = {
  Reshape: reshapeBack,
  Flatten: reshapeBack,
  Squeeze: reshapeBack,
  Unsqueeze: reshapeBack,
  Transpose: transpose,
  Expand: expand,
  Concat: concat,
  Split: split,
  Slice: slice,
  Gather: gather,
};
