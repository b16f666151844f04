// Suggested questions from headings, definitions and contrasts, in English and Chinese; and which are left out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildCorpus } from '../../../../src/core/corpus.ts';
import { sentencesOf } from '../../../../src/core/sentences.ts';
import { contrastQuestions } from '../../../../src/core/suggest/contrasts.ts';
import { definitionQuestions } from '../../../../src/core/suggest/definitions.ts';
import { headingQuestions } from '../../../../src/core/suggest/headings.ts';
import { suggestQuestions } from '../../../../src/core/suggest/index.ts';

function fromHeading(...path: string[]): string | undefined {
  const [snippet] = buildCorpus([
    { file: 'a.md', text: `${path.map((title, i) => `${'#'.repeat(i + 1)} ${title}\n`).join('\n')}\nText.\n` },
  ]).snippets;
  return headingQuestions(snippet!, () => true)[0];
}

test('headings become what a user would ask, by their form', () => {
  const cases: [string, string | undefined][] = [
    ['Cancel your subscription', 'How do I cancel my subscription?'],
    ['Return a tent', 'How do I return a tent?'],
    ['Return window', 'How long is the return window?'],
    ['The delivery times for islands', 'How long are the delivery times for islands?'],
    ['Gift cards', 'How do gift cards work?'],
    ['Parental leave', 'What should I know about parental leave?'],
    ['API keys', 'How do API keys work?'],
    ['Restocking fee', 'How much is the restocking fee?'],
    ['Visa requirements', 'What are the visa requirements?'],
    ['Working from another country', 'What are the rules for working from another country?'],
    ['Billing', 'What should I know about billing?'],
    ['How to pitch your tent', 'How do I pitch my tent?'],
    ['Can you bring a dog?', 'Can you bring a dog?'],
    ['What we keep', 'Can you tell me what we keep?'],
    ['E17: too hot', 'What does E17 mean?'],
    ['Everything that we have ever thought of telling people about stoves and their fuel', undefined],
    ['退款时间', '退款时间是多久？'],
    ['运费', '运费是多少？'],
    ['申请材料', '申请材料有哪些？'],
    ['报销流程', '报销流程是什么？'],
    ['修改收货地址', '怎么修改收货地址？'],
    ['如何开具发票', '如何开具发票？'],
    ['年假', '关于年假，需要知道什么？'],
    ['HB-40 网关', '关于 HB-40 网关，需要知道什么？'],
    ['E42 电量过低', 'E42 是什么意思？'],
    ['更换路由器之后', '更换路由器之后要做什么？'],
  ];
  for (const [heading, question] of cases) assert.equal(fromHeading(heading), question, heading);
});

test('a heading that says nothing gives way to the one above it; a page without headings suggests nothing', () => {
  assert.equal(fromHeading('Gift cards', 'Overview'), 'How do gift cards work?');
  assert.equal(fromHeading('退货', '说明'), '怎么退货？');
  assert.equal(fromHeading('Overview'), undefined);
  assert.deepEqual(suggestQuestions(buildCorpus([{ file: 'a.md', text: 'Boots are resoled in Leeds.' }])), []);
});

test('definitions in both languages, and sentences that only look like one', () => {
  const cases: [string, string[]][] = [
    ['A care plan is a second warranty.', ['What is a care plan?']],
    ['The resolver desk is the team that answers mail.', ['What is the resolver desk?']],
    ['Credit notes are a kind of money.', ['What are credit notes?']],
    ['SLA stands for service level agreement.', ['What does SLA stand for?']],
    ['Dormant means that nobody signs in.', ['What does dormant mean?']],
    ['It is a good idea to wash it. This is the rule. The first thing to do is a restart.', []],
    ['Rail is the rule below 500 km. The tent is dry.', []],
    ['年休假是指带薪的休假。“封网”指的是停止发布。', ['什么是年休假？', '什么是封网？']],
    ['考察期（试用期）是一种约定。', ['什么是考察期？']],
    ['冲正的意思是按原路退回。', ['冲正是什么意思？']],
    ['这是一种常见的做法。如果是一个人出行，请提前说明。', []],
  ];
  for (const [text, expected] of cases) assert.deepEqual(definitionQuestions(sentencesOf(text)), expected, text);
});

