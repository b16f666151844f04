// The rules of the authoring lint, each on a page it should speak about and on one it should leave alone, in English and Chinese.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildCorpus } from '../../../../src/core/corpus.ts';
import { ambiguousQuestionRemarks } from '../../../../src/core/lint/ambiguousQuestions.ts';
import { boilerplateRemarks } from '../../../../src/core/lint/boilerplate.ts';
import { copiedQuestionRemarks } from '../../../../src/core/lint/copiedQuestions.ts';
import { duplicateLeakRemarks, wordingLeakRemarks } from '../../../../src/core/lint/leaks.ts';
import { longSnippetRemarks } from '../../../../src/core/lint/longSnippets.ts';
import { nearDuplicateRemarks } from '../../../../src/core/lint/nearDuplicates.ts';
import { placeRemarks, type Remark } from '../../../../src/core/lint/remark.ts';
import { similarSnippets } from '../../../../src/core/lint/similarSnippets.ts';
import { untestedSnippetRemarks } from '../../../../src/core/lint/untestedSnippets.ts';

const page = (file: string, ...sections: [title: string, body: string][]) => ({
  file,
  text: sections.map(([title, body]) => `## ${title}\n\n${body}\n`).join('\n'),
});
const questions = (...rows: object[]) => ({
  file: 'desk.questions.jsonl',
  text: rows.map((row) => JSON.stringify(row)).join('\n'),
});
const byId = ({ snippets }: ReturnType<typeof buildCorpus>) => new Map(snippets.map((each) => [each.id, each]));
/** Where a remark stands and what it says. */
const told = (remarks: readonly Remark[]) => remarks.map(({ at, message }) => `${Object.values(at)[0]}: ${message}`);

const REFUND =
  'We pay refunds to the card that you paid with, within five working days of the day on which the parcel reached our warehouse in Leeds.';
const LEAVE = '入职满一年的员工每年享有十天带薪年假，年假须在当年内休完，经主管同意后可以结转至次年三月底，逾期作废。';

const TWINS = buildCorpus([
  page(
    'a.md',
    ['Refunds', REFUND],
    ['Parcels', 'A parcel is sent on the day after the order, by van or by bicycle, as the address asks for.'],
  ),
  page(
    'b.md',
    ['Refunds', REFUND],
    ['Money back', REFUND.replace('five working days', 'nine weeks').replace('card', 'voucher')],
  ),
  page(
    'c.md',
    ['年假', LEAVE],
    ['外包人员年假', `${LEAVE}外包人员另行约定。`],
    ['短', '见上文。'],
    ['也短', '见上文。'],
  ),
]);

/** One vector for each snippet; those with the same direction are equal. */
async function pairsOf(corpus: typeof TWINS, directions: readonly number[]) {
  const dimension = 64;
  const vectors = new Float32Array(directions.length * dimension);
  directions.forEach((direction, row) => {
    vectors[row * dimension + direction] = 1;
  });
  return similarSnippets(corpus.snippets, vectors, dimension);
}

test('near duplicates: by wording alone, or by half the wording where the vectors agree; merge or tell apart', async () => {
  assert.equal(TWINS.snippets.length, 8);
  const remarks = nearDuplicateRemarks(TWINS.snippets, await pairsOf(TWINS, [0, 1, 2, 3, 4, 5, 6, 7]));
  assert.deepEqual(told(remarks), [
    'b.md#refunds: This section says the same as a.md#refunds.',
    'c.md#外包人员年假: This section says the same as c.md#年假; only one of them has: 外包, 人员, 另行, 约定.',
  ]);
  assert.match(remarks[0]!.suggestion!, /^Keep one/);
  assert.match(remarks.at(-1)!.suggestion!, /^This section says more: keep it/);
  const agreeing = nearDuplicateRemarks(TWINS.snippets, await pairsOf(TWINS, [0, 1, 0, 0, 4, 4, 6, 6]));
  const [, apart] = agreeing;
  assert.deepEqual(apart!.at, { snippet: 'b.md#money-back' });
  assert.match(apart!.message, /only here: .*voucher.*; only there: .*card/);
  assert.match(apart!.suggestion!, /^Where both are needed/);
  // Short bodies are alike without being duplicates, and vectors alone make none.
  assert.ok(!told(agreeing).some((each) => /短|parcels/.test(each)));
});

