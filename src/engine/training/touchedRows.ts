// Rows of a big table that a training has changed: a multilingual model has 250,000 words, and a knowledge base uses few of them.

/** A matrix that grows by rows. */
export class GrowingRows {
  private values: Float32Array;
  /** Rows so far. */
  count = 0;

  constructor(
    readonly width: number,
    capacity = 256,
  ) {
    this.values = new Float32Array(width * capacity);
  }

  /** Of rows that exist, row-major. */
  static of(data: Float32Array, width: number): GrowingRows {
    const rows = new GrowingRows(width, Math.max(256, data.length / width));
    rows.values.set(data);
    rows.count = data.length / width;
    return rows;
  }

  /** Appends a row, of zeros where none is given. */
  push(row?: Float32Array): void {
    if ((this.count + 1) * this.width > this.values.length) {
      const larger = new Float32Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    if (row) this.values.set(row, this.count * this.width);
    this.count++;
  }

  /** The row itself; valid until the next {@link push}. */
  row(at: number): Float32Array {
    return this.values.subarray(at * this.width, (at + 1) * this.width);
  }

  /** All rows, row-major; valid until the next {@link push}. */
  get data(): Float32Array {
    return this.values.subarray(0, this.count * this.width);
  }
}

/** Which rows of a table were changed, in the order of their first change, and what they were before. */
export class TouchedRows {
  readonly rows: number[] = [];
  private readonly places = new Map<number, number>();
  private readonly before: GrowingRows;

  constructor(readonly width: number) {
    this.before = new GrowingRows(width);
  }

  /** Place of a row among the touched ones; a row met for the first time is remembered as `table` has it. */
  touch(row: number, table: Float32Array): number {
    let place = this.places.get(row);
    if (place === undefined) {
      place = this.rows.length;
      this.places.set(row, place);
      this.rows.push(row);
      this.before.push(this.rowOf(table, row));
    }
    return place;
  }

  /** The touched rows as `table` has them now, row-major in the order of {@link rows}. */
  current(table: Float32Array): Float32Array {
    const copy = new Float32Array(this.rows.length * this.width);
    this.rows.forEach((row, place) => {
      copy.set(this.rowOf(table, row), place * this.width);
    });
    return copy;
  }

  /** Writes rows that lie `share` of the way from what they were to `to`, which has the first of {@link rows}; the others as they were. */
  write(table: Float32Array, to: Float32Array, share: number): void {
    const { width } = this;
    this.rows.forEach((row, place) => {
      const into = this.rowOf(table, row);
      const from = this.before.row(place);
      const known = (place + 1) * width <= to.length;
      if (!known || share === 0) into.set(from);
      else if (share === 1) into.set(to.subarray(place * width, (place + 1) * width));
      else for (let i = 0; i < width; i++) into[i] = from[i]! + share * (to[place * width + i]! - from[i]!);
    });
  }

  private rowOf(table: Float32Array, row: number): Float32Array {
    return table.subarray(row * this.width, (row + 1) * this.width);
  }
}
