// The randomisation test against scipy's exact one (every swap of every pair), values of test/reference/statistics_golden.py.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pairedRandomisation } from '../../../../src/core/statistics.ts';

interface Golden {
  permutation: { before: number[]; after: number[]; exact: number }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL('../../../golden/statistics.json', import.meta.url), 'utf8'));

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
