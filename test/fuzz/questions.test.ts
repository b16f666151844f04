// Question files of every format, broken and odd: no reader fails, a bad row costs no other, and edits change only what they name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { buildCorpus } from '../../src/core/corpus.ts';
import { editQuestions, type TextEdit } from '../../src/core/edits/index.ts';
import { LineIndex } from '../../src/core/lines.ts';
import { parseQuestions } from '../../src/core/questions/index.ts';
import { holds, isInside, oddName, oddText } from './support.ts';

interface Row {
  question: string;
  answers: string[];
  variants: string[];
  id: string;
  tags: string[];
}

const wording = fc.stringMatching(/^[a-z退款é🙂"',|:#&*!%@`{}[\]<>?-]{1,14}$/u).map((text) => `Q ${text}?`);
const row: fc.Arbitrary<Row> = fc.record(
  {
    question: wording,
    answers: fc.uniqueArray(
      oddName.map((name) => `page.md#${name}`),
      { minLength: 1, maxLength: 3 },
    ),
    variants: fc.uniqueArray(wording, { maxLength: 2 }),
    id: oddName,
    tags: fc.uniqueArray(oddName, { maxLength: 2 }),
  },
  { noNullPrototype: true },
);
const rows = fc.uniqueArray(row, {
  minLength: 1,
  maxLength: 4,
  comparator: (a, b) => a.id === b.id || a.question === b.question,
});

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
const FORMATS = {
  'a.questions.jsonl': (all: readonly Row[]) => all.map((each) => `${JSON.stringify(each)}\n`).join(''),
  'a.questions.yaml': (all: readonly Row[]) => stringify(all),
  'page.md': (all: readonly Row[]) => `---\n${stringify({ questions: all })}---\n\n# Page\n`,
  'a.questions.csv': (all: readonly Row[]) =>
    [
      'question,answers,variants,id,tags',
      ...all.map((r) =>
        [r.question, r.answers.join('|'), r.variants.join('|'), r.id, r.tags.join('|')].map(quoted).join(','),
      ),
    ].join('\r\n'),
} satisfies Record<string, (all: readonly Row[]) => string>;
const format = fc.constantFrom(...(Object.keys(FORMATS) as (keyof typeof FORMATS)[]));

/** What a file says, without places. */
function read(file: string, text: string): Row[] {
  return parseQuestions({ file, text }).drafts.map(({ text: question, answers, variants, id, tags }) => ({
    question,
    answers: answers.map(({ reference }) => reference),
    variants,
    id,
    tags,
  }));
}

const withoutBars = ({ question, variants }: Row): boolean =>
  ![question, ...variants].some((text) => text.includes('|'));

test('any text is read without a failure in every format, and every place lies in it', async (t) => {
  const piece = fc.oneof(
    oddText,
    fc.constantFrom(
      '{"question":',
      '"answers":[',
      ']',
      '}',
      '- question: ',
      'answers: &a ',
      '*a',
      '<<: *a',
      '!!js/function ',
      '"',
      ',',
      '\n',
      '---\n',
      'questions:\n',
    ),
  );
  await holds(t, [format, fc.array(piece, { maxLength: 14 })], (file, pieces) => {
    const text = (file === 'page.md' ? '---\n' : '') + pieces.join('');
    const { drafts, findings } = parseQuestions({ file, text });
    for (const { range } of [...drafts, ...findings]) assert.ok(isInside(text, range));
  });
});

test('what an author writes is what is read, in every format', async (t) => {
  await holds(t, [format, rows], (file, all) => {
    // In CSV a bar separates values.
    const written = file.endsWith('.csv') ? all.filter(withoutBars) : all;
    assert.deepEqual(read(file, FORMATS[file](written)), written);
  });
});

test('lines of JSONL that are broken are findings on their lines, and all others count', async (t) => {
  const broken = fc.constantFrom(
    '{',
    '{"question": }',
    '[]',
    '"text"',
    '{"question": "x"',
    'null',
    '{"answers": ["page.md"]}',
    '\0',
    '{"question": 3, "answers": ["page.md"]}',
  );
  await holds(t, [rows, fc.array(fc.tuple(broken, fc.nat(4)), { maxLength: 4 })], (all, breaks) => {
    const lines = all.map((each) => JSON.stringify(each));
    for (const [text, at] of breaks) lines.splice(Math.min(at, lines.length), 0, text);
    const { drafts, findings } = parseQuestions({ file: 'a.questions.jsonl', text: lines.join('\n') });
    assert.deepEqual(
      drafts.map(({ text }) => text),
      all.map(({ question }) => question),
    );
    const told = new Set(findings.filter(({ severity }) => severity === 'error').map(({ range }) => range.start.line));
    const wanted = lines.flatMap((line, i) => (breaks.some(([text]) => text === line) ? [i] : []));
    assert.deepEqual(
      [...told].sort((a, b) => a - b),
      wanted,
    );
  });
});

test('names that mean something to an object are names like others', async (t) => {
  await holds(t, [fc.uniqueArray(oddName, { minLength: 1, maxLength: 4 })], (names) => {
    const pages = names.map((name, i) => ({
      file: `p${i}.md`,
      text: `---\nid: ${JSON.stringify(name)}\n---\n\n# T\n\ntext ${i}\n`,
    }));
    const questions = names.map((name, i) =>
      JSON.stringify({ id: name, question: `Question ${i}?`, answers: [name], tags: [name] }),
    );
    const corpus = buildCorpus([...pages, { file: 'a.questions.jsonl', text: questions.join('\n') }]);
    assert.deepEqual(corpus.findings, []);
    assert.deepEqual(
      corpus.questions.map(({ id, answers }) => [id, answers[0]!.snippetIds]),
      names.map((name) => [name, [name]]),
    );
  });
});

test('an edit does what it says and leaves every other question as it was', async (t) => {
  const edit = fc.constantFrom(
    'add-answer',
    'add-alternative',
    'add-variant',
    'set-split',
    'remove-question',
    'add-question',
  );
  await holds(t, [format, rows, edit, fc.nat(3), oddName, wording], (file, all, kind, at, name, text) => {
    const before = file.endsWith('.csv') ? all.filter(withoutBars) : all;
    if (before.length === 0 || (file.endsWith('.csv') && text.includes('|'))) return;
    const source = FORMATS[file](before);
    const chosen = parseQuestions({ file, text: source }).drafts[at % before.length]!;
    const reference = `page.md#${name}`;
    const edits = editQuestions(
      { file, text: source },
      {
        'add-answer': { kind: 'add-answer', at: chosen.range.start, reference },
        'add-alternative': {
          kind: 'add-alternative',
          at: chosen.range.start,
          of: chosen.answers[0]!.range.start,
          reference,
        },
        'add-variant': { kind: 'add-variant', at: chosen.range.start, text },
        'set-split': { kind: 'set-split', at: chosen.range.start, split: 'test' },
        'remove-question': { kind: 'remove-question', at: chosen.range.start },
        'add-question': { kind: 'add-question', question: { text, answers: [{ reference }] } },
      }[kind] as Parameters<typeof editQuestions>[1],
    );
    if (!edits) return;
    const after = read(file, applied(source, edits));
    const others = (list: readonly Row[]): Row[] =>
      list.filter(({ id }) => before.some((each) => each.id === id && id !== chosen.id));
    assert.deepEqual(others(after), others(before));
    const now = after.find(({ id }) => id === chosen.id);
    if (kind === 'remove-question') assert.equal(now, undefined);
    else if (kind === 'add-answer' || kind === 'add-alternative') assert.ok(now?.answers.includes(reference));
    else if (kind === 'add-variant') assert.ok(now?.variants.includes(text));
    else if (kind === 'add-question') assert.ok(after.some(({ question }) => question === text));
  });
});

function applied(text: string, edits: readonly TextEdit[]): string {
  const lines = new LineIndex(text);
  return [...edits]
    .map(({ range, text: replacement }) => ({
      start: lines.offset(range.start),
      end: lines.offset(range.end),
      replacement,
    }))
    .sort((a, b) => b.start - a.start)
    .reduce((now, { start, end, replacement }) => now.slice(0, start) + replacement + now.slice(end), text);
}
