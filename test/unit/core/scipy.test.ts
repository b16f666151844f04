// Statistics against scipy and statsmodels; the values are made by test/reference/statistics_golden.py.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pairedPower } from '../../../src/core/power.ts';
import { bootstrapInterval, holm, pairedInterval, pairedRandomisation } from '../../../src/core/statistics.ts';

interface Golden {
  permutation: { before: number[]; after: number[]; exact: number }[];
  bootstrap: { before: number[]; after: number[]; level: number; mean: number[]; difference: number[] }[];
  holm: { p: number[]; adjusted: number[] }[];
  power: { questions: number; discordance: number; difference: number; power: number }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL('../../golden/statistics.json', import.meta.url), 'utf8'));

test('sampled p-values lie within four standard errors of the exact ones', () => {
  const samples = 50_000;
  for (const { before, after, exact } of golden.permutation) {
    const error = Math.sqrt((exact * (1 - exact)) / samples);
    const p = pairedRandomisation(before, after, { seed: 3, samples });
    assert.ok(Math.abs(p - exact) <= 4 * error + 2 / samples, `${p} for ${exact}`);
  }
  assert.ok(
    golden.permutation.some(({ exact }) => exact < 0.5),
    'a golden value that says something',
  );
});

test('bootstrap intervals, of means and of paired differences, equal scipy up to the noise of resampling', () => {
  for (const { before, after, level, mean, difference } of golden.bootstrap) {
    const options = { seed: 5, samples: 40_000, level };
    // Resampled means move in steps of half a question, and an end may fall on the step beside.
    const step = 0.5 / before.length + 1e-9;
    for (const [ours, theirs] of [
      [bootstrapInterval(after, options), mean],
      [pairedInterval(before, after, options), difference],
    ] as const) {
      assert.ok(Math.abs(ours.low - theirs[0]!) <= step, `${ours.low} for ${theirs[0]}`);
      assert.ok(Math.abs(ours.high - theirs[1]!) <= step, `${ours.high} for ${theirs[1]}`);
    }
  }
});

test('Holm equals statsmodels', () => {
  for (const { p, adjusted } of golden.holm)
    holm(p).forEach((value, i) => {
      assert.ok(Math.abs(value - adjusted[i]!) < 1e-12, `${value} for ${adjusted[i]}`);
    });
});

test('the exact power equals the sum over all outcomes', () => {
  for (const { questions, discordance, difference, power } of golden.power) {
    const ours = pairedPower(questions, discordance, difference);
    assert.ok(Math.abs(ours - power) < 1e-9, `${ours} for ${power}`);
  }
});
