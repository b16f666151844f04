// Reports and comparisons on a small help desk worked out by hand, from raw scores to failures, fixed and broken questions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareReports } from '../../../src/core/comparison.ts';
import { answerRanks } from '../../../src/core/metrics.ts';
import type { Question, Split } from '../../../src/core/question.ts';
import { rankOf, topSnippets } from '../../../src/core/ranking.ts';
import { buildReport, type QuestionResult, type RecallReport, reportJson } from '../../../src/core/report.ts';

const ids = [
  'hr/leave.md#annual',
  'hr/leave.md#sick',
  'it/mfa.md#lost',
  'it/vpn.md#home',
  'it/wifi.md#guest',
  '财务/发票.md#补开',
  '财务/报销.md#期限',
];

function question(id: string, text: string, line: number, answers: string[][]): Question {
  const range = { start: { line, column: 13 }, end: { line, column: 13 + text.length } };
  return {
    id,
    text,
    variants: [],
    answers: answers.map((snippetIds) => ({ reference: snippetIds[0] ?? 'hr/gone.md', snippetIds, range })),
    tags: [],
    file: 'kb/standard.questions.jsonl',
    range,
  };
}

const questions = [
  question('phone', 'My phone was stolen, how do I sign in?', 0, [['it/mfa.md#lost']]),
  question('home', '在家怎么访问内网？', 1, [['it/vpn.md#home']]),
  question('ill', 'I have a fever. Whom do I tell?', 2, [['hr/leave.md#sick', 'hr/leave.md#annual'], ['hr/gone.md#x']]),
  question('invoice', '发票丢了怎么办？', 3, [['财务/发票.md#补开'], ['财务/报销.md#期限']]),
  question('dangling', 'Where is the old handbook?', 4, [[]]),
];
const splits = new Map<string, Split>([
  ['phone', 'test'],
  ['home', 'test'],
  ['ill', 'test'],
  ['invoice', 'train'],
]);

/** The result of a question whose snippets come in the given order, with scores 0.9, 0.8, ... */
function result(questionId: string, order: string[]): QuestionResult {
  const scores = ids.map((id) => 0.9 - order.indexOf(id) / 10);
  const ranked = topSnippets(scores, ids, ids.length);
  const answers = questions.find((each) => each.id === questionId)!.answers.map((answer) => answer.snippetIds);
  return {
    questionId,
    answerRanks: answerRanks(
      answers,
      ranked.map((each) => each.id),
    ),
    top: ranked.slice(0, 5).map(({ id, score }) => ({ id, score })),
    expected: answers.flat().map((id) => {
      const index = ids.indexOf(id);
      return index < 0
        ? { id, rank: Infinity, score: 0 }
        : { id, rank: rankOf(scores, ids, index), score: scores[index]! };
    }),
  };
}

const at = (id: string, place: number) => ids.filter((each) => each !== id).toSpliced(place - 1, 0, id);

function report(orders: Record<string, string[]>, primaryK?: number): RecallReport {
  return buildReport({
    model: 'm3e-base',
    snippetCount: ids.length,
    questions,
    splits,
    results: Object.entries(orders).map(([id, order]) => result(id, order)),
    ks: [1, 3],
    primaryK,
  });
}

const before = report({
  phone: at('it/mfa.md#lost', 4),
  home: at('it/vpn.md#home', 1),
  ill: at('hr/leave.md#sick', 7),
  invoice: [
    '财务/发票.md#补开',
    'it/wifi.md#guest',
    'it/vpn.md#home',
    'hr/leave.md#sick',
    '财务/报销.md#期限',
    'hr/leave.md#annual',
    'it/mfa.md#lost',
  ],
});

test('figures per split are means over its questions', () => {
  // test: ranks 4; 1; 1 of an answer with two snippets and 0 of one outside the index. train: ranks 1 and 5.
  const value = (slice: Split | 'all', name: string) => before.slices[slice].metrics[name]!.value;
  assert.equal(value('test', 'recall@1'), (0 + 1 + 0.5) / 3);
  assert.equal(value('test', 'hit@3'), 2 / 3);
  assert.equal(value('test', 'mrr'), (1 / 4 + 1 + 1) / 3);
  assert.equal(value('train', 'recall@3'), 1 / 2);
  assert.equal(value('train', 'mrr'), 1);
  assert.equal(value('all', 'recall@3'), (0 + 1 + 0.5 + 0.5) / 4);
  const gain = 1 + 1 / Math.log2(3);
  assert.ok(Math.abs(value('train', 'ndcg@10') - (1 + 1 / Math.log2(6)) / gain) < 1e-12);
  assert.deepEqual(Object.keys(before.slices.test.metrics), [
    'recall@1',
    'recall@3',
    'hit@1',
    'hit@3',
    'mrr',
    'ndcg@10',
  ]);
  for (const { metrics } of Object.values(before.slices)) {
    for (const { value, low, high } of Object.values(metrics))
      assert.ok(0 <= low && low <= value && value <= high && high <= 1);
  }
});

