// What a budget of time changes: what a step is made of, and when epochs are scored.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { blendShares } from '../../../src/engine/training/blends.ts';
import { framingScores, isScoringDue, scoresSince, secondsOfSteps } from '../../../src/engine/training/scoring.ts';
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

  test('has fewer windows to rank among where a step is dear', () => {
    assert.ok(settings(6e6, true).poolWindows < settings(6e6, false).poolWindows);
  });

  test('changes nothing where a step is cheap', () => {
    assert.deepEqual(settings(1e6, true), settings(1e6, false));
  });

  test('is scored when nine times as long was trained as the last scoring took', () => {
    assert.equal(isScoringDue({ at: 10, seconds: 5 }, 54.9), false);
    assert.equal(isScoringDue({ at: 10, seconds: 5 }, 55), true);
  });

  test('keeps a fifth for the scores around the steps: before them, after them, and of blends', () => {
    assert.deepEqual(framingScores(600, 8), { blends: 4, seconds: 48 });
    assert.deepEqual(framingScores(120, 8), { blends: 1, seconds: 24 });
    assert.deepEqual(framingScores(120, 25), { blends: 0, seconds: 50 });
    assert.equal(framingScores(undefined, 1e6).blends, 4);
    assert.equal(secondsOfSteps(120, framingScores(120, 8)), 96);
    // Scores that take longer than the whole budget leave half of it to the steps.
    assert.equal(secondsOfSteps(10, framingScores(10, 25)), 5);
  });

  test('tries blends that lie as far apart as they can', () => {
    assert.deepEqual(blendShares(4), [1, 0.8, 0.6, 0.4, 0.2]);
    assert.deepEqual(blendShares(1), [1, 0.5]);
    assert.deepEqual(blendShares(0), [1]);
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
