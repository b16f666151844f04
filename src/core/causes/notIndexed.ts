// An answer that no snippet stands for: its file is left out, its section is empty, or it leads nowhere.
import type { Corpus } from '../corpus.ts';
import { referencedFiles } from '../references.ts';
import type { QuestionState } from '../state.ts';
import type { Cause } from './cause.ts';

/** Looks a reference up again, to learn why it leads nowhere. */
export type Resolver = Pick<Corpus['references'], 'resolve'>;

/**
 * The answers of a question that cannot be found because they are not in the index. Evidence: `excluded`, `empty`, `unknown` or
 * `unranked`, and the reference as the author wrote it.
 */
export function notIndexed(
  question: QuestionState,
  references: Resolver,
  excluded: ReadonlySet<string>,
): Cause | undefined {
  for (const { reference, snippetIds } of question.answers) {
    if (snippetIds.length > 0) continue;
    return { name: 'not-indexed', evidence: [why(reference, question.file, references, excluded), reference] };
  }
  const unranked = question.outcome?.expected.find(({ rank }) => rank === 0);
  return unranked && { name: 'not-indexed', evidence: ['unranked', unranked.id] };
}

function why(reference: string, file: string, references: Resolver, excluded: ReadonlySet<string>): string {
  const { kind } = references.resolve(reference, file);
  if (kind === 'empty-file' || kind === 'empty-section') return 'empty';
  return referencedFiles(reference, file).some((each) => excluded.has(each)) ? 'excluded' : 'unknown';
}