test('contrasts in both languages, and stretches of time that are no occasion', () => {
  const cases: [string, string, string[]][] = [
    [
      'Unlike gift cards, credit notes expire.',
      'Credit notes',
      ['What is the difference between credit notes and gift cards?'],
    ],
    ['Before you send your tent back, dry it.', 'Returns', ['What should I do before I send my tent back?']],
    ['After signing the form, wait for the mail.', 'Forms', ['What happens after signing the form?']],
    [
      'Mind the difference between a pause and a cancellation: only one is free.',
      'Plans',
      ['What is the difference between a pause and a cancellation?'],
    ],
    ['After two days, it is sent. Before Friday, call us.', 'Returns', []],
    ['与病假不同，年假需要提前申请。', '年假', ['年假和病假有什么不同？']],
    ['您提交申请后，会收到短信。', '退款', ['提交申请之后会怎样？']],
    ['在寄回帐篷之前，请晾干。', '退货', ['寄回帐篷之前要做什么？']],
    ['基础版和团队版的区别在于席位。', '套餐', ['基础版和团队版有什么区别？']],
    ['三个工作日后，款项到账。目前，只支持银行卡。可以提前，也可以推迟。此后，不再提醒。', '退款', []],
  ];
  for (const [text, title, expected] of cases)
    assert.deepEqual(contrastQuestions(sentencesOf(text), title), expected, text);
});

const PAGES = [
  {
    file: 'boots.md',
    text: '# Boots\n\n## Resoling\n\nResoling is a service of ours.\n\n## Gift cards\n\nUnlike vouchers, gift cards keep their worth. Before you order, check it.\n',
  },
  {
    file: 'tents.md',
    text: '# Tents\n\n## Gift cards\n\nNot for tents.\n\n## 租借\n\n租借是指按天借用。\n\n## Repairs\n\nIn May.\n',
  },
];
const QUESTIONS = {
  file: 'x.questions.jsonl',
  text: '{"question": "Do you mend tents?", "answers": ["tents.md#repairs"]}\n',
};

test('only untested snippets, in their order, three each at most; one asked for by name always', () => {
  const corpus = buildCorpus([...PAGES, QUESTIONS]);
  assert.deepEqual(
    suggestQuestions(corpus).map(({ file, line, rule, question }) => [`${file}:${line}`, rule, question]),
    [
      ['boots.md:3', 'heading', 'What are the rules for resoling?'],
      ['boots.md:3', 'definition', 'What is resoling?'],
      ['boots.md:7', 'heading', 'How do gift cards work (boots)?'],
      ['boots.md:7', 'contrast', 'What is the difference between gift cards and vouchers?'],
      ['boots.md:7', 'contrast', 'What should I do before I order?'],
      ['tents.md:3', 'heading', 'How do gift cards work (tents)?'],
      ['tents.md:7', 'heading', '关于租借，需要知道什么？'],
      ['tents.md:7', 'definition', '什么是租借？'],
    ],
  );
  assert.ok(suggestQuestions(corpus, { all: true }).some(({ snippetId }) => snippetId === 'tents.md#repairs'));
  const own = suggestQuestions(corpus, { snippetId: 'tents.md#repairs' });
  assert.deepEqual(
    own.map(({ question }) => question),
    ['How do repairs work?'],
  );
});

test('what is asked already, in a variant or a draft too, is not suggested again', () => {
  const known = {
    file: 'y.questions.jsonl',
    text:
      '{"question": "Mend boots?", "variants": ["what is resoling"], "answers": ["tents.md#repairs"]}\n' +
      '{"question": "什么是租借", "answers": ["tents.md#repairs"], "draft": true}\n' +
      '{"question": "Are tents given away?", "answers": ["tents.md#gift-cards"], "draft": true}\n',
  };
  const questions = suggestQuestions(buildCorpus([...PAGES, known])).map(({ question }) => question);
  assert.ok(!questions.some((each) => /什么是租借|What is resoling|tents/.test(each)), questions.join('\n'));
  assert.equal(questions.length, 5);
});
