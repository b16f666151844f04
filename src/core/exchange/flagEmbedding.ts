// FlagEmbedding's training data: one {"query", "pos", "neg"} a line, passages as texts (https://github.com/FlagOpen/FlagEmbedding).
import type { SourceDocument } from '../document.ts';
import { fieldOf } from '../located.ts';
import { Collector } from './collector.ts';
import type { Dataset, ExchangeFormat, Feature, ReadDataset, WrittenDataset } from './dataset.ts';
import { byText, reduced } from './loss.ts';
import { jsonLines, Source } from './source.ts';

const CARRIES: readonly Feature[] = ['passages', 'breaks'];
/** Keys that mean something to FlagEmbedding's trainers and nothing to a question set. */
const LEFT_OUT = ['pos_scores', 'neg_scores', 'prompt', 'type', 'instruction'];

export const flagEmbedding: ExchangeFormat = { carries: CARRIES, read, write };

function read(documents: readonly SourceDocument[]): ReadDataset {
  const collector = new Collector();
  for (const document of documents) {
    const source = new Source(document, collector.findings);
    for (const row of source.jsonLines()) {
      const text = source.text(row, 'query');
      if (text === undefined) continue;
      const positives = source.texts(row, 'pos');
      if (positives.length === 0) {
        source.expected(
          row,
          '"pos"',
          'a list with at least one text',
          fieldOf(row, 'pos') ? 'an empty one' : 'nothing',
        );
        continue;
      }
      const question = collector.question(text);
      for (const positive of positives) collector.answer(question, [collector.passageOf(positive)]);
      for (const negative of source.texts(row, 'neg')) collector.passageOf(negative);
      for (const key of LEFT_OUT) {
        const field = fieldOf(row, key);
        if (field)
          source.tell(
            field.keySpan,
            `"${key}" has no place in a question and is left out.`,
            'Nothing needs to be done.',
            'information',
          );
      }
    }
  }
  return collector.result();
}

/** Passages that answer nothing are written nowhere, since the format has no list of passages. */
function write(given: Dataset): WrittenDataset {
  const { dataset, warnings } = reduced(given, CARRIES, 'FlagEmbedding');
  const pairs = byText(dataset, 'FlagEmbedding');
  const text = jsonLines(pairs.rows.map(({ text: query, passages }) => ({ query, pos: passages, neg: [] })));
  return { files: [{ file: '', text }], warnings: [...warnings, ...pairs.warnings] };
}
