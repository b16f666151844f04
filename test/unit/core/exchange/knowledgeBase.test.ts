// A knowledge base out and in again: Markdown that reads as the passage's text, passages known by id or text, nothing lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildCorpus } from '../../../../src/core/corpus.ts';
import type { Dataset } from '../../../../src/core/exchange/dataset.ts';
import { FORMATS } from '../../../../src/core/exchange/index.ts';
import { datasetOf, importDataset } from '../../../../src/core/exchange/knowledgeBase.ts';
import { blanksAside, markdownOf } from '../../../../src/core/markdown/write.ts';
import { answerGroups } from '../../../../src/core/question.ts';
import { parseSnippets } from '../../../../src/core/snippets.ts';
import { randomDataset } from './random.ts';

test('a passage as Markdown is one snippet with its very title and text', () => {
  const hard = [
    '# Not a heading\n\n## Nor this',
    'Setext\n===\n\nand\n---',
    '```\ncode\n```',
    '| a | b |\n| - | - |\n| 1 | 2 |',
    '1. first\n2. second',
    '    indented',
    '<details>\n<summary>x</summary>\n</details>',
    '[a]: http://example.org\n\n[a]',
    'Line with two blanks  \nat its end',
    '* * *',
    '---\nid: x\n---',
    'see https://example.org/a_b_c?x=1&y=2 or mail@example.org',
    '- [ ] to do\n- [x] done',
    'a[^1]\n\n[^1]: note',
    '\\# escaped',
    '&lt;b&gt; &copy;',
    '退款：**5天**内，#标签',
  ];
  const passages = [
    ...hard.map((text, i) => ({ id: `hard-${i}`, title: i % 2 ? 'Refunds & *more*' : '', text })),
    ...Array.from({ length: 60 }, (_, seed) => randomDataset(seed).passages).flat(),
  ];
  for (const { title, text } of passages) {
    const { snippets } = parseSnippets({ file: 'a.md', text: `---\nid: a\n---\n\n${markdownOf(title, text)}\n` });
    assert.equal(snippets.length, 1, markdownOf(title, text));
    assert.equal(blanksAside(snippets[0]!.body), blanksAside(text), markdownOf(title, text));
    assert.deepEqual(snippets[0]!.headingPath.map(blanksAside), title === '' ? [] : [blanksAside(title)]);
  }
});

test('text that Markdown leaves alone stays as it is', () => {
  const text = 'Money is refunded within 5 days (cards only).\nAsk us.\n\n退款在五天内到账，见 #发票。';
  assert.equal(markdownOf('退款 – refunds', text), `# 退款 – refunds\n\n${text}`);
});

test('a random set becomes a knowledge base that says the same', () => {
  for (let seed = 0; seed < 60; seed++) {
    const dataset = randomDataset(seed);
    const imported = importDataset(dataset, 'kb/set.questions.jsonl', 'kb/set-snippets');
    const corpus = buildCorpus([...imported.snippets, { file: 'kb/set.questions.jsonl', text: imported.questions }]);
    assert.deepEqual(corpus.findings, [], `seed ${seed}`);
    assert.deepEqual(imported.warnings, []);
    assert.deepEqual(
      corpus.questions.map(({ text, variants, split, tags }) => ({ text, variants, split, tags })),
      dataset.questions.map(({ text, variants, split, tags }) => ({ text, variants, split, tags })),
    );
    const again = datasetOf(corpus).dataset;
    const ids = new Map(dataset.passages.map(({ id }) => [id, id]));
    assert.deepEqual(again.passages.map(({ id }) => id).sort(), [...ids.keys()].sort());
    for (const [i, question] of again.questions.entries()) {
      assert.deepEqual(question.answers, dataset.questions[i]!.answers, `seed ${seed}`);
      if (dataset.questions[i]!.id !== undefined) assert.equal(question.id, dataset.questions[i]!.id);
    }
  }
});

