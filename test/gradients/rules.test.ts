// Every gradient rule against central differences: one line per operator and variant.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { differentiate, missingRules } from '../../src/autodiff/backward.ts';
import { GraphBuilder } from '../../src/autodiff/builder.ts';
import { type Attribute, float, int, ints, string, type Tensor } from '../../src/autodiff/graph.ts';
import { encodeModel } from '../../src/autodiff/proto.ts';
import { DifferentiationError } from '../../src/autodiff/rule.ts';
import { NON_DIFFERENTIABLE, RULES } from '../../src/autodiff/rules/index.ts';
import { probeFacts } from '../../src/engine/probe.ts';
import { Session, type Value } from '../../src/engine/runtime.ts';
import { type Case, checkCase, collect, declareGradients, largestErrors, tensor } from './harness.ts';

type Build = Case['build'];
type Inputs = Case['inputs'];

const MICROSOFT = 'com.microsoft';
const AB: Inputs = { a: ['batch', 3], b: ['batch', 3] };
const positive = (...dims: (number | string)[]) => ({ dims, values: 'positive' as const });
const indices = (dims: number[], values: number[]): Tensor => ({
  type: 'int64',
  dims,
  data: BigInt64Array.from(values, BigInt),
});
/** A build of one node over the inputs by name. */
const node =
  (op: string, inputs: string, attributes: Record<string, Attribute> = {}, domain = ''): Build =>
  (b) =>
    b.op(op, inputs.split(' '), attributes, domain);

const cases: Case[] = [];
/** Adds one case. */
const add = (op: string, variant: string, inputs: Inputs, build: Build, opset?: number): void => {
  cases.push({ op, variant, inputs, build, opset });
};
/** Adds a case of one node over one or two inputs. */
const simple = (op: string, variant: string, inputs: Inputs, attributes: Record<string, Attribute> = {}, domain = '') =>
  add(op, variant, inputs, node(op, Object.keys(inputs).join(' '), attributes, domain));

// Element by element, binary.
for (const op of ['Add', 'Sub', 'Mul', 'Div', 'Sum']) {
  const right = op === 'Div' ? positive : (...dims: (number | string)[]) => dims;
  simple(op, 'same shapes', { a: ['batch', 3], b: right('batch', 3) });
  simple(op, 'left broadcast', { a: [3], b: right('batch', 2, 3) });
  simple(op, 'right broadcast', { a: ['batch', 2, 3], b: right(2, 1) });
  simple(op, 'both broadcast', { a: ['batch', 1, 3], b: right(2, 1) });
  simple(op, 'right a scalar', { a: ['batch', 3], b: right() });
  simple(op, 'right of one element and higher rank', { a: [3], b: right('batch', 1) });
}
simple('Sum', 'one input', { a: ['batch', 3] });
simple('Sum', 'three inputs', { a: ['batch', 3], b: [3], c: ['batch', 1] });
add('Mul', 'a value with itself', { a: ['batch', 3] }, node('Mul', 'a a'));
add('Add', 'a value used three times', { a: ['batch', 3] }, (b) => b.add(b.mul('a', 'a'), b.op('Tanh', ['a'])));
add('Sub', 'right a constant', { a: ['batch', 3] }, (b) => b.sub('a', b.scalar(0.5)));
add('Div', 'left a constant', { a: positive('batch', 3) }, (b) => b.div(b.scalar(2), 'a'));

// Element by element, unary.
for (const op of ['Neg', 'Abs', 'Exp', 'Erf', 'Tanh', 'Sigmoid', 'Relu', 'Gelu', 'Identity'])
  simple(op, 'plain', { a: ['batch', 5] });
for (const op of ['Log', 'Sqrt', 'Reciprocal']) simple(op, 'plain', { a: positive('batch', 5) });
simple('Gelu', 'tanh', { a: ['batch', 5] }, { approximate: string('tanh') });
simple('FastGelu', 'plain', { a: ['batch', 5] }, {}, MICROSOFT);
simple('Gelu', 'of the runtime', { a: ['batch', 5] }, {}, MICROSOFT);
simple('Gelu', 'approximate none', { a: ['batch', 5] }, { approximate: string('none') });
for (const n of [2, 3, 0.5, -1])
  add('Pow', `constant ${n}`, { a: positive('batch', 3) }, (b) => b.op('Pow', ['a', b.scalar(n)]));
