// Runs against each other: which questions count, what fixed and broken mean, and the forms that continuous integration reads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../../../src/core/errors.ts';
import { diffRuns } from '../../../../src/core/runs/diff.ts';
import { junitXml } from '../../../../src/core/runs/junit.ts';
import { diffMarkdown } from '../../../../src/core/runs/markdown.ts';
import { parseRun, type RunFile } from '../../../../src/core/runs/run.ts';
import { sarifLog } from '../../../../src/core/runs/sarif.ts';
import { diffText } from '../../../../src/core/runs/text.ts';
import { holm, smallestTellable } from '../../../../src/core/statistics.ts';

const TEXTS = ['How long do refunds take?', '年假有几天？', 'Is <b> & "c" allowed?\u0001', 'Where is my parcel?'];

function runWith(ranks: readonly number[], changes: Partial<RunFile> = {}): RunFile {
  const questions = ranks.map((rank, i) => ({
    id: `q${i}`,
    hash: `h${i}`,
    question: TEXTS[i % TEXTS.length]!,
    file: 'support/常见 问题.questions.jsonl',
    line: i + 1,
    split: 'test' as const,
    answerRanks: [rank],
    expected: [{ id: 'support/refunds.md#card', rank, score: 0.5 }],
    top: [{ id: 'support/other.md#x', score: 0.7 }],
  }));
  const run = {
    kind: 'kb-recall-run',
    version: 1,
    model: 'm',
    modelHash: 'a',
    indexHash: 'b',
    snippets: 9,
    retrieval: 'dense',
  };
  return { ...run, ks: [1, 5], primaryK: 5, metrics: {}, questions, ...changes } as RunFile;
}

test('fixed, broken, still failing and unchanged are told at the cut-off', () => {
  const diff = diffRuns(runWith([7, 5, 0, 1]), runWith([5, 6, 9, 2]));
  assert.deepEqual(
    diff.changes.map(({ kind }) => kind),
    ['fixed', 'broken', 'still failing', 'unchanged'],
  );
  const recall = diff.metrics.find(({ metric }) => metric === 'recall@5')!;
  assert.deepEqual([recall.before, recall.after, recall.difference.value], [0.5, 0.5, 0]);
  assert.deepEqual(diff.warnings, []);
});

test('reworded questions, questions of the training side and new ones are not compared, and it is said', () => {
  const after = runWith([1, 1, 1, 1, 1], { modelHash: 'z', indexHash: 'y' });
  after.questions[0]!.hash = 'other';
  after.questions[1]!.split = 'train';
  const diff = diffRuns(runWith([1, 1, 1, 1]), after);
  assert.deepEqual(
    diff.changes.map((each) => each.after.id),
    ['q2', 'q3'],
  );
  assert.equal(diff.warnings.length, 3);
  assert.match(diff.warnings.join(' '), /models differ.*snippets differ.*4 held-out then, 4 now; 2 with/);
});

test('what so many questions can tell is said with the share that changed', () => {
  const before = new Array(40).fill(1);
  const diff = diffRuns(runWith(before), runWith(before.map((rank, i) => (i < 8 ? 9 : rank))));
  assert.deepEqual([diff.power.questions, diff.power.discordance, diff.power.isMeasured], [40, 0.2, true]);
  const sentence =
    /With 40 questions a change of hit@5 under 15\.0 points cannot be told .* if 20 % of the questions change, as here/;
  assert.match(diffText(diff), sentence);
  assert.match(diffMarkdown(diff), sentence);
  assert.match(diffText(diffRuns(runWith(before), runWith(before))), /if 15 % of the questions change\)/);
});

test('grades weigh in the nDCG of a run, and in nothing else of it', () => {
  const graded = (ranks: number[]): RunFile => {
    const run = runWith([1]);
    Object.assign(run.questions[0]!, { answerRanks: ranks, relevance: [3, 1] });
    return run;
  };
  const diff = diffRuns(graded([1, 2]), graded([2, 1]));
  const moved = diff.metrics.filter(({ before, after }) => before !== after);
  assert.deepEqual(moved.map(({ metric }) => metric).sort(), ['ndcg@10']);
  const ndcg = (1 + 3 / Math.log2(3)) / (3 + 1 / Math.log2(3));
  assert.ok(Math.abs(moved[0]!.after - ndcg) < 1e-12);
});

