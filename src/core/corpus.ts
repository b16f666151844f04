// All files of a knowledge base -> snippets and questions that know each other, and what is wrong with them.
import type { SourceDocument } from './document.ts';
import type { Finding } from './finding.ts';
import type { Answer, Question } from './question.ts';
import { derivedQuestionId } from './questions/draft.ts';
import { isQuestionFile, type ParsedQuestions, parseQuestions, type QuestionDraft } from './questions/index.ts';
import type { Range } from './range.ts';
import { ReferenceIndex } from './references.ts';
import type { Snippet } from './snippet.ts';
import { type ParsedSnippets, parseSnippets } from './snippets.ts';

/** A knowledge base as the index, the evaluation and the training see it. */
export interface Corpus {
  /** In the order of files and lines; every id once. */
  snippets: Snippet[];
  /** In the order of files and lines; every id once. An answer without snippets stays only where no other is left. */
  questions: Question[];
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
  const questions = joinQuestions(drafts, index, findings);
  findings.sort((a, b) => compare(a.file, b.file) || comparePlace(a.range, b.range));
  return { snippets, questions, findings, references: index };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function comparePlace(a: Range, b: Range): number {
  return a.start.line - b.start.line || a.start.column - b.start.column;
}

/** `file:line` as people count. */
function place(file: string, range: Range): string {
  return `${file}:${range.start.line + 1}`;
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

function joinQuestions(drafts: readonly QuestionDraft[], index: ReferenceIndex, findings: Finding[]): Question[] {
  const questions: Question[] = [];
  const byText = new Map<string, QuestionDraft>();
  const byId = new Map<string, QuestionDraft>();
  for (const draft of drafts) {
    const text = normalisedText(draft.text);
    const first = byText.get(text);
    if (first) {
      findings.push({
        code: 'duplicate-question',
        severity: 'warning',
        message: `The same question stands at ${place(first.file, first.range)}; this one does not count.`,
        suggestion: 'Remove one of them; put the answers of both into the other.',
        file: draft.file,
        range: draft.range,
      });
      continue;
    }
    byText.set(text, draft);
    const id = uniqueId(draft, byId, findings);
    byId.set(id, draft);
    const { variants, split, tags, file, range } = draft;
    const answers = resolveAnswers(draft, index, findings);
    questions.push({ id, text: draft.text, variants, answers, ...(split && { split }), tags, file, range });
  }
  return questions;
}

/** What two wordings have in common when they are the same question to a reader. */
export function normalisedText(text: string): string {
  const plain = text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ');
  return plain.replace(/^[\s"'“”‘’「」]+|[\s"'“”‘’「」?!.,;:。、…~]+$/g, '') || plain;
}

function uniqueId(draft: QuestionDraft, taken: Map<string, QuestionDraft>, findings: Finding[]): string {
  const owner = taken.get(draft.id);
  if (!owner) return draft.id;
  const derived = derivedQuestionId(draft.file, draft.text);
  if (draft.idRange) {
    findings.push({
      code: 'duplicate-question-id',
      severity: 'error',
      message: `The id "${draft.id}" already belongs to the question at ${place(owner.file, owner.range)}.`,
      suggestion: `Choose another id, or remove it; until then the question is called ${derived}.`,
      file: draft.file,
      range: draft.idRange,
    });
  }
  let id = derived;
  for (let count = 1; taken.has(id); count++) id = `${derived}-${count}`;
  return id;
}

function resolveAnswers(draft: QuestionDraft, index: ReferenceIndex, findings: Finding[]): Answer[] {
  const answers: Answer[] = [];
  const seen = new Set<string>();
  for (const answer of draft.answers) {
    const { reference, range, group } = answer;
    const found = index.resolve(reference, draft.file);
    const snippetIds = found.kind === 'found' ? found.snippetIds : [];
    // A snippet may well be one of several alternatives and wanted for itself as well.
    const same = JSON.stringify([group, ...snippetIds]);
    if (found.kind !== 'found') {
      const why = whyUnknown(reference, draft.file, found, index);
      findings.push({ code: 'unknown-answer', severity: 'error', ...why, file: draft.file, range });
    } else if (seen.has(same)) {
      const message = `"${reference}" names the same snippet as an answer before it.`;
      const suggestion = 'Remove one of the two.';
      findings.push({
        code: 'duplicate-answer',
        severity: 'information',
        message,
        suggestion,
        file: draft.file,
        range,
      });
      continue;
    }
    seen.add(same);
    answers.push({ ...answer, snippetIds: [...snippetIds] });
  }
  const good = answers.filter(({ snippetIds }) => snippetIds.length > 0);
  if (good.length > 0) return good;
  findings.push({
    code: 'question-without-answer',
    severity: 'warning',
    message: 'None of the answers of this question exists, so its recall cannot be measured.',
    suggestion: 'Correct the answers, or write the section that is missing.',
    file: draft.file,
    range: draft.range,
  });
  return answers;
}

function whyUnknown(
  reference: string,
  file: string,
  found: Exclude<ReturnType<ReferenceIndex['resolve']>, { kind: 'found' }>,
  index: ReferenceIndex,
): Pick<Finding, 'message' | 'suggestion' | 'replacement'> {
  if (found.kind === 'empty-file') {
    return {
      message: `"${reference}" is a file without text.`,
      suggestion: 'Write its text, or name another snippet.',
    };
  }
  if (found.kind === 'empty-section') {
    const message = `"${reference}" is a heading without text of its own.`;
    const suggestion = found.next
      ? `Name a section below it, for example "${found.next}".`
      : 'Write its text, or name another section.';
    return { message, suggestion, ...(found.next && { replacement: found.next }) };
  }
  const nearest = index.nearest(reference, file);
  const suggestion = nearest
    ? `Did you mean "${nearest}"?`
    : 'Name a section as path/to/file.md#heading-in-lower-case.';
  const message = `"${reference}" names no snippet of this knowledge base.`;
  return { message, suggestion, ...(nearest && { replacement: nearest }) };
}
