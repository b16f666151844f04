// `*.questions.jsonl`: one JSON object a line.
import type { SourceDocument } from '../document.ts';
import { LineIndex } from '../lines.ts';
import type { Located, LocatedField } from '../located.ts';
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
    const row = readJson(line, text, start);
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
    return (line.trim() !== '' && readJson(line, text, start)) || [];
  });
}

function readJson(line: string, text: string, start: number): Located | undefined {
  try {
    JSON.parse(line);
    return locateJson(text, start);
  } catch {
    // A syntax error, or nesting deeper than the stack.
    return undefined;
  }
}

function advice(line: string): string {
  if (line === '[' || line === ']' || line.endsWith('},')) {
    return 'Write one object a line, without a list around them and without commas between them.';
  }
  return 'Write one complete object on each line, texts in double quotes, no comma before the closing bracket.';
}

/** Places of the value that begins at `start`, in a text already known to be JSON there. */
function locateJson(text: string, start: number): Located {
  let at = start;
  const skip = () => {
    while (' \t\r\n,:'.includes(text[at] as string)) at++;
  };
  const string = (): { value: string; start: number; end: number } => {
    const open = at++;
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    const close = at++;
    return { value: JSON.parse(text.slice(open, at)) as string, start: open + 1, end: close };
  };
  const value = (): Located => {
    const open = at;
    switch (text[at]) {
      case '"':
        return { kind: 'scalar', ...string() };
      case '[': {
        const items: Located[] = [];
        for (at++, skip(); text[at] !== ']'; skip()) items.push(value());
        return { kind: 'list', items, start: open, end: ++at };
      }
      case '{': {
        const fields: LocatedField[] = [];
        for (at++, skip(); text[at] !== '}'; skip()) {
          const { value: key, ...keySpan } = string();
          skip();
          fields.push({ key, keySpan, value: value() });
        }
        return { kind: 'map', fields, start: open, end: ++at };
      }
      default: {
        while (at < text.length && /[^\s,\]}]/.test(text[at] as string)) at++;
        return { kind: 'scalar', value: JSON.parse(text.slice(open, at)), start: open, end: at };
      }
    }
  };
  return value();
}
