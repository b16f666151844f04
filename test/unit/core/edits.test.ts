// Edits of question files: the result reads as wanted, and the rest of the file is as it was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editQuestions, type QuestionEdit } from '../../../src/core/edits/index.ts';
import { LineIndex } from '../../../src/core/lines.ts';
import { parseQuestions } from '../../../src/core/questions/index.ts';

function edited(file: string, text: string, edit: QuestionEdit): string | undefined {
  const edits = editQuestions({ file, text }, edit);
  if (!edits) return undefined;
  const lines = new LineIndex(text);
  return edits
    .map(({ range, text: insert }) => ({ start: lines.offset(range.start), end: lines.offset(range.end), insert }))
    .sort((a, b) => b.start - a.start)
    .reduce((result, { start, end, insert }) => result.slice(0, start) + insert + result.slice(end), text);
}

function questionIn(file: string, text: string, wording: string) {
  const draft = parseQuestions({ file, text }).drafts.find((each) => each.text === wording);
  assert.ok(draft, `${wording} in ${text}`);
  return draft;
}

const JSONL = `{"question": "How long is the refund window?", "answers": ["refunds.md#window"]}

{ "question": "能开增值税发票吗？", "answers": [ "发票.md#专用发票" ], "split": "train" }
`;
const YAML = `# asked by new colleagues
- question: "How much holiday do I get?"   # every January
  answers: [leave.md#annual-leave, leave.md#part-time]
- question: 年假怎么申请？
  answers:
    - leave.md#申请   # the form
  # variants were removed in May
- question: Who approves leave?
  answers: ["people.md#leads"]
  split: test
`;
const CSV = `question,answers,variants,split
Can you delete my data?,privacy.md#erasure,remove my account|erase me,
"What, exactly, is kept?","privacy.md#kept",,train
Who is the officer?,privacy.md#officer
`;
const PAGE = `---
title: Returns # shown in the shop
questions:
  - Can I send back a tent I have pitched?
  - question: "How many days do I have?"
    answers: ["#return-window"]
---

# Returns
`;

/** A file of each format. */
const FORMATS = [
  ['a.questions.jsonl', JSONL],
  ['a.questions.yaml', YAML],
  ['a.questions.csv', CSV],
  ['returns.md', PAGE],
] as const;

const at = (file: string, text: string, wording: string) => questionIn(file, text, wording).range.start;

test('an answer is added in every format and every form of list', () => {
  const cases: [string, string, string, string][] = [
    ['a.questions.jsonl', JSONL, 'How long is the refund window?', '["refunds.md#window", "refunds.md#gift-cards"]'],
    ['a.questions.jsonl', JSONL, '能开增值税发票吗？', '[ "发票.md#专用发票", "refunds.md#gift-cards" ]'],
    [
      'a.questions.yaml',
      YAML,
      'How much holiday do I get?',
      '[leave.md#annual-leave, leave.md#part-time, refunds.md#gift-cards]',
    ],
    [
      'a.questions.yaml',
      YAML,
      '年假怎么申请？',
      '    - leave.md#申请   # the form\n    - refunds.md#gift-cards\n  # variants',
    ],
    ['a.questions.yaml', YAML, 'Who approves leave?', '["people.md#leads", refunds.md#gift-cards]'],
    ['a.questions.csv', CSV, 'Can you delete my data?', 'data?,privacy.md#erasure|refunds.md#gift-cards,remove'],
    [
      'a.questions.csv',
      CSV,
      'What, exactly, is kept?',
      '"What, exactly, is kept?",privacy.md#kept|refunds.md#gift-cards,,train',
    ],
    ['returns.md', PAGE, 'How many days do I have?', '["#return-window", refunds.md#gift-cards]'],
    [
      'returns.md',
      PAGE,
      'Can I send back a tent I have pitched?',
      '  - question: Can I send back a tent I have pitched?\n    answers: [refunds.md#gift-cards]\n  - question: "How',
    ],
  ];
  for (const [file, text, wording, expected] of cases) {
    const before = questionIn(file, text, wording);
    const result = edited(file, text, {
      kind: 'add-answer',
      at: before.range.start,
      reference: 'refunds.md#gift-cards',
    });
    assert.ok(result !== undefined);
    assert.ok(result.includes(expected), `${wording}: ${result}`);
    const after = questionIn(file, result, wording);
    const references = after.answers.map(({ reference }) => reference);
    assert.equal(references.at(-1), 'refunds.md#gift-cards');
    // Front matter's default answer gives way to the first one written.
    if (before.answers[0]?.reference !== 'returns.md') {
      assert.deepEqual(
        references.slice(0, -1),
        before.answers.map(({ reference }) => reference),
      );
    }
    assert.deepEqual(parseQuestions({ file, text: result }).findings, []);
    assert.equal(parseQuestions({ file, text: result }).drafts.length, parseQuestions({ file, text }).drafts.length);
  }
});

