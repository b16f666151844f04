// Pairs of nearly parallel vectors among many, without comparing all pairs.
import { innerProduct } from '../innerProduct.ts';
import { type Random, seededRandom } from '../random.ts';

/** Tables and bits of each: at a cosine of 0.83 around the mean, nine of ten pairs share a bucket of some table. */
const TABLES = 24;
const BITS = 11;
/** A vector is compared with so many others of its bucket at most: a bucket of thousands is a crowd, not a set of duplicates. */
const COMPARED = 64;

/** Coordinates that a plane looks at: few cost little, and of dense vectors they tell sides as well as all (Li, Hastie, Church, KDD 2006). */
const COORDINATES = 48;

export interface VectorPair {
  a: number;
  b: number;
  cosine: number;
}

/**
 * Pairs `a < b` of rows (unit length, row-major) whose cosine is at least `threshold`, each once. Random hyperplanes through the mean
 * of all rows (Charikar, STOC 2002): rows on the same side of all planes of a table are compared. Finds most of them, not surely all;
 * the same for the same rows. Calls `breathe` between tables.
 */
export async function similarVectors(
  vectors: Float32Array,
  dimension: number,
  threshold: number,
  breathe: () => Promise<void> = async () => undefined,
): Promise<VectorPair[]> {
  const count = vectors.length / dimension;
  const random = seededRandom(1);
  const mean = meanRow(vectors, dimension);
  const seen = new Set<number>();
  const pairs: VectorPair[] = [];
  for (let table = 0; table < TABLES; table++) {
    await breathe();
    for (const bucket of bucketsOf(vectors, dimension, mean, random).values()) {
      for (let i = 0; i < bucket.length; i++) {
        for (let j = i + 1; j < Math.min(bucket.length, i + 1 + COMPARED); j++) {
          const [a, b] = [bucket[i]!, bucket[j]!];
          const key = a * count + b;
          if (seen.has(key)) continue;
          const cosine = innerProduct(vectors, a, vectors, b, dimension);
          if (cosine < threshold) continue;
          seen.add(key);
          pairs.push({ a, b, cosine });
        }
      }
    }
  }
  return pairs;
}

function meanRow(vectors: Float32Array, dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  for (let at = 0; at < vectors.length; at++) mean[at % dimension]! += vectors[at]!;
  const count = Math.max(1, vectors.length / dimension);
  return mean.map((sum) => sum / count);
}

/** Rows by their sides of {@link BITS} random planes, each bucket in ascending order. */
function bucketsOf(
  vectors: Float32Array,
  dimension: number,
  mean: Float64Array,
  random: Random,
): Map<number, number[]> {
  const planes = Array.from({ length: BITS }, () => {
    const coordinates = Int32Array.from({ length: COORDINATES }, () => random.below(dimension));
    const signs = Float64Array.from(coordinates, () => (random.next() < 0.5 ? -1 : 1));
    const offset = coordinates.reduce((sum, at, i) => sum + signs[i]! * mean[at]!, 0);
    return { coordinates, signs, offset };
  });
  const buckets = new Map<number, number[]>();
  for (let row = 0; row * dimension < vectors.length; row++) {
    let sides = 0;
    for (const { coordinates, signs, offset } of planes) {
      let sum = -offset;
      for (let i = 0; i < COORDINATES; i++) sum += signs[i]! * vectors[row * dimension + coordinates[i]!]!;
      sides = (sides << 1) | (sum > 0 ? 1 : 0);
    }
    const bucket = buckets.get(sides);
    if (bucket) bucket.push(row);
    else buckets.set(sides, [row]);
  }
  return buckets;
}
