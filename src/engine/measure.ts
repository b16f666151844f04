import type { Cause } from '../core/causes/cause.ts';
import type { Corpus } from '../core/corpus.ts';
import { errors } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import type { JobContext } from '../core/progress.ts';
import type { Question, Split } from '../core/question.ts';
import { outcomesOf, questionStates, withCauses } from '../core/questionStates.ts';
import { buildReport, type QuestionResult, type RecallReport } from '../core/report.ts';
import { splitQuestions } from '../core/split.ts';
import type { EvaluateAnswer, EvaluateParams, ServedAnswer, StoreChoice } from '../protocol/engine.ts';
import { CauseFinder } from './causes.ts';
import { type Indexed, scorerOf } from './indexed.ts';
import { stampOf } from './indexer.ts';
import type { OpenModel } from './openModel.ts';
import { reranking } from './retrieval.ts';
import { publishedBy, servedResults, withStore } from './stores/served.ts';

/** Headings of the snippets that a report's reader will ask for. */
export function placesOf({ snippets }: Corpus, { outcomes }: RecallReport): EvaluateAnswer['places'] {
  const wanted = new Set(outcomes.flatMap(({ expected, top }) => [...expected, ...top]).map(({ id }) => id));
  return Object.fromEntries(
    snippets
      .filter(({ id }) => wanted.has(id))
      .map(({ id, file, headingRange }) => [id, { file, line: headingRange.start.line + 1 }]),
  );
}

/** The side of every question that can be measured. Throws a UserError where there is none. */
export function splitOf(
  params: EvaluateParams,
  corpus: Corpus,
): { sides: ReadonlyMap<string, Split>; findings: Finding[] } {
  const split = splitQuestions(corpus.questions, params);
  if (split.sides.size === 0) throw errors.noQuestions(params.base.folder);
  return split;
}

/** The report of this machine's ranking, by vectors, words or both. */
export async function measure(
  params: EvaluateParams,
  corpus: Corpus,
  sides: ReadonlyMap<string, Split>,
  model: Pick<OpenModel, 'folder' | 'embedder'>,
  indexed: Indexed,
  context: JobContext,
): Promise<RecallReport> {
  const scorer = await scorerOf(indexed, model);
  try {
    const rerank = reranking(params.retrieval, corpus.snippets, scorer.ids);
    return await reportOf(params, corpus, sides, model, context, (...asked) => scorer.rank(...asked, context, rerank));
  } finally {
    await scorer.close();
  }
}

/** The report of whatever ranks the questions that have a side. */
export async function reportOf(
  params: EvaluateParams,
  corpus: Corpus,
  sides: ReadonlyMap<string, Split>,
  { folder, embedder }: Pick<OpenModel, 'folder' | 'embedder'>,
  { signal }: JobContext,
  rank: (questions: readonly Question[], queries: Float32Array, depth: number) => Promise<QuestionResult[]>,
): Promise<RecallReport> {
  const questions = corpus.questions.filter((question) => sides.has(question.id));
  const texts = questions.map((question) => question.text);
  const queries = await embedder.embed(texts, 'query', { signal });
  const results = await rank(questions, queries, Math.max(10, ...(params.ks ?? [])));
  return buildReport({
    model: folder.id,
    retrieval: params.retrieval,
    heldOut: params.heldOut,
    snippetCount: corpus.snippets.length,
    questions: corpus.questions,
    splits: sides,
    results,
    ks: params.ks,
    primaryK: params.primaryK,
    seed: params.seed,
  });
}

/** What the store answers to the questions, beside what was measured here. */
export async function servedReport(
  params: EvaluateParams,
  { url, name }: StoreChoice,
  corpus: Corpus,
  sides: ReadonlyMap<string, Split>,
  model: OpenModel,
  indexHash: string,
  measured: RecallReport,
  context: JobContext,
): Promise<ServedAnswer> {
  return withStore(url, async (store) => {
    const published = await publishedBy(store, name, stampOf(model.embedder, model.folder.id, model.hash));
    const report = await reportOf(params, corpus, sides, model, context, (...asked) =>
      servedResults(store, name, ...asked, context),
    );
    const ranks = new Map(report.outcomes.map(({ id, answerRanks }) => [id, answerRanks.join()]));
    return {
      place: store.place,
      name,
      version: published.version,
      publishedAt: published.publishedAt.toISOString(),
      isCurrent: published.indexHash === indexHash,
      report,
      differing: measured.outcomes.filter(({ id, answerRanks }) => ranks.get(id) !== answerRanks.join()).length,
    };
  });
}

/** The failures of a report and the questions left out, with their causes. */
export function explained(
  { retrieval, base }: EvaluateParams,
  corpus: Corpus,
  sides: ReadonlyMap<string, Split>,
  model: Pick<OpenModel, 'folder' | 'embedder'>,
  { windows }: Indexed,
  report: RecallReport,
): Pick<RecallReport, 'failures' | 'unmeasured'> {
  const outcomes = outcomesOf(report);
  const states = (causes?: ReadonlyMap<string, Cause[]>) => questionStates(corpus.questions, sides, outcomes, causes);
  const excluded = new Set(base.excluded);
  const { primaryK: k } = report;
  const measured = { corpus, questions: states(), k, retrieval, windows, model, excluded };
  return withCauses(report, states(new CauseFinder().find(measured)));
}
