// Questions of a baseline that are no longer asked or answered as they were: told in every form, and never taken for good.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { SaxesParser } from 'saxes';
import { diffRuns } from '../../../../src/core/runs/diff.ts';
import { junitXml } from '../../../../src/core/runs/junit.ts';
import { diffMarkdown } from '../../../../src/core/runs/markdown.ts';
import type { RunFile, RunQuestion } from '../../../../src/core/runs/run.ts';
import { sarifLog } from '../../../../src/core/runs/sarif.ts';
import { diffText } from '../../../../src/core/runs/text.ts';

function asked(
  id: string,
  question: string,
  expected: readonly string[],
  more: Partial<RunQuestion> = {},
): RunQuestion {
  return {
    id,
    question,
    hash: `${question} ${expected.join(' ')}`,
    file: 'desk.questions.jsonl',
    line: 3,
    split: 'test',
    answerRanks: expected.map(() => 1),
    expected: expected.map((snippet) => ({ id: snippet, rank: 1, score: 0.9 })),
    top: [{ id: 'money.md#gift-cards', score: 0.9 }],
    ...more,
  };
}

function runOf(questions: RunQuestion[]): RunFile {
  const head = { kind: 'kb-recall-run' as const, version: 1, model: 'm', modelHash: 'a', indexHash: 'b', snippets: 9 };
  return { ...head, retrieval: 'vectors', ks: [1, 5], primaryK: 5, metrics: {}, questions };
}

const KEPT = asked('kept', 'How long do refunds take?', ['money.md#refunds']);
const BEFORE = runOf([
  KEPT,
  asked('gone', '年假可以结转到明年吗？', ['年假.md#结转'], { file: '客服.questions.csv', line: 7 }),
  asked('named', 'Where is my order?', ['orders.md#track']),
  asked('renamed', 'Do gift cards expire <ever>?', ['money.md#gift-cards', 'money.md#vouchers']),
  asked('learnt', 'Can I pay in parts & later?', ['money.md#instalments']),
  asked('more', 'Who delivers?', ['delivery.md#carriers']),
  asked('train', 'Is there a shop?', ['shops.md'], { split: 'train' }),
]);
const AFTER = runOf([
  KEPT,
  asked('named', 'Where has my parcel got to?', ['orders.md#track']),
  asked('renamed', 'Do gift cards expire <ever>?', ['money.md#gift-cards'], { line: 5 }),
  asked('learnt', 'Can I pay in parts & later?', ['money.md#instalments'], { split: 'train' }),
  asked('more', 'Who delivers?', ['delivery.md#carriers', 'delivery.md#couriers']),
]);

test('each way to vanish is told apart; a further answer and the training side are none', () => {
  const { vanished, questions } = diffRuns(BEFORE, AFTER);
  assert.equal(questions, 1);
  assert.deepEqual(
    vanished.map(({ kind, before, lost }) => [before.id, kind, lost]),
    [
      ['gone', 'gone', ['年假.md#结转']],
      ['named', 'reworded', []],
      ['renamed', 'answers', ['money.md#vouchers']],
      ['learnt', 'training', []],
    ],
  );
  assert.deepEqual(diffRuns(AFTER, AFTER).vanished, []);
});

test('a question that moved to another file is compared: its wording and answers are the same', () => {
  const moved = { ...KEPT, id: 'derived-anew', file: 'money.md', line: 2 };
  const diff = diffRuns(runOf([KEPT]), runOf([moved]));
  assert.deepEqual([diff.questions, diff.vanished], [1, []]);
});

/** Attributes of the elements of that name; throws where the text is no well-formed XML. */
function elements(xml: string, name: string): Record<string, string>[] {
  const found: Record<string, string>[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    if (tag.name === name) found.push(tag.attributes as Record<string, string>);
  });
  parser.write(xml).close();
  return found;
}

test('JUnit is well-formed; its counts are those of its elements, and allowed ones are skipped', () => {
  for (const [allowed, failures, skipped] of [
    [false, 4, 0],
    [true, 0, 4],
  ] as const) {
    const xml = junitXml(diffRuns(BEFORE, AFTER), allowed);
    assert.equal(elements(xml, 'failure').length, failures);
    assert.equal(elements(xml, 'skipped').length, skipped);
    const cases = elements(xml, 'testcase');
    assert.deepEqual(
      [cases[1]!.name, cases[1]!.file, cases[1]!.line],
      ['年假可以结转到明年吗？', '客服.questions.csv', '7'],
    );
    for (const suite of [...elements(xml, 'testsuites'), ...elements(xml, 'testsuite')])
      assert.deepEqual(
        [suite.tests, suite.failures, suite.skipped],
        [String(cases.length), String(failures), String(skipped)],
      );
  }
  assert.throws(() => elements('<a b="<"></a>', 'a'), /disallowed/);
});

const schemaFile = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats.default(ajv);
const isSarif = ajv.compile(JSON.parse(readFileSync(schemaFile, 'utf8')));

test('SARIF is valid by the schema of 2.1.0; vanished questions lie on their lines, relating to headings that are there', () => {
  const missed = runOf(AFTER.questions.map((each) => ({ ...each, answerRanks: each.expected.map(() => 0) })));
  const options = {
    uri: (file: string) => `docs/50 % off?/${file}`,
    placeOf: (id: string) => (id === 'money.md#gift-cards' ? { file: 'money.md', line: 9 } : undefined),
  };
  for (const after of [AFTER, missed]) {
    const log = JSON.parse(JSON.stringify(sarifLog(diffRuns(BEFORE, after), options)));
    assert.ok(isSarif(log), JSON.stringify(isSarif.errors));
  }
  const { results } = sarifLog(diffRuns(BEFORE, missed), options).runs[0]!;
  assert.deepEqual(
    results.map(({ ruleId, level, locations }) => [ruleId, level, locations[0]!.physicalLocation.region.startLine]),
    [
      ['recall-lost', 'error', 3],
      ['question-vanished', 'error', 7],
      ['question-vanished', 'error', 3],
      ['question-vanished', 'error', 5],
      ['question-vanished', 'error', 3],
    ],
  );
  assert.deepEqual(
    results.map(({ relatedLocations }) => relatedLocations.map(({ message }) => message.text)),
    [['Wins instead: money.md#gift-cards'], [], [], ['Expected in the baseline: money.md#gift-cards'], []],
  );
  assert.equal(isSarif({ version: '2.1.0', runs: [{ results: [] }] }), false);
});

test('text and Markdown name each vanished question with its place and the reason', () => {
  const diff = diffRuns(BEFORE, AFTER);
  const text = diffText(diff);
  assert.match(text, /^Vanished \(4\)$/m);
  assert.match(
    text,
    /Do gift cards expire <ever>\? {2}\(desk\.questions\.jsonl:5\)\n +is no longer answered by money\.md#vouchers/,
  );
  const summary = diffMarkdown(diff, ['Vanished: 4.']);
  assert.match(summary, /^## Vanished \(4\)$/m);
  assert.match(
    summary,
    /- Where is my order\? is now asked as “Where has my parcel got to\?” \(`desk\.questions\.jsonl:3`\)/,
  );
});

test('a summary of thousands of changes stays below what GitHub takes', () => {
  const many = Array.from({ length: 20_000 }, (_, i) =>
    asked(`q${i}`, `How do I set up printer number ${i}?`, ['p.md']),
  );
  const summary = diffMarkdown(diffRuns(runOf([KEPT, ...many]), runOf([KEPT])));
  assert.ok(Buffer.byteLength(summary) < 1024 * 1024);
  assert.match(summary, /and 19800 more/);
});
