// Lint rule: sections that no question tests. Whether they are found is not known.
import { pushTo } from '../multimap.ts';
import type { Question } from '../question.ts';
import type { Snippet } from '../snippet.ts';
import { quoted, type Remark } from './remark.ts';

/** Sections named of one page. */
const NAMED = 5;

/** One remark for each page, at its first untested section: thousands of single ones would hide everything else. */
export function untestedSnippetRemarks(snippets: readonly Snippet[], questions: readonly Question[]): Remark[] {
  const tested = new Set(questions.flatMap(({ answers }) => answers.flatMap(({ snippetIds }) => snippetIds)));
  const pages = new Map<string, Snippet[]>();
  for (const snippet of snippets) pushTo(pages, snippet.file, snippet);
  return [...pages.values()].flatMap((page): Remark[] => {
    const untested = page.filter(({ id }) => !tested.has(id));
    if (untested.length === 0) return [];
    const named = untested.slice(0, NAMED).map(({ title }) => quoted(title, 40));
    const more = untested.length > NAMED ? ` and ${untested.length - NAMED} more` : '';
    return [
      {
        code: 'untested-snippets',
        severity: 'information',
        message: `${untested.length} of ${page.length} sections of this page are tested by no question: ${named.join(', ')}${more}.`,
        suggestion: 'Write questions for them, or let some be suggested.',
        at: { snippet: untested[0]!.id },
      },
    ];
  });
}
