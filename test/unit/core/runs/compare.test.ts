// Two runs question by question: only what both ask alike counts, on both sides of the split.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareRuns } from '../../../../src/core/runs/compare.ts';
import type { RunFile, RunQuestion } from '../../../../src/core/runs/run.ts';

const question = (id: string, rank: number, more: Partial<RunQuestion> = {}): RunQuestion => ({
  id,
  hash: `hash of ${id}`,
  question: `${id}？`,
  file: '门禁.questions.yaml',
  line: 3,
  split: 'test',
  answerRanks: [rank],
  expected: [],
  top: [],
  ...more,
});
const run = (model: string, questions: RunQuestion[]): RunFile => ({
  kind: 'kb-recall-run',
  version: 1,
  model,
  modelHash: model,
  indexHash: 'i',
  snippets: 12,
  retrieval: 'vectors',
  ks: [1, 3],
  primaryK: 3,
  metrics: {} as RunFile['metrics'],
  questions,
});

test('fixed and broken at the later cut-off; reworded, moved and new questions are left out', () => {
  const before = run('base', [
    question('补卡', 5),
    question('访客', 1),
    question('停车', 2, { split: 'train' }),
    question('reworded', 9, { hash: 'older' }),
    question('moved', 9, { split: 'train' }),
  ]);
  const after = run('tuned', [
    question('补卡', 2),
    question('访客', 4),
    question('停车', 1, { split: 'train' }),
    question('reworded', 1),
    question('moved', 1),
    question('new', 1),
  ]);
  const { comparison, slices, questions, warnings } = compareRuns(before, after);
  assert.deepEqual(
    questions.map(({ id, split, before: was, after: is }) => [id, split, was, is]),
    [
      ['补卡', 'test', 5, 2],
      ['访客', 'test', 1, 4],
      ['停车', 'train', 2, 1],
    ],
  );
  assert.deepEqual([comparison.questions, comparison.k], [2, 3]);
  assert.deepEqual(
    [comparison.fixed, comparison.broken].map((list) => list.map(({ id }) => id)),
    [['补卡'], ['访客']],
  );
  assert.deepEqual(
    [slices.before, slices.after].map(({ metrics }) => metrics['recall@3']?.value),
    [0.5, 0.5],
  );
  assert.match(warnings.join(' '), /models differ: base and tuned.*; 2 with the same wording and answers are compared/);
});

test('runs of other knowledge bases cannot be compared, and the error says so', () => {
  assert.throws(() => compareRuns(run('a', [question('x', 1)]), run('b', [question('y', 1), question('z', 1)])), {
    code: 'runs-apart',
    message: /1 questions are in the first, 2 in the second/,
  });
});
