// A question's result out of the places of its snippets, however they were ranked.
import { answerSnippets, gradesOf, type Question } from './question.ts';
import type { QuestionResult, ScoredSnippet } from './report.ts';

/** Rank (1-based, 0 where it has none) and score of a snippet. */
export interface Place {
  rank: number;
  score: number;
}

/** `placeOf` is asked for every snippet that an answer names; `top` are the best snippets, best first. */
export function questionResult(
  question: Question,
  placeOf: (id: string) => Place,
  top: readonly ScoredSnippet[],
): QuestionResult {
  const answers = answerSnippets(question.answers);
  const places = new Map(answers.flat().map((id) => [id, placeOf(id)]));
  const best = (ids: readonly string[]): number =>
    ids.reduce((least, id) => {
      const { rank } = places.get(id)!;
      return rank > 0 && (least === 0 || rank < least) ? rank : least;
    }, 0);
  const relevance = gradesOf(question.answers);
  return {
    questionId: question.id,
    answerRanks: answers.map(best),
    ...(relevance && { relevance }),
    top: top.map(({ id, score }) => ({ id, score })),
    expected: [...places].map(([id, place]) => ({ id, ...place })),
  };
}
