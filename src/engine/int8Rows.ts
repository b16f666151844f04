// The rows of a matrix as int8, for weights in our repository and in exported models.

/** Symmetric, in [-127, 127], with one scale a row; a row of zeros has the scale 1. `values` are row-major. */
export function toInt8(values: Float32Array, rows: number, width: number): { bytes: Int8Array; scales: Float32Array } {
  const bytes = new Int8Array(rows * width);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let at = row * width; at < (row + 1) * width; at++) largest = Math.max(largest, Math.abs(values[at]!));
    scales[row] = largest === 0 ? 1 : largest / 127;
    // The rounded scale, as the reader will multiply by that one.
    const scale = scales[row]!;
    for (let at = row * width; at < (row + 1) * width; at++)
      bytes[at] = Math.max(-127, Math.min(127, Math.round(values[at]! / scale)));
  }
  return { bytes, scales };
}
