// Hard negatives again, by the weights of the moment: what was hard for the base model may not be hard any more (ANCE, Xiong et al. 2020,
// arXiv 2007.00808). Only windows that came near a training question at the start are embedded again, since embedding all takes minutes.
import { acceptedIds, type Question } from '../../core/question.ts';
import { topSnippets } from '../../core/ranking.ts';
import type { Embedder } from '../embedder.ts';
import type { IndexedWindow } from '../indexer.ts';
import { Scorer } from '../scorer.ts';
import { type ExampleOptions, type PassageTable, questionExamples } from './prepare.ts';
import type { TrainingInput } from './trainer.ts';

/** Snippets that are embedded again before an epoch, about. */
const POOL_SNIPPETS = 1500;
/** Of each question at least. */
const LEAST_DEPTH = 8;

/** What the training knows when it begins; `queries` are the questions' vectors under the base model, `scorer` its index. */
export interface RemineInput {
  embedder: Embedder;
  windows: readonly IndexedWindow[];
  questions: readonly Question[];
  queries: Float32Array;
  scorer: Scorer;
  table: PassageTable;
}

/** The function makes the examples anew, with the hard negatives that the weights of now rank high. */
export async function remining(
  input: RemineInput,
  options: ExampleOptions,
): Promise<NonNullable<TrainingInput['remine']>> {
  const { embedder, windows, questions, queries, scorer, table } = input;
  const wanted = new Set(questions.flatMap(acceptedIds));
  const depth = Math.max(LEAST_DEPTH, Math.floor(POOL_SNIPPETS / questions.length));
  await scorer.forEach(queries, (_, scores) => {
    for (const { id } of topSnippets(scores, scorer.ids, depth)) wanted.add(id);
  });
  const pool = windows.filter((window) => wanted.has(window.snippetId));
  const texts = pool.map(({ text }) => embedder.tokens(text, 'passage'));
  const wordings = questions.map(({ text }) => embedder.tokens(text, 'query'));
  return async (embed, context) => {
    const near = await Scorer.ofWindows(pool, await embed(texts, context), embedder.profile.dimension);
    try {
      return await questionExamples(questions, await embed(wordings, context), near, table, embedder, options);
    } finally {
      await near.close();
    }
  };
}
