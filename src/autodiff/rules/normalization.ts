// Gradient of LayerNormalization over the last axis.
import { intAttribute } from '../graph.ts';
import type { Rule } from '../rule.ts';

/**
 * With x' = (x - mean) / deviation and g = dy * scale: dx = (g - mean(g) - x' mean(g x')) / deviation,
 * dscale = sum(dy x'), dbias = sum(dy). Means over the last axis (Ba et al. 2016, arXiv 1607.06450).
 */
const layerNormalization: Rule = (c) => {
  const { b, node } = c;
  const [x, scale, bias] = node.inputs as [string, string, string | undefined];
  const [y] = node.outputs as [string];
  const dy = c.outputGradients[0]!;
  const { dims } = c.facts(x);
  const axis = intAttribute(node, 'axis', -1);
  if (axis !== -1 && axis !== dims.length - 1) throw new Error('LayerNormalization over several axes');
  const width = dims.at(-1);
  if (width == null) throw new Error('LayerNormalization over an axis of varying size');
  // The kernel gives mean and 1/deviation as extra outputs: ask for them instead of computing them again.
  while (node.outputs.length < 3) node.outputs.push(b.fresh('LayerNormalization'));
  const [, mean, inverseDeviation] = node.outputs as [string, string, string];
  const normalised = b.mul(b.sub(x, mean), inverseDeviation);
  const dyNormalised = b.mul(dy, normalised);
  let dx: string | null = null;
  if (c.needs(0)) {
    // mean(g) = dy . scale / width and mean(g x') = (dy x') . scale / width: products with a column cost less than sums.
    const column = b.reshapeTo(scale, [width, 1]);
    const meanOver = (value: string): string => b.mul(b.scale(b.matmul(value, column), 1 / width), inverseDeviation);
    const direct = b.mul(b.mul(dy, scale), inverseDeviation);
    dx = b.sub(b.sub(direct, meanOver(dy)), b.mul(normalised, meanOver(dyNormalised)));
  }
  return [
    dx,
    c.needs(1) ? c.unbroadcast(dyNormalised, y, scale) : null,
    bias && c.needs(2) ? c.unbroadcast(dy, y, bias) : null,
  ];
};

export const NORMALIZATION: Record<string, Rule> = { LayerNormalization: layerNormalization };
