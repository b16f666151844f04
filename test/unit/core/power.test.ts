// Power: what is said to be found in 4 of 5 cases is found in 4 of 5 simulated ones, by the very test that diff uses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectableDifference, pairedPower, powerOf, powerText } from '../../../src/core/power.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { pairedRandomisation } from '../../../src/core/statistics.ts';

/** Share of simulated comparisons with p < 0.05, of questions that change with the given shares. */
function simulated(questions: number, discordance: number, difference: number, trials: number): number {
  const random = seededRandom(questions);
  let found = 0;
  for (let trial = 0; trial < trials; trial++) {
    const before: number[] = [];
    const after: number[] = [];
    for (let i = 0; i < questions; i++) {
      const drawn = random.next();
      const [was, is] = drawn >= discordance ? [1, 1] : drawn < (discordance + difference) / 2 ? [0, 1] : [1, 0];
      before.push(was);
      after.push(is);
    }
    if (pairedRandomisation(before, after, { seed: trial, samples: 1000 }) < 0.05) found++;
  }
  return found / trials;
}

test('the detectable difference is found in 4 of 5 simulations, half of it seldom', () => {
  for (const [questions, discordance] of [
    [60, 0.15],
    [120, 0.15],
    [120, 0.3],
    [300, 0.1],
  ] as const) {
    const difference = detectableDifference(questions, discordance)!;
    const trials = 400;
    const share = simulated(questions, Math.max(discordance, difference), difference, trials);
    // Four standard errors, and p-values of 1000 samples near 0.05.
    assert.ok(Math.abs(share - 0.8) < 4 * Math.sqrt(0.16 / trials) + 0.02, `${share} at ${questions}, ${difference}`);
    assert.ok(simulated(questions, discordance, difference / 2, trials) < 0.5);
  }
});

test('without a true change the test finds one in at most 1 of 20', () => {
  for (const questions of [20, 60, 200]) assert.ok(pairedPower(questions, 0.2, 0) <= 0.05);
});

test('more questions tell smaller changes, more noise only larger ones', () => {
  const sizes = [20, 60, 120, 300, 2000].map((questions) => detectableDifference(questions, 0.15)!);
  assert.deepEqual(
    [...sizes].sort((a, b) => b - a),
    sizes,
  );
  assert.ok(detectableDifference(120, 0.3)! > detectableDifference(120, 0.1)!);
  assert.equal(detectableDifference(5, 0.15), undefined);
});

test('the sentence has both bounds, and says where nothing can be told', () => {
  const power = powerOf(60);
  assert.equal(
    powerText(power, 'hit@5'),
    `With 60 questions a change of hit@5 under 10.0 points cannot be told from chance, and one of ${(power.detectable! * 100).toFixed(1)} is told in 4 of 5 cases (p < 0.05, if 15 % of the questions change).`,
  );
  assert.ok(power.detectable! > power.tellable!);
  assert.match(powerText(powerOf(60, 0.2), 'hit@5'), /if 20 % of the questions change, as here\)/);
  assert.deepEqual([powerOf(6).tellable, powerOf(6).detectable], [1, 1]);
  assert.match(powerText(powerOf(3), 'hit@5'), /With 3 questions no change of hit@5 can be told/);
  assert.match(powerText(powerOf(0), 'hit@5'), /no change/);
});
