// uniem's pairs, triplets and scored pairs, one a line, passages as texts (https://github.com/wangyuxinwhy/uniem).
import type { SourceDocument } from '../document.ts';
import { fieldOf } from '../located.ts';
import { Collector } from './collector.ts';
import type { Dataset, ExchangeFormat, Feature, ReadDataset, WrittenDataset } from './dataset.ts';
import { byText, reduced } from './loss.ts';
import { jsonLines, Source, shown } from './source.ts';

const CARRIES: readonly Feature[] = ['passages', 'breaks'];

export const uniem: ExchangeFormat = { carries: CARRIES, read, write };

function read(documents: readonly SourceDocument[]): ReadDataset {
  const collector = new Collector();
  for (const document of documents) {
    const source = new Source(document, collector.findings);
    for (const row of source.jsonLines()) {
      const scored = fieldOf(row, 'sentence1') !== undefined;
      const text = source.text(row, scored ? 'sentence1' : 'text');
      const answer = text === undefined ? undefined : source.text(row, scored ? 'sentence2' : 'text_pos');
      if (text === undefined || answer === undefined) continue;
      const label = scored ? source.text(row, 'label') : '1';
      if (label === undefined) continue;
      if (!Number.isFinite(Number(label))) {
        source.expected(row, '"label"', 'a number', shown(label));
        continue;
      }
      const id = collector.passageOf(answer);
      // A pair that does not belong together still is a passage.
      if (Number(label) > 0) collector.answer(collector.question(text), [id]);
      const negative = source.text(row, 'text_neg', true);
      if (negative) collector.passageOf(negative);
    }
  }
  return collector.result();
}

/** One line for each question and answer. Passages that answer nothing are written nowhere. */
function write(given: Dataset): WrittenDataset {
  const { dataset, warnings } = reduced(given, CARRIES, 'uniem');
  const pairs = byText(dataset, 'uniem');
  const rows = pairs.rows.flatMap(({ text, passages }) => passages.map((passage) => ({ text, text_pos: passage })));
  return { files: [{ file: '', text: jsonLines(rows) }], warnings: [...warnings, ...pairs.warnings] };
}
