// One open knowledge base: documents, model, vectors and last ranking in memory, so that an edit costs what the edit touches.
import type { Cause } from '../../core/causes/cause.ts';
import type { Corpus } from '../../core/corpus.ts';
import { errors } from '../../core/errors.ts';
import { type Explanation, explainQuestion } from '../../core/explain.ts';
import { placeRemarks } from '../../core/lint/remark.ts';
import { type JobContext, throwIfAborted } from '../../core/progress.ts';
import { acceptedIds, type Question } from '../../core/question.ts';
import { outcomesOf, questionStates, withCauses } from '../../core/questionStates.ts';
import { topSnippets } from '../../core/ranking.ts';
import { type FileEdits, renameSection } from '../../core/rename.ts';
import { measuredQuestions, type RecallReport, sliceReports } from '../../core/report.ts';
import type { Snippet } from '../../core/snippet.ts';
import type { SplitResult } from '../../core/split.ts';
import type { Outcome, QuestionState } from '../../core/state.ts';
import { type Suggestion, suggestQuestions } from '../../core/suggest/index.ts';
import type { KnowledgeBase } from '../../protocol/engine.ts';
import type {
  ChangeParams,
  MeasureSummary,
  SearchHit,
  StatePatch,
  WorkspaceSettings,
} from '../../protocol/workspace.ts';
import { CauseFinder } from '../causes.ts';
import type { IndexedWindow } from '../indexer.ts';
import { lintCorpus } from '../lint.ts';
import { ParsedPages } from '../parsedPages.ts';
import { noticeText } from '../vectorStore.ts';
import { LiveDocuments } from './documents.ts';
import type { LiveIndex } from './liveIndex.ts';
import { LiveLint } from './liveLint.ts';
import { LiveRanking, type Ranked, rerankingOf } from './liveRanking.ts';
import { LiveSplit } from './liveSplit.ts';
import { matchedWindows } from './matchedWindows.ts';
import type { ModelPool } from './modelPool.ts';
import { PatchWriter } from './patches.ts';
import { QueryVectors } from './queryVectors.ts';

const EXCERPT = 240;

/** What was searched last, in copies that later changes do not touch: for work that other calls need not wait for. */
export interface Snapshot {
  snippets: readonly Snippet[];
  questions: QuestionState[];
  windows: readonly IndexedWindow[];
  /** Of the windows, row-major, `dimension` values each, of length 1. */
  vectors: Float32Array;
  dimension: number;
  /** By wording; of measured questions. */
  queryVectors: ReadonlyMap<string, Float32Array>;
  seed: number;
}

export class WorkspaceSession {
  readonly #documents = new LiveDocuments((document) => this.#pages!.parse(document));
  #pages: ParsedPages | undefined;
  /** Begun once, when everything is indexed: pages that are edited later are parsed at the next start. */
  #keeping: Promise<void> | undefined;
  readonly #closing = new AbortController();
  readonly #patches: PatchWriter;
  readonly #queryVectors = new QueryVectors();
  readonly #ranking: LiveRanking;
  #outcomes = new Map<string, Outcome>();
  #causes = new Map<string, Cause[]>();
  readonly #causeFinder = new CauseFinder();
  #report: RecallReport | undefined;
  readonly #split = new LiveSplit();
  readonly #lint: LiveLint;

  constructor(
    workspace: string,
    private settings: WorkspaceSettings,
    models: ModelPool,
    emit: (patch: StatePatch) => void,
    log: (message: string) => void,
  ) {
    this.#patches = new PatchWriter(workspace, emit);
    this.#ranking = new LiveRanking(models, (file) => this.#documents.isSaved(file), log);
    this.#lint = new LiveLint(() => this.#tellFindings(this.#documents.corpus()), log);
    this.#patches.reset();
  }

  /** Other settings; another model is opened when it is next needed. */
  async configure(settings: WorkspaceSettings): Promise<void> {
    const same = (['model', 'modelsFolder', 'indexFolder', 'threads'] as const).every(
      (key) => settings[key] === this.settings[key],
    );
    this.settings = settings;
    this.#split.forget();
    await this.#lint.stop();
    if (!settings.lint) this.#lint.forget();
    if (!same) await this.#dropModel();
  }

  async change(params: Omit<ChangeParams, 'workspace'>): Promise<void> {
    this.#pages ??= await ParsedPages.open(this.settings.indexFolder);
    this.#documents.change(params);
  }

  /** The corpus without the model; tells the host what changed in it. */
  join(): { snippets: number; questions: number } {
    const corpus = this.#documents.corpus();
    this.#tellCorpus(corpus);
    this.#tellQuestions(corpus);
    return { snippets: corpus.snippets.length, questions: corpus.questions.length };
  }

  /** Whether a question has an answer that exists, so that recall is defined. */
  hasMeasurable(): boolean {
    return this.#documents.corpus().questions.some((question) => acceptedIds(question).length > 0);
  }

