// The engine as a plain class: the child process of the extension and the command line are two ways to call it.
import { join } from 'node:path';
import type { Cause } from '../core/causes/cause.ts';
import { compareReports } from '../core/comparison.ts';
import { buildCorpus, type Corpus } from '../core/corpus.ts';
import { errors } from '../core/errors.ts';
import { byPlace, type Finding } from '../core/finding.ts';
import { contentHash } from '../core/hash.ts';
import { placeRemarks } from '../core/lint/remark.ts';
import type { JobContext } from '../core/progress.ts';
import type { Question, Split } from '../core/question.ts';
import { outcomesOf, questionStates, withCauses } from '../core/questionStates.ts';
import { buildReport, type QuestionResult, type RecallReport } from '../core/report.ts';
import { splitQuestions } from '../core/split.ts';
import type {
  EngineApi,
  EvaluateAnswer,
  EvaluateParams,
  IndexAnswer,
  IndexParams,
  LintAnswer,
  ModelChoice,
  ModelInfo,
  PublishAnswer,
  PublishParams,
  ServedAnswer,
  StoreChoice,
  TrainAnswer,
  TrainParams,
} from '../protocol/engine.ts';
import type { BlendAnswer, BlendParams, TrainEstimate } from '../protocol/runs.ts';
import { CauseFinder } from './causes.ts';
import { Embedder } from './embedder.ts';
import { entryOf, type IndexedWindow, stampOf, updateIndex, windowsOf } from './indexer.ts';
import { lintCorpus } from './lint.ts';
import { openModelFolder } from './modelFolder.ts';
import { modelHash } from './modelHash.ts';
import { listModels, saveModel } from './modelStore.ts';
import { loadWeights } from './modelWeights.ts';
import { indexPath, type OpenModel, openModel } from './openModel.ts';
import { reranking } from './retrieval.ts';
import { recorded } from './runRecorder.ts';
import { baseOf, candidatePath, readRun } from './runs.ts';
import { Scorer } from './scorer.ts';
import { publishedBy, servedResults, withStore } from './stores/served.ts';
import { developmentScore, fineTune } from './training/fineTune.ts';
import { forgettingCheck } from './training/forgetting.ts';
import { settingsOf, trainingCost, trainingMemory, trainingSides } from './training/plan.ts';
import { asNotTrainable, requireTrainable } from './training/trainable.ts';
import { DEFAULT_EPOCHS, mixWeights } from './training/trainer.ts';
import { trainingRecord, tunedId } from './tunedModel.ts';
import { type IndexRows, noticeText, openIndex } from './vectorStore.ts';

/** A knowledge base under one model. */
interface Indexed {
  windows: IndexedWindow[];
  /** Windows and vectors as ranked. */
  rows: IndexRows;
}

/** Implements {@link EngineApi}; holds nothing between calls. */
export class EngineService implements EngineApi {
  async index(params: IndexParams, context: JobContext = {}): Promise<IndexAnswer> {
    const corpus = readCorpus(params);
    return withModel(params, context, async (model) => (await indexCorpus(params, corpus, model, context)).answer);
  }

  async evaluate(params: EvaluateParams, context: JobContext = {}): Promise<EvaluateAnswer> {
    const corpus = readCorpus(params);
    const { sides, findings } = splitOf(params, corpus);
    return withModel(params, context, async (model) => {
      const indexed = await indexCorpus(params, corpus, model, context);
      const measured = await measure(params, corpus, sides, model, indexed, context);
      const report = { ...measured, ...explained(params, corpus, sides, model, indexed, measured) };
      const { indexHash } = indexed.answer;
      const served =
        params.store && (await servedReport(params, params.store, corpus, sides, model, indexHash, measured, context));
      return {
        report,
        index: indexed.answer,
        findings: [...corpus.findings, ...findings],
        places: placesOf(corpus, report),
        ...(served && { served }),
      };
    });
  }

  /** Writes snippets, vectors and the model's name into a database, so that a bot serves what was measured here. */
  async publish(params: PublishParams, context: JobContext = {}): Promise<PublishAnswer> {
    const corpus = readCorpus(params);
    const { url, name } = params.store;
    // A database that cannot be reached should be told before minutes of embedding.
    return withStore(url, (store) =>
      withModel(params, context, async ({ folder, embedder, hash }) => {
        const indexed = await indexCorpus(params, corpus, { folder, embedder, hash }, context);
        const version = await store.publish(
          {
            name,
            stamp: stampOf(embedder, folder.id, hash),
            indexHash: indexed.answer.indexHash,
            snippets: corpus.snippets,
            windows: indexed.windows,
            vectors: vectorsOf(indexed, embedder.profile.dimension),
          },
          context,
        );
        return { index: indexed.answer, place: store.place, name, version };
      }),
    );
  }