add('Pow', '2 of either sign', { a: ['batch', 3] }, (b) => b.op('Pow', ['a', b.scalar(2)]));
add('Pow', 'an integer exponent', { a: ['batch', 3] }, (b) => b.op('Pow', ['a', b.integer(3)]));
add('Pow', 'a constant node', { a: ['batch', 3] }, (b) =>
  b.op('Pow', ['a', b.op('Constant', [], { value: { kind: 'tensor', value: tensor([], [2]) } })]),
);
add('Pow', '2 of higher rank', { a: ['batch', 3] }, (b) =>
  b.op('Pow', ['a', b.initializer('n', tensor([1, 1, 1], [2]))]),
);
add('Pow', 'exponents per column', { a: positive('batch', 3) }, (b) =>
  b.op('Pow', ['a', b.initializer('n', tensor([2, 1, 3], [2, 3, 0.5, 1, 1.5, -1]))]),
);

// Choices.
const condition: Tensor = { type: 'bool', dims: [3], data: Uint8Array.of(1, 0, 1) };
const choice: Build = (b) => b.op('Where', [b.initializer('c', condition), 'a', 'b']);
add('Where', 'same shapes', AB, choice);
add('Where', 'left broadcast', { a: [3], b: ['batch', 3] }, choice);
add('Where', 'right a scalar', { a: ['batch', 3], b: [] }, choice);
add('Where', 'both broadcast', { a: ['batch', 1, 3], b: [2, 1] }, choice);
add('Where', 'one branch a constant', { a: ['batch', 3] }, (b) =>
  b.op('Where', [b.initializer('c', condition), b.scalar(-1e9), 'a']),
);
add('Where', 'a computed condition', { a: ['batch', 3], b: ['batch', 3] }, (b) =>
  b.op('Where', [b.op('Greater', ['a', b.scalar(0)]), 'a', 'b']),
);
for (const op of ['Max', 'Min']) {
  const even = (...dims: (number | string)[]) => ({ dims, values: 'evenGrid' as const });
  const odd = (...dims: (number | string)[]) => ({ dims, values: 'oddGrid' as const });
  simple(op, 'same shapes', { a: even('batch', 5), b: odd('batch', 5) });
  simple(op, 'left broadcast', { a: even(5), b: odd('batch', 5) });
  simple(op, 'right broadcast', { a: even('batch', 5), b: odd(1) });
  simple(op, 'both broadcast', { a: even('batch', 1, 5), b: odd(2, 1) });
  add(op, 'right a constant', { a: ['batch', 5] }, (b) => b.op(op, ['a', b.scalar(0)]));
}
const wide = { dims: ['batch', 6], values: 'evenGrid' as const };
add('Clip', 'both limits', { a: wide }, (b) => b.op('Clip', ['a', b.scalar(-0.75), b.scalar(0.75)]));
add('Clip', 'lower limit', { a: wide }, (b) => b.op('Clip', ['a', b.scalar(0.25)]));
add('Clip', 'upper limit', { a: wide }, (b) => b.op('Clip', ['a', '', b.scalar(0.25)]));

// Values passed on.
simple('Cast', 'to itself', { a: ['batch', 3] }, { to: int(1) });
add('Cast', 'to double and back', { a: ['batch', 3] }, (b) =>
  b.op('Cast', [b.mul('a', b.op('Cast', [b.op('Cast', ['a'], { to: int(11) })], { to: int(1) }))], { to: int(1) }),
);
add('Cast', 'to an integer carries nothing', { a: { dims: ['batch', 3], values: 'oddGrid' } }, (b) =>
  b.mul('a', b.op('Cast', [b.op('Cast', ['a'], { to: int(7) })], { to: int(1) })),
);
simple('Dropout', 'at inference', { a: ['batch', 3] });
add('Dropout', 'with a ratio', { a: ['batch', 3] }, (b) => b.op('Dropout', ['a', b.scalar(0.3)]));

