// Metrics against ranx's figures (stored by test/reference/ranx_golden.py) and against values worked out by hand.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  answerRanks,
  hitAtK,
  hitOfRanks,
  ndcgAtK,
  ndcgOfRanks,
  recallAtK,
  recallOfRanks,
  reciprocalOfRanks,
  reciprocalRank,
} from '../../../src/core/metrics.ts';
import { topSnippets } from '../../../src/core/ranking.ts';

interface Case {
  id: string;
  answers: string[];
  relevance?: number[];
  scores: Record<string, number> | null;
}

const read = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
const fixture: { ks: number[]; cases: Case[] } = read('fixtures/ranking/cases.json');
const golden: { questions: Record<string, Record<string, number>>; mean: Record<string, number> } =
  read('golden/ranx.json');

function close(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${what}: expected ${expected}, got ${actual}`);
}

/** The named metric of a case by our own ranking and metrics, under ranx's name for it. */
function figure(each: Case, name: string): number {
  const ids = Object.keys(each.scores ?? {});
  const scores = Object.values(each.scores ?? {});
  const ranked = topSnippets(scores, ids, ids.length).map((snippet) => snippet.id);
  const groups = each.answers.map((id) => [id]);
  const [metric, k] = name.split('@');
  if (metric === 'recall') return recallAtK(groups, ranked, Number(k));
  if (metric === 'hit_rate') return hitAtK(groups, ranked, Number(k));
  if (metric === 'ndcg') return ndcgAtK(groups, ranked, Number(k), each.relevance);
  assert.equal(metric, 'mrr');
  return reciprocalRank(groups, ranked, k === undefined ? undefined : Number(k));
}

test('every question and the mean equal ranx to 1e-9', () => {
  assert.deepEqual(fixture.cases.map((each) => each.id).sort(), Object.keys(golden.questions).sort());
  const names = Object.keys(golden.mean);
  assert.equal(names.length, 4 * fixture.ks.length + 1);
  for (const name of names) {
    let sum = 0;
    for (const each of fixture.cases) {
      const value = figure(each, name);
      close(value, golden.questions[each.id]![name]!, `${name} of ${each.id}`);
      sum += value;
    }
    close(sum / fixture.cases.length, golden.mean[name]!, `mean ${name}`);
  }
});

test('the fixtures tell right from wrong: no metric is the same for all, and some figures are between 0 and 1', () => {
  for (const name of Object.keys(golden.mean)) {
    const values = new Set(fixture.cases.map((each) => golden.questions[each.id]![name]));
    assert.ok(values.size >= 2, name);
  }
  assert.ok(fixture.cases.some((each) => each.scores === null));
  assert.ok(fixture.cases.some((each) => golden.questions[each.id]!['ndcg@5']! % 1 > 0));
});

test('an answer of several snippets is found by its best placed one', () => {
  const groups = [
    ['hr/leave.md#sick', 'hr/leave.md#annual', 'hr/leave.md#unpaid'],
    ['人事/考勤.md#补卡'],
    ['hr/badge.md'],
  ];
  const ranked = ['network/wifi.md', 'hr/leave.md#annual', 'hr/leave.md#sick', '人事/考勤.md#补卡'];
  assert.deepEqual(answerRanks(groups, ranked), [2, 4, 0]);
  assert.equal(recallAtK(groups, ranked, 1), 0);
  assert.equal(recallAtK(groups, ranked, 3), 1 / 3);
  assert.equal(recallAtK(groups, ranked, 4), 2 / 3);
  assert.equal(hitAtK(groups, ranked, 1), 0);
  assert.equal(hitAtK(groups, ranked, 2), 1);
  assert.equal(reciprocalRank(groups, ranked), 1 / 2);
  assert.equal(reciprocalRank(groups, ranked, 1), 0);
});

test('nDCG counts the first hit of an answer only', () => {
  const groups = [['a.md#one', 'a.md#two'], ['b.md']];
  // Hits of the first answer at 1 and 2, of the second at 3.
  const gain = 1 / Math.log2(2) + 1 / Math.log2(4);
  const ideal = 1 / Math.log2(2) + 1 / Math.log2(3);
  close(ndcgAtK(groups, ['a.md#one', 'a.md#two', 'b.md'], 10), gain / ideal, 'ndcg@10');
  close(ndcgAtK(groups, ['a.md#one', 'a.md#two', 'b.md'], 2), 1 / ideal, 'ndcg@2');
  close(ndcgAtK(groups, ['a.md#two', 'b.md', 'a.md#one'], 10), 1, 'ndcg@10 of a perfect list');
});

test('one snippet that satisfies two answers is a perfect list of one, never more than 1', () => {
  const groups = [['docs/vpn.md#setup'], ['docs/vpn.md#setup', 'docs/vpn.md#trouble']];
  assert.equal(recallAtK(groups, ['docs/vpn.md#setup'], 1), 1);
  close(ndcgAtK(groups, ['docs/vpn.md#setup', 'x.md', 'docs/vpn.md#trouble'], 10), 1, 'ndcg@10');
  assert.ok(ndcgOfRanks([1, 1, 1, 2, 2], 3) <= 1 + 1e-12);
  close(ndcgOfRanks([3, 3], 3), 0.5 / (1 + 1 / Math.log2(3)), 'the second of two at place 3 falls out of the first 3');
});

test('no answers, no results and unranked answers count as nothing found', () => {
  for (const metric of [recallAtK, hitAtK, ndcgAtK, reciprocalRank]) {
    assert.equal(metric([], ['a.md'], 5), 0);
    assert.equal(metric([['a.md']], [], 5), 0);
    assert.equal(metric([[]], ['a.md'], 5), 0);
  }
  for (const metric of [recallOfRanks, hitOfRanks, ndcgOfRanks, reciprocalOfRanks]) {
    assert.equal(metric([0, Infinity, NaN], 5), 0);
  }
});
