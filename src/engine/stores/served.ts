// What a store serves for standard questions, as results that a report can be made of.
import { errors } from '../../core/errors.ts';
import { type JobContext, throwIfAborted } from '../../core/progress.ts';
import { answerSnippets, type Question } from '../../core/question.ts';
import { questionResult } from '../../core/questionResult.ts';
import type { QuestionResult } from '../../core/report.ts';
import { copyStamp } from '../indexManifest.ts';
import type { IndexStamp } from '../vectorStore.ts';
import { PostgresStore } from './postgres.ts';
import type { Published, SnippetStore } from './store.ts';

/** Opens the store of an address, and closes it when the work is done. */
export async function withStore<T>(url: string, work: (store: SnippetStore) => Promise<T>): Promise<T> {
  const store = await PostgresStore.open(url);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** What is published under the name; throws a UserError where nothing is, or where another model or use of it made the vectors. */
export async function publishedBy(store: SnippetStore, name: string, stamp: IndexStamp): Promise<Published> {
  const published = await store.published(name);
  if (!published) throw errors.nothingPublished(store.place, name);
  const wanted = Object.entries(copyStamp(stamp)) as [keyof IndexStamp, string | number][];
  const differing = wanted.filter(([field, value]) => published.stamp[field] !== value).map(([field]) => field);
  if (differing.length > 0) throw errors.publishedOtherwise(store.place, name, published.stamp.modelId, differing);
  return published;
}

/** Asks the store every question; `queries` holds their vectors, row-major. */
export async function servedResults(
  store: SnippetStore,
  name: string,
  questions: readonly Question[],
  queries: Float32Array,
  depth: number,
  context: JobContext,
): Promise<QuestionResult[]> {
  const dimension = queries.length / Math.max(1, questions.length);
  const results: QuestionResult[] = [];
  for (const [i, question] of questions.entries()) {
    throwIfAborted(context.signal);
    const vector = queries.subarray(i * dimension, (i + 1) * dimension);
    const found = await store.search(name, vector, depth, answerSnippets(question.answers).flat());
    const places = new Map(found.map(({ id, rank, score }) => [id, { rank, score }]));
    results.push(
      questionResult(
        question,
        (id) => places.get(id) ?? { rank: 0, score: 0 },
        found.filter(({ rank }) => rank <= depth),
      ),
    );
    context.onProgress?.({ stage: 'serve', done: i + 1, total: questions.length });
  }
  return results;
}