test('p-values are adjusted over k within recall and hit, not over different metrics', () => {
  const diff = diffRuns(runWith(new Array(8).fill(9)), runWith(new Array(8).fill(1)));
  const of = (name: string) => diff.metrics.find(({ metric }) => metric === name)!;
  assert.equal(of('recall@5').adjustedPValue, Math.min(1, of('recall@5').pValue * 2));
  assert.equal(of('mrr').adjustedPValue, of('mrr').pValue);
});

test('Holm: the worked example of three, in the given order', () => {
  assert.deepEqual(
    holm([0.04, 0.01, 0.03]).map((p) => Number(p.toFixed(6))),
    [0.06, 0.03, 0.06],
  );
  assert.deepEqual(holm([]), []);
  assert.deepEqual(holm([0.9, 0.8]), [1, 1]);
});

test('the smallest change that can be told is six questions, for 2 / 2^6 is below 0.05 and 2 / 2^5 is not', () => {
  assert.equal(smallestTellable(60), 0.1);
  assert.equal(smallestTellable(5), undefined);
});

test('JUnit: broken fails, still failing is skipped, and no text breaks the XML', () => {
  const xml = junitXml(diffRuns(runWith([1, 7, 1, 1]), runWith([9, 9, 8, 1])));
  assert.match(xml, /tests="4" failures="2" errors="0" skipped="1"/);
  assert.equal(xml.match(/<testcase /g)!.length, 4);
  assert.equal(xml.match(/<failure /g)!.length, 2);
  assert.match(xml, /name="Is &lt;b&gt; &amp; &quot;c&quot; allowed\?\uFFFD"/);
});

test('SARIF: only questions that miss, at their line, with a path from the root of the repository', () => {
  const log = sarifLog(diffRuns(runWith([1, 7, 7, 1]), runWith([9, 9, 1, 1])), (file) => `docs/${file}`);
  const results = log.runs[0]!.results;
  assert.deepEqual(
    results.map(({ ruleId, level, baselineState }) => [ruleId, level, baselineState]),
    [
      ['recall-lost', 'error', 'new'],
      ['recall-missing', 'note', 'unchanged'],
    ],
  );
  const { artifactLocation, region } = results[1]!.locations[0]!.physicalLocation;
  assert.equal(decodeURI(artifactLocation.uri), 'docs/support/常见 问题.questions.jsonl');
  assert.deepEqual(region, { startLine: 2 });
  assert.equal(results[0]!.relatedLocations[0]!.physicalLocation.artifactLocation.uri, 'docs/support/refunds.md');
});

test('Markdown names the regression, and marks in questions stay text', () => {
  const text = diffMarkdown(diffRuns(runWith([1, 1, 1]), runWith([1, 1, 9])), 'Regression: it fell.');
  assert.match(text, /^# Recall fell\n\nRegression: it fell\./);
  assert.match(text, /- 1 → 9: Is \\<b\\> & "c" allowed/);
});

test('a file that is no run is refused with its name and the reason', () => {
  const refused = (text: string, why: RegExp): void =>
    assert.throws(
      () => parseRun(text, 'old.json'),
      (error) => error instanceof UserError && /old\.json/.test(error.message) && why.test(error.message),
    );
  refused('{', /not JSON/);
  refused('{}', /kind/);
  refused(JSON.stringify({ ...runWith([1]), version: 2 }), /version is 2/);
  refused(JSON.stringify({ ...runWith([1]), questions: [{ id: 'a' }] }), /question 1/);
  const run = runWith([1, 0]);
  assert.deepEqual(parseRun(JSON.stringify(run), 'run.json'), run);
});
