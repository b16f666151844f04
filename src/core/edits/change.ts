// What an edit of a question file is, before it is text: changes at offsets, by rules that differ from format to format.
import { answerGroups, type Split } from '../question.ts';
import type { AnswerReference } from '../questions/draft.ts';
import type { Position, Range } from '../range.ts';

/** Replaces a stretch of the text, offsets in UTF-16 code units. */
export interface TextChange {
  start: number;
  end: number;
  text: string;
}

/** The same with lines and columns. */
export interface TextEdit {
  range: Range;
  text: string;
}

/** An answer as it is to be written. */
export type NewAnswer = Pick<AnswerReference, 'reference' | 'group' | 'relevance'>;

export interface NewQuestion {
  text: string;
  /** None only in front matter, where the page itself answers. */
  answers: NewAnswer[];
  variants?: string[];
  split?: Split;
  /** Marked as a draft, which the author has yet to accept. */
  draft?: boolean;
}

/** What can be done to a question file; `at` is any place inside the question's text. */
export type QuestionEdit =
  | { kind: 'add-answer'; at: Position; reference: string }
  /** Beside the answer whose reference begins at `of`: either of them will do. */
  | { kind: 'add-alternative'; at: Position; of: Position; reference: string }
  | { kind: 'add-variant'; at: Position; text: string }
  | { kind: 'set-split'; at: Position; split: Split }
  | { kind: 'add-question'; question: NewQuestion }
  | { kind: 'remove-question'; at: Position }
  /** Takes the mark `draft` away. */
  | { kind: 'accept-draft'; at: Position }
  /** A text inside the file, for example a reference, gives way to another. */
  | { kind: 'replace'; range: Range; text: string };

/** The keys that an edit adds to. */
export type ListKey = 'answers' | 'variants';

/** How one format is edited. `at` is an offset inside the question's text; undefined where no question is there, or the form is unusual. */
export interface QuestionEditor {
  addTo(at: number, key: ListKey, value: string): TextChange[] | undefined;
  addAlternative(at: number, of: number, reference: string): TextChange[] | undefined;
  setSplit(at: number, split: Split): TextChange[] | undefined;
  append(question: NewQuestion): TextChange[] | undefined;
  remove(at: number): TextChange[] | undefined;
  acceptDraft(at: number): TextChange[] | undefined;
  /** How a text is written in place of the one between two offsets. */
  replace(start: number, end: number, value: string): TextChange[];
}

/** The line break that the text uses. */
export function lineBreakOf(text: string): string {
  return /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
}

/** Offset of the end of the line that `at` stands on. */
export function lineEnd(text: string, at: number): number {
  const rest = /[\r\n]/.exec(text.slice(at));
  return rest ? at + rest.index : text.length;
}

/** Whole lines from the one of `start` to the one of `end`, with their line break. */
export function wholeLines(text: string, start: number, end: number): TextChange {
  const from = start - columnOf(text, start);
  const to = lineEnd(text, end);
  const next = /^(?:\r\n|\n|\r)/.exec(text.slice(to, to + 2))?.[0].length ?? 0;
  return { start: from, end: to + next, text: '' };
}

/** Column of an offset, in UTF-16 code units. */
export function columnOf(text: string, at: number): number {
  return at - (Math.max(text.lastIndexOf('\n', at - 1), text.lastIndexOf('\r', at - 1)) + 1);
}

/** A new last line: where the text does not end with a line break, one comes first. */
export function appendLines(text: string, lines: string): TextChange[] {
  const end = text.replace(/\s+$/, '').length;
  const eol = lineBreakOf(text);
  const body = lines.replaceAll('\n', eol) + eol;
  return [{ start: end, end: text.length, text: end === 0 ? body : eol + body }];
}

/** Entries of an "answers" list of JSON or YAML, as `readEntry` reads them; `text` writes a reference, `key` a key. */
export function answerEntries(answers: readonly NewAnswer[], text: (value: string) => string, key = text): string[] {
  return answerGroups(answers).map(({ answers: members, relevance }) => {
    const references = members.map(({ reference }) => text(reference));
    if (references.length === 1 && relevance === 1) return references[0]!;
    const wanted =
      references.length === 1 ? `${key('answer')}: ${references[0]}` : `${key('any')}: [${references.join(', ')}]`;
    return `{${wanted}${relevance > 1 ? `, ${key('relevance')}: ${relevance}` : ''}}`;
  });
}

/** The columns `groups` and `relevance` of a table, as `readColumns` reads them; empty where there is nothing to say. */
export function answerColumns(answers: readonly NewAnswer[]): { groups: string; relevance: string } {
  const groups = answerGroups(answers);
  const alternatives = groups.filter((group) => group.answers.length > 1);
  const number = (answer: NewAnswer): number => alternatives.findIndex((group) => group.answers.includes(answer)) + 1;
  return {
    groups: alternatives.length > 0 ? answers.map((answer) => number(answer) || '').join('|') : '',
    relevance: answers.some(({ relevance }) => relevance)
      ? answers.map(({ relevance = 1 }) => relevance).join('|')
      : '',
  };
}
