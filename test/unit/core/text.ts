// Corpora as text, for golden files and short comparisons.
import type { Corpus } from '../../../src/core/corpus.ts';
import { editQuestions, type QuestionEdit } from '../../../src/core/edits/index.ts';
import type { Finding } from '../../../src/core/finding.ts';
import { LineIndex } from '../../../src/core/lines.ts';
import { seededRandom } from '../../../src/core/random.ts';
import type { Range } from '../../../src/core/range.ts';

/** `line:column-line:column`, counted from one. */
export function rangeText({ start, end }: Range): string {
  const from = `${start.line + 1}:${start.column + 1}`;
  return start.line === end.line ? `${from}-${end.column + 1}` : `${from}-${end.line + 1}:${end.column + 1}`;
}

/** The part of a text that a range covers. */
export function covered(text: string, { start, end }: Range): string {
  const lines = text.split(/(?<=\n)|(?<=\r)(?!\n)/);
  const offset = (line: number, column: number) => lines.slice(0, line).join('').length + column;
  return text.slice(offset(start.line, start.column), offset(end.line, end.column));
}

export function findingsText(findings: readonly Finding[]): string {
  return findings
    .map((f) => `${f.file}:${rangeText(f.range)} ${f.severity} ${f.code}\n  ${f.message}\n  ${f.suggestion ?? ''}`)
    .join('\n');
}

export function corpusText({ snippets, questions, findings }: Corpus): string {
  return [
    ...snippets.map(
      (s) => `[${s.id}] ${s.title} (${rangeText(s.range)}, heading ${rangeText(s.headingRange)})\n${s.text}\n`,
    ),
    ...questions.map((q) => {
      const answers = q.answers.map(
        (a) => `  ${a.reference} (${rangeText(a.range)}) -> ${a.snippetIds.join(' ') || 'nothing'}`,
      );
      const extras = [
        ...q.variants.map((v) => `variant ${v}`),
        ...q.tags.map((t) => `tag ${t}`),
        ...(q.split ? [q.split] : []),
      ];
      return [
        `{${q.id}} ${q.text} (${q.file}:${rangeText(q.range)}) ${extras.join(', ')}`.trimEnd(),
        ...answers,
        '',
      ].join('\n');
    }),
    findingsText(findings),
  ].join('\n');
}

/** Random choices from a list, joined: the same for the same seed. */
export function randomText(seed: number, parts: readonly string[], count: number): string {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => parts[random.below(parts.length)]).join('');
}

/** A question file after an edit; undefined where its form does not allow it. */
export function edited(file: string, text: string, edit: QuestionEdit): string | undefined {
  const edits = editQuestions({ file, text }, edit);
  if (!edits) return undefined;
  const lines = new LineIndex(text);
  return edits
    .map(({ range, text: insert }) => ({ start: lines.offset(range.start), end: lines.offset(range.end), insert }))
    .sort((a, b) => b.start - a.start)
    .reduce((result, { start, end, insert }) => result.slice(0, start) + insert + result.slice(end), text);
}
