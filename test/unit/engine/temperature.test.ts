// The temperature that is read from a model's scores, on vectors of known spread.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AnsweredQueries, fittingTemperature } from '../../../src/engine/training/temperature.ts';
import { randomFrom } from '../../gradients/harness.ts';

describe('the temperature that fits', () => {
  const QUERIES = 40;
  const DIMENSION = 48;

  /** Unit vectors of which all share a direction to `shared` (0 to 1), and each query its answer's own direction, but for noise. */
  function scored(shared: number, noise: number): AnsweredQueries {
    const random = randomFrom(7);
    const unit = (values: number[]): number[] => values.map((value) => value / Math.hypot(...values));
    const vector = (): number[] => unit(Array.from({ length: DIMENSION }, () => random() - 0.5));
    const common = vector();
    const mixed = (own: number[]): number[] =>
      unit(own.map((value, i) => Math.sqrt(shared) * common[i]! + Math.sqrt(1 - shared) * value));
    const passages = Array.from({ length: QUERIES }, vector);
    const queries = passages.map((passage) => {
      const other = vector();
      return unit(passage.map((value, i) => (1 - noise) * value + noise * other[i]!));
    });
    return {
      queries: Float32Array.from(queries.flatMap(mixed)),
      passages: Float32Array.from(passages.flatMap(mixed)),
      answers: queries.map((_, i) => [i]),
      dimension: DIMENSION,
    };
  }

  test('is low for a model whose scores lie near each other, and high for one whose scores lie apart', () => {
    assert.equal(fittingTemperature(scored(0.9, 0.6), 32, 0), 0.01);
    assert.equal(fittingTemperature(scored(0, 0.6), 32, 0), 0.05);
  });

  test('takes the best window of an answer, and none of its windows for a wrong one', () => {
    const { queries, passages, answers, dimension } = scored(0.9, 0.6);
    // Each answer has a second window that says the opposite.
    const both = Float32Array.from([...passages, ...passages.map((value) => -value)]);
    const windows = answers.map(([own]) => [own! + QUERIES, own!]);
    assert.equal(fittingTemperature({ queries, passages: both, answers: windows, dimension }, 32, 0), 0.01);
    // Where all passages answer every question nothing is wrong.
    const all = answers.map((_, i) => [i, ...answers.keys()]);
    assert.equal(fittingTemperature({ queries, passages, answers: all, dimension }, 32, 0), 0.05);
  });

  test('is told of questions without an answer, and of none at all', () => {
    const { answers, ...rest } = scored(0.9, 0.6);
    const few = answers.map((rows, i) => (i % 2 === 0 ? rows : []));
    assert.equal(fittingTemperature({ ...rest, answers: few }, 32, 0), 0.01);
    assert.equal(fittingTemperature({ ...rest, answers: answers.map(() => []) }, 32, 0), 0.05);
  });
});
