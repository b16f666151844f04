// MPNet's relative position bias: a learnt number for each head and bucket of distances, added to the scores of every layer.
import type { GraphBuilder } from '../../autodiff/builder.ts';
import { RELATIVE_BIAS } from './encoderNames.ts';

/** From this distance on all distances share a bucket. MPNet's code fixes it. */
const FARTHEST = 128;

/**
 * The bucket of `key - query`, 0 to `buckets` - 1: near distances have their own, farther ones share logarithmically growing ranges;
 * the upper half belongs to keys behind the query (Raffel et al. 2019, arXiv 1910.10683; Song et al. 2020, arXiv 2004.09297).
 */
export function relativeBucket(distance: number, buckets: number): number {
  const half = buckets >> 1;
  const exact = half >> 1;
  const side = distance > 0 ? half : 0;
  const length = Math.abs(distance);
  if (length < exact) return side + length;
  // PyTorch computes in float32; at a bucket's border the rounding decides.
  const share = Math.fround(
    Math.fround(Math.log(Math.fround(length / exact))) / Math.fround(Math.log(FARTHEST / exact)),
  );
  return side + Math.min(half - 1, exact + Math.trunc(Math.fround(share * (half - exact))));
}

/**
 * Appends the bias of all pairs of places, float32, 1 x heads x sequence x sequence. `length` is an int64 scalar, at most `positions`.
 */
export function appendRelativeBias(b: GraphBuilder, length: string, positions: number, buckets: number): string {
  const table = b.initializer('relative_buckets', {
    type: 'int64',
    dims: [2 * positions - 1],
    data: BigInt64Array.from({ length: 2 * positions - 1 }, (_, i) =>
      BigInt(relativeBucket(i - (positions - 1), buckets)),
    ),
  });
  const places = b.op('Range', [b.integer(0), length, b.integer(1)]);
  const distances = b.sub(b.op('Unsqueeze', [places, b.integers([0])]), b.op('Unsqueeze', [places, b.integers([1])]));
  const bucketOf = b.op('Gather', [table, b.add(distances, b.integer(positions - 1))]);
  const perHead = b.transpose(b.op('Gather', [RELATIVE_BIAS, bucketOf]), [2, 0, 1]);
  return b.op('Unsqueeze', [perHead, b.integers([0])]);
}