  async lint(params: EvaluateParams, context: JobContext = {}): Promise<LintAnswer> {
    const corpus = readCorpus(params);
    const { sides, findings } = splitQuestions(corpus.questions, params);
    return withModel(params, context, async (model) => {
      const { embedder } = model;
      const indexed = await indexCorpus(params, corpus, model, context);
      const scorer = await scorerOf(indexed, model);
      const linted = {
        corpus,
        sides,
        windows: indexed.windows,
        vectors: vectorsOf(indexed, embedder.profile.dimension),
        scorer,
      };
      const queries = (questions: readonly Question[]) =>
        embedder.embed(
          questions.map(({ text }) => text),
          'query',
          { signal: context.signal },
        );
      const remarks = await lintCorpus(linted, queries, embedder, context.signal).finally(() => scorer.close());
      const all = [...corpus.findings, ...findings, ...placeRemarks(remarks, corpus)];
      return { index: indexed.answer, findings: all.sort(byPlace) };
    });
  }

  async train(params: TrainParams, context: JobContext = {}): Promise<TrainAnswer> {
    if (params.retrieval === 'words') throw errors.trainingByWords();
    return recorded(params, { epochs: DEFAULT_EPOCHS }, context, (job) => this.#train(params, job));
  }

  async #train(params: TrainParams, context: JobContext): Promise<TrainAnswer> {
    const started = performance.now();
    const corpus = readCorpus(params);
    const { sides, findings } = splitOf(params, corpus);
    const { trainQuestions, developmentQuestions } = trainingSides(params, corpus, sides);
    return withModel(params, context, async (model) => {
      requireTrainable(model.folder.id, model.weights);
      const indexed = await indexCorpus(params, corpus, model, context);
      const before = await measure(params, corpus, sides, model, indexed, context);
      const forgets = await forgettingCheck(params.embeddedFolder, model.embedder, params.seed ?? 0, context);
      const settings = settingsOf(params, model);
      const { bytes, freeBytes } = trainingMemory(params, model, trainQuestions, indexed.windows);
      if (bytes > freeBytes) throw errors.notEnoughMemory(bytes, freeBytes);
      const scorer = await scorerOf(indexed, model);
      const outcome = await fineTune(
        {
          embedder: model.embedder,
          model: model.weights,
          snippets: corpus.snippets,
          windows: indexed.windows,
          vectors: vectorsOf(indexed, model.embedder.profile.dimension),
          scorer,
          trainQuestions,
          developmentQuestions,
        },
        settings,
        context,
      )
        .catch((error) => {
          throw asNotTrainable(model.folder.id, error);
        })
        .finally(() => scorer.close());
      const answer: TrainAnswer = {
        before,
        promoted: false,
        verdict: '',
        model: model.folder.id,
        steps: outcome.steps,
        seconds: 0,
        bestEpoch: outcome.bestEpoch,
        history: outcome.history,
        trainQuestions: trainQuestions.length,
        developmentQuestions: developmentQuestions.length,
        index: indexed.answer,
        findings: [...corpus.findings, ...findings],
      };
      if (outcome.bestEpoch === 0) {
        answer.verdict =
          outcome.ended === 'diverged'
            ? 'Not promoted: the loss became infinite, so training was stopped and the base model stays.'
            : 'Not promoted: no epoch recalled the development questions better than the base model.';
      } else {
        await judge(params, corpus, sides, model, indexed.windows, answer, developmentQuestions, context, forgets, {
          settings: { ...settings },
          outcome: { ...outcome },
        });
      }
      answer.seconds = (performance.now() - started) / 1000;
      return answer;
    });
  }

  /** What {@link train} would cost; nothing is trained or written. */
  async estimate(params: TrainParams, context: JobContext = {}): Promise<TrainEstimate> {
    const corpus = readCorpus(params);
    const { sides } = splitOf(params, corpus);
    const { trainQuestions } = trainingSides(params, corpus, sides);
    return withModel(params, context, async (model) => {
      requireTrainable(model.folder.id, model.weights);
      return trainingCost(params, model, trainQuestions, windowsOf(corpus.snippets, model.embedder));
    });
  }

