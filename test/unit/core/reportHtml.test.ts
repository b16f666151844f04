// The report as a page of its own: whole, and with nothing in it that a text could have smuggled in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildReport } from '../../../src/core/report.ts';
import { reportHtml } from '../../../src/core/reportHtml.ts';

const range = { start: { line: 4, column: 0 }, end: { line: 4, column: 9 } };
const texts = ['How do I close my <script>alert(1)</script> wallet & account?', '订单"多久"能送到？'];
const questions = texts.map((text, i) => ({
  id: `q${i}`,
  text,
  variants: [],
  tags: [],
  file: 'support/客服.questions.csv',
  range,
  answers: [{ target: 'money.md#close', snippetIds: ['money.md#close'] }],
}));
const report = buildReport({
  model: 'kb-recall-small',
  snippetCount: 40,
  questions: questions as never,
  splits: new Map([
    ['q0', 'test'],
    ['q1', 'train'],
  ]),
  results: [
    {
      questionId: 'q0',
      answerRanks: [8],
      top: [{ id: 'money.md#pay', score: 0.9 }],
      expected: [{ id: 'money.md#close', score: 0.4, rank: 8 }],
    },
    {
      questionId: 'q1',
      answerRanks: [1],
      top: [{ id: 'money.md#close', score: 0.9 }],
      expected: [{ id: 'money.md#close', score: 0.9, rank: 1 }],
    },
  ],
});

test('figures, failures and findings are there, escaped', () => {
  const findings = [
    {
      code: 'x',
      severity: 'warning',
      file: 'a"b.md',
      range,
      message: "The id '<b>' is taken.",
      suggestion: 'Choose another.',
    },
  ];
  const html = reportHtml(report, findings as never, 'Recall of R&D <desk>');
  assert.match(html, /<h1>Recall of R&amp;D &lt;desk&gt;<\/h1>/);
  assert.match(html, /How do I close my &lt;script&gt;alert\(1\)&lt;\/script&gt; wallet &amp; account\?/);
  assert.match(html, /<th scope="row">recall@5<\/th><td>0\.0 % \[0\.0, 0\.0\]<\/td><td>100\.0 %/);
  assert.match(html, /<code>money\.md#close<\/code> at 8; first is <code>money\.md#pay<\/code>/);
  assert.match(html, /<code>a&quot;b\.md:5<\/code> warning: The id &#39;&lt;b&gt;&#39; is taken\. Choose another\./);
  assert.doesNotMatch(html, /订单/, 'what is recalled is no failure');
});

test('nothing is loaded and nothing runs', () => {
  const html = reportHtml(report, [], 'Recall');
  assert.doesNotMatch(html, /<script|<img|<link|https?:|url\(|\son\w+=/i);
  assert.match(html, /default-src 'none'/);
  assert.doesNotMatch(html, /Findings/);
});
