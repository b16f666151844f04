// CSV (RFC 4180) -> cells with their places. Our own reader: a library tells records apart, but not where a cell stands,
// and one unclosed quote must not swallow the rest of the file. Tests compare it with csv-parse on well-formed files.
import type { Span, SyntaxProblem } from './located.ts';

/** A cell; its span leaves the quotes around it out. */
export interface CsvCell extends Span {
  value: string;
  /** As written between the quotes: quotes inside still doubled. */
  source: string;
  quoted: boolean;
}

export interface CsvRow extends Span {
  cells: CsvCell[];
}

/** Rows that are well-formed, and the places that are not; empty lines are neither. */
export interface CsvResult {
  rows: CsvRow[];
  problems: SyntaxProblem[];
}

const PLAIN_CELL = /[^,\r\n]*/y;
// Unrolled: with alternation instead, a long cell overflows the regular expression's stack.
const QUOTED_CELL = /"([^"]*(?:""[^"]*)*)"/y;
const LINE_END = /\r\n|\n|\r|$/y;

/** Reads comma-separated rows; LF, CRLF or CR between them, quoted cells over several lines. */
export function readCsv(text: string): CsvResult {
  const rows: CsvRow[] = [];
  const problems: SyntaxProblem[] = [];
  let at = 0;
  while (at < text.length) {
    const row = readRow(text, at);
    if ('message' in row) {
      problems.push(row);
      // The quotes of this row cannot be trusted, so the next row begins on the next line.
      at = row.end;
    } else {
      at = row.end;
      const [only] = row.cells;
      if (row.cells.length > 1 || only?.quoted || only?.value.trim() !== '') rows.push(row);
    }
    at += match(LINE_END, text, at)?.[0].length ?? 0;
  }
  return { rows, problems };
}

function readRow(text: string, start: number): CsvRow | SyntaxProblem {
  const cells: CsvCell[] = [];
  let at = start;
  for (;;) {
    const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at);
    if (!cell)
      return { message: 'The quote that opens here is never closed.', start: at, end: lineEnd(text, at, start) };
    cells.push(cell);
    at = cell.quoted ? cell.end + 1 : cell.end;
    if (match(LINE_END, text, at)) return { cells, start, end: at };
    if (text[at] !== ',') {
      const message = 'A comma or the end of the line is expected after the closing quote; more text came.';
      return { message, start: cell.start - 1, end: lineEnd(text, cell.start, start) };
    }
    at++;
  }
}

function plainCell(text: string, start: number): CsvCell {
  const value = match(PLAIN_CELL, text, start)?.[0] ?? '';
  return { value, source: value, quoted: false, start, end: start + value.length };
}

function quotedCell(text: string, start: number): CsvCell | undefined {
  const source = match(QUOTED_CELL, text, start)?.[1];
  if (source === undefined) return undefined;
  return {
    value: source.replaceAll('""', '"'),
    source,
    quoted: true,
    start: start + 1,
    end: start + 1 + source.length,
  };
}

/** The end of the line on which the bad cell begins. */
function lineEnd(text: string, from: number, rowStart: number): number {
  const length = /[\r\n]/.exec(text.slice(from))?.index;
  return length === undefined ? text.length : Math.max(rowStart, from + length);
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** A value as a cell: in quotes where it needs them. */
export function csvCell(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
