// References, duplicates and findings over whole knowledge bases.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildCorpus } from '../../../src/core/corpus.ts';
import { covered } from './text.ts';

/** Files by name; a question line is written as `Question? -> answer, answer`. */
function build(files: Record<string, string>) {
  const documents = Object.entries(files).map(([file, content]) => ({
    file,
    text: file.endsWith('.jsonl') ? rows(content) : content,
  }));
  const corpus = buildCorpus(documents);
  const text = (file: string) => documents.find((document) => document.file === file)?.text ?? '';
  return {
    ...corpus,
    ids: corpus.snippets.map(({ id }) => id),
    answers: corpus.questions.map(({ answers }) => answers.map(({ snippetIds }) => snippetIds.join(' ') || '-')),
    told: corpus.findings.map((f) => `${f.code} ${f.file}:${f.range.start.line + 1} ${covered(text(f.file), f.range)}`),
  };
}

function rows(lines: string): string {
  const toRow = (line: string) => {
    const [question, answers] = line.split(' -> ');
    return JSON.stringify({ question, answers: answers?.split(', ') });
  };
  return lines.split('\n').map(toRow).join('\n');
}

const KB = {
  'docs/pay.md': 'Before.\n\n# Pay\n\n## By card\n\nNow.\n\n## By post\n\nLater.\n',
  'docs/退货.md': '# 退货\n\n七天。\n',
  'docs/with space.md': '# One\n\ntext\n',
  'hr/leave.md': '---\nid: leave\n---\n# Leave\n\ntext\n\n# Sick\n\ntext\n',
  'pay.md': '# By card\n\nroot\n',
};

test('every way to write a reference', () => {
  const cases: [string, string][] = [
    ['pay.md#by-card', 'docs/pay.md#by-card'],
    ['./pay.md#by-card', 'docs/pay.md#by-card'],
    ['docs/pay.md#by-post', 'docs/pay.md#by-post'],
    ['../pay.md#by-card', 'pay.md#by-card'],
    ['/pay.md#by-card', 'pay.md#by-card'],
    ['..\\hr\\leave.md#sick', 'hr/leave.md#sick'],
    ['../docs/../hr/./leave.md#sick', 'hr/leave.md#sick'],
    ['pay.md', 'docs/pay.md docs/pay.md#by-card docs/pay.md#by-post'],
    ['pay.md#', 'docs/pay.md docs/pay.md#by-card docs/pay.md#by-post'],
    ['退货.md#退货', 'docs/退货.md#退货'],
    ['%E9%80%80%E8%B4%A7.md#%E9%80%80%E8%B4%A7', 'docs/退货.md#退货'],
    ['with%20space.md#one', 'docs/with space.md#one'],
    ['with space.md#one', 'docs/with space.md#one'],
    ['leave', 'leave'],
    ['hr/leave.md#leave', 'leave'],
    ['hr/leave.md', 'leave hr/leave.md#sick'],
    [' pay.md#by-post ', 'docs/pay.md#by-post'],
  ];
  for (const [reference, expected] of cases) {
    const { answers, told } = build({ ...KB, 'docs/q.questions.jsonl': `Q? -> ${reference}` });
    assert.deepEqual([answers, told], [[[expected]], []], reference);
  }
});

test('names with # and %, and accents composed in another way', () => {
  const files = { 'c#.md': '# A\n\nx', '100%.md': '# B\n\nx', 'a%20b.md': '# C\n\nx', 'Cafe\u0301.md': '# Menü\n\nx' };
  const { answers } = build({
    ...files,
    'q.questions.jsonl': 'Q1 -> c#.md#a\nQ2 -> c#.md\nQ3 -> 100%.md#b\nQ4 -> a%20b.md#c\nQ5 -> Caf\u00e9.md#menu\u0308',
  });
  assert.deepEqual(answers.flat(), ['c#.md#a', 'c#.md#a', '100%.md#b', 'a%20b.md#c', 'Cafe\u0301.md#menü']);
});