  /** Measures the weights that lie between a run's base model and its own; saves them where it is asked to. */
  async blend(
    { run: id, share, save, ...params }: EvaluateParams & BlendParams,
    context: JobContext = {},
  ): Promise<BlendAnswer> {
    const run = await readRun(params.modelsFolder, id);
    const tunedName = run?.answer?.modelId ?? run?.answer?.candidateId;
    if (!run || tunedName === undefined || run.base !== baseOf(params.base)) throw errors.runGone(id);
    const waits = run.answer?.modelId === undefined;
    const tunedPath = waits ? candidatePath(params.modelsFolder, tunedName) : join(params.modelsFolder, tunedName);
    const corpus = readCorpus(params);
    const { sides } = splitOf(params, corpus);
    return withModel({ ...params, model: run.settings.model }, context, async (base) => {
      const indexed = await indexCorpus(params, corpus, base, context);
      const before = await measure(params, corpus, sides, base, indexed, context);
      const tuned = await loadWeights(await openModelFolder(tunedPath).catch(() => Promise.reject(errors.runGone(id))));
      mixWeights(base.weights, tuned, share);
      return withTuned(
        params,
        corpus,
        sides,
        base,
        indexed.windows,
        context,
        async ({ id: modelId, report: after }) => {
          const comparison = compareReports(before, after, 'test', after.primaryK, { seed: params.seed });
          const training = { date: new Date().toISOString(), run: id, share };
          if (save)
            await saveModel(join(params.modelsFolder, modelId), base.folder, base.weights, {
              id: modelId,
              baseModel: base.folder.id,
              training,
            });
          const slices = { before: before.slices.test, after: after.slices.test };
          return { share, slices, comparison, ...(save && { modelId }) };
        },
      );
    });
  }

  async models(params: { modelsFolder: string; embeddedFolder?: string }): Promise<ModelInfo[]> {
    return listModels([params.modelsFolder, ...(params.embeddedFolder ? [params.embeddedFolder] : [])]);
  }
}

function readCorpus(params: IndexParams): Corpus {
  const { documents, unreadable, folder } = params.base;
  const corpus = buildCorpus(documents, unreadable);
  if (corpus.snippets.length === 0) throw errors.noSnippets(folder);
  return corpus;
}

/** Headings of the snippets that a report's reader will ask for. */
function placesOf({ snippets }: Corpus, { outcomes }: RecallReport): EvaluateAnswer['places'] {
  const wanted = new Set(outcomes.flatMap(({ expected, top }) => [...expected, ...top]).map(({ id }) => id));
  return Object.fromEntries(
    snippets
      .filter(({ id }) => wanted.has(id))
      .map(({ id, file, headingRange }) => [id, { file, line: headingRange.start.line + 1 }]),
  );
}

function splitOf(params: EvaluateParams, corpus: Corpus): { sides: ReadonlyMap<string, Split>; findings: Finding[] } {
  const split = splitQuestions(corpus.questions, { trainShare: params.trainShare, seed: params.seed });
  if (split.sides.size === 0) throw errors.noQuestions(params.base.folder);
  return split;
}

async function withModel<T>(
  choice: ModelChoice,
  context: JobContext,
  use: (model: OpenModel) => Promise<T>,
): Promise<T> {
  const model = await openModel(choice, context);
  try {
    return await use(model);
  } finally {
    await model.embedder.close();
  }
}

async function indexCorpus(
  params: IndexParams,
  corpus: Corpus,
  model: Pick<OpenModel, 'folder' | 'embedder' | 'hash'>,
  context: JobContext,
): Promise<Indexed & { answer: IndexAnswer }> {
  const { folder, embedder, hash } = model;
  const windows = windowsOf(corpus.snippets, embedder, context);
  const stamp = stampOf(embedder, folder.id, hash);
  const { index, summary } = await updateIndex(
    indexPath(params.base.indexFolder, folder.id, hash),
    stamp,
    windows,
    embedder,
    context,
  );
  const { notice, ...counts } = summary;
  const answer: IndexAnswer = {
    model: folder.id,
    modelHash: hash,
    indexHash: contentHash(
      windows
        .map(({ key, textHash }) => `${key} ${textHash}`)
        .sort()
        .join('\n'),
    ),
    snippets: corpus.snippets.length,
    ...counts,
    notice: noticeText(notice),
    findings: corpus.findings,
    warnings: folder.warnings,
  };
  return { windows, rows: { entries: index.entries(), vectors: index.vectors }, answer };
}

async function scorerOf(indexed: Indexed, model: Pick<OpenModel, 'embedder'>): Promise<Scorer> {
  const { entries, vectors } = indexed.rows;
  return Scorer.ofWindows(entries, vectors, model.embedder.profile.dimension);
}

