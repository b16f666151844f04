// What a budget of time changes: what a step is made of, and when epochs are scored.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isScoringDue, scoresSince } from '../../../src/engine/training/scoring.ts';
import { defaultSettings } from '../../../src/engine/training/trainer.ts';

describe('a budget of time', () => {
  const TITLES_AND_NEGATIVES = ['titles', 'hardNegatives', 'fixedNegatives'] as const;
  /** A model of which only the number of its values counts. */
  const modelOf = (layerValues: number) => ({
    weights: new Map([
      ['layer.weight', { dims: [layerValues], data: new Float32Array(layerValues) }],
      ['embeddings.word_embeddings.weight', { dims: [2000, 2], data: new Float32Array(4000).fill(0.1) }],
    ]),
  });
  const settings = (layerValues: number, isTimed: boolean) => defaultSettings(modelOf(layerValues), 0, { isTimed });
  const extras = (of: ReturnType<typeof settings>): number[] => TITLES_AND_NEGATIVES.map((name) => of[name]);

  test('is spent on questions alone where a step is dear', () => {
    assert.deepEqual(extras(settings(6e6, true)), [0, 0, 0]);
    assert.ok(extras(settings(6e6, false)).every((count) => count > 0));
  });

  test('changes nothing where a step is cheap', () => {
    assert.deepEqual(settings(1e6, true), settings(1e6, false));
  });

  test('is scored when four times as long was trained as the last scoring took', () => {
    assert.equal(isScoringDue({ at: 10, seconds: 5 }, 29.9), false);
    assert.equal(isScoringDue({ at: 10, seconds: 5 }, 30), true);
  });

  test('waits for scores, not epochs, before it is given up', () => {
    const epoch = (number: number, development?: number) => ({
      ...{ epoch: number, loss: 1, seconds: 1 },
      ...(development !== undefined && { development }),
    });
    const history = [epoch(1, 0.5), epoch(2, 0.6), epoch(3), epoch(4, 0.55), epoch(5), epoch(6, 0.6)];
    assert.equal(scoresSince(2, history), 2);
    assert.equal(scoresSince(6, history), 0);
  });
});
