// Nearly parallel vectors among many: compared with all pairs, on vectors that lean to one side as those of an encoder do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { similarVectors } from '../../../../src/core/lint/vectorNeighbours.ts';
import { seededRandom } from '../../../../src/core/random.ts';

const DIMENSION = 128;

/** Every tenth row is the one before it with noise. */
function rows(count: number): Float32Array {
  const random = seededRandom(5);
  const vectors = new Float32Array(count * DIMENSION);
  for (let row = 0; row < count; row++) {
    const at = row * DIMENSION;
    let square = 0;
    for (let i = 0; i < DIMENSION; i++) {
      const value =
        row % 10 === 9
          ? vectors[at - DIMENSION + i]! * Math.sqrt(DIMENSION) + 0.35 * random.normal()
          : random.normal() + 0.5;
      vectors[at + i] = value;
      square += value * value;
    }
    for (let i = 0; i < DIMENSION; i++) vectors[at + i]! /= Math.sqrt(square);
  }
  return vectors;
}

test('finds nine of ten of the pairs that comparing all finds, each once, none that is not there, the same again', async () => {
  const count = 2000;
  const vectors = rows(count);
  const all: string[] = [];
  for (let a = 0; a < count; a++)
    for (let b = a + 1; b < count; b++) {
      let cosine = 0;
      for (let i = 0; i < DIMENSION; i++) cosine += vectors[a * DIMENSION + i]! * vectors[b * DIMENSION + i]!;
      if (cosine >= 0.85) all.push(`${a} ${b}`);
    }
  const found = (await similarVectors(vectors, DIMENSION, 0.85)).map(({ a, b }) => `${a} ${b}`);
  assert.ok(all.length >= 190, `${all.length}`);
  assert.equal(new Set(found).size, found.length);
  assert.ok(found.every((pair) => all.includes(pair)));
  assert.ok(found.length >= 0.9 * all.length, `${found.length} of ${all.length}`);
  const again = (await similarVectors(vectors, DIMENSION, 0.85)).map(({ a, b }) => `${a} ${b}`);
  assert.deepEqual(again, found);
});

test('thousands of equal vectors cost no comparison of all, and nothing is no pair', async () => {
  const equal = new Float32Array(3000 * 4).fill(0.5);
  const pairs = await similarVectors(equal, 4, 0.9);
  assert.ok(pairs.length > 0 && pairs.length < 3000 * 65, `${pairs.length}`);
  assert.deepEqual(await similarVectors(new Float32Array(0), 4, 0.9), []);
  assert.deepEqual(await similarVectors(equal.subarray(0, 4), 4, 0.9), []);
});
