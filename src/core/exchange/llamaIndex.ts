// LlamaIndex's EmbeddingQAFinetuneDataset: one JSON object with queries, corpus and relevant_docs.
import type { SourceDocument } from '../document.ts';
import { Collector } from './collector.ts';
import type { Dataset, ExchangeFormat, Feature, ReadDataset, WrittenDataset } from './dataset.ts';
import { reduced, withNames } from './loss.ts';
import { Source, shown } from './source.ts';

const CARRIES: readonly Feature[] = ['ids', 'passages', 'breaks'];

export const llamaIndex: ExchangeFormat = { carries: CARRIES, read, write };

function read(documents: readonly SourceDocument[]): ReadDataset {
  const collector = new Collector();
  for (const document of documents) {
    const source = new Source(document, collector.findings);
    const whole = source.json();
    if (!whole) continue;
    for (const { key, value } of source.entries(whole, 'corpus')) {
      const text = source.textOf(value, `The corpus entry ${shown(key)}`);
      if (text !== undefined) collector.passage({ id: key, title: '', text }, source, value);
    }
    for (const { key, value } of source.entries(whole, 'queries')) {
      const text = source.textOf(value, `The query ${shown(key)}`);
      if (text !== undefined) collector.question(text, key);
    }
    for (const { key, keySpan, value } of source.entries(whole, 'relevant_docs')) {
      const question = collector.questionOf(key);
      if (!question) source.expected(keySpan, 'The query id in "relevant_docs"', 'one of "queries"', shown(key));
      else for (const id of source.textsOf(value, `the passages of ${shown(key)}`)) collector.answer(question, [id]);
    }
  }
  return collector.result();
}

function write(given: Dataset): WrittenDataset {
  const { dataset, warnings } = reduced(withNames(given), CARRIES, 'LlamaIndex');
  const { questions, passages } = dataset;
  const value = {
    queries: Object.fromEntries(questions.map(({ id, text }) => [id, text])),
    corpus: Object.fromEntries(passages.map(({ id, text }) => [id, text])),
    relevant_docs: Object.fromEntries(
      questions.map(({ id, answers }) => [id, answers.flatMap((each) => each.passages)]),
    ),
    mode: 'text',
  };
  return { files: [{ file: '', text: `${JSON.stringify(value, null, 1)}\n` }], warnings };
}
