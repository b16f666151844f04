// TREC: qrels.txt (query 0 passage relevance) and topics.tsv (query, tab, text), as trec_eval and MS MARCO have them.
import type { SourceDocument } from '../document.ts';
import { Collector, readGrade } from './collector.ts';
import type { Dataset, ExchangeFormat, Feature, ReadDataset, WrittenDataset } from './dataset.ts';
import { reduced, withNames, withPlainIds } from './loss.ts';
import { Source, shown } from './source.ts';

const CARRIES: readonly Feature[] = ['ids', 'relevance'];

export const trec: ExchangeFormat = {
  folder: 'topics.tsv (or queries.tsv) and qrels.txt',
  carries: CARRIES,
  read,
  write,
};

function read(documents: readonly SourceDocument[]): ReadDataset {
  const collector = new Collector();
  for (const document of documents.filter(({ file }) => /(topics|queries)[^/]*\.(tsv|txt)$/i.test(file))) {
    const source = new Source(document, collector.findings);
    for (const row of source.tabRows()) {
      const [id = '', ...text] = row.cells;
      if (id.trim() === '' || text.join(' ').trim() === '')
        source.expected(row, 'A line', 'a query id, a tab and the text of the query', shown(row.cells.join('\t')));
      else collector.question(text.join(' ').trim(), id.trim());
    }
  }
  for (const document of documents.filter(({ file }) => /qrels[^/]*$/i.test(file))) {
    const source = new Source(document, collector.findings);
    for (const row of source.tabRows()) {
      const line = row.cells.join(' ').trim();
      const [query, , passage, grade, ...more] = line.split(/\s+/);
      if (!query || !passage || grade === undefined || more.length > 0) {
        source.expected(row, 'A line', 'query id, 0, passage id and relevance with blanks between them', shown(line));
        continue;
      }
      const question = collector.questionOf(query);
      if (!question) source.expected(row, 'The query id', 'one of the topics', shown(query));
      else {
        const relevance = readGrade(grade, source, row);
        if (relevance !== undefined && relevance !== 'not relevant') collector.answer(question, [passage], relevance);
      }
    }
  }
  return collector.result();
}

function write(given: Dataset): WrittenDataset {
  const plain = withPlainIds(withNames(given), /\s/g, 'TREC');
  const { dataset, warnings } = reduced(plain.dataset, CARRIES, 'TREC');
  const topics = dataset.questions.map(({ id, text }) => `${id}\t${text}\n`);
  const qrels = dataset.questions.flatMap(({ id, answers }) =>
    answers.map(({ passages: [passage], relevance = 1 }) => `${id} 0 ${passage} ${relevance}\n`),
  );
  return {
    files: [
      { file: 'topics.tsv', text: topics.join('') },
      { file: 'qrels.txt', text: qrels.join('') },
    ],
    warnings: [...plain.warnings, ...warnings],
  };
}