test('a question moves to the other side, whether split was written or not', () => {
  for (const [file, text] of FORMATS) {
    for (const { text: wording } of parseQuestions({ file, text }).drafts) {
      for (const split of ['train', 'test'] as const) {
        const result = edited(file, text, { kind: 'set-split', at: at(file, text, wording), split });
        assert.ok(result, wording);
        assert.equal(questionIn(file, result, wording).split, split, result);
        assert.deepEqual(parseQuestions({ file, text: result }).findings, [], result);
        for (const comment of text.match(/#(?= ).*/g) ?? []) assert.ok(result.includes(comment), comment);
      }
    }
  }
});

test('a CSV file without a column for it gets one', () => {
  const text = 'question,answers\nWho pays for returns?,returns.md#cost\n';
  const result = edited('a.questions.csv', text, { kind: 'set-split', at: { line: 1, column: 3 }, split: 'test' });
  assert.equal(result, 'question,answers,split\nWho pays for returns?,returns.md#cost,test\n');
});

test('a variant is added where there are some and where there are none', () => {
  for (const [file, text, wording] of [
    ['a.questions.jsonl', JSONL, 'How long is the refund window?'],
    ['a.questions.yaml', YAML, '年假怎么申请？'],
    ['a.questions.csv', CSV, 'Can you delete my data?'],
    ['a.questions.csv', CSV, 'Who is the officer?'],
    ['returns.md', PAGE, 'Can I send back a tent I have pitched?'],
  ] as const) {
    const variant = 'Is "that", at all, possible: yes?';
    const result = edited(file, text, { kind: 'add-variant', at: at(file, text, wording), text: variant });
    assert.ok(result, wording);
    assert.equal(questionIn(file, result, wording).variants.at(-1), variant, result);
    assert.deepEqual(parseQuestions({ file, text: result }).findings, []);
  }
});

test('a question is added at the end, with the line breaks of the file', () => {
  const question = { text: 'Do you ship to: Zürich, "CH"?', answers: [{ reference: 'shipping.md#switzerland' }] };
  for (const [file, text] of [
    ['a.questions.jsonl', JSONL],
    ['a.questions.jsonl', JSONL.trimEnd()],
    ['a.questions.jsonl', ''],
    ['a.questions.yaml', YAML],
    ['a.questions.yaml', '# none yet\n'],
    ['a.questions.csv', CSV],
    ['a.questions.csv', ''],
    ['returns.md', PAGE],
    ['returns.md', '# Returns\n\nText.\n'],
    ['returns.md', '---\nid: returns\n---\n# Returns\n'],
    ['a.questions.csv', CSV.replaceAll('\n', '\r\n')],
    ['a.questions.yaml', YAML.replaceAll('\n', '\r\n')],
    ['returns.md', PAGE.replaceAll('\n', '\r\n')],
  ] as const) {
    const before = parseQuestions({ file, text }).drafts;
    const result = edited(file, text, { kind: 'add-question', question });
    assert.ok(result, `${file}: ${text}`);
    const { drafts, findings } = parseQuestions({ file, text: result });
    assert.deepEqual(findings, [], result);
    assert.deepEqual(
      drafts.map((each) => each.text),
      [...before.map((each) => each.text), question.text],
      result,
    );
    assert.deepEqual(
      drafts.at(-1)?.answers.map(({ reference }) => reference),
      question.answers.map(({ reference }) => reference),
    );
    if (text.includes('\r\n')) assert.doesNotMatch(result, /(?<!\r)\n/, JSON.stringify(result));
  }
});

test('a bare question in front matter needs no answers', () => {
  const result = edited('returns.md', PAGE, { kind: 'add-question', question: { text: '退货要多久？', answers: [] } });
  assert.match(result ?? '', /\n {2}- 退货要多久？\n---/);
});

test('a reference is replaced in place and written as the format needs it', () => {
  for (const [file, text, wording] of [
    ['a.questions.jsonl', JSONL, 'How long is the refund window?'],
    ['a.questions.yaml', YAML, 'How much holiday do I get?'],
    ['a.questions.yaml', YAML, 'Who approves leave?'],
    ['a.questions.csv', CSV, 'Can you delete my data?'],
    ['a.questions.csv', CSV, 'What, exactly, is kept?'],
    ['returns.md', PAGE, 'How many days do I have?'],
  ] as const) {
    for (const reference of ['new name.md#a-b', 'terms, rates.md#x', '条款.md#第一条']) {
      const answer = questionIn(file, text, wording).answers[0]!;
      const result = edited(file, text, { kind: 'replace', range: answer.range, text: reference });
      assert.ok(result);
      assert.equal(questionIn(file, result, wording).answers[0]?.reference, reference, result);
      assert.deepEqual(parseQuestions({ file, text: result }).findings, [], result);
    }
  }
});

test('where there is no such question nothing is edited', () => {
  assert.equal(
    edited('a.questions.jsonl', JSONL, { kind: 'set-split', at: { line: 1, column: 0 }, split: 'test' }),
    undefined,
  );
  assert.equal(
    edited('a.questions.yaml', 'rows: []\n', {
      kind: 'add-question',
      question: { text: 'Why?', answers: [{ reference: 'a.md' }] },
    }),
    undefined,
  );
});

test('a question is removed with its lines, and moved with what belongs to it', () => {
  for (const [file, text] of FORMATS) {
    const before = parseQuestions({ file, text }).drafts.map((each) => each.text);
    for (const wording of before) {
      const result = edited(file, text, { kind: 'remove-question', at: at(file, text, wording) });
      assert.ok(result !== undefined, wording);
      const { drafts, findings } = parseQuestions({ file, text: result });
      assert.deepEqual(
        drafts.map((each) => each.text),
        before.filter((each) => each !== wording),
        result,
      );
      assert.deepEqual(findings, [], result);
    }
  }
  const question = {
    text: 'Why?',
    answers: [{ reference: '#a' }],
    variants: ['Why so', 'How come: why'],
    split: 'test' as const,
  };
  for (const [file, text] of FORMATS) {
    const result = edited(file, text, { kind: 'add-question', question });
    assert.ok(result !== undefined);
    const draft = questionIn(file, result, 'Why?');
    assert.deepEqual([draft.variants, draft.split], [question.variants, 'test'], result);
  }
});
