// Edits of `*.questions.jsonl`: inside the object on its line, everything else left as the author wrote it.
import { fieldOf, type Located, type LocatedMap } from '../located.ts';
import type { Split } from '../question.ts';
import { jsonlRows } from '../questions/jsonl.ts';
import { alternativeChanges } from './alternative.ts';
import {
  answerEntries,
  appendLines,
  type ListKey,
  type NewQuestion,
  type QuestionEditor,
  type TextChange,
  wholeLines,
} from './change.ts';

export class JsonlEditor implements QuestionEditor {
  constructor(private readonly text: string) {}

  addTo(at: number, key: ListKey, value: string): TextChange[] | undefined {
    const row = this.#rowAt(at);
    const list = row && fieldOf(row, key)?.value;
    if (!row) return undefined;
    if (!list) return this.#addField(row, key, `[${JSON.stringify(value)}]`);
    if (list.kind !== 'list') return undefined;
    const last = list.items.at(-1);
    const text = JSON.stringify(value);
    if (!last) return [{ start: list.start, end: list.end, text: `[${text}]` }];
    const end = outerEnd(last);
    return [{ start: end, end, text: `, ${text}` }];
  }

  addAlternative(at: number, of: number, reference: string): TextChange[] | undefined {
    const row = this.#rowAt(at);
    return alternativeChanges(this.text, row && fieldOf(row, 'answers')?.value, of, reference, {
      outer: (value) => ({ start: isText(value) ? value.start - 1 : value.start, end: outerEnd(value) }),
      kept: ({ value }) => JSON.stringify(value),
      text: (value) => JSON.stringify(value),
      any: '"any"',
    });
  }

  setSplit(at: number, split: Split): TextChange[] | undefined {
    const row = this.#rowAt(at);
    if (!row) return undefined;
    const value = fieldOf(row, 'split')?.value;
    if (!value) return this.#addField(row, 'split', JSON.stringify(split));
    const quoted = isText(value);
    return [{ start: value.start, end: value.end, text: quoted ? split : JSON.stringify(split) }];
  }

  append(question: NewQuestion): TextChange[] {
    return appendLines(this.text, jsonlRow(question));
  }

  remove(at: number): TextChange[] | undefined {
    const row = this.#rowAt(at);
    return row && [wholeLines(this.text, row.start, row.end)];
  }

  acceptDraft(at: number): TextChange[] | undefined {
    const row = this.#rowAt(at);
    const index = row?.fields.findIndex(({ key }) => key === 'draft') ?? -1;
    const field = row?.fields[index];
    if (!row || !field) return undefined;
    const [before, after] = [row.fields[index - 1], row.fields[index + 1]];
    if (before) return [{ start: outerEnd(before.value), end: outerEnd(field.value), text: '' }];
    // Its key begins behind the quote.
    return after ? [{ start: field.keySpan.start - 1, end: after.keySpan.start - 1, text: '' }] : undefined;
  }

  replace(start: number, end: number, value: string): TextChange[] {
    return [{ start, end, text: JSON.stringify(value).slice(1, -1) }];
  }

  /** The row whose question's text is at an offset. */
  #rowAt(at: number): LocatedMap | undefined {
    return jsonlRows(this.text).find((row): row is LocatedMap => {
      const question = fieldOf(row, 'question')?.value;
      return question !== undefined && question.start <= at && at <= question.end;
    });
  }

  #addField(row: LocatedMap, key: string, value: string): TextChange[] {
    const last = row.fields.at(-1);
    const start = last ? outerEnd(last.value) : row.start + 1;
    return [{ start, end: start, text: `${last ? ', ' : ''}"${key}": ${value}` }];
  }
}

/** A question as a line, with the blanks of a hand-written one. */
export function jsonlRow(question: NewQuestion & { id?: string; tags?: readonly string[] }): string {
  const { text, answers, variants = [], split, id, tags = [], draft } = question;
  const quoted = (value: string): string => JSON.stringify(value);
  const fields = [`"question": ${quoted(text)}`, `"answers": [${answerEntries(answers, quoted).join(', ')}]`];
  if (variants.length > 0) fields.push(`"variants": [${variants.map(quoted).join(', ')}]`);
  if (split) fields.push(`"split": "${split}"`);
  if (id !== undefined) fields.push(`"id": ${quoted(id)}`);
  if (tags.length > 0) fields.push(`"tags": [${tags.map(quoted).join(', ')}]`);
  if (draft) fields.push('"draft": true');
  return `{${fields.join(', ')}}`;
}

function isText(value: Located): boolean {
  return value.kind === 'scalar' && typeof value.value === 'string';
}

/** Behind the closing quote, which a text's place leaves out. */
function outerEnd(value: Located): number {
  return isText(value) ? value.end + 1 : value.end;
}

/** The text of a file with further questions at its end; many at once cost one copy of it. */
export function withQuestions(text: string, questions: readonly NewQuestion[]): string {
  if (questions.length === 0) return text;
  const [change] = appendLines(text, questions.map(jsonlRow).join('\n'));
  return text.slice(0, change!.start) + change!.text;
}
