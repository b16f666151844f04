// The embedded model's shape, and an encoder of it that gives a text the mean of given word vectors.
import type { Random } from '../../src/core/random.ts';
import { type BertConfig, bertWeightShapes } from '../../src/engine/graphs/bert.ts';
import type { Tensors } from './checkpoint.ts';
import { CLS, SEP } from './pairs.ts';

/** Two places of each word's row hold what makes all rows equally long, so that normalisation keeps the words' lengths apart. */
export const BALANCING = 2;

const PAD = 0;

/** The shape around stage 1's word vectors (vocabulary x width). */
export function shapeOf([vocabulary, width]: readonly number[], layers: number): BertConfig {
  const hidden = width! + BALANCING;
  return {
    hidden,
    layers,
    heads: hidden / 64,
    feedForward: hidden * 2,
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
 * Weights that embed every text as the mean of its words, through any number of layers: their two output projections start at zero,
 * places too. Layer normalisation makes every word's row equally long, which would lose the words' weights; so the first two values
 * of a row fill it up to one length and mean zero, and the last normalisation drops them. What is the same in most rows of these two
 * stands in the row of the kind, which is added to every word: alone in the words' rows it would dwarf the rest when they are packed.
 */
export function encoderOnWords(
  words: { dims: number[]; data: Float32Array },
  shape: BertConfig,
  random: Random,
): Tensors {
  const [vocabulary, width] = words.dims as [number, number];
  const { hidden } = shape;
  // Never trained by stage 1, and no part of a text's mean.
  for (const id of [PAD, CLS, SEP]) words.data.fill(0, id * width, (id + 1) * width);
  const facts = Array.from({ length: vocabulary }, (_, id) => {
    const row = words.data.subarray(id * width, (id + 1) * width);
    const mean = row.reduce((sum, value) => sum + value, 0) / BALANCING;
    return { mean, squares: row.reduce((sum, value) => sum + value * value, 0) + mean * mean * BALANCING };
  });
  const longest = facts.reduce((most, { squares }) => Math.max(most, squares), 0);
  const rests = facts.map(({ squares }) => Math.sqrt((longest - squares) / BALANCING));
  const usual = [...rests].sort((a, b) => a - b)[vocabulary >> 1]!;
  const table = new Float32Array(vocabulary * hidden);
  facts.forEach(({ mean }, id) => {
    const row = table.subarray(id * hidden, (id + 1) * hidden);
    row[0] = rests[id]! - usual - mean;
    row[1] = usual - rests[id]! - mean;
    row.set(words.data.subarray(id * width, (id + 1) * width), BALANCING);
  });

  const weights: Tensors = new Map();
  const lastNorm = `${shape.layers === 0 ? 'embeddings' : `encoder.layer.${shape.layers - 1}.output`}.LayerNorm.weight`;
  for (const [name, dims] of bertWeightShapes(shape)) {
    const data = name.includes('word_embeddings') ? table : new Float32Array(dims.reduce((a, b) => a * b, 1));
    weights.set(name, { dims, data });
    if (name.endsWith('LayerNorm.weight')) data.fill(1);
    else if (!name.endsWith('.bias') && !/embeddings|output\.dense/.test(name))
      for (let i = 0; i < data.length; i++) data[i] = random.normal() * 0.04;
    if (name === lastNorm) data.fill(0, 0, BALANCING);
    if (name.includes('token_type')) data.set([usual, -usual]);
  }
  return weights;
}
