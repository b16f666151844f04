// AdamW (Kingma and Ba 2014, arXiv 1412.6980; Loshchilov and Hutter 2019, arXiv 1711.05101) over plain arrays, in place.
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
    const pace: Pace = {
      beta1,
      beta2,
      scale,
      correction,
      epsilon: epsilon * Math.sqrt(1 - beta2 ** this.steps),
    };
    for (const [name, gradient] of gradients.dense) {
      const p = this.parameters.get(name)!;
      const decay = p.decay ? weightDecay : 0;
      update(p.data, this.momentsOf(name), gradient, rate(name), decay, pace);
    }
    for (const [name, rows] of gradients.rows) {
      const p = this.parameters.get(name)!;
      const moments = this.momentsOf(name);
      const { width, data } = rows;
      const lr = rate(name);
      // No decay: a row is met seldom and would otherwise shrink by how often its word occurs.
      rows.rows.forEach((row, n) => {
        const part = (values: Float32Array): Float32Array => values.subarray(row * width, (row + 1) * width);
        const rowMoments = { first: part(moments.first), second: part(moments.second) };
        update(part(p.data), rowMoments, data.subarray(n * width, (n + 1) * width), lr, 0, pace);
      });
    }
    return norm;
  }
}

/** What one update shares over all weights: constants of the optimizer, the clipping factor and the bias correction. */
interface Pace {
  beta1: number;
  beta2: number;
  scale: number;
  correction: number;
  epsilon: number;
}

/** Updates one array in place. Its constants are locals: read from an enclosing scope, they cost the loop twice its time. */
function update(
  data: Float32Array,
  { first, second }: Moments,
  gradient: Float32Array,
  rate: number,
  decay: number,
  { beta1, beta2, scale, correction, epsilon }: Pace,
): void {
  const step = rate * correction;
  const shrink = 1 - rate * decay;
  const { length } = gradient;
  for (let i = 0; i < length; i++) {
    const g = gradient[i]! * scale;
    const m = beta1 * first[i]! + (1 - beta1) * g;
    const v = beta2 * second[i]! + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    data[i] = data[i]! * shrink - (step * m) / (Math.sqrt(v) + epsilon);
  }
}
