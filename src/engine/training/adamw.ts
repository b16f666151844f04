// AdamW (Kingma and Ba 2014, arXiv 1412.6980; Loshchilov and Hutter 2019, arXiv 1711.05101) over plain arrays, in place.
import { type AdamConstants, adamUpdate } from './adamKernel.ts';
import type { GradientSet } from './gradients.ts';
import type { Parameters } from './parameters.ts';

/** Constants of the optimizer. */
export interface AdamWOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  weightDecay?: number;
  /** Gradients longer than this are scaled down to it; 0 turns clipping off. */
  clip?: number;
}

/** First and second moments of one weight. */
export interface Moments {
  first: Float32Array;
  second: Float32Array;
}

/** The optimizer's state and its update. */
export class AdamW {
  readonly moments = new Map<string, Moments>();
  steps = 0;
  private readonly options: Required<AdamWOptions>;

  constructor(
    private readonly parameters: Parameters,
    options: AdamWOptions = {},
  ) {
    this.options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, clip: 1, ...options };
  }

  private momentsOf(name: string): Moments {
    let moments = this.moments.get(name);
    if (moments === undefined) {
      const { length } = this.parameters.get(name)!.data;
      moments = { first: new Float32Array(length), second: new Float32Array(length) };
      this.moments.set(name, moments);
    }
    return moments;
  }

  /**
   * One update. Rows of tables without gradient in this step keep their weights and moments (lazy, as in PyTorch's SparseAdam).
   * `rate` may differ per weight. Returns the gradients' length before clipping.
   */
  step(gradients: GradientSet, rate: (name: string) => number): number {
    const { beta1, beta2, epsilon, weightDecay, clip } = this.options;
    this.steps++;
    const norm = gradients.norm();
    const scale = clip > 0 && norm > clip ? clip / norm : 1;
    const correction = Math.sqrt(1 - beta2 ** this.steps) / (1 - beta1 ** this.steps);
    const epsilonNow = epsilon * Math.sqrt(1 - beta2 ** this.steps);
    const constants = (rate: number, decay: number): AdamConstants => ({
      keepFirst: beta1,
      takeFirst: (1 - beta1) * scale,
      keepSecond: beta2,
      takeSecond: (1 - beta2) * scale * scale,
      step: rate * correction,
      shrink: 1 - rate * decay,
      epsilon: epsilonNow,
    });
    for (const [name, gradient] of gradients.dense) {
      const p = this.parameters.get(name)!;
      const { first, second } = this.momentsOf(name);
      adamUpdate(p.data, first, second, gradient, constants(rate(name), p.decay ? weightDecay : 0));
    }
    for (const [name, rows] of gradients.rows) {
      const p = this.parameters.get(name)!;
      const { first, second } = this.momentsOf(name);
      const { width, data } = rows;
      // No decay: a row is met seldom and would otherwise shrink by how often its word occurs.
      const shared = constants(rate(name), 0);
      rows.rows.forEach((row, n) => {
        const part = (values: Float32Array, at: number): Float32Array => values.subarray(at * width, (at + 1) * width);
        adamUpdate(part(p.data, row), part(first, row), part(second, row), part(data, n), shared);
      });
    }
    return norm;
  }
}
