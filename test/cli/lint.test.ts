// `lint` with the real engine on a small help desk with one fault of each kind, in English and Chinese; levels and exit codes.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import type { Finding } from '../../src/core/finding.ts';
import { hasForm } from '../unit/engineForms.ts';
import { run, SMALL, temporaryFolder } from './support.ts';

const home = temporaryFolder({ after });

const CARD =
  'We send the money back to the card you paid with. It arrives within five working days of the day on which the parcel reached our warehouse, and we write to you when it has left us.';
const NOTICE = 'All prices hold until the end of the season and may change after it without further notice.';
const STEPS = Array.from(
  { length: 60 },
  (_, i) =>
    `Step ${i + 1} is to turn the ${['left', 'right', 'upper', 'lower'][i % 4]} screw by ${i + 2} degrees and to wait until the lamp is green.`,
).join(' ');

const FILES: Record<string, string> = {
  'refunds.md': `# Refunds\n\n## By card\n\n${CARD}\n\n## Calibration\n\n${STEPS}\n`,
  'money.md': `# Money\n\n## Back to a voucher\n\n${CARD.replace('the card', 'the voucher').replace('five', 'ten')}\n`,
  '产品/年假.md':
    '# 假期\n\n## 年假\n\n入职满一年的员工每年享有十天带薪年假，须在当年内休完，经主管同意后可以结转至次年三月底。\n\n## 外包人员\n\n外包员工入职满一年后每年享有十天带薪年假，须在当年内休完，经主管同意后可以结转至次年三月底。\n',
  'boats.md': `# Boats\n\n${['Canoe', 'Kayak', 'Dinghy', 'Raft', 'Punt'].map((boat, i) => `## ${boat}\n\n${NOTICE} ${boat}: ${i + 2} pounds.\n`).join('\n')}`,
  'desk.questions.jsonl': [
    { question: 'How do I get my money back on my card?', answers: ['refunds.md#by-card'], split: 'train' },
    { question: 'Can the sum go onto my voucher again?', answers: ['money.md#back-to-a-voucher'], split: 'test' },
    { question: '年假须在当年内休完吗？', answers: ['产品/年假.md#年假'] },
    { question: 'Which boat is cheapest?', answers: ['boats.md#canoe'], split: 'train' },
    { question: 'What does a canoe cost?', answers: ['boats.md#canoe'], split: 'test' },
    { question: 'How is it calibrated?', answers: ['refunds.md#calibration'] },
  ]
    .map((row) => JSON.stringify(row))
    .join('\n'),
};

function desk(t: { after(work: () => void): void }, files = FILES): string {
  const folder = join(temporaryFolder(t), 'desk');
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

test('each fault is found at its line, with what to do', async (t) => {
  const folder = desk(t);
  const { code, out, err } = await run(['lint', folder, '--home', home, '--json']);
  assert.equal(code, 2);
  assert.match(err, /^Lint: \d+ findings of level warning or above\.$/m);
  const { findings, counts } = JSON.parse(out) as { findings: Finding[]; counts: Record<string, number> };
  const at = (name: string): string[] =>
    findings.filter((each) => each.code === name).map(({ file, range }) => `${file}:${range.start.line + 1}`);
  assert.deepEqual(at('near-duplicate-snippets').sort(), ['refunds.md:3', '产品/年假.md:7'].sort());
  assert.deepEqual(at('boilerplate'), ['boats.md:3', 'boats.md:7', 'boats.md:11', 'boats.md:15', 'boats.md:19']);
  assert.deepEqual(at('long-snippet'), ['refunds.md:7']);
  assert.deepEqual(at('copied-question'), ['desk.questions.jsonl:3']);
  assert.deepEqual(at('leak-by-duplicate'), ['desk.questions.jsonl:2']);
  assert.deepEqual(at('split-leak'), ['desk.questions.jsonl:4', 'desk.questions.jsonl:5']);
  assert.deepEqual(at('untested-snippets'), ['boats.md:7', '产品/年假.md:7']);
  const long = findings.find((each) => each.code === 'long-snippet')!;
  assert.match(
    long.message,
    /has \d{4} tokens.+the first of which ends (?:behind “Step \d+ is to turn|inside a sentence)/,
  );
  for (const { message, suggestion } of findings) {
    assert.ok(suggestion, `${message} says what to do next`);
    for (const sentence of [message, suggestion]) assert.ok(hasForm(sentence), `in Chinese, too: ${sentence}`);
  }
  assert.equal(counts.warning! + counts.information! + counts.error!, findings.length);

  const text = await run(['lint', folder, '--home', home, '--fail-on', 'never']);
  assert.deepEqual([text.code, text.err], [0, '']);
  assert.match(text.out, /^refunds\.md\n {2}3 {2}warning {2}This section and money\.md#back-to-a-voucher share \d+ %/m);
  assert.match(text.out, /^\d+ findings: 0 error, \d+ warning, \d+ information\.$/m);
  assert.equal((await run(['lint', folder, '--home', home, '--fail-on', 'error'])).code, 0);
  const wrong = await run(['lint', folder, '--fail-on', 'hints']);
  assert.deepEqual([wrong.code, /error, warning, information, never/.test(wrong.err)], [1, true]);
});

test('a knowledge base without questions is linted, one without pages is an error', async (t) => {
  const { 'desk.questions.jsonl': _, ...pages } = FILES;
  const { code, out } = await run(['lint', desk(t, pages), '--home', home, '--json']);
  assert.equal(code, 2);
  const codes = new Set((JSON.parse(out).findings as Finding[]).map((each) => each.code));
  assert.deepEqual([...codes].sort(), ['boilerplate', 'long-snippet', 'near-duplicate-snippets', 'untested-snippets']);
  const empty = await run(['lint', desk(t, { 'a.txt': '' }), '--home', home]);
  assert.equal(empty.code, 1);
  assert.match(empty.err, /No Markdown snippet/);
});

test('a decent knowledge base has no warning, and linting changes no file of the author', async () => {
  const before = readFileSync(join(SMALL, 'support/support.questions.jsonl'), 'utf8');
  const { out } = await run(['lint', SMALL, '--home', home, '--json']);
  const lint = (JSON.parse(out).findings as Finding[]).filter(({ severity }) => severity === 'warning');
  assert.deepEqual(
    lint.map((each) => each.code).filter((each) => !/duplicate-question|split-leak|question-without/.test(each)),
    [],
  );
  assert.equal(readFileSync(join(SMALL, 'support/support.questions.jsonl'), 'utf8'), before);
});
