// Rankings of other programs as runs of ours, and ours as theirs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildCorpus } from '../../../../src/core/corpus.ts';
import { readTrecRun, runOfTrec, writeTrecRun } from '../../../../src/core/exchange/trecRun.ts';
import { diffRuns } from '../../../../src/core/runs/diff.ts';
import { parseRun } from '../../../../src/core/runs/run.ts';

const KB = buildCorpus([
  { file: 'refunds.md', text: '# Card\n\nFive days.\n\n# Cash\n\nNever.\n' },
  { file: 'gift cards.md', text: 'They have no end.\n' },
  {
    file: 'a.questions.jsonl',
    text: [
      '{"question": "When?", "answers": [{"any": ["refunds.md#card", "refunds.md#cash"]}, "gift cards.md"], "id": "when"}',
      '{"question": "要多久？", "answers": ["refunds.md#cash"], "id": "问 2"}',
      '{"question": "Lost?", "answers": ["refunds.md#card"], "id": "lost"}',
    ].join('\n'),
  },
]);
const kb = { questions: KB.questions, snippetIds: KB.snippets.map(({ id }) => id) };
const splits = new Map(KB.questions.map(({ id }) => [id, 'test' as const]));
const imported = (text: string) =>
  runOfTrec(readTrecRun({ file: 'x.trec', text }), kb, { splits, ks: [1, 5], seed: 0 });

test('ranks follow the scores, equal scores our rule, and foreign passages keep their places', () => {
  const { run, asked, unknown } = imported(
    'when Q0 refunds.md#card 1 0.5 bm25\nwhen Q0 elsewhere 9 0.9 bm25\nwhen\tQ0\tgift%20cards.md 3 0.5 bm25\n问%202 Q0 refunds.md#cash 1 7 bm25\nq9 Q0 refunds.md#cash 1 7 bm25\n',
  );
  assert.deepEqual([asked, unknown], [2, { queries: 1, passages: 1 }]);
  assert.deepEqual(
    run.questions.map(({ id, answerRanks }) => [id, answerRanks]),
    [
      ['when', [3, 2]],
      ['问 2', [1]],
      ['lost', [0]],
    ],
  );
  assert.deepEqual(
    run.questions[0]!.top.map(({ id }) => id),
    ['elsewhere', 'gift cards.md', 'refunds.md#card'],
  );
  assert.deepEqual([run.model, run.retrieval, run.metrics.test?.questions], ['bm25', 'another program', 3]);
  assert.deepEqual(parseRun(JSON.stringify(run), 'run.json'), run);
});

test('a run of ours comes back with the same ranks, and diff compares both without a word on snippets', () => {
  const { run } = imported(
    'when Q0 refunds.md#cash 1 3 m\nwhen Q0 gift%20cards.md 2 2.5 m\n问%202 Q0 refunds.md#card 1 1e-3 m\nlost Q0 refunds.md#card 1 0.1 m\n',
  );
  const again = imported(writeTrecRun({ ...run, model: 'my model' })).run;
  assert.equal(again.model, 'my%20model');
  const ours = { ...run, indexHash: 'known', retrieval: 'vectors' as const };
  const diff = diffRuns(ours, again);
  assert.deepEqual(
    diff.changes.map(({ kind }) => kind),
    ['unchanged', 'still failing', 'unchanged'],
  );
  assert.deepEqual(diff.warnings, [
    'The models differ: m and my%20model.',
    'The ranking differs: by vectors then, by another program now.',
  ]);
});

test('every bad line is told with what came', () => {
  const { findings, scores } = readTrecRun({
    file: 'x.trec',
    text: 'a Q0 b 1 0.5\n\na Q0 b 1 high t\na Q0 b 1 0.5 t\na Q0 b 2 0.4 t\na Q0 c 2 0.4 t extra\n',
  });
  assert.deepEqual(
    findings.map(({ message, range }) => `${range.start.line + 1} ${message}`),
    [
      '1 A line is expected to be query id, Q0, passage id, rank, score and tag with blanks between them; "a Q0 b 1 0.5" came.',
      '3 The score is expected to be a number; "high" came.',
      '5 The passage id is expected to be one that this query has not had; "b" came.',
      '6 A line is expected to be query id, Q0, passage id, rank, score and tag with blanks between them; "a Q0 c 2 0.4 t extra" came.',
    ],
  );
  assert.deepEqual([...scores.get('a')!], [['b', 0.5]]);
});
