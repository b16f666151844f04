// Losses and vectors of trainings that do harm, and of those that only look like it for a moment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meanCosine, TrainingWatch } from '../../../src/engine/training/watch.ts';

const told = (losses: number[], watch = TrainingWatch.of(0.2)): (string | undefined)[] =>
  losses.map((loss) => watch.loss(loss));

test('five losses far above the first five are divergence, one hard batch is not', () => {
  assert.deepEqual(told([1, 1.2, 0.9, 1.1, 0.8, 6, 1, 1, 1, 1]).filter(Boolean), []);
  assert.deepEqual(told([1, 1, 1, 1, 1, 1.6, 2, 2, 2.4, 2.5]).findIndex(Boolean), 9);
  assert.deepEqual(
    told([0.01, 0.02, 0.01, 0.01, 0.01, 0.4, 0.4, 0.4, 0.4, 0.4]).filter(Boolean),
    [],
    'small losses may double',
  );
});

test('a loss that is no number ends the run at once', () => {
  assert.deepEqual(told([1, Number.NaN]), [undefined, 'diverged']);
  assert.deepEqual(told([Number.POSITIVE_INFINITY]), ['diverged']);
});

test('vectors that all became alike are told, a model that always had them close is not', () => {
  assert.equal(TrainingWatch.of(0.2).alikeness(0.9), undefined);
  assert.equal(TrainingWatch.of(0.2).alikeness(0.97), 'collapsed');
  assert.equal(TrainingWatch.of(0.96).alikeness(0.97), undefined);
  assert.equal(TrainingWatch.of(0.96).alikeness(0.995), 'collapsed');
  assert.equal(TrainingWatch.of(0.2).alikeness(Number.NaN), 'diverged');
});

test('what a checkpoint keeps of a watch goes on where it was', () => {
  const watch = TrainingWatch.of(0.2);
  told([1, 1, 1, 1, 1, 3, 3], watch);
  const resumed = new TrainingWatch(JSON.parse(JSON.stringify(watch)));
  assert.deepEqual(told([3, 3], resumed), told([3, 3], watch));
  assert.equal(resumed.loss(3), 'diverged');
});

test('the mean cosine is that over all pairs', () => {
  const half = Math.SQRT1_2;
  // Pairs: 1 and 2 stand at 45 degrees, 1 and 3 at 90, 2 and 3 at 45.
  const rows = Float32Array.of(1, 0, half, half, 0, 1);
  assert.ok(Math.abs(meanCosine(rows, 2) - (2 * half) / 3) < 1e-6);
  assert.ok(Math.abs(meanCosine(Float32Array.of(0, 1, 0, 1, 0, 1), 2) - 1) < 1e-6);
  assert.equal(meanCosine(Float32Array.of(1, 0), 2), 0);
});
