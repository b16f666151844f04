// `*.questions.jsonl`: one JSON object a line.
import type { SourceDocument } from '../document.ts';
import { readJsonAt } from '../json.ts';
import { LineIndex } from '../lines.ts';
import type { Located } from '../located.ts';
import { type ParsedQuestions, RowReader } from './draft.ts';

/** Reads the questions of a JSON Lines file; empty lines are skipped. */
export function parseJsonl(document: SourceDocument): ParsedQuestions {
  const { file, text } = document;
  const reader = new RowReader(file, new LineIndex(text));
  for (const match of text.matchAll(/[^\r\n]+/g)) {
    const line = match[0].trimEnd();
    const start = match.index + (line.length - line.trimStart().length);
    if (line.trim() === '') continue;
    const span = { start, end: match.index + line.length };
    const row = readJsonAt(line, text, start);
    if (row) reader.add(row);
    else reader.report('error', 'bad-json', span, 'This line is not valid JSON.', advice(line.trim()));
  }
  return reader.result;
}

/** The objects of the file with their places; lines that are not JSON are left out. */
export function jsonlRows(text: string): Located[] {
  return [...text.matchAll(/[^\r\n]+/g)].flatMap((match) => {
    const line = match[0].trimEnd();
    const start = match.index + (line.length - line.trimStart().length);
    return (line.trim() !== '' && readJsonAt(line, text, start)) || [];
  });
}

function advice(line: string): string {
  if (line === '[' || line === ']' || line.endsWith('},')) {
    return 'Write one object a line, without a list around them and without commas between them.';
  }
  return 'Write one complete object on each line, texts in double quotes, no comma before the closing bracket.';
}
