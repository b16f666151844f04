// Recall by group, and what the questions leave untested.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QuestionState, SnippetPlace } from '../../../src/core/state.ts';
import { panelCoverage, panelGroups } from '../../../src/host/panel/groups.ts';

const range = { start: { line: 0, column: 0 }, end: { line: 0, column: 1 } };
const snippet = (id: string): [string, SnippetPlace] => [
  id,
  { id, file: id.split('#')[0]!, title: id, path: [id], range, headingRange: range },
];
function question(text: string, file: string, split: 'test' | 'train', recall: number, first: string): QuestionState {
  return {
    id: text,
    text,
    variants: [],
    tags: recall === 1 ? ['delivery'] : [],
    file,
    range,
    answers: [{ target: 'money.md#pay', snippetIds: ['money.md#pay'] } as never],
    split,
    outcome: {
      answerRanks: [recall === 1 ? 1 : 8],
      expected: [{ id: 'money.md#pay', score: 0.5, rank: recall === 1 ? 1 : 8 }],
      top: [{ id: first, score: 0.9 }],
      recall,
      beatenBy: [],
    },
  };
}
const questions = [
  question('How do I pay?', 'a.questions.jsonl', 'test', 1, 'money.md#pay'),
  question('Can I pay later?', 'a.questions.jsonl', 'train', 0, 'wallet.md#close'),
  question('Which cards do you take?', 'a.questions.jsonl', 'train', 0, 'wallet.md#close'),
  question('怎么付款？', '客服.questions.csv', 'test', 0, 'wallet.md#close'),
];

test('groups count their questions and held-out ones apart, the lowest recall first', () => {
  assert.deepEqual(
    panelGroups(questions).map(({ kind, name, questions: count, recall, heldOut, heldOutRecall }) =>
      [kind, name, count, recall.toFixed(2), heldOut, heldOutRecall].join(' '),
    ),
    [
      'file 客服.questions.csv 1 0.00 1 0',
      'file a.questions.jsonl 3 0.33 1 1',
      'tag delivery 1 1.00 1 1',
      'language zh 1 0.00 1 0',
      'language other 3 0.33 1 1',
    ],
  );
});

test('a snippet that wins three questions wrongly is a hub; one that no question names is untested', () => {
  const snippets = new Map(['money.md#pay', 'wallet.md#close', 'wallet.md#open'].map(snippet));
  const { untested, untestedCount, hubs } = panelCoverage(questions, snippets);
  assert.deepEqual([untested.map(({ id }) => id), untestedCount], [['wallet.md#close', 'wallet.md#open'], 2]);
  assert.deepEqual(
    hubs.map(({ id, wins }) => [id, wins]),
    [['wallet.md#close', 3]],
  );
  assert.deepEqual(panelCoverage(questions.slice(1, 3), snippets).hubs, []);
});
