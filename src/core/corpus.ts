// All files of a knowledge base -> snippets and questions that know each other, and what is wrong with them.
import type { SourceDocument } from './document.ts';
import { byPlace, type Finding } from './finding.ts';
import type { Question } from './question.ts';
import { isQuestionFile, type ParsedQuestions, parseQuestions, type QuestionDraft } from './questions/index.ts';
import { joinQuestions, place } from './questions/join.ts';
import { ReferenceIndex } from './references.ts';
import type { Snippet } from './snippet.ts';
import { type ParsedSnippets, parseSnippets } from './snippets.ts';

/** A knowledge base as the index, the evaluation and the training see it. */
export interface Corpus {
  /** In the order of files and lines; every id once. */
  snippets: Snippet[];
  /** In the order of files and lines; every id once. An answer without snippets stays only where no other is left. */
  questions: Question[];
  /** Questions that the author has yet to accept: resolved as the others, and counted by nothing. */
  drafts: Question[];
  /** In the order of files and lines. */
  findings: Finding[];
  /** What answers can name. */
  references: ReferenceIndex;
}

/**
 * Builds the corpus from Markdown and question files; `unreadable` are findings about files that could not be read.
 * Of questions with the same text the first counts; of two equal names the second gives way to the one derived.
 */
export function buildCorpus(documents: readonly SourceDocument[], unreadable: readonly Finding[] = []): Corpus {
  return joinCorpus(documents.map(parseDocument), unreadable);
}

/** One file taken apart, before it meets the others. */
export interface ParsedDocument {
  file: string;
  /** Absent for a question file. */
  snippets?: ParsedSnippets;
  questions: ParsedQuestions;
}

/** Takes one file apart; the result can be joined again and again. Never throws. */
export function parseDocument(document: SourceDocument): ParsedDocument {
  const { file } = document;
  const questions = parseQuestions(document);
  return isQuestionFile(file) ? { file, questions } : { file, questions, snippets: parseSnippets(document) };
}

/** As {@link buildCorpus}, of files already taken apart, which stay as they are. Snippets of unchanged files are the same objects. */
export function joinCorpus(documents: readonly ParsedDocument[], unreadable: readonly Finding[] = []): Corpus {
  const findings: Finding[] = [...unreadable];
  const files = new Map<string, ParsedSnippets>();
  const drafts: QuestionDraft[] = [];
  for (const { file, snippets, questions } of [...documents].sort((a, b) => compare(a.file, b.file))) {
    if (snippets) {
      // The same file twice is the caller's slip; the first stands.
      if (files.has(file)) continue;
      files.set(file, snippets);
      findings.push(...snippets.findings);
    }
    for (const draft of questions.drafts) drafts.push(draft);
    findings.push(...questions.findings);
  }
  giveUniqueNames(files, findings);
  const index = new ReferenceIndex();
  const snippets: Snippet[] = [];
  for (const [file, parsed] of files) {
    index.addFile(file, parsed.anchors);
    for (const snippet of parsed.snippets) snippets.push(snippet);
  }
  const joined = joinQuestions(drafts, index, findings);
  findings.sort(byPlace);
  return { snippets, ...joined, findings, references: index };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A front matter id that another snippet has gives way to the snippet's own `file#slug`, so that no text is lost. */
function giveUniqueNames(files: Map<string, ParsedSnippets>, findings: Finding[]): void {
  const owners = new Map<string, string>();
  for (const [file, { snippets, anchors }] of files) {
    const filled = anchors.filter(({ snippetId }) => snippetId !== undefined);
    for (const [at, { id }] of filled.entries()) owners.set(id, place(file, (snippets[at] as Snippet).headingRange));
  }
  for (const [file, parsed] of files) {
    const { snippets, anchors, name } = parsed;
    const [first] = snippets;
    if (!name || !first) continue;
    const anchor = anchors.find(({ snippetId }) => snippetId === name.id);
    if (!anchor || anchor.id === name.id) continue;
    const owner = owners.get(name.id);
    if (owner === undefined) {
      owners.set(name.id, place(file, name.range));
      continue;
    }
    files.set(file, {
      ...parsed,
      snippets: [{ ...first, id: anchor.id }, ...snippets.slice(1)],
      anchors: anchors.map((each) => (each === anchor ? { ...anchor, snippetId: anchor.id } : each)),
    });
    findings.push({
      code: 'duplicate-snippet-id',
      severity: 'error',
      message: `The id "${name.id}" already names a snippet (${owner}).`,
      suggestion: `Choose another id; until then the snippet is called ${anchor.id}.`,
      file,
      range: name.range,
    });
  }
}
