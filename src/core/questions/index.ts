// Question files of every format -> draft questions.
import type { SourceDocument } from '../document.ts';
import { parseCsv } from './csv.ts';
import type { ParsedQuestions } from './draft.ts';
import { parseFrontMatterQuestions } from './frontMatter.ts';
import { parseJsonl } from './jsonl.ts';
import { parseYaml } from './yaml.ts';

export type { AnswerReference, ParsedQuestions, QuestionDraft } from './draft.ts';

const READERS: [RegExp, (document: SourceDocument) => ParsedQuestions][] = [
  [/\.questions\.jsonl$/i, parseJsonl],
  [/\.questions\.ya?ml$/i, parseYaml],
  [/\.questions\.csv$/i, parseCsv],
];

/** True for a file that holds questions only; every other file is read as Markdown. */
export function isQuestionFile(file: string): boolean {
  return READERS.some(([name]) => name.test(file));
}

/** The questions of one file, by its name; bad rows are findings, and the rest of the file counts. Never throws. */
export function parseQuestions(document: SourceDocument): ParsedQuestions {
  const reader = READERS.find(([name]) => name.test(document.file))?.[1] ?? parseFrontMatterQuestions;
  return reader(document);
}
