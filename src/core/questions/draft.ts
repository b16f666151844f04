// One row of a question file -> a draft question, by rules that are the same in every format.
import type { Finding, Severity } from '../finding.ts';
import { contentHash } from '../hash.ts';
import type { LineIndex } from '../lines.ts';
import { describe, fieldOf, type Located, type LocatedScalar, type Span } from '../located.ts';
import { editDistance } from '../nearest.ts';
import type { Split } from '../question.ts';
import type { Range } from '../range.ts';

/** An answer as written, not yet looked up. */
export interface AnswerReference {
  reference: string;
  range: Range;
}

/** A question as written in its file: answers are references, not yet snippets. */
export interface QuestionDraft {
  /** The author's `id`, else made of file and text; equal for equal questions of one file. */
  id: string;
  /** Where the author wrote `id`; undefined when it was made. */
  idRange?: Range;
  text: string;
  variants: string[];
  answers: AnswerReference[];
  split?: Split;
  tags: string[];
  /** The author has yet to accept it: it is neither measured nor trained on. */
  unaccepted?: true;
  file: string;
  range: Range;
}

/** What the readers of all formats return. */
export interface ParsedQuestions {
  drafts: QuestionDraft[];
  findings: Finding[];
}

/** The keys of a question, in every format. */
export const QUESTION_KEYS = ['question', 'answers', 'variants', 'split', 'id', 'tags', 'draft'] as const;

/** The id of a question whose author gave none. */
export function derivedQuestionId(file: string, text: string): string {
  return `q-${contentHash(`${file}\n${text}`).slice(0, 16)}`;
}

/** Reads the rows of one file: a row with an error is a finding and does not count, the others do. */
export class RowReader {
  readonly result: ParsedQuestions = { drafts: [], findings: [] };
  #errors = 0;

  constructor(
    readonly file: string,
    readonly lines: LineIndex,
    /** Answers of a question that names none; a question file has no such default. */
    readonly defaultAnswer?: string,
  ) {}

  /** Adds a finding at a stretch of the file. */
  report(severity: Severity, code: string, span: Span, message: string, suggestion: string): void {
    if (severity === 'error') this.#errors++;
    const range = this.lines.range(span.start, span.end);
    this.result.findings.push({ code, severity, message, suggestion, file: this.file, range });
  }

  /** Adds the question in this row, or the findings that say why there is none. */
  add(row: Located): void {
    const before = this.#errors;
    const question = this.#question(row);
    if (!question || row.kind !== 'map') return;
    const text = (question.value as string).replace(/\r\n?/g, '\n').trim();
    const range = this.#trimmedRange(question);
    const draft: QuestionDraft = {
      id: derivedQuestionId(this.file, text),
      text,
      variants: this.#texts(row, 'variants', 'another wording').map(({ value }) => String(value).trim()),
      answers: this.#answers(row, range),
      tags: this.#texts(row, 'tags', 'a tag').map(({ value }) => String(value).trim()),
      file: this.file,
      range,
    };
    this.#readId(row, draft);
    this.#readSplit(row, draft);
    this.#readMark(row, draft);
    this.#unknownKeys(row);
    if (this.#errors === before) this.result.drafts.push(draft);
  }

  #question(row: Located): LocatedScalar | undefined {
    if (row.kind !== 'map') {
      const message = `A question is expected to be an object with "question" and "answers"; ${describe(row)} came.`;
      this.report(
        'error',
        'bad-question',
        row,
        message,
        'Write it as {"question": "…", "answers": ["file.md#section"]}.',
      );
      return undefined;
    }
    const field = fieldOf(row, 'question');
    if (!field) {
      this.report(
        'error',
        'missing-question',
        row,
        'This row has no "question".',
        'Add the question, or remove the row.',
      );
      return undefined;
    }
    const { value } = field;
    const empty = value.kind === 'scalar' && (value.value === null || String(value.value).trim() === '');
    if (empty) {
      this.report('error', 'empty-question', value, 'The question is empty.', 'Write the question, or remove the row.');
      return undefined;
    }
    if (value.kind === 'scalar' && typeof value.value === 'string') return value;
    const message = `"question" is expected to be text; ${describe(value)} came.`;
    this.report('error', 'bad-question', value, message, 'Write the question as one text, in quotes.');
    return undefined;
  }