// Matrix products.
for (const transA of [0, 1])
  for (const transB of [0, 1]) {
    const a = transA ? [3, 'batch'] : ['batch', 3];
    const b = transB ? [2, 3] : [3, 2];
    const trans = { transA: int(transA), transB: int(transB) };
    simple('Gemm', `transA ${transA} transB ${transB}`, { a, b }, trans);
    simple(
      'Gemm',
      `transA ${transA} transB ${transB}, alpha and beta`,
      { a, b, c: [2] },
      { ...trans, alpha: float(0.5), beta: float(-1.5) },
    );
    const options = { ...trans, alpha: float(0.7) };
    simple('FusedMatMul', `2-D x 2-D, transA ${transA} transB ${transB}`, { a, b }, options, MICROSOFT);
    simple(
      'FusedMatMul',
      `3-D x 3-D, transA ${transA} transB ${transB}`,
      { a: ['batch', ...(transA ? [3, 2] : [2, 3])], b: ['batch', ...b] },
      options,
      MICROSOFT,
    );
    simple(
      'FusedMatMul',
      `4-D with broadcast batches, transA ${transA} transB ${transB}`,
      { a: ['batch', 1, ...(transA ? [3, 2] : [2, 3])], b: [2, ...b] },
      options,
      MICROSOFT,
    );
    simple(
      'FusedMatMul',
      `3-D x 2-D, transA ${transA} transB ${transB}`,
      { a: ['batch', ...(transA ? [3, 2] : [2, 3])], b },
      options,
      MICROSOFT,
    );
  }
simple('FusedMatMul', 'without attributes', { a: ['batch', 3], b: [3, 2] }, {}, MICROSOFT);
for (const [variant, c] of Object.entries<(number | string)[]>({
  row: [1, 2],
  column: ['batch', 1],
  matrix: ['batch', 2],
  scalar: [],
  'one number': [1],
}))
  simple('Gemm', `addend a ${variant}`, { a: ['batch', 3], b: [3, 2], c });
simple('MatMul', '2-D x 2-D', { a: ['batch', 3], b: [3, 2] });
simple('MatMul', '3-D x 2-D', { a: ['batch', 'sequence', 3], b: [3, 2] });
simple('MatMul', '4-D x 2-D', { a: ['batch', 2, 'sequence', 3], b: [3, 2] });
simple('MatMul', '2-D x 3-D', { a: [2, 3], b: ['batch', 3, 'sequence'] });
simple('MatMul', '3-D x 3-D', { a: ['batch', 2, 3], b: ['batch', 3, 'sequence'] });
simple('MatMul', 'left batch broadcast', { a: [1, 2, 3], b: ['batch', 3, 2] });
simple('MatMul', 'right batch broadcast', { a: ['batch', 2, 3], b: [1, 3, 2] });
simple('MatMul', 'both batches broadcast', { a: ['batch', 1, 2, 3], b: [2, 3, 2] });
simple('MatMul', 'one row', { a: ['batch', 1, 3], b: ['batch', 3, 2] });
add('MatMul', 'a constant on the right', { a: ['batch', 3] }, (b) =>
  b.matmul('a', b.initializer('w', tensor([3, 2], [1, -2, 3, 0.5, -1, 2]))),
);

// Movement.
add('Reshape', 'computed shape', { a: ['batch', 2, 3] }, (b) =>
  b.reshape('a', b.op('Concat', [b.op('Shape', ['a'], { end: int(1) }), b.integers([6])], { axis: int(0) })),
);
add('Reshape', 'to one row', { a: ['batch', 2, 3] }, (b) => b.reshapeTo('a', [1, -1]));
for (const axis of [0, 1, 2, -1]) simple('Flatten', `axis ${axis}`, { a: ['batch', 2, 3] }, { axis: int(axis) });
simple('Flatten', 'without axis', { a: ['batch', 2, 3] });
add('Squeeze', 'axes', { a: ['batch', 1, 3, 1] }, (b) => b.op('Squeeze', ['a', b.integers([1, -1])]));
add('Squeeze', 'every axis of one', { a: [1, 3, 1] }, node('Squeeze', 'a'));
add('Unsqueeze', 'axes', { a: ['batch', 3] }, (b) => b.op('Unsqueeze', ['a', b.integers([0, -1])]));
add('Unsqueeze', 'attribute', { a: ['batch', 3] }, node('Unsqueeze', 'a', { axes: ints([1]) }), 12);
simple('Transpose', 'perm', { a: ['batch', 2, 3] }, { perm: ints([1, 2, 0]) });
simple('Transpose', 'heads', { a: ['batch', 'sequence', 2, 3] }, { perm: ints([0, 2, 1, 3]) });
simple('Transpose', 'without perm', { a: ['batch', 2, 3] });
add('Expand', 'leading axis', { a: [3] }, (b) => b.op('Expand', ['a', b.integers([2, 3])]));
add('Expand', 'inner axis', { a: ['batch', 1, 3] }, (b) => b.op('Expand', ['a', b.integers([1, 2, 1])]));
add('Expand', 'by the shape of another', { a: [1, 3], b: ['batch', 3] }, (b) =>
  b.mul(b.op('Expand', ['a', b.shapeOf('b')]), 'b'),
);
add('Concat', 'axis 0', { a: ['batch', 3], b: [2, 3] }, node('Concat', 'a b', { axis: int(0) }));
add(
  'Concat',
  'last axis, uneven',
  { a: ['batch', 3], b: ['batch', 1], c: ['batch', 2] },
  node('Concat', 'a b c', { axis: int(-1) }),
);
add('Concat', 'with a constant', { a: [2, 3] }, (b) =>
  b.op('Concat', [b.initializer('k', tensor([1, 3], [1, 2, 3])), 'a'], { axis: int(0) }),
);
add('Concat', 'a value twice', { a: ['batch', 3] }, node('Concat', 'a a', { axis: int(1) }));
const parts = (b: GraphBuilder, sizes: number[], axis: number) =>
  b.emit('Split', ['a', b.integers(sizes)], { axis: int(axis) }, { count: sizes.length });