/** Vectors in the order of the windows: the index keeps its rows in an order of its own. */
function vectorsOf({ windows, rows }: Indexed, dimension: number): Float32Array {
  const place = new Map(rows.entries.map((entry, row) => [entry.key, row]));
  const vectors = new Float32Array(windows.length * dimension);
  windows.forEach(({ key }, i) => {
    const row = place.get(key)!;
    vectors.set(rows.vectors.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  return vectors;
}

async function measure(
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
async function reportOf(
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
async function servedReport(
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
function explained(
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

/** A model's weights after they were changed, measured over the whole index; nothing of it is written. */
interface Tuned {
  /** Name by the weights. */
  id: string;
  embedder: Embedder;
  indexed: Indexed;
  report: RecallReport;
}

/** Embeds all windows with the changed weights of `base` and ranks; its encoder is open while `use` runs. */
async function withTuned<T>(
  params: EvaluateParams,
  corpus: Corpus,
  sides: ReadonlyMap<string, Split>,
  { folder, weights, embedder: { tokenizer } }: OpenModel,
  windows: IndexedWindow[],
  context: JobContext,
  use: (tuned: Tuned) => Promise<T>,
): Promise<T> {
  const id = tunedId(folder.id, weights);
  const embedder = await Embedder.of(weights, folder.profile, tokenizer, { threads: params.threads });
  try {
    const texts = windows.map((window) => window.text);
    const vectors = await embedder.embed(texts, 'passage', context);
    const indexed = { windows, rows: { entries: windows, vectors } };
    const report = await measure(params, corpus, sides, { folder: { ...folder, id }, embedder }, indexed, context);
    return await use({ id, embedder, indexed, report });
  } finally {
    await embedder.close();
  }
}

/** Compares the tuned weights on development and held-out questions, and saves the model when it may be promoted. */
async function judge(
  params: TrainParams,
  corpus: Corpus,
  sides: ReadonlyMap<string, Split>,
  base: OpenModel,
  windows: IndexedWindow[],
  answer: TrainAnswer,
  developmentQuestions: readonly Question[],
  context: JobContext,
  forgets: Awaited<ReturnType<typeof forgettingCheck>>,
  manifest: Record<string, unknown>,
): Promise<void> {
  await withTuned(params, corpus, sides, base, windows, context, async ({ id, embedder, indexed, report: after }) => {
    answer.after = after;
    if (forgets) answer.forgetting = await forgets(embedder);
    const save = (path: string): Promise<void> => {
      const training = trainingRecord(params, corpus, answer, manifest);
      return saveModel(path, base.folder, base.weights, { id, baseModel: base.folder.id, training });
    };
    const keepCandidate = async (): Promise<void> => {
      if (!params.keepsCandidate) return;
      await save(candidatePath(params.modelsFolder, id));
      answer.candidateId = id;
    };
    const compare = (side: Split) => compareReports(answer.before, after, side, after.primaryK, { seed: params.seed });
    answer.comparison = compare('test');
    answer.trainComparison = compare('train');
    const wanted = new Set(developmentQuestions.map((question) => question.id));
    const of = (report: RecallReport): number =>
      developmentScore(report.outcomes.filter((each) => wanted.has(each.id)));
    const [was, is] = [of(answer.before), of(after)];
    const heldOut = answer.comparison.difference;
    if (!(is > was)) {
      answer.verdict = `Not promoted: over the whole index the development score went from ${was.toFixed(3)} to ${is.toFixed(3)}.`;
      await keepCandidate();
      return;
    }
    // A veto only: held-out questions never choose a checkpoint, but a model that lost on them is not handed on.
    if (heldOut && heldOut.value < 0) {
      answer.verdict = `Not promoted: held-out recall@${after.primaryK} fell by ${Math.abs(heldOut.value).toFixed(3)}, although the development score rose.`;
      await keepCandidate();
      return;
    }
    const path = join(params.modelsFolder, id);
    await save(path);
    answer.promoted = true;
    answer.modelPath = path;
    answer.modelId = id;
    answer.verdict = `Promoted: the development score rose from ${was.toFixed(3)} to ${is.toFixed(3)}.`;
    // Kept for the next evaluation, under the identity of the folder as saved.
    const saved = await openModelFolder(path);
    const hash = await modelHash(saved, join(params.modelsFolder, '.hashes.json'));
    const { index } = await openIndex(indexPath(params.base.indexFolder, id, hash), stampOf(embedder, id, hash));
    await index.replace({ entries: indexed.windows.map(entryOf), vectors: indexed.rows.vectors });
  });
}
