// A remark of the authoring lint: what is wrong with a snippet or a question, by id, so that it keeps its place while the file is edited.
import type { Corpus } from '../corpus.ts';
import { byPlace, type Finding } from '../finding.ts';

/** Codes of the findings that the lint makes, and of drafts: advice to the author, not mistakes in a file. */
export const LINT_CODES = [
  'near-duplicate-snippets',
  'ambiguous-question',
  'long-snippet',
  'boilerplate',
  'untested-snippets',
  'copied-question',
  'leak-by-duplicate',
  'leak-by-wording',
  'draft-question',
] as const;
export type LintCode = (typeof LINT_CODES)[number];

/** True for a finding that is advice of the lint. */
export function isLintCode(code: string): code is LintCode {
  return (LINT_CODES as readonly string[]).includes(code);
}

/** A finding without a place: it stands at the snippet's heading or the question's text, wherever these are. */
export interface Remark extends Pick<Finding, 'severity' | 'message' | 'suggestion'> {
  code: LintCode;
  at: { snippet: string } | { question: string };
}

/** The remarks with their places in the corpus as it is now; those about what is gone are left out. By file and line. */
export function placeRemarks(remarks: readonly Remark[], { snippets, questions }: Corpus): Finding[] {
  const snippetOf = new Map(snippets.map((each) => [each.id, each]));
  const questionOf = new Map(questions.map((each) => [each.id, each]));
  const findings = remarks.flatMap(({ at, ...rest }): Finding[] => {
    if ('snippet' in at) {
      const snippet = snippetOf.get(at.snippet);
      return snippet ? [{ ...rest, file: snippet.file, range: snippet.headingRange }] : [];
    }
    const question = questionOf.get(at.question);
    return question ? [{ ...rest, file: question.file, range: question.range }] : [];
  });
  return findings.sort(byPlace);
}

/** The beginning of a text on one line, for quoting. */
export function quoted(text: string, most = 80): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const points = [...line];
  return `“${points.length > most ? `${points.slice(0, most - 1).join('')}…` : line}”`;
}
