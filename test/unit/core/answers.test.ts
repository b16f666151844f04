// Alternatives and grades of answers: every file form says the same, edits keep them, figures follow them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildCorpus } from '../../../src/core/corpus.ts';
import { diagnoseQuestions } from '../../../src/core/diagnosis.ts';
import { editQuestions, type NewQuestion, type QuestionEdit } from '../../../src/core/edits/index.ts';
import { LineIndex } from '../../../src/core/lines.ts';
import { ndcgOfRanks } from '../../../src/core/metrics.ts';
import { answerGroups, type Question } from '../../../src/core/question.ts';
import { parseQuestions } from '../../../src/core/questions/index.ts';
import { buildReport, measuredQuestions } from '../../../src/core/report.ts';
import { runOf } from '../../../src/core/runs/run.ts';
import { covered } from './text.ts';

const PAGES = [
  { file: 'leave.md', text: '# Annual leave\n\nTwenty-five days.\n\n# Part time\n\nDays in proportion.\n' },
  { file: '假期.md', text: '# 年假\n\n每年二十五天。\n' },
  { file: 'form.md', text: 'Ask your lead.\n' },
];

/** "(annual leave, graded 3, or 年假) and form.md, graded 2, and part time" in every form. */
const FORMS = {
  'a.questions.jsonl':
    '{"question": "How much leave?", "answers": [{"any": ["leave.md#annual-leave", "假期.md#年假"], "relevance": 3}, {"answer": "form.md", "relevance": 2}, "leave.md#part-time"]}',
  'a.questions.yaml':
    '- question: How much leave?\n  answers:\n    - any: [leave.md#annual-leave, 假期.md#年假]\n      relevance: 3\n    - answer: form.md\n      relevance: 2\n    - leave.md#part-time\n',
  'b.questions.yaml':
    '- question: How much leave?\n  answers: [{any: [leave.md#annual-leave, 假期.md#年假], relevance: 3}, {answer: form.md, relevance: 2}, leave.md#part-time]\n',
  'a.questions.csv':
    'question,answers,groups,relevance\nHow much leave?,leave.md#annual-leave|假期.md#年假|form.md|leave.md#part-time,a|a,3|3|2\n',
  'page.md':
    '---\nquestions:\n  - question: How much leave?\n    answers: [{any: [leave.md#annual-leave, 假期.md#年假], relevance: 3}, {answer: form.md, relevance: 2}, leave.md#part-time]\n---\n\nText.\n',
};

function meaning(answers: readonly { reference: string; group?: number; relevance?: number }[]) {
  return answerGroups(answers as Parameters<typeof answerGroups>[0]).map((group) => [
    group.answers.map((each) => (each as { reference: string }).reference),
    group.relevance,
  ]);
}

const MEANT = [
  [['leave.md#annual-leave', '假期.md#年假'], 3],
  [['form.md'], 2],
  [['leave.md#part-time'], 1],
];

for (const [file, text] of Object.entries(FORMS)) {
  test(`${file}: alternatives and grades are read, each reference at its place`, () => {
    const { drafts, findings } = parseQuestions({ file, text });
    assert.deepEqual(findings, []);
    assert.deepEqual(meaning(drafts[0]!.answers), MEANT);
    for (const { reference, range } of drafts[0]!.answers) assert.equal(covered(text, range), reference);
  });

  test(`${file}: edits keep them`, () => {
    const [draft] = parseQuestions({ file, text }).drafts;
    const at = draft!.range.start;
    const edits: QuestionEdit[] = [
      { kind: 'add-answer', at, reference: 'form.md#more' },
      { kind: 'add-alternative', at, of: draft!.answers[1]!.range.start, reference: 'form.md#more' },
      { kind: 'add-alternative', at, of: draft!.answers[2]!.range.start, reference: 'form.md#more' },
      { kind: 'add-alternative', at, of: draft!.answers[3]!.range.start, reference: 'form.md#more, too' },
      { kind: 'add-variant', at, text: 'leave, how much' },
      { kind: 'set-split', at, split: 'test' },
      { kind: 'add-question', question: { text: 'Why?', answers: [{ reference: 'form.md' }] } },
      { kind: 'replace', range: draft!.answers[1]!.range, text: 'vacances.md' },
    ];
    for (const edit of edits) {
      const result = applied(file, text, edit);
      const { drafts, findings } = parseQuestions({ file, text: result });
      assert.deepEqual(findings, [], result);
      const wanted = structuredClone(MEANT) as [string[], number][];
      if (edit.kind === 'add-answer') wanted.push([['form.md#more'], 1]);
      if (edit.kind === 'add-alternative') {
        const place = draft!.answers.findIndex(({ range }) => range.start === edit.of);
        wanted[Math.max(0, place - 1)]![0].push(edit.reference);
      }
      if (edit.kind === 'replace') wanted[0]![0][1] = 'vacances.md';
      assert.deepEqual(meaning(drafts[0]!.answers), wanted, result);
    }
  });

  test(`${file}: a question moves there with them`, () => {
    const question: NewQuestion = { text: '年假几天？', answers: parseQuestions({ file, text }).drafts[0]!.answers };
    for (const before of [text, '', ...(file.endsWith('csv') ? ['question,answers', 'answers,question\r\n'] : [])]) {
      const result = applied(file, before, { kind: 'add-question', question });
      const { drafts, findings } = parseQuestions({ file, text: result });
      assert.deepEqual(findings, [], result);
      assert.deepEqual(meaning(drafts.at(-1)!.answers), MEANT, result);
    }
  });
}

