// What a training did to general questions, in figures, and how a set of them is read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareForgetting, hasForgotten, parseGeneralSet } from '../../../src/core/forgetting.ts';

test('a model that lost a fifth of sixty questions has forgotten; one that exchanged two has not', () => {
  const before = Array.from({ length: 60 }, (_, i) => (i < 50 ? 1 : 4));
  const lost = compareForgetting(
    before,
    before.map((rank, i) => (i < 12 ? 2 : rank)),
    0,
  );
  assert.equal(lost.questions, 60);
  assert.ok(Math.abs(lost.before - 50 / 60) < 1e-12 && Math.abs(lost.after - 38 / 60) < 1e-12);
  assert.ok(Math.abs(lost.difference.value + 0.2) < 1e-12 && lost.pValue < 0.01);
  assert.equal(hasForgotten(lost), true);
  const exchanged = compareForgetting(
    before,
    before.map((rank, i) => (i === 0 ? 3 : i === 55 ? 1 : rank)),
    0,
  );
  assert.equal(exchanged.difference.value, 0);
  assert.equal(hasForgotten(exchanged), false);
});

test('a set is read line by line; a broken line is named', () => {
  const line = JSON.stringify({ question: '潮水为什么一天涨两次?', passage: '月球和太阳的引力使海水隆起。' });
  assert.equal(parseGeneralSet(`${line}\n\n${line}\n`, 'zh.jsonl').length, 2);
  for (const broken of ['{', 'null', '{"question":"Why?"}', '{"question":1,"passage":"x"}'])
    assert.throws(() => parseGeneralSet(`${line}\n${broken}\n`, 'zh.jsonl'), /Line 2 of zh\.jsonl/);
});
