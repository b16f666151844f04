// The inner product of two vectors that are rows of matrices: of unit vectors the cosine.

/** Of row `i` of `a` and row `j` of `b`, both row-major with `dimension` values a row. */
export function innerProduct(a: Float32Array, i: number, b: Float32Array, j: number, dimension: number): number {
  let sum = 0;
  for (let d = 0; d < dimension; d++) sum += a[i * dimension + d]! * b[j * dimension + d]!;
  return sum;
}
