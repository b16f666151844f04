// Intervals and p-values: the same by seed, right on cases worked out by hand, and honest on simulated questions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../src/core/random.ts';
import {
  bootstrapInterval,
  bootstrapIntervals,
  mean,
  pairedInterval,
  pairedRandomisation,
} from '../../../src/core/statistics.ts';

const coin = (seed: number, count: number, share: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => (random.next() < share ? 1 : 0));
};

test('the same seed gives the same interval, another seed another', () => {
  const values = coin(1, 80, 0.6);
  assert.deepEqual(bootstrapInterval(values, { seed: 3 }), bootstrapInterval(values, { seed: 3 }));
  const differently = [4, 5, 6].map((seed) => bootstrapInterval(values, { seed }));
  assert.ok(new Set(differently.map((each) => `${each.low} ${each.high}`)).size > 1);
});

test('values that are all one leave no doubt', () => {
  assert.deepEqual(bootstrapInterval([0.5, 0.5, 0.5], { seed: 0 }), { value: 0.5, low: 0.5, high: 0.5 });
  assert.deepEqual(bootstrapInterval([1], { seed: 0 }), { value: 1, low: 1, high: 1 });
});

test('the interval is near the normal one where that holds, and covers the mean', () => {
  const values = coin(2, 400, 0.7);
  const { value, low, high } = bootstrapInterval(values, { seed: 0, samples: 4000 });
  assert.equal(value, mean(values));
  const half = 1.96 * Math.sqrt((value * (1 - value)) / 400);
  assert.ok(Math.abs(value - low - half) < 0.006, `${value - low} against ${half}`);
  assert.ok(Math.abs(high - value - half) < 0.006, `${high - value} against ${half}`);
  const narrow = bootstrapInterval(values, { seed: 0, samples: 4000, level: 0.5 });
  assert.ok(low < narrow.low && narrow.low < value && value < narrow.high && narrow.high < high);
});

test('every interval covers its own mean; about 95 in 100 cover the true one', () => {
  let covered = 0;
  for (let seed = 0; seed < 200; seed++) {
    const { value, low, high } = bootstrapInterval(coin(1000 + seed, 60, 0.6), { seed, samples: 500 });
    assert.ok(low <= value && value <= high);
    if (low <= 0.6 && 0.6 <= high) covered++;
  }
  // Binomial(200, 0.95) has a standard deviation of 3.
  assert.ok(covered >= 178 && covered <= 199, `${covered} of 200`);
});

test('several figures at once equal each alone', () => {
  const columns = [coin(5, 50, 0.4), coin(6, 50, 0.8)];
  const together = bootstrapIntervals(columns, { seed: 9 });
  assert.deepEqual(
    together,
    columns.map((column) => bootstrapInterval(column, { seed: 9 })),
  );
});

test('the paired interval sees a rise that intervals of the two means cannot', () => {
  const before = coin(7, 200, 0.5);
  const after = before.map((value, i) => (i % 10 === 0 ? 1 : value));
  const rise = pairedInterval(before, after, { seed: 0 });
  assert.ok(Math.abs(rise.value - (mean(after) - mean(before))) < 1e-12);
  assert.ok(rise.low > 0);
  assert.ok(bootstrapInterval(after, { seed: 0 }).low < bootstrapInterval(before, { seed: 0 }).high);
  const fall = pairedInterval(after, before, { seed: 0 });
  assert.ok(Math.abs(fall.value + rise.value) < 1e-12 && fall.high < 0);
});

test('randomisation p-values come near the exact ones', () => {
  // Six questions rose, none fell: 2 of 2^6 swaps are as extreme.
  const zeros = [0, 0, 0, 0, 0, 0, 1, 1];
  const rose = [1, 1, 1, 1, 1, 1, 1, 1];
  assert.ok(Math.abs(pairedRandomisation(zeros, rose, { seed: 1 }) - 2 / 64) < 0.006);
  // Three thirds up and one third down: |sum| of 2/3 or more in 10 of 16 swaps (by hand: all but the six even ones).
  const third = 1 / 3;
  const p = pairedRandomisation([0, 0, 0, third], [third, third, third, 0], { seed: 1 });
  assert.ok(Math.abs(p - 10 / 16) < 0.02, `${p}`);
});

test('no change gives p = 1; the direction does not matter; the seed does not decide', () => {
  assert.equal(pairedRandomisation([0, 1, 0.5], [0, 1, 0.5], { seed: 0 }), 1);
  assert.equal(pairedRandomisation([], [], { seed: 0 }), 1);
  const before = coin(8, 100, 0.5);
  const after = coin(9, 100, 0.6);
  const p = pairedRandomisation(before, after, { seed: 2 });
  assert.equal(p, pairedRandomisation(before, after, { seed: 2 }));
  assert.equal(p, pairedRandomisation(after, before, { seed: 2 }));
  assert.ok(Math.abs(p - pairedRandomisation(before, after, { seed: 3 })) < 0.03);
});

test('under no difference, p below 0.05 is as rare as it says', () => {
  let significant = 0;
  for (let seed = 0; seed < 200; seed++) {
    const before = coin(3000 + seed, 60, 0.6);
    const after = coin(7000 + seed, 60, 0.6);
    if (pairedRandomisation(before, after, { seed, samples: 400 }) < 0.05) significant++;
  }
  assert.ok(significant <= 20, `${significant} of 200`);
});

test('nonsense is refused', () => {
  assert.throws(() => bootstrapInterval([], { seed: 0 }), /at least one value/);
  assert.throws(() => bootstrapInterval([1], { seed: 0, level: 1 }), /level in \(0, 1\)/);
  assert.throws(() => bootstrapIntervals([[1], [1, 2]], { seed: 0 }), /one length/);
  assert.throws(() => pairedInterval([1], [1, 2], { seed: 0 }), /same questions, got 1 before and 2 after/);
});