function applied(file: string, text: string, edit: QuestionEdit): string {
  const lines = new LineIndex(text);
  const edits = editQuestions({ file, text }, edit);
  assert.ok(edits);
  return edits
    .map(({ range, text: insert }) => ({ start: lines.offset(range.start), end: lines.offset(range.end), insert }))
    .sort((a, b) => b.start - a.start)
    .reduce((result, { start, end, insert }) => result.slice(0, start) + insert + result.slice(end), text);
}

test('what is wrong with an answer in braces is said where it stands', () => {
  const cases: [string, string, RegExp][] = [
    ['{"any": "a.md"}', 'bad-answer', /"any" is expected to be a list of texts; text came/],
    ['{"any": ["a.md"], "answer": "b.md"}', 'bad-answer', /either "answer" or "any".*both came/],
    ['{"relevance": 2}', 'bad-answer', /neither came/],
    ['{"answer": "a.md", "grade": 2}', 'bad-answer', /"grade" came/],
    ['{"answer": "a.md", "relevance": 0}', 'bad-relevance', /expected to be 1, 2 or 3; 0 came/],
    ['{"answer": "a.md", "relevance": "best"}', 'bad-relevance', /"best" came/],
    ['{"answer": ["a.md"]}', 'bad-question', /a list came/],
    ['{"any": []}', 'missing-answers', /has no answers/],
    ['["a.md", "b.md"]', 'bad-question', /expected to be text; a list came/],
  ];
  for (const [entry, code, message] of cases) {
    const text = `\n{"question": "Wie?", "answers": [${entry}]}`;
    const { drafts, findings } = parseQuestions({ file: 'a.questions.jsonl', text });
    assert.deepEqual([drafts.length, findings[0]?.code, findings[0]?.range.start.line], [0, code, 1], entry);
    assert.match(findings[0]!.message, message);
    assert.ok(findings[0]!.suggestion);
  }
  const table = 'question,answers,groups,relevance\nWhy?,a.md|b.md,1|1|2,\nHow?,a.md,,5\n';
  const { findings } = parseQuestions({ file: 'a.questions.csv', text: table });
  assert.deepEqual(
    findings.map(({ code, range }) => [code, range.start.line]),
    [
      ['bad-answer', 1],
      ['bad-relevance', 2],
    ],
  );
});

test('in CSV a lone name in groups and grades of 1 change nothing', () => {
  const plain = parseQuestions({ file: 'a.questions.csv', text: 'question,answers\nWhy?,a.md|b.md\n' });
  const same = parseQuestions({
    file: 'a.questions.csv',
    text: 'question,answers,groups,relevance\nWhy?,a.md|b.md,x|y,1\n',
  });
  const bare = (drafts: typeof plain.drafts) => drafts[0]!.answers.map(({ range, ...rest }) => rest);
  assert.deepEqual(bare(same.drafts), bare(plain.drafts));
});

function corpusOf(answers: string): { question: Question; codes: string[] } {
  const text = `{"question": "How much leave?", "answers": ${answers}}`;
  const { questions, findings } = buildCorpus([...PAGES, { file: 'a.questions.jsonl', text }]);
  return { question: questions[0]!, codes: findings.map(({ code }) => code) };
}

function measured(question: Question, ranks: Record<string, number>, answerRanks: number[]) {
  const expected = Object.entries(ranks).map(([id, rank]) => ({ id, rank, score: 0.5 }));
  const results = [{ questionId: question.id, answerRanks, expected, top: [] }];
  return { questions: [question], splits: new Map([[question.id, 'test' as const]]), results };
}

