// The embedded model's shape, and an encoder of it that gives a text the mean of given word vectors.
import type { Random } from '../../src/core/random.ts';
import { type BertConfig, bertWeightShapes } from '../../src/engine/graphs/bert.ts';
import type { Segment } from '../../src/engine/packedWeights.ts';
import type { Tensors } from './checkpoint.ts';
import { CLS, SEP } from './pairs.ts';
import { SATURATION } from './saturate.ts';

/** Two values of each word's row that make all rows equally long, so that normalisation keeps the words' lengths apart. */
export const BALANCING = 2;
/** One value that only the first token has: what attention goes to where a word stands alone. */
const SINK = BALANCING;
/** Values, one for all heads, by which attention knows a word again: signs drawn at random. */
const IDENTITY = 63;
/** Values of a row that are no part of a text's vector, before those that are. */
export const APART = BALANCING + 1 + IDENTITY;
const HEAD = 64;
/** Small, since nothing that was tried made it earn its time. */
const FEED_FORWARD = 64;

/** Of a row's identity, about that of its other values; of the first token's sink; of a whole row, so that no change of the rest tells. */
const IDENTITY_VALUE = 0.12;
const SINK_VALUE = 5;
const ROW_LENGTH = 20;
/** Score of a word with itself in attention; others score 0 +- 1.9. */
const SELF_SCORE = 15;

const PAD = 0;

/** How the words' rows are packed; `signs` of their last values are of one size. */
export const segmentsOf = (hidden: number, signs: number): Segment[] => [
  { kind: 'half', columns: SINK + 1 },
  { kind: 'signs', columns: IDENTITY },
  { kind: 'int8', columns: hidden - APART - signs },
  { kind: 'signs', columns: signs },
];

/** The shape around stage 1's word vectors (vocabulary x width). */
export function shapeOf([vocabulary, width]: readonly number[], layers: number): BertConfig {
  const hidden = width! + APART;
  if (hidden % HEAD !== 0) throw new Error(`${width} values and ${APART} are no multiple of ${HEAD}`);
  return {
    hidden,
    layers,
    heads: hidden / HEAD,
    feedForward: FEED_FORWARD,
    vocabulary: vocabulary!,
    positions: 512,
    tokenTypes: 2,
    layerNormEpsilon: 1e-12,
    activation: 'gelu',
    positionsFromMask: false,
    padId: PAD,
  };
}

/**
 * Weights that embed every text as the sum of its words, in which repeated ones count as in saturate.ts; without layers they count as often
 * as they stand there. In the first layer all heads ask which tokens are the same word. The first token is a sink of {@link SATURATION}
 * times a word's score with itself, and has nothing to give: of a word that stands there c times attention returns the share
 * c / (c + SATURATION), which is subtracted. All further projections start at zero, so that a layer adds nothing yet; so do the places.
 *
 * Layer normalisation makes every row equally long, which would lose the words' weights; so the first two values of a row fill it up to one
 * length and mean zero, and the last normalisation drops them with all that is apart. What is the same in most rows of these two
 * stands in the row of the kind, which is added to every word: what is left for the words' rows is small enough for half precision.
 */
export function encoderOnWords(
  words: { dims: number[]; data: Float32Array },
  shape: BertConfig,
  random: Random,
): Tensors {
  const [vocabulary, width] = words.dims as [number, number];
  const { hidden } = shape;
  const table = new Float32Array(vocabulary * hidden);
  const rowOf = (id: number): Float32Array => table.subarray(id * hidden, (id + 1) * hidden);
  for (let id = 0; id < vocabulary; id++) {
    // Never trained by stage 1, and no part of a text's vector.
    if ([PAD, CLS, SEP].includes(id)) continue;
    const row = rowOf(id);
    for (let i = SINK + 1; i < APART; i++) row[i] = (random.below(2) * 2 - 1) * IDENTITY_VALUE;
    row.set(words.data.subarray(id * width, (id + 1) * width), APART);
  }
  rowOf(CLS)[SINK] = SINK_VALUE;
  const facts = Array.from({ length: vocabulary }, (_, id) => {
    const row = rowOf(id);
    const mean = row.reduce((sum, value) => sum + value, 0) / BALANCING;
    return { mean, squares: row.reduce((sum, value) => sum + value * value, 0) + mean * mean * BALANCING };
  });
  const length = facts.reduce((most, { squares }) => Math.max(most, Math.sqrt(squares)), ROW_LENGTH);
  const rests = facts.map(({ squares }) => Math.sqrt((length ** 2 - squares) / BALANCING));
  const usual = [...rests].sort((a, b) => a - b)[vocabulary >> 1]!;
  facts.forEach(({ mean }, id) => {
    const row = rowOf(id);
    row[0] = rests[id]! - usual - mean;
    row[1] = usual - rests[id]! - mean;
  });

  const weights: Tensors = new Map();
  const lastNorm = `${shape.layers === 0 ? 'embeddings' : `encoder.layer.${shape.layers - 1}.output`}.LayerNorm.weight`;
  for (const [name, dims] of bertWeightShapes(shape)) {
    const data = name.includes('word_embeddings') ? table : new Float32Array(dims.reduce((a, b) => a * b, 1));
    weights.set(name, { dims, data });
    if (name.endsWith('LayerNorm.weight')) data.fill(1);
    else if (!name.endsWith('.bias') && !/embeddings|output\.dense/.test(name))
      for (let i = 0; i < data.length; i++) data[i] = random.normal() * 0.04;
    if (name === lastNorm) data.fill(0, 0, APART);
    if (name.includes('token_type')) data.set([usual, -usual]);
  }
  if (shape.layers > 0) saturate(weights, hidden, Math.sqrt(hidden) / length);
  return weights;
}

/** Makes the first layer's attention return how often a word stands there; `scale` is what normalisation multiplies a row by. */
function saturate(weights: Tensors, hidden: number, scale: number): void {
  const part = (name: string): Float32Array => weights.get(`encoder.layer.0.attention.${name}`)!.data;
  const [query, key, value] = [part('self.query.weight'), part('self.key.weight'), part('self.value.weight')];
  const output = part('output.dense.weight');
  for (const matrix of [query, key, value]) matrix.fill(0);
  const queryBias = part('self.query.bias');
  const product = (score: number): number => score * Math.sqrt(HEAD);
  for (let start = 0; start < hidden; start += HEAD) {
    for (let i = 0; i < IDENTITY; i++) {
      const at = (start + i) * hidden + SINK + 1 + i;
      query[at] = key[at] = Math.sqrt(product(SELF_SCORE) / IDENTITY) / (IDENTITY_VALUE * scale);
    }
    queryBias[start + IDENTITY] = 1;
    key[(start + IDENTITY) * hidden + SINK] = product(SELF_SCORE + Math.log(SATURATION)) / (SINK_VALUE * scale);
  }
  for (let i = APART; i < hidden; i++) {
    value[i * hidden + i] = 1;
    output[i * hidden + i] = -1;
  }
}
