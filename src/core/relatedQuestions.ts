// Which questions belong together, because they ask for the same snippets or in nearly the same words; and the hash that draws their sides.
import { linkNearDuplicates } from './nearDuplicates.ts';
import { acceptedIds, type Question } from './question.ts';
import { UnionFind } from './unionFind.ts';

/**
 * The questions that have an existing snippet, in components: two questions are together when a chain of shared snippets (of any
 * answer) and near-duplicate wordings (variants included) links them. A question whose answer is a whole file ties that file together.
 */
export function relatedQuestions(questions: readonly Question[]): Question[][] {
  const answered = questions.filter((question) => acceptedIds(question).length > 0);
  const groups = new UnionFind(answered.length);
  const firstWith = new Map<string, number>();
  answered.forEach((question, i) => {
    for (const id of acceptedIds(question)) {
      const first = firstWith.get(id);
      if (first === undefined) firstWith.set(id, i);
      else groups.union(first, i);
    }
  });
  linkWordings(answered, groups);
  return groups.groups().map((group) => group.map((i) => answered[i]!));
}

/** The questions in groups that are worded nearly alike, variants included. */
export function alikeWordings(questions: readonly Question[]): Question[][] {
  const groups = new UnionFind(questions.length);
  linkWordings(questions, groups);
  return groups.groups().map((group) => group.map((i) => questions[i]!));
}

/** Joins in `groups` the questions, by their places, that are worded nearly alike. */
function linkWordings(questions: readonly Question[], groups: UnionFind): void {
  const wordings = questions.map(({ text, variants }) => [text, ...variants]);
  const owners = wordings.flatMap((texts, i) => texts.map(() => i));
  linkNearDuplicates(wordings.flat(), owners, groups);
}

/** 32-bit FNV-1a over UTF-16 code units, its bits mixed by MurmurHash3's finaliser: near ids must not get near values. */
export function sideHash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
