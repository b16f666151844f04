// The corpus after an edit that leaves every name as it was: the usual one, for which joining all files again is not needed.
import type { Corpus, ParsedDocument } from './corpus.ts';

/** The same file before and after an edit. */
export interface EditedDocument {
  before: ParsedDocument;
  after: ParsedDocument;
}

/**
 * The corpus in which a Markdown file's snippets are replaced: as {@link joinCorpus} would make it; costs one file. Undefined where
 * only joining everything tells: ids or anchors changed, or the file has questions, findings or a name of its own.
 */
export function rejoinCorpus(corpus: Corpus, { before, after }: EditedDocument): Corpus | undefined {
  const [old, now] = [before.snippets, after.snippets];
  if (!old || !now || !isPlain(before) || !isPlain(after)) return undefined;
  // A finding about a name tells the line where another snippet has it.
  if (corpus.findings.some(({ code }) => code === 'duplicate-snippet-id')) return undefined;
  const same =
    old.anchors.length === now.anchors.length &&
    old.snippets.length === now.snippets.length &&
    old.anchors.every(({ id, snippetId }, i) => id === now.anchors[i]!.id && snippetId === now.anchors[i]!.snippetId);
  if (!same) return undefined;
  const at = firstOf(corpus, before.file);
  // A file given twice, or snippets that got other names, are not there as they were parsed.
  if (!old.snippets.every((snippet, i) => corpus.snippets[at + i] === snippet)) return undefined;
  if (corpus.snippets[at + old.snippets.length]?.file === before.file) return undefined;
  const snippets = corpus.snippets.slice();
  for (const [i, snippet] of now.snippets.entries()) snippets[at + i] = snippet;
  return { ...corpus, snippets };
}

function isPlain({ snippets, questions }: ParsedDocument): boolean {
  return (
    snippets?.name === undefined &&
    snippets?.findings.length === 0 &&
    questions.drafts.length === 0 &&
    questions.findings.length === 0
  );
}

/** Where the snippets of a file stand or would stand; they are in the order of files. */
function firstOf({ snippets }: Corpus, file: string): number {
  let low = 0;
  let high = snippets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (snippets[middle]!.file < file) low = middle + 1;
    else high = middle;
  }
  return low;
}
