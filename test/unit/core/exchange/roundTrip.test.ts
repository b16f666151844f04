// Every format gives back what it can carry, whatever stands in it, and says what it cannot.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dataset, ExchangeFormat, Feature } from '../../../../src/core/exchange/dataset.ts';
import { FORMATS, type FormatName } from '../../../../src/core/exchange/index.ts';
import { reduced, withPlainIds } from '../../../../src/core/exchange/loss.ts';
import { randomDataset } from './random.ts';

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);
/** Marks that a format needs for itself inside ids. */
const FORBIDDEN: Partial<Record<FormatName, RegExp>> = { beir: /[\t\r\n]/g, trec: /\s/g };
const TARGETS: Record<FormatName, string[]> = {
  beir: ['set'],
  llamaindex: ['set.json'],
  flagembedding: ['set.jsonl'],
  uniem: ['set.jsonl'],
  autorag: ['set'],
  trec: ['set'],
  table: ['set.csv', 'set.xlsx'],
  list: ['set.questions.md'],
};

function roundTrip(format: ExchangeFormat, dataset: Dataset, target: string) {
  const { files, warnings } = format.write(dataset, target);
  const documents = files.map(({ file, text }) => ({ file: file === '' ? target : `${target}/${file}`, text }));
  const { findings, ...read } = format.read(documents);
  return { read, findings, warnings };
}

/** What is wanted of a round trip: order aside where a format has none. */
function comparable({ questions, passages }: Dataset) {
  const key = (value: unknown): string => JSON.stringify(value);
  return {
    questions: questions
      .map(({ answers, ...rest }) => ({ ...rest, answers: answers.map(key).sort() }))
      .sort((a, b) => (a.text < b.text ? -1 : 1)),
    passages: [...passages].sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

const WITH_IDS = (Object.keys(FORMATS) as FormatName[]).filter((name) => name !== 'flagembedding' && name !== 'uniem');
for (const name of WITH_IDS) {
  const format = FORMATS[name];
  for (const target of TARGETS[name]) {
    test(`${name} (${target}): what it carries comes back, for ${SEEDS.length} random sets`, () => {
      for (const seed of SEEDS) {
        const dataset = named(randomDataset(seed), name);
        const { read, findings } = roundTrip(format, dataset, target);
        assert.deepEqual(
          findings.filter(({ severity }) => severity !== 'information'),
          [],
          `seed ${seed}`,
        );
        const plain = withPlainIds(dataset, FORBIDDEN[name] ?? /(?!)/g, '').dataset;
        const wanted = reduced(plain, format.carries, '').dataset;
        if (name === 'table') wanted.passages = answering(wanted);
        if (name === 'beir') sided(wanted);
        if (name === 'table')
          for (const question of wanted.questions)
            question.variants = question.variants.map((each) => each.replace(/\s*\n+\s*/g, ' '));
        assert.deepEqual(comparable(read), comparable(wanted), `seed ${seed}`);
      }
    });
  }
}

/** Formats whose questions need ids make some; those are no loss. */
function named(dataset: Dataset, name: FormatName): Dataset {
  if (name === 'table' || name === 'list') return dataset;
  return {
    ...dataset,
    questions: dataset.questions.map((question, i) => ({ ...question, id: question.id ?? `made-${i}` })),
  };
}

function answering({ questions, passages }: Dataset): Dataset['passages'] {
  const used = new Set(questions.flatMap(({ answers }) => answers.flatMap((answer) => answer.passages)));
  return passages.filter(({ id }) => used.has(id));
}

/** BEIR has a side for every question or for none. */
function sided({ questions }: Dataset): void {
  if (questions.some(({ split }) => split)) for (const question of questions) question.split ??= 'test';
}

for (const name of ['flagembedding', 'uniem'] as const) {
  test(`${name}: questions and the texts of their answers come back, for ${SEEDS.length} random sets`, () => {
    for (const seed of SEEDS) {
      const dataset = randomDataset(seed);
      const { read, findings } = roundTrip(FORMATS[name], dataset, TARGETS[name][0]!);
      assert.deepEqual(findings, []);
      const texts = ({ questions, passages }: Dataset) => {
        const textOf = new Map(passages.map(({ id, title, text }) => [id, title === '' ? text : `${title}\n${text}`]));
        return questions
          .map(({ text, answers }) => [
            text,
            answers.flatMap((answer) => answer.passages.map((id) => textOf.get(id))).sort(),
          ])
          .sort();
      };
      assert.deepEqual(texts(read), texts(dataset), `seed ${seed}`);
    }
  });
}

test('nothing is lost without a warning, and no warning comes without a loss', () => {
  const full: Dataset = {
    questions: [
      {
        id: 'q',
        text: 'When?\nAnd how?',
        answers: [{ passages: ['a', 'b'], relevance: 2 }],
        variants: ['wann'],
        split: 'test',
        tags: ['money'],
      },
    ],
    passages: [
      { id: 'a', title: 'A', text: 'One.' },
      { id: 'b', title: 'B', text: 'Two.' },
    ],
  };
  const signs: [Feature, RegExp][] = [
    ['ids', /ids of questions/],
    ['variants', /variants/],
    ['tags', /tags/],
    ['split', /the split/],
    ['relevance', /grades/],
    ['alternatives', /alternatives/],
    ['passages', /texts of snippets/],
    ['breaks', /tabs and line breaks/],
  ];
  for (const [name, format] of Object.entries(FORMATS) as [FormatName, ExchangeFormat][]) {
    const warnings = format.write(full, TARGETS[name][0]!).warnings.join('\n');
    for (const [feature, sign] of signs) {
      if (format.carries.includes(feature)) assert.doesNotMatch(warnings, sign, name);
      else assert.match(warnings, sign, `${name} is silent about ${feature}`);
    }
  }
  const bare: Dataset = {
    questions: [{ text: 'When?', answers: [{ passages: ['a'] }], variants: [], tags: [] }],
    passages: [{ id: 'a', title: '', text: 'One.' }],
  };
  for (const name of ['beir', 'llamaindex', 'table'] as const)
    assert.deepEqual(FORMATS[name].write(bare, TARGETS[name][0]!).warnings, [], name);
});

test('ids that a format makes one are told', () => {
  const passages = ['a b', 'a%20b'].map((id) => ({ id, title: '', text: id }));
  const questions = [{ id: 'q', text: 'Which?', answers: [{ passages: ['a b'] }], variants: [], tags: [] }];
  const { warnings } = FORMATS.trec.write({ questions, passages }, 'set');
  assert.match(warnings.join('\n'), /1 are written otherwise.*\n.*cannot tell apart.*a%20b/);
});
