// Gradients of matrix products.
import { floatAttribute, intAttribute } from '../graph.ts';
import type { Rule, RuleContext } from '../rule.ts';

/** Y = alpha A' B' + beta C, two-dimensional, with optional transposes. */
const gemm: Rule = (c) => {
  const { b, node } = c;
  const [dy] = c.outputGradients as [string];
  const [A, B, C] = node.inputs as [string, string, string | undefined];
  const transA = intAttribute(node, 'transA', 0) === 1;
  const transB = intAttribute(node, 'transB', 0) === 1;
  const alpha = floatAttribute(node, 'alpha', 1);
  const beta = floatAttribute(node, 'beta', 1);
  const right = (): string => {
    if (transA) return transB ? b.gemm(dy, A, true, true, alpha) : b.gemm(A, dy, false, false, alpha);
    return transB
      ? weightGradient(c, dy, node.outputs[0]!, A, A, alpha)
      : weightGradient(c, A, A, dy, node.outputs[0]!, alpha);
  };
  return [
    !c.needs(0) ? null : transA ? b.gemm(B, dy, transB, true, alpha) : b.gemm(dy, B, false, !transB, alpha),
    c.needs(1) ? right() : null,
    C && c.needs(2) ? b.scale(c.unbroadcast(dy, node.outputs[0]!, C), beta) : null,
  ];
};

/** leftT right, of matrices as wide as the forward values `leftLike` and `rightLike`; the narrower one is transposed. */
function weightGradient(
  c: RuleContext,
  left: string,
  leftLike: string,
  right: string,
  rightLike: string,
  alpha: number,
): string {
  const [l, r] = [leftLike, rightLike].map((value) => c.facts(value).dims.at(-1) ?? 0) as [number, number];
  return c.b.tallProduct(left, right, alpha, l > r && r > 0);
}

/** The last dimension of a value, which must be the same for every batch. */
function width(c: RuleContext, value: string): number {
  const dim = c.facts(value).dims.at(-1);
  if (dim == null) throw new Error(`the width of ${value} varies`);
  return dim;
}

/** Products with batch axes; a two-dimensional right side (a weight) is met by flattening the left one. */
function product(c: RuleContext, transA: boolean, transB: boolean, alpha: number): (string | null)[] {
  const { b, node } = c;
  const [dy] = c.outputGradients as [string];
  const [A, B] = node.inputs as [string, string];
  const [Y] = node.outputs as [string];
  const rankA = c.facts(A).dims.length;
  const rankB = c.facts(B).dims.length;
  if (rankA < 2 || rankB < 2) throw new Error(`a product with a vector (ranks ${rankA} and ${rankB})`);
  let dA: string | null = null;
  let dB: string | null = null;
  if (c.needs(0)) {
    const full = transA ? b.fusedMatMul(B, dy, transB, true, alpha) : b.fusedMatMul(dy, B, false, !transB, alpha);
    dA = unbroadcastBatch(c, full, Y, A);
  }
  if (c.needs(1)) {
    if (rankB === 2 && rankA > 2 && !transA) {
      const flatA = b.reshapeTo(A, [-1, width(c, A)]);
      const flatDy = b.reshapeTo(dy, [-1, width(c, Y)]);
      dB = transB ? weightGradient(c, flatDy, Y, flatA, A, alpha) : weightGradient(c, flatA, A, flatDy, Y, alpha);
    } else {
      const full = transB ? b.fusedMatMul(dy, A, true, transA, alpha) : b.fusedMatMul(A, dy, !transA, false, alpha);
      dB = unbroadcastBatch(c, full, Y, B);
    }
  }
  return [dA, dB];
}

/** Sums over batch axes that `to` lacks or has as 1; the two matrix axes are never broadcast. */
function unbroadcastBatch(c: RuleContext, gradient: string, output: string, to: string): string {
  const from = c.facts(output).dims;
  const target = c.facts(to).dims;
  const lead = from.length - target.length;
  const axes: number[] = [];
  for (let axis = 0; axis < from.length - 2; axis++)
    if (axis < lead || (target[axis - lead] === 1 && from[axis] !== 1)) axes.push(axis);
  if (axes.length === 0) return gradient;
  const summed = c.b.reduceSum(gradient, axes, true);
  return lead === 0 ? summed : c.b.reshape(summed, c.b.shapeOf(to));
}

export const LINALG: Record<string, Rule> = {
  Gemm: gemm,
  MatMul: (c) => product(c, false, false, 1),
  FusedMatMul: (c) =>
    product(
      c,
      intAttribute(c.node, 'transA', 0) === 1,
      intAttribute(c.node, 'transB', 0) === 1,
      floatAttribute(c.node, 'alpha', 1),
    ),
};
