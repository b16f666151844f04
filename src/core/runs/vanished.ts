// Held-out questions of a baseline that a later run does not ask in the same way, and why: a check must not pass because its questions are gone.
import type { RunFile, RunQuestion } from './run.ts';

/**
 * `gone` no longer asked, or none of its answers exists; `reworded` asked in other words under the same id; `answers` an expected
 * snippet is no longer there or no longer an answer; `training` moved to the training side.
 */
export type VanishedKind = 'gone' | 'reworded' | 'answers' | 'training';

/** A held-out question of the baseline that cannot be compared. */
export interface VanishedQuestion {
  kind: VanishedKind;
  before: RunQuestion;
  /** The same question now; absent for `gone`. */
  after?: RunQuestion;
  /** Ids of snippets that the baseline expects and the later run does not. */
  lost: string[];
}

/** Each question of the baseline with its later self: by id, else by wording and answers, so that a question may move to another file. */
export function pairQuestions(
  before: Pick<RunFile, 'questions'>,
  after: Pick<RunFile, 'questions'>,
): Map<RunQuestion, RunQuestion> {
  const byId = new Map(after.questions.map((each) => [each.id, each]));
  const earlier = new Set(before.questions.map(({ id }) => id));
  const moved = new Map(after.questions.filter(({ id }) => !earlier.has(id)).map((each) => [each.hash, each]));
  const pairs = new Map<RunQuestion, RunQuestion>();
  for (const was of before.questions) {
    const is = byId.get(was.id) ?? moved.get(was.hash);
    if (is) pairs.set(was, is);
  }
  return pairs;
}

/** What vanished, in the order of the baseline. A question that only gained answers has not. */
export function vanishedQuestions(before: RunFile, pairs: ReadonlyMap<RunQuestion, RunQuestion>): VanishedQuestion[] {
  return before.questions.flatMap((was): VanishedQuestion[] => {
    if (was.split !== 'test') return [];
    const is = pairs.get(was);
    if (!is) return [{ kind: 'gone', before: was, lost: was.expected.map(({ id }) => id) }];
    const now = new Set(is.expected.map(({ id }) => id));
    const lost = was.expected.flatMap(({ id }) => (now.has(id) ? [] : [id]));
    const kind = kindOf(was, is, lost);
    return kind ? [{ kind, before: was, after: is, lost }] : [];
  });
}

function kindOf(was: RunQuestion, is: RunQuestion, lost: readonly string[]): VanishedKind | undefined {
  if (is.question !== was.question) return 'reworded';
  if (lost.length > 0) return 'answers';
  return is.split === 'train' ? 'training' : undefined;
}

/** Why it cannot be compared, as the end of a sentence that begins with the question. */
export function vanishedReason({ kind, after, lost }: VanishedQuestion): string {
  if (kind === 'gone') return 'is no longer asked, or none of its answers exists';
  if (kind === 'reworded') return `is now asked as “${after?.question.trim()}”`;
  if (kind === 'answers') return `is no longer answered by ${lost.join(', ')}`;
  return 'was moved to the training side';
}

/** Where it stands now, or stood; a 1-based line. */
export function vanishedPlace({ before, after }: VanishedQuestion): { file: string; line: number } {
  return after ?? before;
}