add('Split', 'all parts', { a: ['batch', 6] }, (b) => parts(b, [1, 2, 3], 1));
add('Split', 'one part unused', { a: ['batch', 6] }, (b) => parts(b, [1, 2, 3], -1).filter((_, i) => i !== 1));
add('Split', 'equal parts', { a: ['batch', 6] }, (b) =>
  b.emit('Split', ['a'], { axis: int(1), num_outputs: int(3) }, { count: 3 }),
);
add(
  'Split',
  'attribute',
  { a: [5, 'batch'] },
  (b) => b.emit('Split', ['a'], { split: ints([2, 3]) }, { count: 2 }),
  12,
);
const cut =
  (starts: number[], ends: number[], axes?: number[], steps?: number[]): Build =>
  (b) =>
    b.op('Slice', [
      'a',
      b.integers(starts),
      b.integers(ends),
      ...(axes ? [b.integers(axes)] : []),
      ...(steps ? [b.integers(steps)] : []),
    ]);
add('Slice', 'without axes', { a: ['batch', 4] }, cut([1, 1], [3, 3]));
add('Slice', 'one axis from 1 to the end', { a: ['batch', 4] }, cut([1], [Number.MAX_SAFE_INTEGER], [1]));
add('Slice', 'negative axis and step 1', { a: ['batch', 4, 2] }, cut([2], [4], [-2], [1]));
add('Slice', 'up to the last but one', { a: ['batch', 4] }, cut([0], [-1], [1]));
add('Slice', 'two axes in another order', { a: ['batch', 4, 3] }, cut([1, 2], [3, 4], [2, 1]));
add('Slice', 'of a varying axis', { a: ['batch', 3] }, cut([1], [3], [0]));

// Gather.
const rows =
  (dims: number[], values: number[], attributes: Record<string, Attribute> = {}): Build =>
  (b) =>
    b.op('Gather', ['a', b.initializer('at', indices(dims, values))], attributes);
add('Gather', 'rows of a table, some twice', { a: [5, 3] }, rows([2, 3], [0, 4, 2, 2, 0, 2]));
add('Gather', 'rows from the end', { a: [5, 3] }, rows([3], [-1, 1, 4]));
add('Gather', 'rows by computed places', { a: [5, 3] }, (b) =>
  b.op('Gather', ['a', b.op('Range', [b.integer(1), b.integer(4), b.integer(1)])]),
);
add('Gather', 'a table used twice', { a: [5, 3] }, (b) =>
  b.mul(rows([2], [1, 1])(b) as string, b.op('Gather', ['a', b.initializer('to', indices([2], [1, 3]))])),
);
add('Gather', 'a table gathered and multiplied', { a: [5, 3], x: ['batch', 3] }, (b) => [
  rows([2], [1, 1])(b) as string,
  b.fusedMatMul('x', 'a', false, true),
]);
add('Gather', 'constant scalar on axis 1', { a: ['batch', 4, 3] }, rows([], [2], { axis: int(1) }));
add('Gather', 'constant vector of one on axis 1', { a: ['batch', 4, 3] }, rows([1], [2], { axis: int(-2) }));
add('Gather', 'first token of a computed value', { a: ['batch', 'sequence', 3] }, (b) =>
  b.op('Gather', [b.op('Tanh', ['a']), b.integer(0)], { axis: int(1) }),
);
add('Gather', 'axis 0 of a computed value', { a: [4, 3] }, (b) => b.op('Gather', [b.op('Tanh', ['a']), b.integer(2)]));

