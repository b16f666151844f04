// `*.questions.csv`: a header line, then one question a row; lists separated by `|`.
import { type CsvCell, type CsvRow, readCsv } from '../csv.ts';
import type { SourceDocument } from '../document.ts';
import { LineIndex } from '../lines.ts';
import type { Located, LocatedField, LocatedScalar } from '../located.ts';
import { type ParsedQuestions, RowReader, TABLE_KEYS } from './draft.ts';

const LISTS = new Set(['answers', 'variants', 'tags', ...TABLE_KEYS]);
/** Empty entries of these keep their places. */
const PARALLEL: ReadonlySet<string> = new Set(TABLE_KEYS);

/** Reads the questions of a CSV file; empty cells count as absent, empty lines are skipped. */
export function parseCsv(document: SourceDocument): ParsedQuestions {
  const { file, text } = document;
  const reader = new RowReader(file, new LineIndex(text), undefined, true);
  const { rows, problems } = readCsv(text);
  for (const problem of problems) {
    const suggestion = 'Put a cell with quotes or commas in quotes, and write each quote inside it twice.';
    reader.report('error', 'bad-csv', problem, problem.message, suggestion);
  }
  const header = rows[0];
  if (!header) return reader.result;
  const columns = header.cells.map((cell) => cell.value.trim().toLowerCase());
  const missing = ['question', 'answers'].filter((name) => !columns.includes(name));
  if (missing.length > 0) {
    const message = `The first line is expected to name the columns; ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing.`;
    const suggestion = 'Begin the file with the line: question,answers,variants,split,id,tags (commas between them).';
    reader.report('error', 'bad-header', header, message, suggestion);
    return reader.result;
  }
  header.cells.forEach((cell, index) => {
    if (columns[index] !== '') reader.unknownKey(columns[index] as string, cell);
  });
  for (const row of rows.slice(1)) addRow(row, columns, reader);
  return reader.result;
}

function addRow(row: CsvRow, columns: string[], reader: RowReader): void {
  const extra = row.cells.slice(columns.length).find((cell) => cell.value.trim() !== '');
  if (extra) {
    const message = `The row is expected to have ${columns.length} cells; it has ${row.cells.length}.`;
    reader.report('error', 'bad-csv', row, message, 'Put a text that contains commas in double quotes.');
    return;
  }
  const fields: LocatedField[] = [];
  columns.forEach((key, index) => {
    const cell = row.cells[index];
    // The question stays even if empty, so that the finding can point at it; unknown columns were told at the header.
    const wanted = key === 'question' || (isKnown(key) && cell !== undefined && cell.value.trim() !== '');
    if (cell && wanted)
      fields.push({ key, keySpan: cell, value: LISTS.has(key) ? listOf(cell, PARALLEL.has(key)) : scalarOf(cell) });
  });
  reader.add({ kind: 'map', fields, start: row.start, end: row.end });
}

function isKnown(key: string): boolean {
  return LISTS.has(key) || key === 'split' || key === 'id';
}

function scalarOf(cell: CsvCell): LocatedScalar {
  // Nobody can see a blank around a word in a table, and it means nothing.
  return { kind: 'scalar', value: cell.value.trim(), start: cell.start, end: cell.end };
}

function listOf(cell: CsvCell, keepsEmpty: boolean): Located {
  const items: Located[] = [];
  let start = cell.start;
  for (const raw of cell.source.split('|')) {
    const value = cell.quoted ? raw.replaceAll('""', '"') : raw;
    if (keepsEmpty || value.trim() !== '') items.push({ kind: 'scalar', value, start, end: start + raw.length });
    start += raw.length + 1;
  }
  return { kind: 'list', items, start: cell.start, end: cell.end };
}
