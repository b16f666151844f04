// `questions:` in a Markdown file's front matter: texts, or the same objects as in a question file.
import type { SourceDocument } from '../document.ts';
import { LineIndex } from '../lines.ts';
import { describe, fieldOf, type Located } from '../located.ts';
import { readFrontMatter } from '../markdown/frontMatter.ts';
import { type ParsedQuestions, RowReader } from './draft.ts';

/**
 * Reads the questions in a Markdown file's front matter; without answers of their own, any snippet of the file answers.
 * Mistakes in the YAML itself are findings of `parseSnippets`, not of this.
 */
export function parseFrontMatterQuestions(document: SourceDocument): ParsedQuestions {
  const { file, text } = document;
  const value = text.startsWith('---') ? readFrontMatter(document).value : undefined;
  const field = value && fieldOf(value, 'questions');
  if (!field || (field.value.kind === 'scalar' && field.value.value === null)) return { drafts: [], findings: [] };
  const own = file.slice(file.lastIndexOf('/') + 1);
  const reader = new RowReader(file, new LineIndex(text), own);
  if (field.value.kind === 'list') {
    for (const item of field.value.items) reader.add(asRow(item));
  } else {
    const message = `"questions" is expected to be a list; ${describe(field.value)} came.`;
    reader.report('error', 'bad-question', field.value, message, 'Begin each question with "- " on a line of its own.');
  }
  return reader.result;
}

/** A bare text is the question of a row that has nothing else. */
function asRow(item: Located): Located {
  if (item.kind !== 'scalar') return item;
  const { start, end } = item;
  return { kind: 'map', fields: [{ key: 'question', keySpan: { start, end }, value: item }], start, end };
}