  async index(context: JobContext): Promise<MeasureSummary> {
    this.join();
    const { corpus, ranked, summary } = await this.#search(context);
    this.#tellQuestions(corpus);
    this.#lintSoon(corpus, ranked);
    return summary;
  }

  /** Ranks every question; the figures come after the outcomes, for they take longer. */
  async measure(context: JobContext): Promise<MeasureSummary> {
    // The first time is long, and findings and headings need not wait for it; without snippets there is nothing else to tell.
    const isEmpty = this.#documents.corpus().snippets.length === 0;
    if (isEmpty) this.#forgetOutcomes();
    if (isEmpty || !this.#ranking.current) this.join();
    const { corpus, ranked, summary } = await this.#search(context);
    const { sides } = this.#splitOf(corpus);
    if (sides.size === 0) {
      this.#forgetOutcomes();
      this.join();
      throw errors.noQuestions(this.settings.folder);
    }
    const questions = corpus.questions.filter((question) => sides.has(question.id));
    const queries = await this.#queries(questions, ranked.index, context);
    const { ks, primaryK, seed, retrieval, heldOut = 'answers' } = this.settings;
    const rerank = rerankingOf(ranked, retrieval);
    const results = await ranked.scorer.rank(questions, queries, Math.max(10, ...ks), context, rerank);
    throwIfAborted(context.signal);
    const measured = measuredQuestions({ questions: corpus.questions, splits: sides, results, ks, primaryK });
    this.#outcomes = outcomesOf(measured);
    this.#causes = this.#findCauses(corpus, ranked);
    this.#tellCorpus(corpus);
    this.#tellQuestions(corpus);
    const model = ranked.index.model.folder.id;
    const report = {
      model,
      retrieval,
      heldOut,
      snippets: corpus.snippets.length,
      ...measured,
      ...withCauses(measured, this.#questionStates(corpus)),
      slices: sliceReports(measured, seed, heldOut),
    };
    this.#report = report;
    const { snippets, slices, leftOut } = report;
    const windows = ranked.windows.length;
    this.#patches.figures({ model, retrieval, primaryK, snippets, windows, slices, leftOut });
    this.#lintSoon(corpus, ranked);
    return { ...summary, questions: measured.outcomes.length, failures: measured.failures.length };
  }

  /** The `limit` snippets nearest to a text. */
  async search(text: string, limit: number, context: JobContext): Promise<SearchHit[]> {
    const ranked = this.#ranking.current ?? (await this.#search(context)).ranked;
    const query = await ranked.index.model.embedder.embed([text], 'query', context);
    const snippets = new Map(ranked.corpus.snippets.map((snippet) => [snippet.id, snippet]));
    let hits: SearchHit[] = [];
    const rerank = rerankingOf(ranked, this.settings.retrieval);
    await ranked.scorer.forEach(query, (_, vectorScores) => {
      const scores = rerank ? rerank(text, vectorScores) : vectorScores;
      hits = topSnippets(scores, ranked.scorer.ids, limit).map(({ id, score }, i) => ({
        id,
        score,
        rank: i + 1,
        excerpt: (snippets.get(id)?.body ?? '').slice(0, EXCERPT).replace(/\s+/g, ' '),
      }));
    });
    return hits;
  }

  /** How a snippet's id is written as an answer in a file. */
  reference(id: string, fromFile: string): string {
    return this.#documents.corpus().references.write(id, fromFile);
  }

  /** Questions that the snippet might answer, none of them asked yet. */
  suggest(id: string): Suggestion[] {
    return suggestQuestions(this.#documents.corpus(), { snippetId: id });
  }

  rename(id: string, title: string): FileEdits[] | undefined {
    const corpus = this.#documents.corpus();
    const file = corpus.snippets.find((snippet) => snippet.id === id)?.file;
    const answers = [...corpus.questions, ...corpus.drafts].flatMap((question) =>
      question.answers.map((answer) => ({ file: question.file, answer })),
    );
    return file === undefined ? undefined : renameSection(id, title, this.#documents.all(), file, answers);
  }

  /** Why a question fares as it does; undefined where it was not measured. */
  async explain(id: string): Promise<Explanation | undefined> {
    const ranked = this.#ranking.current;
    const question = ranked && this.#questionStates(ranked.corpus).find((each) => each.id === id);
    if (!ranked || !question) return undefined;
    const snippets = new Map(ranked.corpus.snippets.map((snippet) => [snippet.id, snippet]));
    const explanation = explainQuestion(question, this.settings.primaryK, snippets);
    const shown = [...(explanation?.expected ?? []), ...(explanation?.top ?? [])];
    if (!explanation || shown.length === 0) return explanation;
    const { index } = ranked;
    const ids = new Set(shown.map((each) => each.id));
    const windows = ranked.windows.filter(({ snippetId }) => ids.has(snippetId));
    const query = await this.#queries([question], index, {});
    const matched = matchedWindows(windows, index.matrix(windows), query, snippets);
    for (const each of shown) {
      const window = matched.get(each.id);
      if (window) each.matched = window;
    }
    return explanation;
  }

  #findCauses(corpus: Corpus, { index, windows }: Ranked): Map<string, Cause[]> {
    const { primaryK: k, retrieval } = this.settings;
    const questions = this.#questionStates(corpus);
    const excluded = this.#documents.excluded();
    return this.#causeFinder.find({ corpus, questions, k, retrieval, windows, model: index.model, excluded });
  }

  #forgetOutcomes(): void {
    this.#outcomes.clear();
    this.#causes.clear();
  }

  /** The whole report of the last measurement; undefined before the first. */
  report(): RecallReport | undefined {
    return this.#report;
  }

  /** Undefined before anything was indexed. */
  snapshot(): Snapshot | undefined {
    const ranked = this.#ranking.current;
    if (!ranked) return undefined;
    const { corpus, index, windows } = ranked;
    return {
      snippets: corpus.snippets,
      questions: this.#questionStates(corpus),
      windows,
      vectors: index.matrix(windows),
      dimension: index.model.embedder.profile.dimension,
      queryVectors: this.#queryVectors.copy(),
      seed: this.settings.seed,
    };
  }

  snippetText(id: string): string | undefined {
    return this.#documents.corpus().snippets.find((snippet) => snippet.id === id)?.text;
  }

  /** The saved documents as the training takes them. */
  knowledgeBase(): KnowledgeBase {
    const { folder, indexFolder } = this.settings;
    return { folder, indexFolder, documents: this.#documents.saved(), unreadable: this.#documents.unreadable() };
  }

  currentSettings(): WorkspaceSettings {
    return this.settings;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#lint.stop();
    await this.#keeping;
    await this.#dropModel();
  }

  async #dropModel(): Promise<void> {
    await this.#lint.stop();
    this.#lint.forget();
    await this.#ranking.forget();
    this.#forgetOutcomes();
    this.#report = undefined;
    this.#queryVectors.clear();
    await this.#ranking.release();
  }

  /** Brings what is ranked up to date with the documents. */
  async #search(context: JobContext): Promise<{ corpus: Corpus; ranked: Ranked; summary: MeasureSummary }> {
    // It reads what is replaced below.
    await this.#lint.stop();
    const corpus = this.#documents.corpus();
    if (corpus.snippets.length === 0) throw errors.noSnippets(this.settings.folder);
    const { ranked, embedded, removed, notice } = await this.#ranking.update(corpus, this.settings, context);
    const { folder } = ranked.index.model;
    // Ended by closing; the next start keeps them.
    this.#keeping ??= this.#pages?.keep(this.#documents.savedPages(), this.#closing).catch(() => undefined);
    const summary: MeasureSummary = {
      model: folder.id,
      snippets: corpus.snippets.length,
      windows: ranked.windows.length,
      embedded,
      removed,
      questions: 0,
      failures: 0,
      notice: noticeText(notice),
      warnings: folder.warnings,
    };
    return { corpus, ranked, summary };
  }

  #queries(questions: readonly Question[], index: LiveIndex, { signal }: JobContext): Promise<Float32Array> {
    return this.#queryVectors.of(questions, index.model.embedder, signal);
  }

