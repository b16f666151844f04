// From measured questions to what is worth telling at a place: which answers a question misses, which questions a snippet is missed by.
import { worstRank } from './metrics.ts';
import { answerGroups } from './question.ts';
import type { QuestionState } from './state.ts';

/** An answer outside the first k. */
export interface MissedAnswer {
  reference: string;
  /** Its best placed snippet. */
  snippetId: string;
  /** 1-based; 0 when it is not ranked at all. */
  rank: number;
}

/** Whether a measured question misses an answer at the primary k; false for one that was not measured. */
export function isFailing({ outcome }: Pick<QuestionState, 'outcome'>): boolean {
  return outcome !== undefined && outcome.recall < 1;
}

/** A question with an answer outside the first k. */
export interface QuestionDiagnosis {
  question: QuestionState;
  missed: MissedAnswer[];
  /** The best placed snippet that stands above a missed answer and is not expected. */
  winner?: string;
}

/** A snippet that questions should find and do not. */
export interface SnippetDiagnosis {
  snippetId: string;
  misses: { question: QuestionState; rank: number; winner?: string }[];
}

/** The measured questions that miss an answer in the first `k`, in the order given. */
export function diagnoseQuestions(questions: Iterable<QuestionState>, k: number): QuestionDiagnosis[] {
  const found: QuestionDiagnosis[] = [];
  for (const question of questions) {
    if (!isFailing(question)) continue;
    const missed = missedAnswers(question, k);
    const winner = question.outcome?.beatenBy[0]?.id;
    found.push({ question, missed, ...(winner !== undefined && { winner }) });
  }
  return found;
}

/** The same seen from the snippets: each missed answer counts at its best placed snippet. */
export function diagnoseSnippets(diagnoses: readonly QuestionDiagnosis[]): SnippetDiagnosis[] {
  const bySnippet = new Map<string, SnippetDiagnosis>();
  for (const { question, missed, winner } of diagnoses) {
    for (const { snippetId, rank } of missed) {
      const known = bySnippet.get(snippetId) ?? { snippetId, misses: [] };
      known.misses.push({ question, rank, ...(winner !== undefined && { winner }) });
      bySnippet.set(snippetId, known);
    }
  }
  return [...bySnippet.values()];
}

/** Where each answer of a measured question stands: its best placed snippet, that of alternatives taken together. Answers that point nowhere are left out. */
export function answerPlaces({ answers, outcome }: QuestionState): MissedAnswer[] {
  const ranks = new Map(outcome?.expected.map(({ id, rank }) => [id, rank]));
  return answerGroups(answers).flatMap((group) => {
    let best: MissedAnswer | undefined;
    for (const { reference, snippetIds } of group.answers)
      for (const snippetId of snippetIds) {
        const rank = ranks.get(snippetId) ?? 0;
        if (!best || (rank > 0 && (best.rank === 0 || rank < best.rank))) best = { reference, snippetId, rank };
      }
    return best ?? [];
  });
}

/** The answers of a measured question that stand outside the first `k`. */
export function missedAnswers(question: QuestionState, k: number): MissedAnswer[] {
  return answerPlaces(question).filter(({ rank }) => rank === 0 || rank > k);
}

/** The rank that decides a question: that of its worst placed answer; 0 when one is not ranked, undefined when not measured. */
export function decidingRank(question: QuestionState): number | undefined {
  const ranks = question.outcome?.answerRanks;
  return ranks && ranks.length > 0 ? worstRank(ranks) : undefined;
}
