// Questions of a corpus together with how they were measured, as views and causes need them.
import type { Cause } from './causes/cause.ts';
import type { Question, Split } from './question.ts';
import type { MeasuredQuestions, RecallFailure, RecallReport } from './report.ts';
import type { Outcome, QuestionState } from './state.ts';

/** The outcome of each measured question, by its id. */
export function outcomesOf({
  outcomes,
  failures,
}: Pick<MeasuredQuestions, 'outcomes' | 'failures'>): Map<string, Outcome> {
  const failed = new Map<string, RecallFailure>(failures.map((failure) => [failure.id, failure]));
  return new Map(
    outcomes.map(({ id, answerRanks, expected, top }) => {
      const failure = failed.get(id);
      return [id, { answerRanks, expected, top, recall: failure?.recall ?? 1, beatenBy: failure?.beatenBy ?? [] }];
    }),
  );
}

/** Every question with its side, its outcome and the causes of its failure, where there are such. */
export function questionStates(
  questions: readonly Question[],
  sides: ReadonlyMap<string, Split>,
  outcomes: ReadonlyMap<string, Outcome>,
  causes?: ReadonlyMap<string, Cause[]>,
): QuestionState[] {
  return questions.map(({ id, text, variants, tags, file, range, answers, split }): QuestionState => {
    const [side, outcome, why] = [sides.get(id), outcomes.get(id), causes?.get(id)];
    return {
      id,
      text,
      variants,
      tags,
      file,
      range,
      answers,
      ...(split && { declaredSplit: split }),
      ...(side && { split: side }),
      ...(outcome && { outcome }),
      ...(why && { causes: why }),
    };
  });
}

/** The failures of a report with their causes, and the questions left out with theirs, out of the states that {@link questionStates} gave. */
export function withCauses(
  { failures }: Pick<MeasuredQuestions, 'failures'>,
  states: readonly QuestionState[],
): Required<Pick<RecallReport, 'failures' | 'unmeasured'>> {
  const causes = new Map(states.map((state) => [state.id, state.causes ?? []]));
  return {
    failures: failures.map((failure) => ({ ...failure, causes: causes.get(failure.id) ?? [] })),
    unmeasured: states.flatMap(({ id, text, file, range, outcome, causes: why }) =>
      outcome || !why ? [] : { id, question: text, file, line: range.start.line + 1, causes: why },
    ),
  };
}
