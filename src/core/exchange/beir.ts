// BEIR: corpus.jsonl, queries.jsonl and qrels/*.tsv (Thakur et al., NeurIPS 2021, https://github.com/beir-cellar/beir).
import type { SourceDocument } from '../document.ts';
import { fieldOf } from '../located.ts';
import type { Split } from '../question.ts';
import { Collector, readGrade } from './collector.ts';
import type { Dataset, ExchangeFormat, Feature, ReadDataset, WrittenDataset } from './dataset.ts';
import { reduced, withNames, withPlainIds } from './loss.ts';
import { jsonLines, Source, shown } from './source.ts';

/** Variants and tags go into `metadata`, which BEIR leaves to each data set. */
const CARRIES: readonly Feature[] = ['ids', 'variants', 'tags', 'split', 'relevance', 'passages', 'titles', 'breaks'];
const HEADER = 'query-id\tcorpus-id\tscore';

export const beir: ExchangeFormat = {
  folder: 'corpus.jsonl, queries.jsonl and qrels/*.tsv',
  carries: CARRIES,
  read,
  write,
};

function read(documents: readonly SourceDocument[]): ReadDataset {
  const collector = new Collector();
  const named = (pattern: RegExp) => documents.filter(({ file }) => pattern.test(file));
  for (const document of named(/(^|\/)corpus\.jsonl$/)) {
    const source = new Source(document, collector.findings);
    for (const row of source.jsonLines()) {
      const id = source.text(row, '_id');
      const text = id === undefined ? undefined : source.text(row, 'text');
      if (id !== undefined && text !== undefined)
        collector.passage({ id, title: source.text(row, 'title', true) ?? '', text }, source, row);
    }
  }
  for (const document of named(/(^|\/)queries\.jsonl$/))
    readQueries(new Source(document, collector.findings), collector);
  const judgements = named(/(^|\/)qrels\/[^/]+\.tsv$/);
  for (const document of judgements) {
    const name = /([^/]+)\.tsv$/.exec(document.file)?.[1];
    // With one file of judgements there is no split to speak of.
    const split = judgements.length < 2 ? undefined : name === 'test' ? 'test' : 'train';
    readQrels(new Source(document, collector.findings), collector, split);
  }
  return collector.result();
}

function readQueries(source: Source, collector: Collector): void {
  for (const row of source.jsonLines()) {
    const id = source.text(row, '_id');
    const text = id === undefined ? undefined : source.text(row, 'text');
    if (id === undefined || text === undefined) continue;
    const question = collector.question(text, id);
    const metadata = fieldOf(row, 'metadata')?.value;
    if (metadata?.kind !== 'map') continue;
    question.variants.push(...source.texts(metadata, 'variants'));
    question.tags.push(...source.texts(metadata, 'tags'));
  }
}

function readQrels(source: Source, collector: Collector, split: Split | undefined): void {
  source.tabRows().forEach((row, line) => {
    const [query, passage, score] = row.cells.map((cell) => cell.trim());
    if (line === 0 && query === 'query-id') return;
    if (row.cells.length !== 3 || !query || !passage) {
      source.expected(
        row,
        'A line',
        'query id, passage id and score with tabs between them',
        shown(row.cells.join('\t')),
      );
      return;
    }
    const question = collector.questionOf(query);
    if (!question) {
      source.expected(row, 'The query id', 'one of queries.jsonl', shown(query));
      return;
    }
    const grade = readGrade(score, source, row);
    if (grade === undefined || grade === 'not relevant') return;
    collector.answer(question, [passage], grade);
    if (split) question.split = split;
  });
}

function write(given: Dataset): WrittenDataset {
  const named = withNames(given);
  const plain = withPlainIds(named, /[\t\r\n]/g, 'BEIR');
  const { dataset, warnings } = reduced(plain.dataset, CARRIES, 'BEIR');
  const { questions, passages } = dataset;
  const files: SourceDocument[] = [
    {
      file: 'corpus.jsonl',
      text: jsonLines(passages.map(({ id, title, text }) => ({ _id: id, title, text, metadata: {} }))),
    },
    {
      file: 'queries.jsonl',
      text: jsonLines(
        questions.map(({ id, text, variants, tags }) => ({
          _id: id,
          text,
          metadata: { ...(variants.length > 0 && { variants }), ...(tags.length > 0 && { tags }) },
        })),
      ),
    },
  ];
  const sides: Split[] = questions.some(({ split }) => split) ? ['train', 'test'] : ['test'];
  for (const side of sides) {
    const rows = questions
      .filter(({ split = 'test' }) => split === side)
      .flatMap(({ id, answers }) =>
        answers.map(({ passages: [passage], relevance = 1 }) => `${id}\t${passage}\t${relevance}\n`),
      );
    files.push({ file: `qrels/${side}.tsv`, text: `${HEADER}\n${rows.join('')}` });
  }
  const unsplit = questions.filter(({ split }) => split === undefined).length;
  if (sides.length > 1 && unsplit > 0)
    warnings.push(`BEIR puts every question on a side: ${unsplit} without a split stand in qrels/test.tsv.`);
  return { files, warnings: [...plain.warnings, ...warnings] };
}