// Reductions; before operator set 18 axes are an attribute (ReduceSum: before 13).
for (const op of ['ReduceSum', 'ReduceMean', 'ReduceL2'])
  for (const keepdims of [0, 1]) {
    const kept = { keepdims: int(keepdims) };
    const a: (number | string)[] = ['batch', 2, 3];
    const old = op === 'ReduceSum' ? 12 : 17;
    add(op, `last axis, keepdims ${keepdims}`, { a }, (b) => b.op(op, ['a', b.integers([-1])], kept));
    add(op, `two axes, keepdims ${keepdims}`, { a }, (b) => b.op(op, ['a', b.integers([2, 0])], kept));
    add(op, `a varying axis, keepdims ${keepdims}`, { a }, (b) => b.op(op, ['a', b.integers([0])], kept));
    add(op, `attribute axes, keepdims ${keepdims}`, { a }, node(op, 'a', { ...kept, axes: ints([1, -1]) }), old);
    add(
      op,
      `attribute axes of a varying axis, keepdims ${keepdims}`,
      { a },
      node(op, 'a', { ...kept, axes: ints([0]) }),
      old === 12 ? 12 : 13,
    );
    add(op, `every axis, keepdims ${keepdims}`, { a }, node(op, 'a', kept));
  }
add(
  'ReduceSum',
  'no axes and noop_with_empty_axes',
  { a: ['batch', 3] },
  node('ReduceSum', 'a', { noop_with_empty_axes: int(1) }),
);
add(
  'ReduceMean',
  'no axes and noop_with_empty_axes',
  { a: ['batch', 3] },
  node('ReduceMean', 'a', { noop_with_empty_axes: int(1) }),
);
for (const op of ['Softmax', 'LogSoftmax']) {
  simple(op, 'last axis', { a: ['batch', 4] }, { axis: int(-1) });
  simple(op, 'without axis', { a: ['batch', 2, 4] });
  simple(op, 'inner axis', { a: ['batch', 3, 2] }, { axis: int(1) });
  simple(op, 'varying axis', { a: ['batch', 3] }, { axis: int(0) });
  add(op, 'last axis of an old operator set', { a: ['batch', 2, 4] }, node(op, 'a', { axis: int(2) }), 11);
}

// Normalisation.
const norm = { scale: positive(4), bias: [4] };
simple('LayerNormalization', '2-D', { a: ['batch', 4], ...norm });
simple(
  'LayerNormalization',
  '3-D with its own epsilon',
  { a: ['batch', 'sequence', 4], ...norm },
  { axis: int(2), epsilon: float(0.1) },
);
simple('LayerNormalization', 'without bias', { a: ['batch', 4], scale: positive(4) }, { axis: int(-1) });
add('LayerNormalization', 'constant scale', { a: ['batch', 4] }, (b) =>
  b.op('LayerNormalization', ['a', b.initializer('s', tensor([4], [1, 2, 0.5, -1]))]),
);

describe('gradient rules against central differences', () => {
  for (const each of cases) test(`${each.op}: ${each.variant}`, () => checkCase(each));
  test('every rule has a case, and every case a rule', () => {
    assert.deepEqual([...new Set(cases.map((each) => each.op))].sort(), [...RULES.keys()].sort());
  });
  test('no operator has both a rule and none', () => {
    assert.deepEqual(
      [...RULES.keys()].filter((op) => NON_DIFFERENTIABLE.has(op)),
      [],
    );
  });
  after(() => {
    const worst = [...largestErrors].sort((x, y) => y[1] - x[1]).slice(0, 5);
    console.log(`largest errors: ${worst.map(([op, error]) => `${op} ${error.toExponential(1)}`).join(', ')}`);
  });
});

/** The sum of a value, as a loss. */
const total = (b: GraphBuilder, value: string): string => b.op('ReduceSum', [value], { keepdims: int(0) });

/** Gradients of `loss`, run once. */
async function gradientsOf(b: GraphBuilder, loss: string, feeds: Record<string, Value>, parameters: string[]) {
  const facts = await probeFacts(b.graph, new Map());
  const gradients = differentiate(b, { loss, parameters: new Set(parameters), facts });
  declareGradients(b, gradients);
  const session = await Session.open(encodeModel(b.graph), { optimize: 'basic', threads: 1 });
  const found = collect(gradients, await session.run(feeds), feeds, b.graph);
  await session.close();
  return found;
}

const vector = (...values: number[]): Value => ({
  type: 'float32',
  dims: [values.length],
  data: Float32Array.from(values),
});

