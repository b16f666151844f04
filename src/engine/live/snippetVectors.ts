// One vector for each snippet, out of those of its windows.
import type { Snapshot } from './session.ts';

/** Means of the windows' vectors at length 1, row-major in the order of the snippets; a snippet without window has zeros. */
export function snippetVectors({ snippets, windows, vectors, dimension }: Snapshot): Float32Array {
  const rows = new Map(snippets.map(({ id }, row) => [id, row]));
  const result = new Float32Array(snippets.length * dimension);
  windows.forEach(({ snippetId }, window) => {
    const to = rows.get(snippetId)! * dimension;
    for (let i = 0; i < dimension; i++) result[to + i] = result[to + i]! + vectors[window * dimension + i]!;
  });
  for (let row = 0; row < snippets.length; row++) {
    const vector = result.subarray(row * dimension, (row + 1) * dimension);
    const length = Math.hypot(...vector);
    if (length > 0) for (let i = 0; i < dimension; i++) vector[i] = vector[i]! / length;
  }
  return result;
}
