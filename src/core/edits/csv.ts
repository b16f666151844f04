// Edits of `*.questions.csv`: one cell, or a new column when the header lacks it.
import { type CsvCell, type CsvRow, csvCell, readCsv } from '../csv.ts';
import type { Split } from '../question.ts';
import {
  answerColumns,
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

  /** The two share a name in the column of groups; a grade counts for both. */
  addAlternative(at: number, of: number, reference: string): TextChange[] | undefined {
    const row = this.#rowAt(at);
    const cellOf = (key: string): CsvCell | undefined => row?.cells[this.#columns.indexOf(key)];
    const answers = cellOf('answers');
    if (!row || !answers || of < answers.start || of > answers.end) return undefined;
    const entries = (key: string): string[] =>
      cellOf(key)
        ?.value.split('|')
        .map((each) => each.trim()) ?? [];
    const count = entries('answers').length;
    const place = this.text.slice(answers.start, of).split('|').length - 1;
    const padded = (values: string[]): string[] => Array.from({ length: count }, (_, i) => values[i] ?? '');
    const groups = padded(entries('groups'));
    groups[place] ||= newName(groups);
    const changes = [
      ...this.#setCell(row, 'answers', `${answers.value.trim()}|${reference}`),
      ...this.#setCell(row, 'groups', [...groups, groups[place]].join('|')),
    ];
    const relevance = padded(entries('relevance'));
    if (!relevance.some(Boolean)) return changes;
    return [...changes, ...this.#setCell(row, 'relevance', [...relevance, relevance[place]].join('|'))];
  }

  setSplit(at: number, split: Split): TextChange[] | undefined {
    const row = this.#rowAt(at);
    return row && this.#setCell(row, 'split', split);
  }

  /** What stands beside the answers and the mark of a draft get columns where they are needed; variants and split go into theirs, or have no place. */
  append({ text, answers, variants = [], split, draft = false }: NewQuestion): TextChange[] {
    const values: Record<string, string | undefined> = {
      question: text,
      answers: answers.map(({ reference }) => reference).join('|'),
      variants: variants.join('|'),
      split,
      ...answerColumns(answers),
      draft: draft ? 'true' : undefined,
    };
    const isNew = this.#columns.length === 0;
    const columns = isNew ? ['question', 'answers'] : this.#columns;
    const added = ['groups', 'relevance', 'draft'].filter((name) => values[name] && !columns.includes(name));
    const row = [...columns, ...added].map((column) => csvCell(values[column] ?? '')).join(',');
    if (isNew) return appendLines(this.text, `${[...columns, ...added].join(',')}\n${row}`);
    if (added.length === 0) return appendLines(this.text, row);
    const [line] = appendLines(this.text, row) as [TextChange];
    const column = this.#newColumns(added);
    // Two changes at one place would depend on who applies them.
    return this.#rows.length === 1 ? [{ ...line, start: column.start, text: column.text + line.text }] : [column, line];
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

  #newColumns(keys: readonly string[]): TextChange {
    const { end } = this.#rows[0]!;
    return { start: end, end, text: keys.map((key) => `,${key}`).join('') };
  }

  #setCell(row: CsvRow, key: string, value: string): TextChange[] {
    const changes: TextChange[] = [];
    let column = this.#columns.indexOf(key);
    if (column < 0) {
      column = this.#columns.length;
      changes.push(this.#newColumns([key]));
    }
    const cell = row.cells[column];
    const text = csvCell(value);
    if (cell) changes.push({ ...outside(cell), text });
    // A row may be shorter than the header.
    else changes.push({ start: row.end, end: row.end, text: ','.repeat(column - row.cells.length + 1) + text });
    return changes;
  }
}

/** The first letter that names no group yet. */
function newName(groups: readonly string[]): string {
  for (let code = 97; ; code++) if (!groups.includes(String.fromCharCode(code))) return String.fromCharCode(code);
}

function outside({ start, end, quoted }: CsvCell): { start: number; end: number } {
  return quoted ? { start: start - 1, end: end + 1 } : { start, end };
}
