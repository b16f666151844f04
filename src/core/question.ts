// Standard questions: what users ask, and the snippets that must be recalled for each.
import { pushTo } from './multimap.ts';
import type { Range } from './range.ts';

export type Split = 'train' | 'test';

/** How relevant an answer may be: 1, the default, to 3. Only nDCG weighs by it. */
export type Relevance = 1 | 2 | 3;

/** A place that answers a question: recalled when any of its snippets is. All answers of a question are wanted, alternatives aside. */
export interface Answer {
  /** As the author wrote it. */
  reference: string;
  /** Answers of one question with the same group are alternatives: any one of them will do. Without it the answer stands for itself. */
  group?: number;
  /** Left out: 1. */
  relevance?: Relevance;
  /** Snippets that satisfy it (several when the reference names a whole file); empty when it points nowhere. */
  snippetIds: string[];
  /** The reference in the question's file. */
  range: Range;
}

/** A standard question with its resolved answers. */
export interface Question {
  /** The author's `id`, else derived from file and text, stable under reordering. */
  id: string;
  text: string;
  /** Other wordings; training material, always on the same side of the split as the question. */
  variants: string[];
  answers: Answer[];
  /** The author's explicit choice, if any. */
  split?: Split;
  tags: string[];
  file: string;
  /** The question's text in its file. */
  range: Range;
}

/** Answers of which one is wanted: alternatives, or a single answer. */
export interface AnswerGroup<T> {
  answers: [T, ...T[]];
  /** Highest relevance among them. */
  relevance: Relevance;
}

/** A question's answers as "all of (any of ...)", in the order of their first members. */
export function answerGroups<T extends Pick<Answer, 'group' | 'relevance'>>(answers: readonly T[]): AnswerGroup<T>[] {
  const groups = new Map<number | T, T[]>();
  for (const answer of answers) pushTo(groups, answer.group ?? answer, answer);
  return [...groups.values()].map((members) => ({
    answers: members as [T, ...T[]],
    relevance: Math.max(...members.map(({ relevance = 1 }) => relevance)) as Relevance,
  }));
}

/** The snippets of each group of answers, each once: found when any of them is. */
export function answerSnippets(answers: readonly Answer[]): string[][] {
  return answerGroups(answers).map((group) => [...new Set(group.answers.flatMap(({ snippetIds }) => snippetIds))]);
}

/** The relevance of each group of answers, in the order of {@link answerGroups}; undefined when all are 1, as without grades. */
export function gradesOf(answers: readonly Answer[]): Relevance[] | undefined {
  const grades = answerGroups(answers).map(({ relevance }) => relevance);
  return grades.some((grade) => grade > 1) ? grades : undefined;
}

/** The existing snippets that any answer of a question names, hence all it accepts; one that two answers name is there twice. */
export function acceptedIds({ answers }: { answers: readonly Pick<Answer, 'snippetIds'>[] }): string[] {
  return answers.flatMap((answer) => answer.snippetIds);
}
