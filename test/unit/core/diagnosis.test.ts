// What is told at questions and headings, and why a question fares as it does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from '../../../src/core/causes/words.ts';
import { answerPlaces, decidingRank, diagnoseQuestions, diagnoseSnippets } from '../../../src/core/diagnosis.ts';
import { explainQuestion } from '../../../src/core/explain.ts';
import { parseSnippets } from '../../../src/core/snippets.ts';
import type { QuestionState } from '../../../src/core/state.ts';

const range = { start: { line: 3, column: 14 }, end: { line: 3, column: 40 } };

function question(id: string, answers: string[][], ranks: Record<string, number>, top: string[], k = 5): QuestionState {
  const expected = Object.entries(ranks).map(([snippet, rank]) => ({ id: snippet, rank, score: 0.5 }));
  const answerRanks = answers.map((ids) => {
    const found = ids.map((each) => ranks[each] ?? 0).filter((rank) => rank > 0);
    return found.length > 0 ? Math.min(...found) : 0;
  });
  const recall = answerRanks.filter((rank) => rank > 0 && rank <= k).length / answerRanks.length;
  return {
    id,
    text: `Question ${id}?`,
    variants: [],
    tags: [],
    file: 'a.questions.jsonl',
    range,
    split: 'test',
    answers: answers.map((snippetIds) => ({ reference: snippetIds.join(), snippetIds, range })),
    outcome: {
      answerRanks,
      expected,
      recall,
      top: top.map((each, i) => ({ id: each, score: 0.9 - i * 0.1 })),
      beatenBy: top.filter((each) => !(each in ranks)).map((each) => ({ id: each, score: 0.9 })),
    },
  };
}

test('a question is told with the answers it misses and the best that is not expected', () => {
  const found = question('found', [['a.md#x']], { 'a.md#x': 2 }, ['b.md', 'a.md#x']);
  const half = question('half', [['a.md#x'], ['a.md#y']], { 'a.md#x': 1, 'a.md#y': 12 }, ['a.md#x', 'b.md']);
  const lost = question('lost', [['c.md#1', 'c.md#2']], { 'c.md#1': 30, 'c.md#2': 9 }, ['b.md']);
  const unranked = question('unranked', [['gone.md']], { 'gone.md': 0 }, ['b.md']);
  const diagnoses = diagnoseQuestions([found, half, lost, unranked], 5);
  assert.deepEqual(
    diagnoses.map(({ question: { id }, missed, winner }) => [
      id,
      missed.map(({ snippetId, rank }) => [snippetId, rank]),
      winner,
    ]),
    [
      ['half', [['a.md#y', 12]], 'b.md'],
      ['lost', [['c.md#2', 9]], 'b.md'],
      ['unranked', [['gone.md', 0]], 'b.md'],
    ],
  );
  assert.deepEqual(
    diagnoseSnippets(diagnoses).map(({ snippetId, misses }) => [snippetId, misses.length]),
    [
      ['a.md#y', 1],
      ['c.md#2', 1],
      ['gone.md', 1],
    ],
  );
  assert.deepEqual([found, half, lost, unranked].map(decidingRank), [2, 12, 9, 0]);
});

test('what was not measured says nothing, and an answer to nowhere has no place', () => {
  const { outcome: _, ...state } = question('new', [['a.md'], []], { 'a.md': 1 }, []);
  assert.deepEqual(diagnoseQuestions([state], 5), []);
  assert.equal(decidingRank(state), undefined);
  assert.deepEqual(answerPlaces(state), [{ reference: 'a.md', snippetId: 'a.md', rank: 0 }]);
});

test('the words that carry a question are compared with both sections', () => {
  assert.deepEqual(wordsOf('How do I cancel my subscription?'), ['cancel', 'subscription']);
  assert.deepEqual(wordsOf('退货需要多少天？'), ['退货']);
  assert.deepEqual(wordsOf('What does E-4012 mean on the v2.1 router?'), ['mean', 'v2.1', 'router', 'e-4012']);
  const text =
    '# Account\n\n## Ending a plan\n\nPlans end on the last day of the month.\n\n## Cancel an order\n\nCancel the subscription box here.\n';
  const snippets = new Map(parseSnippets({ file: 'a.md', text }).snippets.map((each) => [each.id, each]));
  const state = {
    ...question('q', [['a.md#ending-a-plan']], { 'a.md#ending-a-plan': 9 }, ['a.md#cancel-an-order']),
    text: 'How do I cancel my subscription?',
  };
  const explanation = explainQuestion(state, 5, snippets);
  assert.deepEqual(explanation?.expected[0]?.lacking, ['cancel', 'subscription']);
  assert.deepEqual(explanation?.top[0]?.shared, ['cancel', 'subscription']);
  assert.ok(explanation!.gap > 0);
});