test('one alternative is enough; without a group every answer is wanted, as ever', () => {
  const any = corpusOf('[{"any": ["leave.md#annual-leave", "假期.md#年假"]}]').question;
  const all = corpusOf('["leave.md#annual-leave", "假期.md#年假"]').question;
  const ranks = { 'leave.md#annual-leave': 40, '假期.md#年假': 2 };
  assert.deepEqual(measuredQuestions(measured(any, ranks, [2])).failures, []);
  const [failure] = measuredQuestions(measured(all, ranks, [40, 2])).failures;
  assert.equal(failure?.recall, 0.5);
  assert.throws(() => measuredQuestions(measured(any, ranks, [40, 2])), /has 1 answers, its result has 2/);
});

test('missed alternatives are told once, at the one placed best', () => {
  const { question } = corpusOf('[{"any": ["leave.md#annual-leave", "假期.md#年假"]}, "form.md"]');
  const expected = [
    { id: 'leave.md#annual-leave', rank: 40, score: 0.3 },
    { id: '假期.md#年假', rank: 12, score: 0.4 },
    { id: 'form.md', rank: 1, score: 0.9 },
  ];
  const outcome = { answerRanks: [12, 1], expected, top: [], recall: 0.5, beatenBy: [] };
  const [diagnosis] = diagnoseQuestions([{ ...question, split: 'test', outcome }], 5);
  assert.deepEqual(diagnosis?.missed, [{ reference: '假期.md#年假', snippetId: '假期.md#年假', rank: 12 }]);
});

test('an alternative that points nowhere is a finding and leaves the others', () => {
  const { question, codes } = corpusOf('[{"any": ["leave.md#annual", "假期.md#年假"], "relevance": 2}]');
  assert.deepEqual(codes, ['unknown-answer']);
  assert.deepEqual(
    question.answers.map(({ reference, relevance }) => [reference, relevance]),
    [['假期.md#年假', 2]],
  );
});

test('a snippet may be an alternative and wanted for itself; the same alternative twice is one', () => {
  const both = corpusOf('[{"any": ["leave.md#annual-leave", "form.md"]}, "form.md"]');
  assert.deepEqual([both.codes, both.question.answers.length], [[], 3]);
  const twice = corpusOf('[{"any": ["form.md", "/form.md"]}]');
  assert.deepEqual([twice.codes, twice.question.answers.length], [['duplicate-answer'], 1]);
});

test('grades weigh in nDCG alone, with the relevance itself as the gain', () => {
  const { question } = corpusOf('[{"answer": "leave.md#annual-leave", "relevance": 3}, "form.md"]');
  const ranks = { 'leave.md#annual-leave': 2, 'form.md': 1 };
  const report = buildReport({ model: 'm', snippetCount: 4, ...measured(question, ranks, [2, 1]) });
  const { metrics } = report.slices.test;
  assert.equal(metrics['recall@5']!.value, 1);
  assert.equal(metrics.mrr!.value, 1);
  const ndcg = (1 + 3 / Math.log2(3)) / (3 + 1 / Math.log2(3));
  assert.ok(Math.abs(metrics['ndcg@10']!.value - ndcg) < 1e-12);
  // Both at one place: the better one counts there.
  assert.ok(Math.abs(ndcgOfRanks([1, 1], 1, [1, 3]) - 1) < 1e-12);
});

test('a run knows a question by its alternatives and grades, and keeps the hash of one without', () => {
  const hash = (answers: string, answerRanks: number[]) => {
    const { question } = corpusOf(answers);
    const ranks = { 'leave.md#annual-leave': 1, 'form.md': 3 };
    const report = buildReport({ model: 'm', snippetCount: 4, ...measured(question, ranks, answerRanks) });
    return runOf(report, { modelHash: 'm', indexHash: 'i' }).questions[0]!.hash;
  };
  const all = hash('["leave.md#annual-leave", "form.md"]', [1, 3]);
  const any = hash('[{"any": ["leave.md#annual-leave", "form.md"]}]', [1]);
  const graded = hash('[{"answer": "leave.md#annual-leave", "relevance": 2}, "form.md"]', [1, 3]);
  assert.equal(new Set([all, any, graded]).size, 3);
  assert.equal(any, hash('[{"any": ["form.md", "leave.md#annual-leave"]}]', [1]));
});
