// One row of a question file -> a draft question, by rules that are the same in every format.
import type { Finding, Severity } from '../finding.ts';
import { contentHash } from '../hash.ts';
import type { LineIndex } from '../lines.ts';
import { describe, fieldOf, type Located, type LocatedScalar, type Span } from '../located.ts';
import { editDistance } from '../nearest.ts';
import type { Relevance, Split } from '../question.ts';
import type { Range } from '../range.ts';
import { type Mistake, readColumns, readEntry, type WrittenAnswer } from './answers.ts';

/** An answer as written, not yet looked up. */
export interface AnswerReference {
  reference: string;
  range: Range;
  /** As in {@link Answer}. */
  group?: number;
  relevance?: Relevance;
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
  file: string;
  range: Range;
}

/** What the readers of all formats return. */
export interface ParsedQuestions {
  drafts: QuestionDraft[];
  findings: Finding[];
}

/** The keys of a question, in every format. */
export const QUESTION_KEYS = ['question', 'answers', 'variants', 'split', 'id', 'tags'] as const;

/** Keys beside them in tables, where an answer cannot have a value of its own. */
export const TABLE_KEYS = ['groups', 'relevance'] as const;

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
    /** True in a table, which has {@link TABLE_KEYS} as columns. */
    readonly tables = false,
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
    const answers = this.#writtenAnswers(row);
    if (answers.length === 0 && this.#errors === errors) {
      const span = field?.value ?? fieldOf(row, 'question')?.value ?? row;
      const suggestion = 'Name the snippets that answer it, for example ["file.md#section"].';
      this.report('error', 'missing-answers', span, 'The question has no answers.', suggestion);
    }
    return answers.map(({ reference, ...rest }) => ({
      reference: String(reference.value).trim(),
      range: this.#trimmedRange(reference),
      ...rest,
    }));
  }

  #writtenAnswers(row: Located): WrittenAnswer[] {
    const mistake: Mistake = (...told) => this.report('error', ...told);
    const read = (items: readonly Located[]) => this.#textsOf(items, 'answers', 'a snippet');
    const items = this.#items(row, 'answers');
    const [groups, relevance] = this.tables ? TABLE_KEYS.map((key) => fieldOf(row, key)?.value) : [];
    if (groups || relevance) return readColumns(read(items), groups, relevance, mistake);
    return items.flatMap((item, index) =>
      item.kind === 'map'
        ? readEntry(item, index + 1, read, mistake)
        : read([item]).map((reference) => ({ reference })),
    );
  }

  /** The entries of a list field; none where it is left out. */
  #items(row: Located, key: string): Located[] {
    const field = fieldOf(row, key);
    if (!field || (field.value.kind === 'scalar' && field.value.value === null)) return [];
    const { value } = field;
    if (value.kind === 'list') return value.items;
    const message = `"${key}" is expected to be a list of texts; ${describe(value)} came.`;
    const example = value.kind === 'scalar' ? JSON.stringify(value.value) : '"…"';
    this.report('error', 'bad-question', value, message, `Write it as a list: [${example}].`);
    return [];
  }

  #texts(row: Located, key: string, what: string): LocatedScalar[] {
    return this.#textsOf(this.#items(row, key), key, what);
  }

  /** The non-empty texts among the entries of a list; numbers count as texts, anything else is an error. */
  #textsOf(items: readonly Located[], key: string, what: string): LocatedScalar[] {
    const texts: LocatedScalar[] = [];
    for (const item of items) {
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

  #unknownKeys(row: Located): void {
    if (row.kind !== 'map') return;
    for (const { key, keySpan } of row.fields) this.unknownKey(key, keySpan);
  }

  /** Tells about a key that means nothing here; it does no harm. */
  unknownKey(key: string, span: Span): void {
    const known: readonly string[] = this.tables ? [...QUESTION_KEYS, ...TABLE_KEYS] : QUESTION_KEYS;
    if (known.includes(key)) return;
    const near = known.find((each) => editDistance(key.toLowerCase(), each) <= 2);
    const suggestion = near ? `Did you mean "${near}"?` : `Known keys are ${known.join(', ')}.`;
    this.report('information', 'unknown-key', span, `"${key}" is not a key of a question and is ignored.`, suggestion);
  }

  /** The place of a text without the blanks around it. */
  #trimmedRange({ start, end }: Span): Range {
    const source = this.lines.text.slice(start, end);
    const leading = source.length - source.trimStart().length;
    return this.lines.range(start + leading, start + Math.max(leading, source.trimEnd().length));
  }
}
