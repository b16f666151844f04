// Gradients of element-by-element operators; binary ones broadcast.
import { type DataType, int } from '../graph.ts';
import type { Rule, RuleContext } from '../rule.ts';
import { erfSlope, geluGradient, sharedGeluGradient } from './gelu.ts';

const dy = (c: RuleContext): string => c.outputGradients[0]!;
const x = (c: RuleContext, i = 0): string => c.node.inputs[i]!;
const y = (c: RuleContext): string => c.node.outputs[0]!;

/** A rule for a binary operator out of its two partial products, each of the output's shape. */
function binary(left: (c: RuleContext) => string, right: (c: RuleContext) => string): Rule {
  return (c) => [
    c.needs(0) ? c.unbroadcast(left(c), y(c), x(c, 0)) : null,
    c.needs(1) ? c.unbroadcast(right(c), y(c), x(c, 1)) : null,
  ];
}

/** A rule for a unary operator out of dx. */
const unary =
  (gradient: (c: RuleContext) => string): Rule =>
  (c) => [gradient(c)];

/** v^n with a constant or computed exponent, which itself must not be trained. */
function pow(c: RuleContext): string {
  const { b } = c;
  if (c.needs(1)) throw new Error('a trained exponent');
  const exponent = c.constant(x(c, 1));
  if (exponent && exponent.data.length === 1 && Number(exponent.data[0]) === 2)
    return c.unbroadcast(b.mul(dy(c), b.scale(x(c), 2)), y(c), x(c));
  const one = b.scalar(1);
  const n = b.op('Cast', [x(c, 1)], { to: int(1) });
  return c.unbroadcast(b.mul(dy(c), b.mul(n, b.op('Pow', [x(c), b.sub(n, one)]))), y(c), x(c));
}

/** Where passes the gradient to the branch that was taken. */
const where: Rule = (c) => {
  const { b } = c;
  const zero = b.scalar(0);
  return [
    null,
    c.needs(1) ? c.unbroadcast(b.op('Where', [x(c, 0), dy(c), zero]), y(c), x(c, 1)) : null,
    c.needs(2) ? c.unbroadcast(b.op('Where', [x(c, 0), zero, dy(c)]), y(c), x(c, 2)) : null,
  ];
};

/** Max and Min of two inputs: the gradient goes to the greater (lesser) one; a tie goes to the first. */
const extreme =
  (comparison: string): Rule =>
  (c) => {
    if (c.node.inputs.length !== 2) throw new Error(`${c.node.op} of ${c.node.inputs.length} inputs`);
    const { b } = c;
    const second = b.op(comparison, [x(c, 0), x(c, 1)]);
    const zero = b.scalar(0);
    return [
      c.needs(0) ? c.unbroadcast(b.op('Where', [second, zero, dy(c)]), y(c), x(c, 0)) : null,
      c.needs(1) ? c.unbroadcast(b.op('Where', [second, dy(c), zero]), y(c), x(c, 1)) : null,
    ];
  };

/** Clip passes the gradient inside the limits. */
const clip: Rule = (c) => {
  const { b } = c;
  return [b.op('Where', [b.op('Equal', [x(c), y(c)]), dy(c), b.scalar(0)])];
};

/** At inference Dropout changes nothing. */
const dropout: Rule = (c) => {
  const training = c.constant(c.node.inputs[2]);
  if (c.node.inputs[2] && (!training || Number(training.data[0]) !== 0)) throw new Error('Dropout in training mode');
  return [dy(c)];
};

const FLOATING: Partial<Record<DataType, number>> = { float32: 1, float16: 10, float64: 11 };

/** Back to the type that the value came from; casts to integers never get here, since they carry no gradient. */
const cast: Rule = (c) => {
  const from = c.facts(x(c)).type;
  if (from === c.facts(y(c)).type) return [dy(c)];
  const code = FLOATING[from];
  if (code === undefined) throw new Error(`a Cast from ${from}`);
  return [c.b.op('Cast', [dy(c)], { to: int(code) })];
};

const product = binary(
  (c) => c.b.mul(dy(c), x(c, 1)),
  (c) => c.b.mul(dy(c), x(c, 0)),
);

export const ELEMENTWISE: Record<string, Rule> = {
  Add: binary(dy, dy),
  Sub: binary(dy, (c) => c.b.neg(dy(c))),
  Mul: (c) => {
    const gelu = sharedGeluGradient(c);
    return gelu === undefined ? product(c) : [gelu, null];
  },
  Div: binary(
    (c) => c.b.div(dy(c), x(c, 1)),
    (c) => c.b.neg(c.b.div(c.b.mul(dy(c), y(c)), x(c, 1))),
  ),
  Sum: (c) => c.node.inputs.map((input, i) => (c.needs(i) ? c.unbroadcast(dy(c), y(c), input) : null)),
  Neg: unary((c) => c.b.neg(dy(c))),
  Abs: unary((c) => c.b.mul(dy(c), c.b.op('Sign', [x(c)]))),
  Exp: unary((c) => c.b.mul(dy(c), y(c))),
  Log: unary((c) => c.b.div(dy(c), x(c))),
  Sqrt: unary((c) => c.b.div(dy(c), c.b.scale(y(c), 2))),
  Reciprocal: unary((c) => c.b.neg(c.b.mul(dy(c), c.b.mul(y(c), y(c))))),
  Erf: unary((c) => c.b.mul(dy(c), erfSlope(c, x(c)))),
  Tanh: unary((c) => c.b.mul(dy(c), c.b.sub(c.b.scalar(1), c.b.mul(y(c), y(c))))),
  Sigmoid: unary((c) => c.b.mul(dy(c), c.b.mul(y(c), c.b.sub(c.b.scalar(1), y(c))))),
  Relu: unary((c) => c.b.op('Where', [c.b.op('Greater', [x(c), c.b.scalar(0)]), dy(c), c.b.scalar(0)])),
  Gelu: unary(geluGradient),
  FastGelu: unary(geluGradient),
  Pow: (c) => [pow(c), null],
  Where: where,
  Max: extreme('Less'),
  Min: extreme('Greater'),
  Clip: clip,
  Identity: unary(dy),
  Dropout: dropout,
  Cast: cast,
};
