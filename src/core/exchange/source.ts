// A file of another tool while it is read: rows with their places, and findings that say what was expected and what came.
import { readCsv } from '../csv.ts';
import type { SourceDocument } from '../document.ts';
import type { Finding, Severity } from '../finding.ts';
import { readJsonAt } from '../json.ts';
import { LineIndex } from '../lines.ts';
import { describe, fieldOf, type Located, type LocatedField, type LocatedScalar, type Span } from '../located.ts';

/** Cells of a row with its place. */
export interface TextRow extends Span {
  cells: string[];
}

export class Source {
  #lines: LineIndex | undefined;

  constructor(
    readonly document: SourceDocument,
    /** Where findings are put. */
    readonly findings: Finding[],
  ) {}

  /** Adds a finding at a stretch of the file. */
  tell(span: Span, message: string, suggestion: string, severity: Severity = 'error'): void {
    this.#lines ??= new LineIndex(this.document.text);
    const range = this.#lines.range(span.start, span.end);
    this.findings.push({ code: 'bad-exchange', severity, message, suggestion, file: this.document.file, range });
  }

  /** "X is expected to be Y; Z came." */
  expected(span: Span, what: string, wanted: string, came: string): void {
    this.tell(
      span,
      `${what} is expected to be ${wanted}; ${came} came.`,
      'Correct this line; the others are read without it.',
    );
  }

  /** The objects or lists of a JSON Lines file; lines that are no JSON are told. */
  jsonLines(): Located[] {
    const { text } = this.document;
    return [...text.matchAll(/[^\r\n]+/g)].flatMap((match) => {
      const line = match[0].trim();
      if (line === '') return [];
      const start = match.index + match[0].indexOf(line);
      const value = readJsonAt(line, text, start);
      if (!value) this.expected({ start, end: start + line.length }, 'A line', 'one JSON value', shown(line));
      return value ?? [];
    });
  }

  /** The one JSON value of the file; undefined, and told, where it is none. */
  json(): Located | undefined {
    const { text } = this.document;
    const start = text.search(/\S/);
    const value = start < 0 ? undefined : readJsonAt(text, text, start);
    if (!value)
      this.expected({ start: 0, end: 0 }, 'The file', 'one JSON value', start < 0 ? 'nothing' : syntaxOf(text));
    return value;
  }

  /** Lines with tabs between the cells, empty lines left out. */
  tabRows(): TextRow[] {
    return [...this.document.text.matchAll(/[^\r\n]+/g)]
      .filter(([line]) => line.trim() !== '')
      .map(({ 0: line, index }) => ({ cells: line.split('\t'), start: index, end: index + line.length }));
  }

  /** Rows of a CSV file; of an `.xlsx` file, which comes as one JSON list of texts a line (`cli/spreadsheet.ts`). */
  tableRows(): TextRow[] {
    if (/\.xlsx$/i.test(this.document.file)) {
      return this.jsonLines().flatMap((row) =>
        row.kind === 'list' && row.items.length > 0
          ? {
              cells: row.items.map((item) => (item.kind === 'scalar' ? String(item.value ?? '') : '')),
              start: row.start,
              end: row.end,
            }
          : [],
      );
    }
    const { rows, problems } = readCsv(this.document.text);
    for (const problem of problems) this.tell(problem, problem.message, 'Write each quote inside a cell twice.');
    return rows.map(({ cells, start, end }) => ({ cells: cells.map(({ value }) => value), start, end }));
  }

  /** A text field, trimmed; numbers count as texts. Undefined, and told unless `optional`, where it is none. */
  text(row: Located, key: string, optional = false): string | undefined {
    const value = fieldOf(row, key)?.value;
    const isMissing = !value || (value.kind === 'scalar' && value.value === null);
    if (isMissing && optional) return undefined;
    const text = value && scalarText(value);
    if (text !== undefined && (text !== '' || optional)) return text;
    const came = isMissing ? 'nothing' : text === '' ? 'an empty text' : describe(value);
    this.expected(value ?? row, `"${key}"`, 'a text', row.kind === 'map' ? came : describe(row));
    return undefined;
  }

  /** The texts of a list field, trimmed; a single text counts as a list of one. Entries of another kind are told and left out. */
  texts(row: Located, key: string): string[] {
    const value = fieldOf(row, key)?.value;
    if (!value || (value.kind === 'scalar' && value.value === null)) return [];
    return this.textsOf(value, `"${key}"`);
  }

  /** The texts of a list, or the one text. */
  textsOf(value: Located, what: string): string[] {
    const items = value.kind === 'list' ? value.items : [value];
    return items.flatMap((item) => this.textOf(item, `Each entry of ${what}`) || []);
  }

  /** A text, trimmed; undefined, and told, where the value is none. */
  textOf(value: Located, what: string): string | undefined {
    const text = scalarText(value);
    if (text === undefined) this.expected(value, what, 'a text', describe(value));
    return text;
  }

  /** A field that holds an object, as its fields. */
  entries(row: Located, key: string): LocatedField[] {
    const value = fieldOf(row, key)?.value;
    if (value?.kind === 'map') return value.fields;
    this.expected(value ?? row, `"${key}"`, 'an object', value ? describe(value) : 'nothing');
    return [];
  }
}

function scalarText(value: Located): string | undefined {
  if (value.kind !== 'scalar' || value.value === null || typeof value.value === 'boolean') return undefined;
  return String((value as LocatedScalar).value)
    .replace(/\r\n?/g, '\n')
    .trim();
}

/** Values as JSON Lines. */
export function jsonLines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** The beginning of what came, in quotes. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

function syntaxOf(text: string): string {
  try {
    JSON.parse(text);
    return shown(text);
  } catch (error) {
    return `text that is not JSON (${error instanceof Error ? error.message.slice(0, 80) : 'unreadable'})`;
  }
}