  #splitOf(corpus: Corpus): SplitResult {
    return this.#split.of(corpus, this.settings);
  }

  #tellCorpus(corpus: Corpus): void {
    this.#patches.snippets(corpus.snippets);
    this.#tellFindings(corpus);
  }

  #tellFindings(corpus: Corpus): void {
    const advice = placeRemarks(this.#lint.remarks, corpus);
    this.#patches.findings([...corpus.findings, ...this.#splitOf(corpus).findings, ...advice]);
  }

  /** Never while something changes: all snippets are compared, which costs seconds where they are many. */
  #lintSoon(corpus: Corpus, ranked: Ranked): void {
    if (!this.settings.lint) return;
    const { index, windows, vectors, scorer } = ranked;
    const { sides } = this.#splitOf(corpus);
    this.#lint.schedule((signal) =>
      lintCorpus(
        { corpus, sides, heldOut: this.settings.heldOut, windows, vectors, scorer },
        (questions) => this.#queries(questions, index, { signal }),
        index.model.embedder,
        signal,
      ),
    );
  }

  #tellQuestions(corpus: Corpus): void {
    this.#patches.questions(this.#questionStates(corpus));
  }

  #questionStates(corpus: Corpus): QuestionState[] {
    return questionStates(corpus.questions, this.#splitOf(corpus).sides, this.#outcomes, this.#causes);
  }
}