test('references that lead nowhere are errors at their place, with the nearest id', () => {
  const cases: [string, RegExp][] = [
    ['pay.md#by-cart', /^Did you mean "docs\/pay\.md#by-card"\?$/],
    ['docs/pay.md#by_post', /"docs\/pay\.md#by-post"/],
    ['hr/leaf.md#sick', /"hr\/leave\.md#sick"/],
    ['hr/leave.md#sic', /"hr\/leave\.md#sick"/],
    ['hr/leeve.md', /"hr\/leave\.md"/],
    ['/pey.md#by-card', /"\/pay\.md#by-card"/],
    ['../../outside.md#x', /path\/to\/file\.md#/],
    ['pay.md#pay', /"docs\/pay\.md#by-card"/],
    ['#by-card', /./],
  ];
  for (const [reference, suggestion] of cases) {
    const { answers, findings, told } = build({ ...KB, 'docs/q.questions.jsonl': `Q? -> ${reference}` });
    assert.deepEqual(answers, [['-']], reference);
    assert.deepEqual(told, [
      'question-without-answer docs/q.questions.jsonl:1 Q?',
      `unknown-answer docs/q.questions.jsonl:1 ${reference}`,
    ]);
    assert.match(findings[1]?.suggestion ?? '', suggestion, reference);
    assert.equal(findings[1]?.severity, 'error');
  }
});

test('a suggested id leads to its snippet when written as suggested', () => {
  for (const wrong of ['/pey.md#by-card', 'pay.md#by-cart', 'hr/leaf.md#sick', 'docs/退货.md#退货货']) {
    const suggestion = build({ ...KB, 'docs/q.questions.jsonl': `Q? -> ${wrong}` }).findings[1]?.suggestion ?? '';
    const right = /"(.*)"/.exec(suggestion)?.[1] ?? '';
    assert.deepEqual(build({ ...KB, 'docs/q.questions.jsonl': `Q? -> ${right}` }).told, [], suggestion);
  }
});

test('a question keeps its good answers and loses the bad and the doubled ones', () => {
  const { questions, told } = build({
    ...KB,
    'q.questions.jsonl': 'Q? -> nowhere.md#x, pay.md#by-card, ./pay.md#by-card, hr/leave.md#sick',
  });
  assert.deepEqual(
    questions[0]?.answers.map((a) => [a.reference, a.snippetIds.join()]),
    [
      ['pay.md#by-card', 'pay.md#by-card'],
      ['hr/leave.md#sick', 'hr/leave.md#sick'],
    ],
  );
  assert.deepEqual(told, [
    'unknown-answer q.questions.jsonl:1 nowhere.md#x',
    'duplicate-answer q.questions.jsonl:1 ./pay.md#by-card',
  ]);
});

test('headings and files without text are told apart from wrong names', () => {
  const { findings, answers } = build({
    'a.md': '# Top\n\n## Sub\n\nx\n\n## End\n',
    'b.md': '# Only\n',
    'q.questions.jsonl': 'A? -> a.md#top\nB? -> a.md#end\nC? -> b.md',
  });
  assert.deepEqual(answers, [['-'], ['-'], ['-']]);
  const suggestions = findings.filter((f) => f.code === 'unknown-answer').map((f) => `${f.message} ${f.suggestion}`);
  assert.match(suggestions[0] ?? '', /heading without text.*"a\.md#sub"/);
  assert.match(suggestions[1] ?? '', /heading without text.*Write its text/);
  assert.match(suggestions[2] ?? '', /file without text/);
});

test('of equal questions the first counts, in one file and across files', () => {
  const { questions, told } = build({
    'a.md': '---\nquestions:\n  - How do I pay?\n---\n# A\n\nx\n',
    'q.questions.jsonl':
      'how do  I PAY -> a.md#a\nＨow do I pay？ -> a.md\nHow do you pay? -> a.md\n多久？ -> a.md\n“多久” -> a.md',
  });
  assert.deepEqual(
    questions.map((q) => q.text),
    ['How do I pay?', 'How do you pay?', '多久？'],
  );
  assert.deepEqual(
    told.map((line) => line.slice(0, line.indexOf(' ', 20))),
    [1, 2, 5].map((line) => `duplicate-question q.questions.jsonl:${line}`),
  );
});

test('of equal question ids the first stands, the second gets one of its own', () => {
  const row = (question: string) => JSON.stringify({ question, answers: ['a.md'], id: 'same' });
  const documents = [
    { file: 'a.md', text: 'x' },
    { file: 'q.questions.jsonl', text: [row('A?'), row('B?'), row('C?')].join('\n') },
  ];
  const { questions, findings } = buildCorpus(documents);
  assert.equal(questions[0]?.id, 'same');
  assert.equal(new Set(questions.map((q) => q.id)).size, 3);
  assert.deepEqual(
    findings.map((f) => [f.code, f.range.start.line]),
    [
      ['duplicate-question-id', 1],
      ['duplicate-question-id', 2],
    ],
  );
});

test('an id that another snippet has gives way to the derived one, and no text is lost', () => {
  const named = (id: string) => `---\nid: ${id}\n---\n# Title\n\ntext\n`;
  const { ids, told, answers } = build({
    'a.md': named('x'),
    'b.md': named('x'),
    'c.md': named('a.md#title'),
    'd.md': named('d.md#title'),
    'q.questions.jsonl': 'A? -> x\nB? -> b.md#title\nC? -> c.md',
  });
  assert.deepEqual(ids, ['x', 'b.md#title', 'c.md#title', 'd.md#title']);
  assert.deepEqual(told, ['duplicate-snippet-id b.md:2 x', 'duplicate-snippet-id c.md:2 a.md#title']);
  assert.deepEqual(answers, [['x'], ['b.md#title'], ['c.md#title']]);
});

test('the same documents in any order give the same corpus', () => {
  const documents = Object.entries({ ...KB, 'q.questions.yaml': '- question: A?\n  answers: [pay.md]\n' }).map(
    ([file, text]) => ({ file, text }),
  );
  assert.deepEqual(buildCorpus([...documents].reverse()), buildCorpus(documents));
});

test('findings of unreadable files are kept, all in the order of files and lines', () => {
  const range = { start: { line: 0, column: 0 }, end: { line: 0, column: 0 } };
  const unreadable = { code: 'binary-file', severity: 'warning', message: 'm', file: 'b.md', range } as const;
  const { findings } = buildCorpus(
    [
      { file: 'c.questions.jsonl', text: '{}\n[]' },
      { file: 'a.questions.jsonl', text: '[]' },
    ],
    [unreadable],
  );
  assert.deepEqual(
    findings.map((f) => `${f.file}:${f.range.start.line}`),
    ['a.questions.jsonl:0', 'b.md:0', 'c.questions.jsonl:0', 'c.questions.jsonl:1'],
  );
});

test('thirty thousand snippets and a thousand wrong answers in seconds', () => {
  const documents = Array.from({ length: 2500 }, (_, file) => ({
    file: `docs/topic${file % 40}/${file}.md`,
    text: Array.from(
      { length: 12 },
      (_, n) => `## Section ${n} of part ${file}\n\nA sentence about part ${file}, number ${n}.\n`,
    ).join('\n'),
  }));
  const lines = Array.from(
    { length: 1000 },
    (_, n) => `Question ${n}? -> docs/topic${n % 40}/${n}.md#sektion-${n % 12}-of-part-${n}`,
  );
  documents.push({ file: 'q.questions.jsonl', text: rows(lines.join('\n')) });
  const start = process.cpuUsage();
  const { snippets, findings } = buildCorpus(documents);
  const seconds = process.cpuUsage(start).user / 1e6;
  assert.equal(snippets.length, 30_000);
  const wrong = findings.filter((f) => f.code === 'unknown-answer');
  assert.equal(wrong.length, 1000);
  assert.ok(
    wrong.every(
      (f) => f.suggestion === `Did you mean "${/"(.*?)"/.exec(f.message)?.[1]?.replace('sektion', 'section')}"?`,
    ),
  );
  assert.ok(seconds < 20, `${seconds} s`);
});
