// Edits of `*.questions.csv`: one cell, or a new column when the header lacks it.
import { type CsvCell, type CsvRow, readCsv } from '../csv.ts';
import type { Split } from '../question.ts';
import {
  appendLines,
  type ListKey,
  type NewQuestion,
  type QuestionEditor,
  type TextChange,
  wholeLines,
} from './change.ts';

export class CsvEditor implements QuestionEditor {
  readonly #rows: CsvRow[];
  readonly #columns: string[];

  constructor(private readonly text: string) {
    this.#rows = readCsv(text).rows;
    this.#columns = this.#rows[0]?.cells.map((cell) => cell.value.trim().toLowerCase()) ?? [];
  }

  addTo(at: number, key: ListKey, value: string): TextChange[] | undefined {
    const row = this.#rowAt(at);
    const old = row?.cells[this.#columns.indexOf(key)]?.value.trim();
    return row && this.#setCell(row, key, old ? `${old}|${value}` : value);
  }

  setSplit(at: number, split: Split): TextChange[] | undefined {
    const row = this.#rowAt(at);
    return row && this.#setCell(row, 'split', split);
  }

  /** Variants and split go into their columns; a file without such a column has no place for them. */
  append({ text, answers, variants = [], split, draft = false }: NewQuestion): TextChange[] {
    const isNew = this.#columns.length === 0;
    const header = isNew ? ['question', 'answers'] : [...this.#columns];
    // Without its mark a draft would count.
    const lacksMark = draft && !header.includes('draft');
    if (lacksMark) header.push('draft');
    const values: Record<string, string | undefined> = {
      question: text,
      answers: answers.join('|'),
      variants: variants.join('|'),
      split,
      draft: draft ? 'true' : undefined,
    };
    const row = header.map((column) => csvCell(values[column] ?? '')).join(',');
    const added = appendLines(this.text, isNew ? `${header.join(',')}\n${row}` : row);
    const behind = this.#rows[0]?.end ?? 0;
    const mark = lacksMark && !isNew ? ',draft' : '';
    // A file of nothing but its header ends where the header does.
    if (mark && added[0]!.start <= behind) return added.map((each) => ({ ...each, text: mark + each.text }));
    return mark ? [{ start: behind, end: behind, text: mark }, ...added] : added;
  }

  remove(at: number): TextChange[] | undefined {
    const row = this.#rowAt(at);
    return row && [wholeLines(this.text, row.start, row.end)];
  }

  acceptDraft(at: number): TextChange[] | undefined {
    const row = this.#rowAt(at);
    const mark = row?.cells[this.#columns.indexOf('draft')]?.value.trim();
    return row && mark ? this.#setCell(row, 'draft', '') : undefined;
  }

  replace(start: number, end: number, value: string): TextChange[] {
    const cell = this.#rows.flatMap((row) => row.cells).find((each) => each.start <= start && end <= each.end);
    if (cell?.quoted) return [{ start, end, text: value.replaceAll('"', '""') }];
    if (!cell || csvCell(value) === value) return [{ start, end, text: value }];
    // The whole cell needs quotes now.
    const whole = this.text.slice(cell.start, start) + value + this.text.slice(end, cell.end);
    return [{ start: cell.start, end: cell.end, text: csvCell(whole) }];
  }

  #rowAt(at: number): CsvRow | undefined {
    const column = this.#columns.indexOf('question');
    return this.#rows.slice(1).find(({ cells }) => {
      const cell = cells[column];
      return cell !== undefined && cell.start <= at && at <= cell.end;
    });
  }

  #setCell(row: CsvRow, key: string, value: string): TextChange[] {
    const changes: TextChange[] = [];
    let column = this.#columns.indexOf(key);
    if (column < 0) {
      column = this.#columns.length;
      const { end } = this.#rows[0]!;
      changes.push({ start: end, end, text: `,${key}` });
    }
    const cell = row.cells[column];
    const text = csvCell(value);
    if (cell) changes.push({ ...outside(cell), text });
    // A row may be shorter than the header.
    else changes.push({ start: row.end, end: row.end, text: ','.repeat(column - row.cells.length + 1) + text });
    return changes;
  }
}

function outside({ start, end, quoted }: CsvCell): { start: number; end: number } {
  return quoted ? { start: start - 1, end: end + 1 } : { start, end };
}

/** A value as a cell: in quotes where it needs them. */
function csvCell(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
