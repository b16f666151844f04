// Hard negatives again, by the weights of the moment: what was hard for the base model may not be hard any more (ANCE, Xiong et al. 2020,
// arXiv 2007.00808). Only windows that came near a training question at the start are embedded again, since embedding all takes minutes.
import type { JobContext } from '../../core/progress.ts';
import type { Question } from '../../core/question.ts';
import { topSnippets } from '../../core/ranking.ts';
import { Embedder } from '../embedder.ts';
import type { IndexedWindow } from '../indexer.ts';
import type { ModelWeights } from '../modelWeights.ts';
import { Scorer } from '../scorer.ts';
import type { Example } from './examples.ts';
import { acceptedIds, type ExampleOptions, type PassageTable, questionExamples } from './prepare.ts';

/** Snippets that are embedded again before an epoch, about. */
const POOL_SNIPPETS = 1500;
/** Of each question at least. */
const LEAST_DEPTH = 8;

/** What the training knows when it begins; `queries` are the questions' vectors under the base model, `scorer` its index. */
export interface RemineInput {
  embedder: Embedder;
  /** Changed by the training. */
  model: ModelWeights;
  windows: readonly IndexedWindow[];
  questions: readonly Question[];
  queries: Float32Array;
  scorer: Scorer;
  table: PassageTable;
  threads?: number;
}

/** The function makes the examples anew, with the hard negatives that the weights of now rank high. */
export async function remining(
  input: RemineInput,
  options: ExampleOptions,
): Promise<(context: JobContext) => Promise<Example[]>> {
  const { embedder, model, windows, questions, queries, scorer, table, threads } = input;
  const wanted = new Set(questions.flatMap(acceptedIds));
  const depth = Math.max(LEAST_DEPTH, Math.floor(POOL_SNIPPETS / questions.length));
  await scorer.forEach(queries, (_, scores) => {
    for (const { id } of topSnippets(scores, scorer.ids, depth)) wanted.add(id);
  });
  const pool = windows.filter((window) => wanted.has(window.snippetId));
  return async (context) => {
    const now = await Embedder.of(model, embedder.profile, embedder.tokenizer, { threads });
    try {
      const texts = pool.map(({ text }) => text);
      // Their progress would be taken for that of the training.
      const quiet = { signal: context.signal };
      const vectors = await now.embed(texts, 'passage', quiet);
      const asked = await now.embed(
        questions.map(({ text }) => text),
        'query',
        quiet,
      );
      const near = await Scorer.ofWindows(pool, vectors, embedder.profile.dimension);
      try {
        return await questionExamples(questions, asked, near, table, embedder, options);
      } finally {
        await near.close();
      }
    } finally {
      await now.close();
    }
  };
}
