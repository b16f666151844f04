// An answer that no snippet stands for: its file is left out, its section is empty, or it leads nowhere.
import type { Corpus } from '../corpus.ts';
import { referencedFiles } from '../references.ts';
import type { QuestionState } from '../state.ts';
import type { Cause } from './cause.ts';

/** Looks a reference up again, to learn why it leads nowhere. */
export type Resolver = Pick<Corpus['references'], 'resolve'>;

/**
 * Why a question was left out: the first of its answers that leads nowhere. Evidence: `excluded`, `empty` or `unknown`, and the
 * reference as the author wrote it. Undefined where every answer has a snippet.
 */
export function notIndexed(
  question: QuestionState,
  references: Resolver,
  excluded: ReadonlySet<string>,
): Cause | undefined {
  const dangling = question.answers.find(({ snippetIds }) => snippetIds.length === 0);
  if (!dangling) return undefined;
  const { reference } = dangling;
  return { name: 'not-indexed', evidence: [why(reference, question.file, references, excluded), reference] };
}

function why(reference: string, file: string, references: Resolver, excluded: ReadonlySet<string>): string {
  const { kind } = references.resolve(reference, file);
  if (kind === 'empty-file' || kind === 'empty-section') return 'empty';
  return referencedFiles(reference, file).some((each) => excluded.has(each)) ? 'excluded' : 'unknown';
}
