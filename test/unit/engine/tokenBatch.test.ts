// Cutting sets of texts by length.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../../src/core/random.ts';
import { leastPaddedGroups } from '../../../src/engine/tokenBatch.ts';

describe('leastPaddedGroups', () => {
  it('deals every item once, none of the groups empty, lengths ascending from group to group', () => {
    const random = seededRandom(1);
    for (let n = 0; n < 200; n++) {
      const lengths = Array.from({ length: 4 + random.below(40) }, () => 1 + random.below(256));
      const groups = leastPaddedGroups(lengths, 4);
      assert.equal(groups.length, 4);
      assert.ok(groups.every((group) => group.length > 0));
      const order = groups.flat();
      assert.deepEqual(
        [...order].sort((a, b) => a - b),
        [...lengths.keys()],
      );
      const dealt = order.map((i) => lengths[i]!);
      assert.deepEqual(
        dealt,
        [...dealt].sort((a, b) => a - b),
      );
    }
  });

  it('pads as little as any way of cutting, but for evenness', () => {
    const random = seededRandom(2);
    for (let n = 0; n < 100; n++) {
      const lengths = Array.from({ length: 6 + random.below(4) }, () => 1 + random.below(60));
      const sorted = [...lengths].sort((a, b) => a - b);
      const padded = (groups: readonly number[][]): number =>
        groups.reduce((sum, group) => sum + group.length * Math.max(...group), 0);
      let least = Number.POSITIVE_INFINITY;
      for (let i = 1; i < sorted.length - 1; i++)
        for (let j = i + 1; j < sorted.length; j++)
          least = Math.min(least, padded([sorted.slice(0, i), sorted.slice(i, j), sorted.slice(j)]));
      const own = padded(leastPaddedGroups(lengths, 3).map((group) => group.map((i) => lengths[i]!)));
      // Unevenness of three groups counts for 2 % of three times the tokens at most.
      assert.ok(own >= least && own <= least + 0.06 * padded([sorted]), `${own} where ${least} would do: ${lengths}`);
    }
  });

  it('shares the tokens equally where all are of one length', () => {
    const lengths = Array.from({ length: 32 }, () => 128);
    assert.deepEqual(
      leastPaddedGroups(lengths, 4).map((group) => group.length),
      [8, 8, 8, 8],
    );
  });

  it('refuses fewer items than groups', () => {
    assert.throws(() => leastPaddedGroups([3, 4], 4), /2 items/);
  });
});
