// `kb-recall suggest`: suggestions printed, and on demand added to a question file as drafts.
import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { buildCorpus, type Corpus } from '../core/corpus.ts';
import { withQuestions } from '../core/edits/jsonl.ts';
import { errors } from '../core/errors.ts';
import { decodeDocument } from '../core/files.ts';
import { type Suggestion, suggestQuestions } from '../core/suggest/index.ts';
import { writeFileAtomic } from '../engine/atomicFile.ts';
import { reason } from '../engine/fileReason.ts';
import type { KnowledgeBase } from '../protocol/engine.ts';
import type { SuggestOptions } from './options.ts';

/** Suggests questions for a knowledge base; with `drafts` they are added to that file. Throws a UserError when it cannot be read or written. */
export async function suggestFor(base: KnowledgeBase, { all, drafts }: SuggestOptions) {
  const target = drafts === undefined ? undefined : await readTarget(base, drafts);
  const known = target && !base.documents.some(({ file }) => file === target.file) ? [target] : [];
  const corpus = buildCorpus([...base.documents, ...known], base.unreadable);
  if (corpus.snippets.length === 0) throw errors.noSnippets(base.folder);
  const suggestions = suggestQuestions(corpus, { all });
  const draftOf = ({ question, snippetId }: Suggestion) => ({
    text: question,
    answers: [{ reference: corpus.references.write(snippetId, target?.file ?? '') }],
    draft: true,
  });
  if (drafts !== undefined && target && suggestions.length > 0)
    await writeFileAtomic(drafts, withQuestions(target.text, suggestions.map(draftOf)));
  return {
    text: suggestionsText(suggestions, corpus, all, drafts),
    json: { suggestions, drafts: drafts ?? null },
  };
}

/** The file as it is, by its name in the knowledge base; one outside keeps its whole path, so that it names no page by chance. */
async function readTarget({ folder }: KnowledgeBase, path: string): Promise<{ file: string; text: string }> {
  const below = relative(folder, path).split(sep).join('/');
  const file = below.startsWith('..') ? path : below;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { file, text: '' };
    throw errors.draftsUnreadable(path, reason(error));
  }
  const document = decodeDocument(file, bytes);
  if (!('text' in document)) throw errors.draftsUnreadable(path, document.message.replace(/\.$/, ''));
  return document;
}

function suggestionsText(
  suggestions: readonly Suggestion[],
  { snippets }: Corpus,
  all: boolean,
  drafts?: string,
): string {
  const served = new Set(suggestions.map(({ snippetId }) => snippetId));
  const which = all ? '' : ' that no question tests';
  const lines = [
    `${suggestions.length} suggestions for ${served.size} of ${snippets.length} snippets${suggestions.length > 0 ? which : ''}`,
  ];
  let last: string | undefined;
  for (const { snippetId, file, line, question, rule } of suggestions) {
    if (snippetId !== last) lines.push('', `${file}:${line}  ${snippetId}`);
    last = snippetId;
    lines.push(`  ${question}  (${rule})`);
  }
  if (suggestions.length > 0) lines.push('', nextStep(drafts));
  return `${lines.join('\n')}\n`;
}

function nextStep(drafts: string | undefined): string {
  return drafts === undefined
    ? 'With --drafts FILE.questions.jsonl they are written down as drafts; a draft counts once its "draft" is removed.'
    : `Added as drafts to ${drafts}. Reword each as your users would ask; it counts once its "draft" is removed.`;
}