test('ambiguous: another section within a hair that has the words of the question', () => {
  const corpus = buildCorpus([
    page(
      'a.md',
      ['Vouchers', 'A voucher lasts two years.'],
      ['Gift cards', 'A gift card, or voucher, lasts two years.'],
      ['Boots', 'Boots last.'],
    ),
    page('z.md', ['代金券', '代金券有效期两年。'], ['礼品卡', '礼品卡和代金券有效期两年。']),
    questions(
      { question: 'How many years does a voucher last?', answers: ['a.md#vouchers'] },
      { question: '代金券有效期多久？', answers: ['z.md#代金券'] },
    ),
  ]);
  const result = (question: number, ranking: [string, number][]) => {
    const { id, answers } = corpus.questions[question]!;
    const own = answers[0]!.snippetIds[0]!;
    const rank = ranking.findIndex(([snippet]) => snippet === own) + 1;
    const top = ranking.map(([snippet, score]) => ({ id: snippet, score }));
    return {
      questionId: id,
      answerRanks: [rank],
      top,
      expected: [{ id: own, rank, score: top[rank - 1]?.score ?? 0 }],
    };
  };
  const remarksOf = (...results: ReturnType<typeof result>[]) =>
    ambiguousQuestionRemarks(corpus.questions, results, byId(corpus));
  const close = remarksOf(
    result(0, [
      ['a.md#vouchers', 0.71],
      ['a.md#boots', 0.705],
      ['a.md#gift-cards', 0.7],
    ]),
    result(1, [
      ['z.md#礼品卡', 0.62],
      ['z.md#代金券', 0.61],
    ]),
  );
  assert.deepEqual(
    close.map(({ message }) => message.split(' by ').at(-1)),
    ['a.md#gift-cards.', 'z.md#礼品卡.'],
  );
  const clear = remarksOf(
    result(0, [
      ['a.md#vouchers', 0.71],
      ['a.md#gift-cards', 0.6],
    ]),
    result(1, [
      ['z.md#礼品卡', 0.7],
      ['z.md#代金券', 0.5],
    ]),
  );
  assert.deepEqual(clear, []);
});

test('long sections show the sentence where the first part ends', () => {
  const body = 'Dry the tent first. Then fold it along the seams, poles outside. Put it in its bag.';
  const [snippet] = buildCorpus([page('a.md', ['Tents', body])]).snippets;
  const of = (firstEnd: number) =>
    longSnippetRemarks([{ snippet: snippet!, tokens: 700, maxTokens: 254, windows: 3, firstEnd }])[0]!.message;
  assert.match(of(body.indexOf('Then')), /700 tokens.+254 at a time.+3 parts.+ends behind “Dry the tent first\.”\.$/);
  assert.match(of(body.indexOf('along')), /inside a sentence, at the bar: “Then fold it \| along the seams/);
});

test('boilerplate: sentences of many sections that are most of one', () => {
  const notice = 'Prices include tax and may change at any time without further notice to you.';
  const chinese = '本公司保留对上述条款的最终解释权，如有疑问请联系客服人员。';
  const many = Array.from({ length: 5 }, (_, i): [string, string] => [`Plan ${i}`, `${notice} It costs ${i} pounds.`]);
  const long: [string, string] = ['Terms', `${notice} ${REFUND} ${REFUND.replace('Leeds', 'York')}`];
  const zh = Array.from({ length: 5 }, (_, i): [string, string] => [`套餐${i}`, `每月${i}元。${chinese}`]);
  const { snippets } = buildCorpus([page('a.md', ...many, long), page('z.md', ...zh)]);
  const remarks = boilerplateRemarks(snippets);
  assert.equal(remarks.length, 10, 'the section that says much else is left out');
  assert.match(remarks[0]!.message, /^8\d % of this section.+“Prices include tax.+” stands in 6 sections\.$/);
  assert.match(remarks[9]!.message, /“本公司保留.+stands in 5 sections/);
  assert.deepEqual(boilerplateRemarks(buildCorpus([page('a.md', ...many.slice(1))]).snippets), []);
});

