// Lint rules: ways from the training side to the held-out side that the split does not close: near-duplicate sections and near wordings.
// Questions that share a snippet or nearly all their wording are kept together by the split itself (`split.ts`).
import { normaliseWording, rarestFirst, trigrams } from '../nearDuplicates.ts';
import { acceptedIds, type Question, type Split } from '../question.ts';
import { forEachSimilarPair } from '../similarityJoin.ts';
import type { Snippet } from '../snippet.ts';
import { quoted, type Remark } from './remark.ts';
import type { SimilarPair } from './similarSnippets.ts';

/** Jaccard similarity of trigrams from which two wordings are near; from 0.8 on the split keeps them together. */
const NEAR_WORDING = 0.65;

const SUGGESTION = 'Give both questions the same "split", so that what is trained on does not answer what is held out.';

/** At held-out questions whose answer is nearly the same as the answer of a training question. */
export function duplicateLeakRemarks(
  questions: readonly Question[],
  sides: ReadonlyMap<string, Split>,
  snippets: readonly Snippet[],
  pairs: readonly SimilarPair[],
): Remark[] {
  const training = firstQuestionOf(questions.filter(({ id }) => sides.get(id) === 'train'));
  const twins = new Map<string, string[]>();
  const link = (from: string, to: string): void => void twins.set(from, [...(twins.get(from) ?? []), to]);
  for (const { a, b } of pairs) {
    const [first, second] = [snippets[a]!.id, snippets[b]!.id];
    link(first, second);
    link(second, first);
  }
  return questions.flatMap((question): Remark[] => {
    if (sides.get(question.id) !== 'test') return [];
    for (const id of acceptedIds(question))
      for (const twin of twins.get(id) ?? []) {
        const trained = training.get(twin);
        if (trained) return [remark('leak-by-duplicate', question, duplicateText(id, twin, trained))];
      }
    return [];
  });
}

function duplicateText(id: string, twin: string, trained: Question): string {
  return `This held-out question is answered by ${id}, which is nearly the same as ${twin}, the answer of the training question ${named(trained)}.`;
}

/** At held-out questions that a training question, or a variant of it, asks in nearly the same words. */
export function wordingLeakRemarks(questions: readonly Question[], sides: ReadonlyMap<string, Split>): Remark[] {
  const wordings: string[] = [];
  const owners: Question[] = [];
  for (const question of questions) {
    if (!sides.has(question.id)) continue;
    for (const text of [question.text, ...question.variants]) {
      wordings.push(text);
      owners.push(question);
    }
  }
  const side = (i: number): Split => sides.get(owners[i]!.id)!;
  const nearest = new Map<Question, Question>();
  forEachSimilarPair(
    rarestFirst(wordings.map((text) => trigrams(normaliseWording(text)))),
    NEAR_WORDING,
    (x, y) => {
      const [held, trained] = side(x) === 'test' ? [x, y] : [y, x];
      if (!nearest.has(owners[held]!)) nearest.set(owners[held]!, owners[trained]!);
    },
    { isWanted: (x, y) => side(x) !== side(y) },
  );
  return [...nearest].map(([question, trained]) =>
    remark(
      'leak-by-wording',
      question,
      `This held-out question is asked in nearly the same words as the training question ${named(trained)}.`,
    ),
  );
}

function remark(code: Remark['code'], { id: question }: Question, message: string): Remark {
  return { code, severity: 'warning', message, suggestion: SUGGESTION, at: { question } };
}

function named({ text, file, range }: Question): string {
  return `${quoted(text)} (${file}:${range.start.line + 1})`;
}

function firstQuestionOf(questions: readonly Question[]): Map<string, Question> {
  const found = new Map<string, Question>();
  for (const question of questions) for (const id of acceptedIds(question)) if (!found.has(id)) found.set(id, question);
  return found;
}