describe('differentiate', () => {
  const refused = async (write: Build, detail: RegExp, op: string): Promise<void> => {
    const b = GraphBuilder.empty('refused');
    b.input('a', 'float32', [3, 4]);
    const loss = total(b, write(b) as string);
    const facts = await probeFacts(b.graph, new Map());
    const at = b.graph.nodes.find((each) => each.op === op)!;
    assert.throws(
      () => differentiate(b, { loss, parameters: new Set(['a']), facts }),
      (error) =>
        error instanceof DifferentiationError &&
        error.op === op &&
        error.node === at.name &&
        error.message.includes(op) &&
        error.message.includes(at.name) &&
        detail.test(error.message),
    );
  };

  test('an operator without a rule is refused by operator and node', async () => {
    await refused((b) => b.op('Softsign', ['a']), /no gradient rule/i, 'Softsign');
  });

  test('a form that a rule does not know is refused by operator and node', async () => {
    await refused(cut([-2], [4], [1]), /from the end/, 'Slice');
    await refused(cut([0], [4], [1], [2]), /steps/, 'Slice');
    await refused(
      (b) =>
        b.op('Dropout', ['a', b.scalar(0.5), b.initializer('t', { type: 'bool', dims: [], data: Uint8Array.of(1) })]),
      /training mode/,
      'Dropout',
    );
    await refused((b) => b.op('Max', ['a', b.scalar(0), b.scalar(1)]), /3 inputs/, 'Max');
    await refused((b) => b.op('Pow', ['a', 'a']), /exponent/, 'Pow');
    await refused((b) => b.op('Gather', [b.op('Tanh', ['a']), b.integers([0, 1])]), /several places/, 'Gather');
    await refused((b) => b.matmul('a', b.initializer('v', tensor([4], [1, 2, 3, 4]))), /vector/, 'MatMul');
    await refused(
      (b) => b.op('LayerNormalization', ['a', b.initializer('s', tensor([3, 4], Array(12).fill(1)))], { axis: int(0) }),
      /several axes/,
      'LayerNormalization',
    );
  });

  test('missingRules lists only operators between weights and loss', () => {
    const b = GraphBuilder.empty('missing');
    b.input('a', 'float32', [3]);
    b.input('x', 'float32', [3]);
    b.op('Softsign', ['x']);
    const bad = b.op('Softplus', [b.op('Tanh', ['a'])]);
    b.op('Softsign', [b.op('Cast', [b.op('Greater', ['a', b.scalar(0)])], { to: int(1) })]);
    assert.deepEqual(
      missingRules(b.graph, new Set(['a'])).map((each) => each.outputs[0]),
      [bad],
    );
  });

  test('a parameter that the loss does not reach gets no gradient', async () => {
    const b = GraphBuilder.empty('unreached');
    for (const name of ['a', 'side', 'alone']) b.input(name, 'float32', [2]);
    b.op('Exp', ['side']);
    const found = await gradientsOf(
      b,
      total(b, b.mul('a', 'a')),
      { a: vector(1, 2), side: vector(1, 1), alone: vector(3, 3) },
      ['a', 'side', 'alone'],
    );
    assert.deepEqual([...found], [['a', Float32Array.of(2, 4)]]);
  });

  test('gradients of all uses of a value add up, and frozen inputs get none', async () => {
    const b = GraphBuilder.empty('shared');
    for (const name of ['a', 'frozen']) b.input(name, 'float32', [2]);
    const twice = b.add('a', 'a');
    const found = await gradientsOf(
      b,
      total(b, b.add(b.mul(twice, 'frozen'), b.sub(twice, 'a'))),
      { a: vector(1, 2), frozen: vector(3, 5) },
      ['a'],
    );
    assert.deepEqual([...found], [['a', Float32Array.of(7, 11)]]);
  });

  test('an initializer can be the parameter', async () => {
    const b = GraphBuilder.empty('initializer');
    b.input('x', 'float32', [2]);
    b.initializer('w', tensor([2], [4, 5]));
    const loss = total(b, b.mul('x', 'w'));
    const { dense } = differentiate(b, {
      loss,
      parameters: new Set(['w']),
      facts: await probeFacts(b.graph, new Map()),
    });
    b.output(dense.get('w')!);
    const session = await Session.open(encodeModel(b.graph), { optimize: 'basic', threads: 1 });
    assert.deepEqual((await session.run({ x: vector(6, 7) }))[dense.get('w')!]!.data, Float32Array.of(6, 7));
    await session.close();
  });
});
