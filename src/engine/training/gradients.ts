// Gradients of one step, summed over micro-batches: dense arrays, and rows of big tables.
import type { Parameters } from './parameters.ts';

/** Gradient of a table by rows: `data` holds one row of `width` per entry of `rows`, in the order of first use. */
export class RowAccumulator {
  private readonly places = new Map<number, number>();
  private buffer: Float32Array;

  constructor(readonly width: number) {
    this.buffer = new Float32Array(width * 256);
  }

  /** Row numbers that have gradient. */
  get rows(): number[] {
    return [...this.places.keys()];
  }

  /** Row-major gradient rows, in the order of {@link rows}. */
  get data(): Float32Array {
    return this.buffer.subarray(0, this.places.size * this.width);
  }

  /** Adds `gradient[n]` to row `indices[n]` for every n; `indices` may be 32-bit or 64-bit. */
  add(indices: ArrayLike<number | bigint>, gradient: Float32Array): void {
    const { width } = this;
    for (let n = 0; n < indices.length; n++) {
      const row = Number(indices[n]);
      let place = this.places.get(row);
      if (place === undefined) {
        place = this.places.size;
        this.places.set(row, place);
        if ((place + 1) * width > this.buffer.length) {
          const larger = new Float32Array(this.buffer.length * 2);
          larger.set(this.buffer);
          this.buffer = larger;
        }
      }
      const to = place * width;
      const from = n * width;
      for (let d = 0; d < width; d++) this.buffer[to + d]! += gradient[from + d]!;
    }
  }

  clear(): void {
    this.buffer.fill(0, 0, this.places.size * this.width);
    this.places.clear();
  }
}

/** All gradients of one step. */
export class GradientSet {
  readonly dense = new Map<string, Float32Array>();
  readonly rows = new Map<string, RowAccumulator>();

  constructor(private readonly parameters: Parameters) {}

  addDense(name: string, gradient: Float32Array): void {
    const sum = this.dense.get(name);
    if (sum === undefined) {
      this.dense.set(name, gradient);
      return;
    }
    for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!;
  }

  addRows(name: string, indices: ArrayLike<number | bigint>, gradient: Float32Array): void {
    let rows = this.rows.get(name);
    if (rows === undefined) {
      rows = new RowAccumulator(this.parameters.get(name)!.dims[1]!);
      this.rows.set(name, rows);
    }
    rows.add(indices, gradient);
  }

  /** Euclidean length over everything. */
  norm(): number {
    let sum = 0;
    for (const gradient of this.dense.values()) sum += squares(gradient);
    for (const rows of this.rows.values()) sum += squares(rows.data);
    return Math.sqrt(sum);
  }

  clear(): void {
    this.dense.clear();
    for (const rows of this.rows.values()) rows.clear();
  }
}

/** Four sums side by side: one alone waits for each addition before it can begin the next. */
function squares(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += values[i]! * values[i]!;
    b += values[i + 1]! * values[i + 1]!;
    c += values[i + 2]! * values[i + 2]!;
    d += values[i + 3]! * values[i + 3]!;
  }
  for (let i = whole; i < values.length; i++) a += values[i]! * values[i]!;
  return a + b + c + d;
}
