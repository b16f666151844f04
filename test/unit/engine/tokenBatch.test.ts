// Cutting sets of texts by length.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../../src/core/random.ts';
import { lengthSortedGroups } from '../../../src/engine/tokenBatch.ts';

describe('lengthSortedGroups', () => {
  it('deals every item once, none of the groups empty, lengths ascending from group to group', () => {
    const random = seededRandom(1);
    for (let n = 0; n < 200; n++) {
      const lengths = Array.from({ length: 4 + random.below(40) }, () => 1 + random.below(256));
      const groups = lengthSortedGroups(lengths, 4);
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

  it('shares the tokens about equally', () => {
    const lengths = Array.from({ length: 32 }, () => 128);
    assert.deepEqual(
      lengthSortedGroups(lengths, 4).map((group) => group.length),
      [8, 8, 8, 8],
    );
    const mixed = [...Array.from({ length: 30 }, () => 10), 100, 100, 100];
    const sums = lengthSortedGroups(mixed, 3).map((group) => group.reduce((sum, i) => sum + mixed[i]!, 0));
    assert.ok(Math.max(...sums) - Math.min(...sums) <= 100, String(sums));
  });

  it('refuses fewer items than groups', () => {
    assert.throws(() => lengthSortedGroups([3, 4], 4), /2 items/);
  });
});