test('untested sections are told once a page, and drafts test nothing', () => {
  const corpus = buildCorpus([
    page('a.md', ['One', 'Text.'], ['Two', 'Text.'], ['Three', 'Text.']),
    page('b.md', ['All', 'Text.']),
    questions(
      { question: 'One or two?', answers: ['a.md#one'] },
      { question: 'All of it?', answers: ['b.md'] },
      { question: 'And three?', answers: ['a.md#three'], draft: true },
    ),
  ]);
  assert.deepEqual(told(untestedSnippetRemarks(corpus.snippets, corpus.questions)), [
    'a.md#two: 2 of 3 sections of this page are tested by no question: “Two”, “Three”.',
  ]);
});

test('copied questions: most of the wording stands in the answer, in one run or in several', () => {
  const corpus = buildCorpus([
    page('a.md', ['Refunds', REFUND], ['Boots', 'They are resoled in Leeds.']),
    page('z.md', ['年假', LEAVE]),
    questions(
      { question: 'Do we pay refunds to the card that you paid with?', answers: ['a.md#refunds'] },
      { question: '年假须在当年内休完吗？', answers: ['z.md#年假'] },
      { question: 'When is my money back on my account?', answers: ['a.md#refunds'] },
      { question: 'Where are boots resoled?', answers: ['a.md#boots'] },
      { question: '假期没休完会怎样？', answers: ['z.md#年假'] },
    ),
  ]);
  const remarks = copiedQuestionRemarks(corpus.questions, byId(corpus));
  assert.deepEqual(
    placeRemarks(remarks, corpus).map(({ range, message }) => [range.start.line, /“(.+?)”/.exec(message)![1]]),
    [
      [0, 'we pay refunds to the card that you paid with'],
      [1, '年假须在当年内休完'],
    ],
  );
});

test('leaks: a held-out question whose answer is the twin of a training answer, and near wordings across the sides', async () => {
  const corpus = buildCorpus([
    page('a.md', ['Refunds', REFUND]),
    page('b.md', ['Money', REFUND]),
    page('c.md', ['Boots', 'Boots are resoled in Leeds.'], ['Shoes', 'Shoes are not mended at all.']),
    questions(
      { question: 'When do I get my money?', answers: ['a.md#refunds'], split: 'train' },
      { question: 'How long until I am paid back?', answers: ['b.md#money'], split: 'test' },
      { question: 'Where can I have my boots mended?', answers: ['c.md#boots'], split: 'train' },
      { question: 'Where can I have my shoes mended?', answers: ['c.md#shoes'], split: 'test' },
    ),
  ]);
  const sides = new Map(corpus.questions.map(({ id, split }) => [id, split!]));
  const twins = duplicateLeakRemarks(corpus.questions, sides, corpus.snippets, await pairsOf(corpus, [0, 1, 2, 3]));
  assert.deepEqual(told(twins), [
    `${corpus.questions[1]!.id}: This held-out question is answered by b.md#money, which is nearly the same as a.md#refunds, ` +
      'the answer of the training question “When do I get my money?” (desk.questions.jsonl:1).',
  ]);
  const near = wordingLeakRemarks(corpus.questions, sides);
  assert.deepEqual(
    near.map(({ at }) => at),
    [{ question: corpus.questions[3]!.id }],
  );
  assert.match(near[0]!.message, /“Where can I have my boots mended\?” \(desk\.questions\.jsonl:3\)/);
  const oneSide = new Map([...sides.keys()].map((id) => [id, 'test' as const]));
  assert.deepEqual(wordingLeakRemarks(corpus.questions, oneSide), []);
});

test('remarks follow what they are about to its new place, and go with it', () => {
  const remarks: Remark[] = [
    { code: 'long-snippet', severity: 'information', message: 'Long.', at: { snippet: 'a.md#two' } },
    { code: 'boilerplate', severity: 'warning', message: 'Much.', at: { snippet: 'a.md#gone' } },
  ];
  const before = placeRemarks(remarks, buildCorpus([page('a.md', ['Two', 'Text.'])]));
  const after = placeRemarks(remarks, buildCorpus([page('a.md', ['One', 'Text.'], ['Two', 'Text.'])]));
  assert.deepEqual(
    [before, after].map((findings) => findings.map(({ range }) => range.start.line)),
    [[0], [4]],
  );
});
