// The optimizer's vectorised loop against the formula in 64-bit arithmetic.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../../src/core/random.ts';
import { adamUpdate } from '../../../src/engine/training/adamKernel.ts';

const CONSTANTS = {
  keepFirst: 0.9,
  takeFirst: 0.07,
  keepSecond: 0.999,
  takeSecond: 0.0005,
  step: 0.003,
  shrink: 0.9999,
  epsilon: 1e-8,
};

describe('optimizer kernel', () => {
  // Below one vector, no multiple of four, a whole piece, more than a piece.
  for (const length of [1, 3, 4, 30, 16384, 40001])
    it(`updates ${length} numbers as the formula says, and nothing beside them`, () => {
      const random = seededRandom(length);
      const fill = (spread: number): Float32Array =>
        Float32Array.from({ length: length + 2 }, () => spread * random.normal());
      const [data, first, gradient] = [fill(1), fill(0.01), fill(0.1)] as const;
      const second = fill(0.01).map(Math.abs);
      const before = [data, first, second].map((values) => values.slice());
      const inside = (values: Float32Array): Float32Array => values.subarray(1, length + 1);
      adamUpdate(inside(data), inside(first), inside(second), inside(gradient), CONSTANTS);
      const close = (got: number, wanted: number): void =>
        assert.ok(Math.abs(got - wanted) <= 1e-6 * (1 + Math.abs(wanted)), `${got} instead of ${wanted}`);
      for (let i = 1; i <= length; i++) {
        const m = CONSTANTS.keepFirst * before[1]![i]! + CONSTANTS.takeFirst * gradient[i]!;
        const v = CONSTANTS.keepSecond * before[2]![i]! + CONSTANTS.takeSecond * gradient[i]! ** 2;
        close(first[i]!, m);
        close(second[i]!, v);
        close(data[i]!, CONSTANTS.shrink * before[0]![i]! - (CONSTANTS.step * m) / (Math.sqrt(v) + CONSTANTS.epsilon));
      }
      for (const [n, values] of [data, first, second].entries())
        for (const end of [0, length + 1]) assert.equal(values[end], before[n]![end]);
    });
});
