// AdamW (Kingma and Ba 2014, arXiv 1412.6980; Loshchilov and Hutter 2019, arXiv 1711.05101) over plain arrays, in place.
import { type AdamConstants, adamUpdate } from './adamKernel.ts';
import type { GradientSet } from './gradients.ts';
import type { Parameter, Parameters } from './parameters.ts';
import { GrowingRows } from './touchedRows.ts';

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

/** Moments of a table that changes by rows: one row for each touched one, in the order of `TouchedRows.rows`. */
export interface RowMoments {
  first: GrowingRows;
  second: GrowingRows;
}

/** The optimizer's state and its update. */
export class AdamW {
  readonly moments = new Map<string, Moments>();
  readonly rowMoments = new Map<string, RowMoments>();
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

  /** Takes over the moments of a checkpoint, as {@link moments} or {@link rowMoments} had them. */
  resume(name: string, first: Float32Array, second: Float32Array): void {
    const { touched } = this.parameters.get(name)!;
    if (!touched) {
      this.moments.set(name, { first, second });
      return;
    }
    const rows = (data: Float32Array): GrowingRows => GrowingRows.of(data, touched.width);
    this.rowMoments.set(name, { first: rows(first), second: rows(second) });
  }

  /** Views of a row's weights and moments. */
  private rowOf(
    p: Parameter,
    row: number,
    width: number,
  ): { data: Float32Array; first: Float32Array; second: Float32Array } {
    const part = (values: Float32Array): Float32Array => values.subarray(row * width, (row + 1) * width);
    if (!p.touched) {
      const { first, second } = this.momentsOf(p.name);
      return { data: part(p.data), first: part(first), second: part(second) };
    }
    let moments = this.rowMoments.get(p.name);
    if (moments === undefined) {
      moments = { first: new GrowingRows(width), second: new GrowingRows(width) };
      this.rowMoments.set(p.name, moments);
    }
    const { first, second } = moments;
    const place = p.touched.touch(row, p.data);
    for (const grown of [first, second]) if (grown.count === place) grown.push();
    return { data: part(p.data), first: first.row(place), second: second.row(place) };
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
      if (p.touched) throw new Error(`The table ${name} was to change by rows and got a gradient as a whole.`);
      const { first, second } = this.momentsOf(name);
      adamUpdate(p.data, first, second, gradient, constants(rate(name), p.decay ? weightDecay : 0));
    }
    for (const [name, rows] of gradients.rows) {
      const p = this.parameters.get(name)!;
      const { width, data } = rows;
      const columns = p.columnRates ?? [[width, 1]];
      const parts = columns.flatMap(([end, share], i) => {
        const start = columns[i - 1]?.[0] ?? 0;
        // No decay: a row is met seldom and would otherwise shrink by how often its word occurs.
        return share === 0 ? [] : [{ start, end, update: constants(rate(name) * share, 0) }];
      });
      rows.rows.forEach((row, n) => {
        const own = this.rowOf(p, row, width);
        const gradient = data.subarray(n * width, (n + 1) * width);
        for (const { start, end, update } of parts) {
          const part = (values: Float32Array): Float32Array => values.subarray(start, end);
          adamUpdate(part(own.data), part(own.first), part(own.second), part(gradient), update);
        }
      });
    }
    return norm;
  }
}
