// A whole fine-tuning run on a knowledge base: examples, a pool to check development questions on, training, the tuned weights.

import { ndcgOfRanks, recallOfRanks } from '../../core/metrics.ts';
import type { JobContext } from '../../core/progress.ts';
import { acceptedIds, type Question } from '../../core/question.ts';
import { seededRandom } from '../../core/random.ts';
import { topSnippets } from '../../core/ranking.ts';
import type { QuestionResult } from '../../core/report.ts';
import type { Snippet } from '../../core/snippet.ts';
import { mean } from '../../core/statistics.ts';
import type { Embedder } from '../embedder.ts';
import type { IndexedWindow } from '../indexer.ts';
import type { ModelWeights } from '../modelWeights.ts';
import { Scorer } from '../scorer.ts';
import type { WorkPlace } from './checkpoint.ts';
import { passageTable, questionExamples, titleExamples } from './prepare.ts';
import { remining } from './remine.ts';
import { fittingTemperature } from './temperature.ts';
import { requireQuestions } from './trainable.ts';
import { batchSize, type Embed, type TrainingOutcome, type TrainingSettings, train } from './trainer.ts';

/** Windows of the pool for each place down to which the base model's ranking of a development question is taken into it. */
const POOL_WINDOWS_A_PLACE = 75;
const TITLES = 6000;

export interface FineTuneInput {
  /** The base model's encoder. */
  embedder: Embedder;
  /** Its weights, changed in place into the tuned ones. */
  model: ModelWeights;
  snippets: readonly Snippet[];
  windows: readonly IndexedWindow[];
  /** Vectors of `windows` under the base model, row-major. */
  vectors: Float32Array;
  /** Over the base model's index. */
  scorer: Scorer;
  trainQuestions: readonly Question[];
  developmentQuestions: readonly Question[];
  /** Where the training keeps what it needs to go on after a kill. */
  work?: WorkPlace;
}

/** The figure by which checkpoints are chosen: mean of recall@5 and nDCG@10, which moves with every place and not only at one border. */
export function developmentScore(results: readonly Pick<QuestionResult, 'answerRanks' | 'relevance'>[]): number {
  return mean(
    results.map(
      ({ answerRanks, relevance }) => (recallOfRanks(answerRanks, 5) + ndcgOfRanks(answerRanks, 10, relevance)) / 2,
    ),
  );
}

/** Trains `input.model` in place; its encoder is closed then. Throws a UserError when there is too little to train on. */
export async function fineTune(
  input: FineTuneInput,
  settings: TrainingSettings,
  context: JobContext = {},
): Promise<TrainingOutcome> {
  const { embedder, model, snippets, windows, scorer, trainQuestions, developmentQuestions } = input;
  requireQuestions(trainQuestions, developmentQuestions);
  const table = passageTable(windows, embedder);
  const queries = await embedder.embed(
    trainQuestions.map((question) => question.text),
    'query',
    { signal: context.signal },
  );
  const examples = await questionExamples(trainQuestions, queries, scorer, table, embedder, settings);
  const remine = settings.remine
    ? await remining({ embedder, windows, questions: trainQuestions, queries, scorer, table }, settings)
    : undefined;
  const answersOf = (question: Question): number[] =>
    acceptedIds(question).flatMap((id) => table.windows.get(id) ?? []);
  const temperature =
    settings.temperature ??
    fittingTemperature(
      {
        ...{ queries, answers: trainQuestions.map(answersOf) },
        ...{ passages: input.vectors, dimension: embedder.profile.dimension },
      },
      batchSize(examples.length, settings),
      settings.seed,
    );
  const titles = titleExamples(snippets, windows, table, embedder, TITLES);
  const pool = await developmentPool(input, settings, context);
  // From here on its tokens are wanted and not its vectors; it holds all weights a second time.
  await embedder.close();
  return train(
    {
      model,
      profile: embedder.profile,
      padId: embedder.tokenizer.padId,
      passages: [...table.passages, ...titles.passages],
      baseVectors: input.vectors,
      examples,
      ...(remine && { remine }),
      titleExamples: titles.examples,
      development: async (job, embed) => developmentScore(await rankPool(input, pool, embed, job)),
      work: input.work,
    },
    { ...settings, temperature },
    context,
  );
}

/** Token sequences of the pool's windows, and whose they are. */
interface Pool {
  tokens: Int32Array[];
  owners: string[];
  queries: Int32Array[];
}

/** The windows of development answers, of what ranks near them now, and a random rest; everything when the base is small. */
async function developmentPool(
  input: FineTuneInput,
  { seed, poolWindows }: Pick<TrainingSettings, 'seed' | 'poolWindows'>,
  context: JobContext,
): Promise<Pool> {
  const { embedder, windows, scorer, developmentQuestions } = input;
  const queries = developmentQuestions.map((question) => embedder.tokens(question.text, 'query'));
  let kept: readonly IndexedWindow[] = windows;
  if (windows.length > poolWindows) {
    const depth = Math.max(1, Math.round(poolWindows / POOL_WINDOWS_A_PLACE));
    const wanted = new Set(developmentQuestions.flatMap(acceptedIds));
    const vectors = await embedder.embedTokens(queries, { signal: context.signal });
    await scorer.forEach(vectors, (_, scores) => {
      for (const { id } of topSnippets(scores, scorer.ids, depth)) wanted.add(id);
    });
    const random = seededRandom(seed);
    const chosen = windows.filter((window) => wanted.has(window.snippetId));
    const others = random.shuffle(windows.filter((window) => !wanted.has(window.snippetId)));
    kept = [...chosen, ...others.slice(0, Math.max(0, poolWindows - chosen.length))];
  }
  return {
    tokens: kept.map((window) => embedder.tokens(window.text, 'passage')),
    owners: kept.map((window) => window.snippetId),
    queries,
  };
}

async function rankPool(
  { embedder, developmentQuestions }: FineTuneInput,
  pool: Pool,
  embed: Embed,
  context: JobContext,
): Promise<QuestionResult[]> {
  const vectors = await embed(pool.tokens, context);
  const queries = await embed(pool.queries, context);
  const parts = pool.owners.map(() => 0);
  const scorer = await Scorer.open({ vectors, dimension: embedder.profile.dimension, owners: pool.owners, parts });
  try {
    return await scorer.rank(developmentQuestions, queries, 10, context);
  } finally {
    await scorer.close();
  }
}
