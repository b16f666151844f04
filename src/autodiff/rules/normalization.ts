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
    const g = b.mul(dy, scale);
    const axes = [dims.length - 1];
    const meanG = b.scale(b.reduceSum(g, axes, true), 1 / width);
    // mean(g x') = (dy x') . scale / width: a product with a column, cheaper than another multiplication and sum.
    const meanGx = b.scale(b.matmul(dyNormalised, b.reshapeTo(scale, [width, 1])), 1 / width);
    dx = b.mul(b.sub(b.sub(g, meanG), b.mul(normalised, meanGx)), inverseDeviation);
  }
  return [
    dx,
    c.needs(1) ? c.unbroadcast(dyNormalised, y, scale) : null,
    bias && c.needs(2) ? c.unbroadcast(dy, y, bias) : null,
  ];
};

export const NORMALIZATION: Record<string, Rule> = { LayerNormalization: layerNormalization };
