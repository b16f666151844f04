// Gradients of GELU: of the fused operator, and of the product that `shareGelu` writes it as.
import { isTanhGelu, type Node } from '../graph.ts';
import type { RuleContext } from '../rule.ts';

const LOG_TWO_OVER_ROOT_PI = Math.log(2 / Math.sqrt(Math.PI));

/** d erf(v)/dv = 2/sqrt(pi) e^(-v^2), its factor inside the exponent: one pass less. */
export function erfSlope(c: RuleContext, v: string): string {
  const { b } = c;
  return b.op('Exp', [b.sub(b.scalar(LOG_TWO_OVER_ROOT_PI), b.mul(v, v))]);
}

/** d gelu(v)/dv = Phi(v) + v phi(v) with the normal distribution's Phi and phi; the tanh form is differentiated as written. */
export function geluGradient(c: RuleContext): string {
  const { b } = c;
  const v = c.node.inputs[0]!;
  const dy = c.outputGradients[0]!;
  if (c.node.inputs[1]) throw new Error(`${c.node.op} with a bias`);
  if (isTanhGelu(c.node)) return tanhGradient(c, v, dy);
  const cdf = b.scale(b.add(b.op('Erf', [b.scale(v, Math.SQRT1_2)]), b.scalar(1)), 0.5);
  const density = b.scale(b.op('Exp', [b.mul(b.scale(v, -0.5), v)]), 1 / Math.sqrt(2 * Math.PI));
  return b.mul(dy, b.add(cdf, b.mul(v, density)));
}

/** gelu(v) = v/2 (1 + tanh u), u = sqrt(2/pi)(v + 0.044715 v^3). */
function tanhGradient(c: RuleContext, v: string, dy: string): string {
  const { b } = c;
  const k = Math.sqrt(2 / Math.PI);
  const square = b.mul(v, v);
  const t = b.op('Tanh', [b.mul(b.scale(v, k), b.add(b.scale(square, 0.044715), b.scalar(1)))]);
  const du = b.add(b.scale(square, 3 * 0.044715 * k), b.scalar(k));
  const left = b.scale(b.add(t, b.scalar(1)), 0.5);
  const right = b.scale(b.mul(b.mul(v, b.sub(b.scalar(1), b.mul(t, t))), du), 0.5);
  return b.mul(dy, b.add(left, right));
}

/**
 * du of y = u w with w = 1 + erf u: dy (w + u slope). Taken apart at the product, the gradients of its two sides cost two passes more.
 * Undefined where the node is another product or `w` is read elsewhere.
 */
export function sharedGeluGradient(c: RuleContext): string | undefined {
  const { b, node } = c;
  const [u, w] = node.inputs as [string, string];
  const sum = onlyFor(c, w, node);
  const one = sum?.op === 'Add' ? c.constant(sum.inputs[1]) : undefined;
  if (!sum || one?.dims.length !== 0 || Number(one.data[0]) !== 1) return undefined;
  const erf = onlyFor(c, sum.inputs[0]!, sum);
  if (erf?.op !== 'Erf' || erf.inputs[0] !== u) return undefined;
  return b.mul(c.outputGradients[0]!, b.add(w, b.mul(u, erfSlope(c, u))));
}

/** The node that makes a value which `reader` alone reads. */
const onlyFor = (c: RuleContext, value: string, reader: Node): Node | undefined =>
  c.onlyReader(value) === reader ? c.maker(value) : undefined;
