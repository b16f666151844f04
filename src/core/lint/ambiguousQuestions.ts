// Lint rule: a question that another snippet answers about as well as its own, by score and by words, is either answered twice or asked too loosely.
import { wordsOf } from '../causes/words.ts';
import { plainly } from '../lexical/words.ts';
import type { Question } from '../question.ts';
import type { QuestionResult } from '../report.ts';
import type { Snippet } from '../snippet.ts';
import type { Remark } from './remark.ts';

/** Cosines nearer than this change places with the next training or edit. */
const HAIR = 0.02;
/** Share of the question's words that the other snippet has at least. */
const SHARED_WORDS = 0.6;
const LEAST_WORDS = 2;
const NAMED = 3;

/** `results` are rankings by cosine of the same questions; a question without an existing answer says nothing. */
export function ambiguousQuestionRemarks(
  questions: readonly Question[],
  results: readonly QuestionResult[],
  snippets: ReadonlyMap<string, Snippet>,
): Remark[] {
  const questionOf = new Map(questions.map((each) => [each.id, each]));
  return results.flatMap((result): Remark[] => {
    const question = questionOf.get(result.questionId);
    const rivals = question ? rivalsOf(question, result, snippets) : [];
    if (!question || rivals.length === 0) return [];
    return [
      {
        code: 'ambiguous-question',
        severity: 'information',
        message: `By score and words this question is answered about as well by ${rivals.slice(0, NAMED).join(', ')}.`,
        suggestion: 'Name it as a further answer where it is right; else ask for what the section named alone says.',
        at: { question: question.id },
      },
    ];
  });
}

function rivalsOf(
  { text }: Question,
  { top, expected }: QuestionResult,
  snippets: ReadonlyMap<string, Snippet>,
): string[] {
  const best = expected.filter(({ rank }) => rank > 0).sort((a, b) => b.score - a.score)[0];
  if (!best) return [];
  const own = new Set(expected.map(({ id }) => id));
  const asked = wordsOf(text);
  const has = (id: string): number => {
    const words = plainly(snippets.get(id)?.text ?? '');
    return asked.filter((word) => words.includes(word)).length;
  };
  const least = Math.max(Math.min(LEAST_WORDS, asked.length), SHARED_WORDS * asked.length, has(best.id));
  return top
    .filter(({ id, score }) => !own.has(id) && Math.abs(score - best.score) <= HAIR && has(id) >= least)
    .map(({ id }) => id);
}