const KB = [
  {
    file: 'support/refunds.md',
    text: '# Refunds\n\n## Card payments\n\nMoney comes back within **five** days.\n\n## Gift cards\n\nNever in cash.\n',
  },
  { file: '发票.md', text: '# 发票\n\n在订单页申请。\n' },
  {
    file: 'support/a.questions.jsonl',
    text: '{"question": "When do I get my money?", "answers": [{"any": ["refunds.md#card-payments", "refunds.md#gift-cards"], "relevance": 2}, "/发票.md"], "id": "money", "tags": ["t"]}\n{"question": "Lost?", "answers": ["gone.md"]}\n',
  },
];

test('passages are known to a knowledge base by id or by text, and written as Markdown where they are not', () => {
  const kb = buildCorpus(KB);
  const dataset: Dataset = {
    questions: [
      {
        text: 'Wann?',
        answers: [
          { passages: ['n1'] },
          { passages: ['support/refunds.md#gift-cards', '发票.md'] },
          { passages: ['new'] },
          { passages: ['nowhere'] },
        ],
        variants: [],
        tags: [],
      },
    ],
    passages: [
      { id: 'n1', title: '', text: 'Refunds > Card payments Money  comes back within five days.' },
      { id: 'new', title: 'Returns', text: 'Send it back.' },
    ],
  };
  const { questions, snippets, matched, warnings } = importDataset(
    dataset,
    'support/new.questions.jsonl',
    'support/new-snippets',
    kb,
  );
  assert.equal(matched, 1);
  assert.deepEqual(
    snippets.map(({ file }) => file),
    ['support/new-snippets/new.md'],
  );
  assert.match(warnings.join('\n'), /1 answers have no snippet of the knowledge base, for example "nowhere"/);
  assert.match(warnings.join('\n'), /1 passages are the text of no snippet/);
  const corpus = buildCorpus([...KB, ...snippets, { file: 'support/new.questions.jsonl', text: questions }]);
  const found = corpus.questions.find(({ text }) => text === 'Wann?')!;
  assert.deepEqual(
    answerGroups(found.answers).map((group) => group.answers.flatMap(({ snippetIds }) => snippetIds)),
    [['support/refunds.md#card-payments'], ['support/refunds.md#gift-cards', '发票.md#发票'], ['new']],
  );
});

test('what is exported is found again by id and by text, in every format with passages', () => {
  const kb = buildCorpus(KB);
  const { dataset, warnings } = datasetOf(kb);
  assert.deepEqual(warnings, ['1 questions are not written: none of their answers exists (see the findings).']);
  assert.deepEqual(dataset.questions[0]?.answers, [
    { passages: ['support/refunds.md#card-payments', 'support/refunds.md#gift-cards'], relevance: 2 },
    { passages: ['发票.md#发票'] },
  ]);
  for (const name of ['beir', 'llamaindex', 'flagembedding', 'uniem', 'autorag', 'table'] as const) {
    const target = name === 'table' ? 'x.csv' : 'x';
    const files = FORMATS[name].write(dataset, target).files.map(({ file, text }) => ({ file: file || target, text }));
    const read = FORMATS[name].read(files);
    const imported = importDataset(read, 'new.questions.jsonl', 'new', kb);
    assert.deepEqual([imported.snippets, imported.warnings], [[], []], name);
    const again = buildCorpus([...KB.slice(0, 2), { file: 'new.questions.jsonl', text: imported.questions }]);
    assert.deepEqual(again.findings, [], name);
    assert.deepEqual(
      again.questions[0]?.answers.flatMap(({ snippetIds }) => snippetIds).sort(),
      ['support/refunds.md#card-payments', 'support/refunds.md#gift-cards', '发票.md#发票'],
      name,
    );
  }
});

test('of snippets that say the same each keeps its questions', () => {
  const pages = ['a.md', 'b.md'].map((file) => ({ file, text: '# Fees\n\nSee the price list.\n' }));
  const question = { file: 'q.questions.jsonl', text: '{"question": "Fees?", "answers": ["b.md"]}\n' };
  const kb = buildCorpus([...pages, question]);
  const files = FORMATS.beir.write(datasetOf(kb).dataset, 'x').files;
  const { questions } = importDataset(FORMATS.beir.read(files), 'new.questions.jsonl', 'new', kb);
  assert.equal(JSON.parse(questions).answers[0], 'b.md#fees');
});
