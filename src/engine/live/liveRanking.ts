// What questions are ranked against: the model's index and the scorer of one open knowledge base, changed where its documents did.
import type { Corpus } from '../../core/corpus.ts';
import type { JobContext } from '../../core/progress.ts';
import type { Retrieval } from '../../core/report.ts';
import { changedStretch } from '../../core/stretch.ts';
import type { WorkspaceSettings } from '../../protocol/workspace.ts';
import type { IndexedWindow } from '../indexer.ts';
import { reranking } from '../retrieval.ts';
import { type Reranking, Scorer } from '../scorer.ts';
import { LiveIndex } from './liveIndex.ts';
import type { LiveModel, ModelPool } from './modelPool.ts';

/** Quiet time before saved text goes to the index on the disk, in milliseconds. */
const PERSIST_AFTER = 1500;

/** What the last ranking searched. */
export interface Ranked {
  corpus: Corpus;
  index: LiveIndex;
  windows: IndexedWindow[];
  /** In the order of the windows. */
  vectors: Float32Array;
  scorer: Scorer;
  /** Made when it is first needed, for the retrieval of then. */
  reranking?: { retrieval: Retrieval; rerank: Reranking | undefined };
}

/** Kept with what it ranks: a search for each key that is pressed must not index all words anew. */
export function rerankingOf(ranked: Ranked, retrieval: Retrieval): Reranking | undefined {
  if (ranked.reranking?.retrieval !== retrieval)
    ranked.reranking = { retrieval, rerank: reranking(retrieval, ranked.corpus.snippets, ranked.scorer.ids) };
  return ranked.reranking.rerank;
}

/** Owns model, index and scorer; {@link forget} and then {@link release} end it, or make it ready for another model. */
export class LiveRanking {
  #model: LiveModel | undefined;
  #index: LiveIndex | undefined;
  #current: Ranked | undefined;
  #persistTimer: NodeJS.Timeout | undefined;
  #persisting: Promise<void> = Promise.resolve();

  constructor(
    private readonly models: ModelPool,
    private readonly isSaved: (file: string) => boolean,
    private readonly log: (message: string) => void,
  ) {}

  /** Undefined before the first {@link update}. */
  get current(): Ranked | undefined {
    return this.#current;
  }

  /** Brings vectors and scorer up to date with the corpus, and soon the index on the disk. What was ranked before is no longer its own. */
  async update(corpus: Corpus, settings: WorkspaceSettings, context: JobContext) {
    const index = await this.#openIndex(settings, context);
    const windows = index.windows(corpus.snippets, context);
    const { written, ...completed } = await index.complete(windows, this.isSaved, context);
    const ranked: Ranked = { corpus, index, windows, ...(await this.#rankable(index, windows)) };
    this.#current = ranked;
    if (!written) this.#persistSoon();
    return { ranked, ...completed };
  }

  /** Ends writing, and lets go of what was ranked; {@link release} lets go of the model. */
  async forget(): Promise<void> {
    clearTimeout(this.#persistTimer);
    await this.#persisting;
    await this.#current?.scorer.close();
    this.#current = undefined;
    this.#index = undefined;
  }

  /** After {@link forget}. */
  async release(): Promise<void> {
    const model = this.#model;
    this.#model = undefined;
    if (model) await this.models.release(model);
  }

  async #openIndex(settings: WorkspaceSettings, context: JobContext): Promise<LiveIndex> {
    if (this.#index) return this.#index;
    context.onProgress?.({ stage: 'open', done: 0 });
    this.#model ??= await this.models.take(settings, context);
    this.#index = await LiveIndex.open(this.#model.model, settings.indexFolder);
    return this.#index;
  }

  /** Matrix and scorer of the windows; those of the last update are changed where windows did. */
  async #rankable(index: LiveIndex, windows: IndexedWindow[]): Promise<Pick<Ranked, 'vectors' | 'scorer'>> {
    const before = this.#current;
    if (before?.index !== index) {
      const vectors = index.matrix(windows);
      const scorer = await Scorer.ofWindows(windows, vectors, index.model.embedder.profile.dimension);
      await before?.scorer.close();
      return { vectors, scorer };
    }
    const stretch = changedStretch(before.windows, windows);
    const vectors = index.nextMatrix(before.vectors, windows, stretch);
    return { vectors, scorer: before.scorer.next(windows, vectors, stretch) };
  }

  #persistSoon(): void {
    clearTimeout(this.#persistTimer);
    this.#persistTimer = setTimeout(() => {
      const ranked = this.#current;
      if (!ranked) return;
      this.#persisting = ranked.index
        .persist(ranked.windows, this.isSaved)
        // A cache that cannot be written costs time at the next start, nothing else.
        .catch((error: unknown) => this.log(`The index was not written: ${String(error)}`));
    }, PERSIST_AFTER);
  }
}
