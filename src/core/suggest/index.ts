// Suggested questions: drafts made of headings, definitions and contrasts, for the author to reword and accept. No language model.
import type { Corpus } from '../corpus.ts';
import { linkNearDuplicates } from '../nearDuplicates.ts';
import { type Sentence, sentencesOf } from '../sentences.ts';
import type { Snippet } from '../snippet.ts';
import { UnionFind } from '../unionFind.ts';
import { contrastQuestions } from './contrasts.ts';
import { definitionQuestions } from './definitions.ts';
import { headingQuestions } from './headings.ts';

export type SuggestionRule = 'heading' | 'definition' | 'contrast';

/** A question that a snippet might answer. */
export interface Suggestion {
  snippetId: string;
  /** File of the snippet and 1-based line of its heading. */
  file: string;
  line: number;
  question: string;
  rule: SuggestionRule;
}

export interface SuggestOptions {
  /** Only for this snippet, whether or not a question tests it already. */
  snippetId?: string;
  /** Also for snippets that a question tests already. */
  all?: boolean;
}

/** Suggestions of one snippet; more would be of the same kind. */
const MOST = 3;
/** Sentences read of a snippet: what it defines and sets apart stands near its beginning. */
const SENTENCES = 40;
/** Jaccard similarity of trigrams from which two wordings are the same question. */
const SAME = 0.75;

/**
 * Suggestions in the order of the snippets: at most three each, none that is nearly the wording of a question, variant or draft there
 * is, or of a suggestion before it.
 */
export function suggestQuestions(corpus: Corpus, options: SuggestOptions = {}): Suggestion[] {
  const titles = new Map<string, number>();
  for (const { headingPath } of corpus.snippets) {
    const title = headingPath.at(-1) ?? '';
    titles.set(title, (titles.get(title) ?? 0) + 1);
  }
  const isUnique = (title: string): boolean => (titles.get(title) ?? 0) <= 1;
  const candidates = wantedSnippets(corpus, options).flatMap((snippet) => suggestionsFor(snippet, isUnique));
  return withoutKnown(corpus, candidates);
}

function wantedSnippets({ snippets, questions, drafts }: Corpus, { snippetId, all }: SuggestOptions): Snippet[] {
  if (snippetId !== undefined) return snippets.filter(({ id }) => id === snippetId);
  if (all) return [...snippets];
  const tested = new Set(
    [...questions, ...drafts].flatMap(({ answers }) => answers.flatMap(({ snippetIds }) => snippetIds)),
  );
  return snippets.filter(({ id }) => !tested.has(id));
}

function suggestionsFor(snippet: Snippet, isUnique: (title: string) => boolean): Suggestion[] {
  const sentences: Sentence[] = sentencesOf(snippet.body).slice(0, SENTENCES);
  const title = snippet.headingPath.at(-1) ?? '';
  const found: [SuggestionRule, string[]][] = [
    ['heading', headingQuestions(snippet, isUnique)],
    ['definition', definitionQuestions(sentences)],
    ['contrast', contrastQuestions(sentences, /[?？]$/.test(title) ? '' : title)],
  ];
  const { id: snippetId, file, headingRange } = snippet;
  const line = headingRange.start.line + 1;
  return found
    .flatMap(([rule, questions]) => questions.map((question) => ({ snippetId, file, line, question, rule })))
    .slice(0, MOST);
}

/** Leaves out what is nearly a known wording or an earlier candidate. */
function withoutKnown({ questions, drafts }: Corpus, candidates: readonly Suggestion[]): Suggestion[] {
  const known = [...questions, ...drafts].flatMap(({ text, variants }) => [text, ...variants]);
  const wordings = [...known, ...candidates.map(({ question }) => question)];
  const groups = new UnionFind(wordings.length);
  linkNearDuplicates(wordings, [...wordings.keys()], groups, SAME);
  const taken = new Set(known.map((_, i) => groups.find(i)));
  return candidates.filter((_, i) => {
    const group = groups.find(known.length + i);
    const isNew = !taken.has(group);
    taken.add(group);
    return isNew;
  });
}