test('every slice says what it was measured on', () => {
  assert.deepEqual(
    Object.values(before.slices).map((each) => [each.questions, each.measuredOn]),
    [
      [3, '3 held-out questions'],
      [1, '1 training question'],
      [4, 'all 4 questions (1 training, 3 held-out)'],
    ],
  );
  assert.deepEqual(before.leftOut, { questions: 1, answers: 0 });
});

test('failures name file, 1-based line, ranks and what beat the expected snippet', () => {
  assert.equal(before.primaryK, 3);
  assert.deepEqual(
    before.failures.map((each) => [each.id, each.line, each.recall]),
    [
      ['phone', 1, 0],
      ['ill', 3, 0.5],
      ['invoice', 4, 0.5],
    ],
  );
  const [phone, ill, invoice] = before.failures;
  assert.equal(phone!.file, 'kb/standard.questions.jsonl');
  assert.deepEqual(
    phone!.expected.map(({ id, rank }) => ({ id, rank })),
    [{ id: 'it/mfa.md#lost', rank: 4 }],
  );
  assert.deepEqual(
    phone!.beatenBy.map((each) => each.id),
    ['hr/leave.md#annual', 'hr/leave.md#sick', 'it/vpn.md#home'],
  );
  assert.ok(Math.abs(phone!.beatenBy[2]!.score - 0.7) < 1e-12);
  assert.deepEqual(
    ill!.expected.map((each) => each.rank),
    [7, 1, 0],
  );
  // The answer found at 1 does not beat the one missed at 5.
  assert.deepEqual(
    invoice!.beatenBy.map((each) => each.id),
    ['it/wifi.md#guest', 'it/vpn.md#home', 'hr/leave.md#sick'],
  );
});

test('an answer that points nowhere counts neither way, a repeated one once, a missing result as nothing found', () => {
  const asked = [
    question('half', 'Who approves overtime?', 0, [['hr/leave.md#annual'], []]),
    question('twice', 'Where do I connect guests?', 1, [
      ['it/wifi.md#guest'],
      ['it/wifi.md#guest'],
      ['it/vpn.md#home'],
    ]),
    question('unasked', '补开发票要多久？', 2, [['财务/发票.md#补开']]),
  ];
  const built = buildReport({
    model: 'm',
    snippetCount: 7,
    questions: asked,
    splits: new Map(asked.map((each) => [each.id, 'test'])),
    results: [
      { questionId: 'half', answerRanks: [2, 0], top: [], expected: [] },
      { questionId: 'twice', answerRanks: [1, 1, 9], top: [], expected: [] },
    ],
  });
  assert.deepEqual(
    built.outcomes.map((each) => each.answerRanks),
    [[2], [1, 9], [0]],
  );
  assert.deepEqual(built.leftOut, { questions: 0, answers: 1 });
  assert.deepEqual(
    built.failures.map((each) => each.id),
    ['twice', 'unasked'],
  );
  assert.deepEqual(built.failures[1]!.expected, [{ id: '财务/发票.md#补开', rank: 0, score: 0 }]);
  assert.deepEqual(built.ks, [1, 3, 5, 10]);
  assert.equal(built.primaryK, 5);
  assert.deepEqual(built.slices.train, {
    slice: 'train',
    questions: 0,
    measuredOn: '0 training questions',
    metrics: {},
  });
});

test('a result that does not fit its question, or a k below 1, is a bug and throws', () => {
  const input = { model: 'm', snippetCount: 7, questions, splits, results: [] };
  const bad = { questionId: 'phone', answerRanks: [1, 2], top: [], expected: [] };
  assert.throws(() => buildReport({ ...input, results: [bad] }), /phone has 1 answers, its result has 2 ranks/);
  assert.throws(() => buildReport({ ...input, ks: [0, 3] }), /whole numbers k >= 1, got \[0, 3\]/);
  assert.throws(() => buildReport({ ...input, ks: [] }), /whole numbers/);
});

