// Draft questions in every format: they count nowhere until the author takes the mark away, and an edit can do that.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildCorpus } from '../../../src/core/corpus.ts';
import { editQuestions } from '../../../src/core/edits/index.ts';
import { developmentSplit, splitQuestions } from '../../../src/core/split.ts';
import { edited } from './text.ts';

const PAGE = '# Ferry\n\n## Tickets\n\nBuy them on board.\n\n## 行李\n\n每人可带两件。\n';
const ANSWER = 'ferry.md#tickets';

/** Each has one question that counts and one draft, whose mark stands at another place. */
const FILES: Record<string, string> = {
  'a.questions.jsonl':
    '{"question": "Where do I buy a ticket?", "answers": ["ferry.md#tickets"]}\n' +
    '{"draft": true, "question": "Can I pay on board?", "answers": ["ferry.md#tickets"]}\n',
  'b.questions.jsonl':
    '{"question": "能带几件行李？", "answers": ["ferry.md#行李"]}\n' +
    '{"question": "Can I pay on board?", "draft": true, "answers": ["ferry.md#tickets"]}\n',
  'a.questions.yaml':
    '- question: Where do I buy a ticket?   # at the pier\n  answers: [ferry.md#tickets]\n' +
    '- question: Can I pay on board?\n  draft: true\n  answers: [ferry.md#tickets]\n  # asked in May\n',
  'b.questions.yaml':
    '- question: 能带几件行李？\n  answers: [ferry.md#行李]\n' +
    '- draft: true\n  question: Can I pay on board?\n  answers:\n    - ferry.md#tickets\n',
  'c.questions.yml':
    '- {question: Where do I buy a ticket?, answers: [ferry.md#tickets]}\n' +
    '- {question: "Can I pay on board?", answers: [ferry.md#tickets], draft: true}\n',
  'a.questions.csv':
    'question,answers,draft\nWhere do I buy a ticket?,ferry.md#tickets,\nCan I pay on board?,ferry.md#tickets,TRUE\n',
  'tickets.md':
    '---\nquestions:\n  - Where do I buy a ticket?\n  - question: Can I pay on board?\n    answers: [ferry.md#tickets]\n    draft: true\n---\n\n# Piers\n\nAt the pier.\n',
};

function corpusOf(file: string, text: string) {
  return buildCorpus([
    { file: 'ferry.md', text: PAGE },
    { file, text },
  ]);
}

test('a draft is no question, stands on no side, and is told as what it is', () => {
  for (const [file, text] of Object.entries(FILES)) {
    const { questions, drafts, findings } = corpusOf(file, text);
    assert.deepEqual([questions.length, drafts.map((each) => each.text)], [1, ['Can I pay on board?']], file);
    assert.deepEqual(drafts[0]!.answers[0]!.snippetIds, [ANSWER]);
    assert.deepEqual(
      findings.map(({ code, severity, range }) => [code, severity, range]),
      [['draft-question', 'information', drafts[0]!.range]],
      file,
    );
    assert.ok(!splitQuestions(questions).sides.has(drafts[0]!.id));
    assert.ok(!developmentSplit(questions).has(drafts[0]!.id));
  }
});

test('accepting takes the mark away and nothing else', () => {
  for (const [file, text] of Object.entries(FILES)) {
    const [draft] = corpusOf(file, text).drafts;
    const result = edited(file, text, { kind: 'accept-draft', at: draft!.range.start })!;
    const { questions, drafts, findings } = corpusOf(file, result);
    assert.deepEqual([questions.length, drafts, findings], [2, [], []], result);
    assert.deepEqual(questions.find((each) => each.text === draft!.text)!.answers[0]!.snippetIds, [ANSWER]);
    for (const [comment] of text.matchAll(/# (?:at the pier|asked in May)/g)) assert.ok(result.includes(comment));
    assert.ok(result.length < text.length);
    const place = questions.find((each) => each.text === draft!.text)!.range.start;
    assert.equal(editQuestions({ file, text: result }, { kind: 'accept-draft', at: place }), undefined);
  }
});

test('a new draft is written with its mark in every format, even where a table lacks the column', () => {
  const files = {
    ...FILES,
    'plain.questions.csv': 'question,answers\n',
    'full.questions.csv': 'question,answers\n能带几件行李？,ferry.md#行李\n',
  };
  for (const [file, text] of [...Object.entries(files), ...Object.keys(FILES).map((name) => [name, ''] as const)]) {
    const question = { text: 'Is there a "family" ticket, too?', answers: [{ reference: ANSWER }], draft: true };
    const before = corpusOf(file, text);
    const after = corpusOf(file, edited(file, text, { kind: 'add-question', question })!);
    assert.equal(after.questions.length, before.questions.length, file);
    assert.deepEqual(after.drafts.at(-1)?.text, question.text, file);
    assert.deepEqual(after.drafts.at(-1)!.answers[0]!.snippetIds, [ANSWER]);
  }
});

test('a draft never displaces a question of the same wording, whatever comes first', () => {
  const { questions, drafts, findings } = buildCorpus([
    {
      file: 'a.questions.jsonl',
      text: '{"question": "Can I pay on board", "answers": ["ferry.md#tickets"], "draft": true}\n',
    },
    { file: 'b.questions.jsonl', text: '{"question": "Can I pay on board?", "answers": ["ferry.md#tickets"]}\n' },
    { file: 'ferry.md', text: PAGE },
  ]);
  assert.deepEqual([questions.map(({ file }) => file), drafts], [['b.questions.jsonl'], []]);
  assert.deepEqual(
    findings.map(({ code, file }) => [code, file]),
    [['duplicate-question', 'a.questions.jsonl']],
  );
});

test('a mark that is neither true nor false is an error that says so; "false" is no draft', () => {
  const row = (mark: string): string =>
    `{"question": "Can I pay on board?", "answers": ["ferry.md#tickets"], "draft": ${mark}}\n`;
  const wrong = corpusOf('a.questions.jsonl', row('"maybe"'));
  assert.deepEqual([wrong.questions, wrong.drafts], [[], []]);
  assert.match(wrong.findings[0]!.message, /"draft" is expected to be true or false; "maybe" came\./);
  assert.equal(corpusOf('a.questions.jsonl', row('false')).questions.length, 1);
  assert.equal(corpusOf('a.questions.jsonl', row('null')).questions.length, 1);
});
