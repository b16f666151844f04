// The report as a page of its own: whole, and with nothing in it that a text could have smuggled in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildReport } from '../../../src/core/report.ts';
import { reportHtml } from '../../../src/core/reportHtml.ts';
import { reportMarkdown } from '../../../src/core/reportMarkdown.ts';
import { reportTexts } from '../../../src/core/reportTexts.ts';

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

test('in Chinese every word of ours is Chinese; texts of the author stay as they are', () => {
  const texts = reportTexts('zh-CN');
  const finding = { code: 'x', severity: 'warning', file: '退款.md', range, message: '标识已被占用。' };
  const title = texts.title('客服');
  const html = reportHtml(report, [finding] as never, title, texts);
  assert.match(html, /<html lang="zh-CN">/);
  assert.match(html, /<h1>客服 的召回情况<\/h1>\n<p>模型 <code>kb-recall-small<\/code>，40 个片段。/);
  assert.match(html, /<h2>前 5 名内缺少答案的留出问题 \(1\)<\/h2>/);
  assert.match(html, /期望 <code>money\.md#close<\/code> 第 8 名；第一名是 <code>money\.md#pay<\/code>/);
  assert.match(html, /<th scope="col">1 个留出问题<\/th><th scope="col">1 个训练问题<\/th>/);
  const markdown = reportMarkdown(report, [finding] as never, title, texts);
  assert.match(markdown, /^# 客服 的召回情况\n/);
  assert.match(markdown, / {2}- 期望 `money\.md#close` 第 8 名\n {2}- 第一名是 `money\.md#pay`/);
  assert.match(markdown, /- `退款\.md:5` 警告: 标识已被占用。/);
  // What is left of Latin words are the author's, the model's and the names of figures.
  const ours = [html.replace(/<style>[\s\S]*?<\/style>|<[^>]*>/g, ' '), markdown].join('\n');
  const latin = new Set(
    ours.replace(/`[^`]*`|How do I close.*|退款\.md|money\.md#\w+|kb-recall-small/g, ' ').match(/[A-Za-z]{2,}/g),
  );
  assert.deepEqual([...latin].sort(), ['hit', 'mrr', 'ndcg', 'recall']);
});

test('the language of a window or of --lang chooses the words; any other has English', () => {
  for (const language of ['zh-cn', 'zh-CN', 'zh', 'ZH-TW']) assert.equal(reportTexts(language).tag, 'zh-CN', language);
  for (const language of ['en', 'en-GB', 'de', 'zhuang']) assert.equal(reportTexts(language).tag, 'en', language);
});