test('a report survives JSON, and evaluate --json shows one slice of it', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(before)), before);
  const shown = reportJson(before, 'test');
  assert.deepEqual(Object.keys(shown), [
    'model',
    'retrieval',
    'heldOut',
    'snippets',
    'questions',
    'split',
    'measuredOn',
    'metrics',
    'failures',
  ]);
  assert.deepEqual([shown.model, shown.snippets, shown.questions, shown.split], ['m3e-base', 7, 3, 'test']);
  assert.deepEqual(
    shown.failures.map((each) => each.id),
    ['phone', 'ill'],
  );
  assert.equal(shown.failures[0]!.top.length, 5);
  assert.deepEqual(
    reportJson(before, 'all').failures.map((each) => each.id),
    ['phone', 'ill', 'invoice'],
  );
});

test('a comparison lists fixed, broken and still failing questions and how far each moved', () => {
  const after = report({
    phone: at('it/mfa.md#lost', 2),
    home: at('it/vpn.md#home', 5),
    ill: at('hr/leave.md#sick', 7),
    invoice: ['财务/发票.md#补开', '财务/报销.md#期限', ...ids.slice(0, 5)],
  });
  const places = (changes: { id: string; before: number; after: number }[]) =>
    changes.map((each) => [each.id, each.before, each.after]);
  const held = compareReports(before, after, 'test', 3);
  assert.deepEqual([held.split, held.k, held.questions, held.notCompared], ['test', 3, 3, 0]);
  assert.deepEqual(places(held.fixed), [['phone', 4, 2]]);
  assert.deepEqual(places(held.broken), [['home', 1, 5]]);
  assert.deepEqual(places(held.stillFailing), [['ill', 0, 0]]);
  assert.equal(held.difference!.value, 0);
  assert.ok(held.difference!.low < 0 && held.difference!.high > 0);
  assert.equal(held.pValue, 1);
  const all = compareReports(before, after, 'all', 3);
  // Ratios of ranks: 5 to 2 is 2.5 times, 4 to 2 is 2 times.
  assert.deepEqual(places(all.improved), [
    ['invoice', 5, 2],
    ['phone', 4, 2],
  ]);
  assert.deepEqual(places(all.worsened), [['home', 1, 5]]);
  assert.equal(all.difference!.value, 0.5 / 4);
  assert.equal(all.fixed.find((each) => each.id === 'invoice')!.line, 4);
  assert.deepEqual(compareReports(before, after, 'all', 3), all);
  const back = compareReports(after, before, 'all', 3);
  assert.equal(back.difference!.value, -all.difference!.value);
  assert.deepEqual(
    back.fixed.map((each) => each.id),
    all.broken.map((each) => each.id),
  );
});

test('only questions that both reports measured on the same side are compared', () => {
  const moved = buildReport({
    model: 'tuned',
    snippetCount: 7,
    questions,
    splits: new Map<string, Split>([...splits, ['home', 'train']]),
    results: [],
    ks: [1, 3],
  });
  const held = compareReports(before, moved, 'test');
  assert.deepEqual([held.k, held.questions, held.notCompared], [3, 2, 1]);
  assert.deepEqual(compareReports(before, moved, 'all').notCompared, 1);
  assert.deepEqual(
    held.worsened.map((each) => [each.id, each.before, each.after]),
    [['phone', 4, 0]],
  );
  const empty = buildReport({ model: 'm', snippetCount: 0, questions: [], splits, results: [] });
  const nothing = compareReports(empty, empty);
  assert.deepEqual([nothing.difference, nothing.pValue, nothing.questions], [undefined, 1, 0]);
});

test('forty questions risen from outside to inside k are a sure rise', () => {
  const many = Array.from({ length: 60 }, (_, i) =>
    question(`q${i}`, `Which form is number ${i}?`, i, [[`forms/${i}.md`]]),
  );
  const measure = (rank: (i: number) => number) =>
    buildReport({
      model: 'm',
      snippetCount: 60,
      questions: many,
      splits: new Map(many.map((each) => [each.id, 'test'])),
      results: many.map((each, i) => ({ questionId: each.id, answerRanks: [rank(i)], top: [], expected: [] })),
    });
  const risen = compareReports(
    measure((i) => (i < 40 ? 6 : 5)),
    measure(() => 5),
  );
  assert.equal(risen.difference!.value, 40 / 60);
  assert.ok(risen.difference!.low > 0.5);
  assert.ok(risen.pValue < 0.001);
  assert.equal(risen.fixed.length, 40);
});
