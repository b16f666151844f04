// The only importer of umap-js: vectors in two dimensions, those that are alike near each other.
import { UMAP } from 'umap-js';
import type { JobContext } from '../core/progress.ts';
import { seededRandom } from '../core/random.ts';
import { neighbours } from './neighbours.ts';
import { turns } from './turns.ts';

/** Neighbours that a point is held to, itself among them. Setting the method up is one long turn, which grows with them. */
const NEIGHBOURS = 10;
/** Passes over all neighbours; more no longer move anything that can be seen. */
const EPOCHS = 200;
/**
 * Lays out rows of length 1 by UMAP (McInnes, Healy, Melville 2018) over exact nearest neighbours by cosine: x and y of each row, row-major,
 * both in [0, 1]. Who is near whom is what counts; long distances say little. The same seed gives the same picture.
 */
export async function project(
  vectors: Float32Array,
  dimension: number,
  seed: number,
  context: JobContext = {},
): Promise<Float32Array> {
  const rows = vectors.length / dimension;
  // UMAP needs more points than neighbours, and fewer than four have no shape: they stand in a line.
  if (rows < 4) return Float32Array.from({ length: rows * 2 }, (_, i) => (i % 2 ? 0.5 : (i / 2 + 1) / (rows + 1)));
  const count = Math.min(NEIGHBOURS, rows - 1);
  const { signal, onProgress } = context;
  const near = await neighbours(vectors, dimension, count - 1, { signal });
  const umap = new UMAP({ nNeighbors: count, nEpochs: EPOCHS, random: seededRandom(seed).next });
  // As the library finds them itself: each row first among its own, distances ascending.
  umap.setPrecomputedKNN(
    near.map((list, row) => [row, ...list.map((each) => each.row)]),
    near.map((list) => [0, ...list.map(({ score }) => Math.max(0, 1 - score))]),
  );
  // Only the number of rows is read where the neighbours are known.
  umap.initializeFit(Array.from({ length: rows }, () => []));
  const turn = turns(signal);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    umap.step();
    if (await turn()) onProgress?.({ stage: 'map', done: epoch + 1, total: EPOCHS });
  }
  return scaled(umap.getEmbedding());
}

/**
 * Both axes to [0, 1]: half by the value, half by its rank, since groups with nothing in common (two languages) stand far apart and would
 * leave most of the picture empty. Who is left of whom stays as it was.
 */
function scaled(points: number[][]): Float32Array {
  const result = new Float32Array(points.length * 2);
  for (const axis of [0, 1]) {
    const order = points.map((_, row) => row).sort((a, b) => points[a]![axis]! - points[b]![axis]!);
    const low = points[order[0]!]![axis]!;
    const extent = points[order.at(-1)!]![axis]! - low;
    order.forEach((row, rank) => {
      const share = extent > 0 ? (points[row]![axis]! - low) / extent : 0.5;
      result[row * 2 + axis] = (share + rank / (points.length - 1)) / 2;
    });
  }
  return result;
}
