// One ordered decision: the causes of a failing question, the main one first.
import { missedAnswers } from '../diagnosis.ts';
import type { QuestionState } from '../state.ts';
import type { Cause, CauseName, Detector, Failure, Surroundings } from './cause.ts';
import { exactTerm } from './exactTerm.ts';
import { headingOnly } from './headingOnly.ts';
import { hub } from './hubs.ts';
import { modelUse } from './modelUse.ts';
import { nearDuplicate } from './nearDuplicate.ts';
import { notIndexed, type Resolver } from './notIndexed.ts';
import { oppositeCondition } from './opposites.ts';
import { pastWindow } from './pastWindow.ts';
import { secondAnswer } from './secondAnswer.ts';
import { vocabularyGap } from './vocabularyGap.ts';
import { wrongLanguage } from './wrongLanguage.ts';

/**
 * The order: what makes all other evidence void comes first (no snippet, a model used wrongly, another language); then what names a
 * single difference between answer and winner (a turned condition before mere likeness, which it implies); then what one place shows (a
 * code, a later part), what many questions show (a hub), and what words show, from the narrow to the wide. That the winner answers as well
 * is told last of these, since a person has to read both to know.
 */
const DETECTORS: readonly (readonly [CauseName, Detector])[] = [
  ['model-use', modelUse],
  ['wrong-language', wrongLanguage],
  ['opposite-condition', oppositeCondition],
  ['near-duplicate', nearDuplicate],
  ['exact-term', exactTerm],
  ['past-window', pastWindow],
  ['hub', hub],
  ['heading-only', headingOnly],
  ['vocabulary-gap', vocabularyGap],
  ['second-answer', secondAnswer],
];

/** Up to how many times k an answer is near. */
const NEAR = 3;

/**
 * The causes of a question that misses an answer, or that has none in the index; none for a question that finds all of them. The first is
 * the main one, the further ones hold as well. Reads the answer and the winner alone, for it is asked about every failing question after
 * each measurement.
 */
export function causesOf(question: QuestionState, around: Surroundings, references: Resolver): Cause[] {
  const { outcome } = question;
  if (!outcome) return [notIndexed(question, references, around.excluded) ?? []].flat();
  const [missed] = missedAnswers(question, around.k);
  if (!missed) return [];
  const answer = around.snippets.get(missed.snippetId);
  if (missed.rank === 0 || !answer) return [{ name: 'not-indexed', evidence: ['unranked', missed.reference] }];
  const winner = outcome.top.find(({ id }) => !outcome.expected.some((each) => each.id === id));
  const failure: Failure = {
    question,
    words: around.wordsOf(question.text),
    answer,
    rank: missed.rank,
    winner: winner && around.snippets.get(winner.id),
    around,
  };
  const causes = DETECTORS.flatMap(([name, detect]): Cause[] => {
    const evidence = detect(failure);
    return evidence ? [{ name, evidence }] : [];
  });
  if (causes.length > 0) return causes;
  return [{ name: missed.rank <= NEAR * around.k ? 'near-miss' : 'far', evidence: [String(missed.rank)] }];
}
