// Ranking against a plain full sort, on hand-made and on random scores with many ties.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../src/core/random.ts';
import { bestWindows, rankOf, topSnippets } from '../../../src/core/ranking.ts';

/** The rule spelt out the slow way: numbers before NaN, higher first, ids by code unit. */
function fullSort(scores: ArrayLike<number>, ids: readonly string[]): number[] {
  const key = (i: number) => (Number.isNaN(scores[i]) ? 1 : 0);
  return ids
    .map((_, i) => i)
    .sort((a, b) => key(a) - key(b) || (key(a) ? 0 : scores[b]! - scores[a]! || 0) || (ids[a]! < ids[b]! ? -1 : 1));
}

test('the best window decides a snippet, the first of equals wins', () => {
  const scores = Float32Array.of(0.25, 0.75, 0.5, 0.75, -0.5);
  const best = bestWindows(scores, Int32Array.of(0, 0, 2, 0, 2), 4);
  assert.deepEqual([...best.scores], [0.75, -Infinity, 0.5, -Infinity]);
  assert.deepEqual([...best.windows], [1, -1, 2, -1]);
});

test('a NaN window never wins, and a reused buffer keeps nothing of the question before', () => {
  const owner = Int32Array.of(0, 0, 1);
  const first = bestWindows(Float32Array.of(0.5, NaN, 0.875), owner, 2);
  assert.deepEqual([...first.scores], [0.5, 0.875]);
  const second = bestWindows(Float32Array.of(NaN, 0.125, NaN), owner, 2, first);
  assert.equal(second, first);
  assert.deepEqual([...second.scores], [0.125, -Infinity]);
  assert.deepEqual([...second.windows], [1, -1]);
});

test('wrong shapes are refused', () => {
  assert.throws(() => bestWindows(new Float32Array(2), new Int32Array(3), 1), /one owner per window, got 3 for 2/);
  assert.throws(() => bestWindows(new Float32Array(1), Int32Array.of(4), 2), /window 0 belongs to snippet 4/);
  const small = { scores: new Float32Array(1), windows: new Int32Array(1) };
  assert.throws(() => bestWindows(new Float32Array(1), Int32Array.of(0), 2, small), /buffers of 2/);
  assert.throws(() => topSnippets([1, 2], ['a.md'], 1), /2 scores for 1 ids/);
  assert.throws(() => rankOf([1], ['a.md'], 1), /index in \[0, 1\)/);
});

test('ties go by code unit: capitals, small letters, accents, surrogates before U+FF5E', () => {
  const ids = ['é.md', '～.md', 'a.md', '😀.md', 'Z.md', '发票.md'];
  const order = topSnippets(new Float32Array(6), ids, 6).map((each) => each.id);
  assert.deepEqual(order, ['Z.md', 'a.md', 'é.md', '发票.md', '😀.md', '～.md']);
  assert.deepEqual(
    ids.map((_, i) => rankOf(new Float32Array(6), ids, i)),
    [3, 6, 2, 5, 1, 4],
  );
});

test('NaN is no result: left out of the top, last in rank, below -Infinity', () => {
  const ids = ['wifi.md', 'vpn.md', 'mail.md', 'badge.md'];
  const scores = [NaN, -Infinity, 0.5, NaN];
  assert.deepEqual(topSnippets(scores, ids, 4), [
    { index: 2, id: 'mail.md', score: 0.5 },
    { index: 1, id: 'vpn.md', score: -Infinity },
  ]);
  assert.deepEqual(
    ids.map((_, i) => rankOf(scores, ids, i)),
    [4, 2, 1, 3],
  );
});

test('zero and minus zero tie; k of 0 or beyond the end is fine', () => {
  assert.deepEqual(
    topSnippets([0, -0], ['b.md', 'a.md'], 9).map((each) => each.id),
    ['a.md', 'b.md'],
  );
  assert.deepEqual(topSnippets([1], ['a.md'], 0), []);
  assert.deepEqual(topSnippets([], [], 5), []);
});

test('top and rank agree with a full sort on random scores full of ties and NaN', () => {
  const random = seededRandom(11);
  for (let round = 0; round < 300; round++) {
    const count = 1 + random.below(40);
    const ids = random.shuffle(Array.from({ length: count }, (_, i) => `手册/${i % 3 ? 'a' : 'B'}-${i}.md`));
    const scores = Float32Array.from(ids, () => (random.below(9) === 0 ? NaN : random.below(5) / 4));
    const sorted = fullSort(scores, ids);
    sorted.forEach((index, place) => {
      assert.equal(rankOf(scores, ids, index), place + 1);
    });
    const k = random.below(count + 3);
    const numbers = sorted.filter((index) => !Number.isNaN(scores[index]));
    assert.deepEqual(
      topSnippets(scores, ids, k).map((each) => each.index),
      numbers.slice(0, k),
    );
  }
});