  #answers(row: Located, questionRange: Range): AnswerReference[] {
    const field = fieldOf(row, 'answers');
    if (!field && this.defaultAnswer !== undefined) return [{ reference: this.defaultAnswer, range: questionRange }];
    const errors = this.#errors;
    const references = this.#texts(row, 'answers', 'a snippet');
    if (references.length === 0 && this.#errors === errors) {
      const span = field?.value ?? fieldOf(row, 'question')?.value ?? row;
      const suggestion = 'Name the snippets that answer it, for example ["file.md#section"].';
      this.report('error', 'missing-answers', span, 'The question has no answers.', suggestion);
    }
    return references.map((item) => ({ reference: String(item.value).trim(), range: this.#trimmedRange(item) }));
  }

  /** The non-empty texts of a list field; numbers count as texts, anything else is an error. */
  #texts(row: Located, key: string, what: string): LocatedScalar[] {
    const field = fieldOf(row, key);
    if (!field || (field.value.kind === 'scalar' && field.value.value === null)) return [];
    const { value } = field;
    if (value.kind !== 'list') {
      const message = `"${key}" is expected to be a list of texts; ${describe(value)} came.`;
      const example = value.kind === 'scalar' ? JSON.stringify(value.value) : '"…"';
      this.report('error', 'bad-question', value, message, `Write it as a list: [${example}].`);
      return [];
    }
    const texts: LocatedScalar[] = [];
    for (const item of value.items) {
      if (item.kind === 'scalar' && (typeof item.value === 'string' || typeof item.value === 'number')) {
        if (String(item.value).trim() !== '') texts.push(item);
        else
          this.report(
            'warning',
            'empty-entry',
            item,
            `An entry of "${key}" is empty.`,
            `Write ${what}, or remove the entry.`,
          );
        continue;
      }
      const message = `Each entry of "${key}" is expected to be text; ${describe(item)} came.`;
      this.report('error', 'bad-question', item, message, `Write ${what} as one text, in quotes.`);
    }
    return texts;
  }

  #readId(row: Located, draft: QuestionDraft): void {
    const value = fieldOf(row, 'id')?.value;
    if (!value || (value.kind === 'scalar' && value.value === null)) return;
    if (value.kind === 'scalar' && typeof value.value !== 'boolean' && String(value.value).trim() !== '') {
      draft.id = String(value.value).trim();
      draft.idRange = this.#trimmedRange(value);
      return;
    }
    const message = `"id" is expected to be a short text; ${value.kind === 'scalar' && value.value === '' ? 'an empty one' : describe(value)} came.`;
    this.report('error', 'bad-question', value, message, 'Write a short unique name, or remove "id".');
  }

  #readSplit(row: Located, draft: QuestionDraft): void {
    const value = fieldOf(row, 'split')?.value;
    if (!value || (value.kind === 'scalar' && value.value === null)) return;
    if (value.kind === 'scalar' && (value.value === 'train' || value.value === 'test')) {
      draft.split = value.value;
      return;
    }
    const came = value.kind === 'scalar' ? JSON.stringify(value.value) : describe(value);
    const message = `"split" is expected to be "train" or "test"; ${came} came.`;
    this.report(
      'error',
      'unknown-split',
      value,
      message,
      'Write "train" or "test", or remove "split" to let it be chosen.',
    );
  }

  /** The mark `draft`; a table has texts only. */
  #readMark(row: Located, draft: QuestionDraft): void {
    const value = fieldOf(row, 'draft')?.value;
    if (!value || (value.kind === 'scalar' && value.value === null)) return;
    const written = value.kind === 'scalar' ? String(value.value).toLowerCase() : '';
    if (written === 'true') draft.unaccepted = true;
    if (written === 'true' || written === 'false') return;
    const came = value.kind === 'scalar' ? JSON.stringify(value.value) : describe(value);
    const message = `"draft" is expected to be true or false; ${came} came.`;
    this.report('error', 'bad-question', value, message, 'Write true, or remove "draft" to accept the question.');
  }

  #unknownKeys(row: Located): void {
    if (row.kind !== 'map') return;
    for (const { key, keySpan } of row.fields) this.unknownKey(key, keySpan);
  }

  /** Tells about a key that means nothing here; it does no harm. */
  unknownKey(key: string, span: Span): void {
    if ((QUESTION_KEYS as readonly string[]).includes(key)) return;
    const near = QUESTION_KEYS.find((known) => editDistance(key.toLowerCase(), known) <= 2);
    const suggestion = near ? `Did you mean "${near}"?` : `Known keys are ${QUESTION_KEYS.join(', ')}.`;
    this.report('information', 'unknown-key', span, `"${key}" is not a key of a question and is ignored.`, suggestion);
  }

  /** The place of a text without the blanks around it. */
  #trimmedRange({ start, end }: Span): Range {
    const source = this.lines.text.slice(start, end);
    const leading = source.length - source.trimStart().length;
    return this.lines.range(start + leading, start + Math.max(leading, source.trimEnd().length));
  }
}
