// The vectors of an open knowledge base under one model: all in memory, those of saved text on the disk as well.
import type { JobContext } from '../../core/progress.ts';
import type { Snippet } from '../../core/snippet.ts';
import { changedStretch, type Stretch } from '../../core/stretch.ts';
import { planUpdate } from '../embeddingCache.ts';
import {
  applyPlan,
  completeIndex,
  type IndexedWindow,
  stampOf,
  type WindowSplitter,
  windowSplitter,
  windowsOf,
} from '../indexer.ts';
import { knownWindows } from '../knownWindows.ts';
import { indexPath, type OpenModel } from '../openModel.ts';
import { type IndexNotice, openIndex, type VectorIndex, type WindowEntry } from '../vectorStore.ts';

/** Up to so many new windows are embedded first and written later; more are written on the way, as a kill could lose them. */
const LATER_AT_MOST = 256;

/** Which files are on the disk as they are in memory. */
export type IsSaved = (file: string) => boolean;

export class LiveIndex {
  /** Vector of each text embedded so far, by its hash. */
  readonly #vectors = new Map<string, Float32Array>();
  readonly #windowsOfSnippet = new WeakMap<Snippet, IndexedWindow[]>();
  readonly #split: WindowSplitter;
  #notice: IndexNotice | undefined;
  /** All of these have a vector. */
  #complete: readonly IndexedWindow[] = [];

  private constructor(
    readonly model: Pick<OpenModel, 'folder' | 'embedder' | 'hash'>,
    private readonly index: VectorIndex,
    notice: IndexNotice | undefined,
  ) {
    this.#split = windowSplitter(model.embedder, knownWindows(index.entries()));
    this.#notice = notice;
    this.#remember();
  }

  /** Opens what is on the disk for this model; nothing is embedded yet. */
  static async open(model: Pick<OpenModel, 'folder' | 'embedder' | 'hash'>, indexFolder: string): Promise<LiveIndex> {
    const { folder, embedder, hash } = model;
    const { index, notice } = await openIndex(
      indexPath(indexFolder, folder.id, hash),
      stampOf(embedder, folder.id, hash),
    );
    return new LiveIndex(model, index, notice);
  }

  /** The windows of the snippets; only those of new snippets are split. */
  windows(snippets: readonly Snippet[], context: JobContext): IndexedWindow[] {
    return windowsOf(snippets, this.model.embedder, context, (snippet) => {
      let windows = this.#windowsOfSnippet.get(snippet);
      if (!windows) {
        windows = this.#split(snippet);
        this.#windowsOfSnippet.set(snippet, windows);
      }
      return windows;
    });
  }

  /** Embeds what has no vector yet. `written` is false when `persist` has something left to do. */
  async complete(
    windows: readonly IndexedWindow[],
    isSaved: IsSaved,
    context: JobContext,
  ): Promise<{ embedded: number; removed: number; written: boolean; notice?: IndexNotice }> {
    const { embedder } = this.model;
    let missing = this.#missing(windows);
    let embedded = 0;
    let removed = 0;
    let written = false;
    const notice = this.#notice;
    if (missing.filter(({ file }) => isSaved(file)).length > LATER_AT_MOST) {
      const saved = windows.filter(({ file }) => isSaved(file));
      const summary = await completeIndex({ index: this.index, notice }, saved, embedder, context).finally(() =>
        this.#remember(),
      );
      embedded += summary.embedded;
      removed += summary.removed;
      this.#notice = undefined;
      written = true;
      missing = this.#missing(windows);
    }
    const vectors = await embedder.embed(
      missing.map(({ text }) => text),
      'passage',
      context,
    );
    const { dimension } = embedder.profile;
    missing.forEach(({ textHash }, row) => {
      this.#vectors.set(textHash, vectors.subarray(row * dimension, (row + 1) * dimension));
    });
    this.#complete = windows;
    return { embedded: embedded + missing.length, removed, written: written && missing.length === 0, notice };
  }

  /** Vectors of windows that `complete` has seen, row-major, in their order. */
  matrix(windows: readonly IndexedWindow[]): Float32Array {
    const matrix = new Float32Array(windows.length * this.model.embedder.profile.dimension);
    this.#fill(matrix, windows, 0);
    return matrix;
  }

  /**
   * The matrix of `windows` out of that of others, which it takes the memory of: only rows of new windows are written, the rest is moved
   * at most. `stretch` is where the windows differ.
   */
  nextMatrix(before: Float32Array, windows: readonly IndexedWindow[], stretch: Stretch): Float32Array {
    const { dimension } = this.model.embedder.profile;
    const { start, endBefore, endAfter } = stretch;
    const values = windows.length * dimension;
    if (before.byteOffset + values * 4 > before.buffer.byteLength) {
      // Room for the edits to come.
      const roomy = new Float32Array(values + Math.ceil(windows.length / 32 + 64) * dimension);
      roomy.set(before.subarray(0, start * dimension));
      roomy.set(before.subarray(endBefore * dimension), endAfter * dimension);
      this.#fill(roomy, windows.slice(start, endAfter), start);
      return roomy.subarray(0, values);
    }
    const all = new Float32Array(before.buffer, before.byteOffset);
    all.copyWithin(endAfter * dimension, endBefore * dimension, before.length);
    this.#fill(all, windows.slice(start, endAfter), start);
    return all.subarray(0, values);
  }

  #fill(matrix: Float32Array, windows: readonly IndexedWindow[], from: number): void {
    const { dimension } = this.model.embedder.profile;
    windows.forEach(({ textHash }, i) => {
      matrix.set(this.#vectors.get(textHash)!, (from + i) * dimension);
    });
  }

  /** Writes the windows of saved files to the disk. What it holds of a file with unsaved text stays. */
  async persist(windows: readonly IndexedWindow[], isSaved: IsSaved): Promise<void> {
    const saved: WindowEntry[] = windows.filter(({ file }) => isSaved(file));
    const keys = new Set(saved.map(({ key }) => key));
    const untouched = this.index.entries().filter(({ file, key }) => !isSaved(file) && !keys.has(key));
    const plan = planUpdate(this.index.entries(), [...saved, ...untouched]);
    const { dimension } = this.model.embedder.profile;
    const vectors = new Float32Array(plan.embed.length * dimension);
    plan.embed.forEach(({ textHash }, row) => {
      vectors.set(this.#vectors.get(textHash)!, row * dimension);
    });
    await applyPlan(this.index, plan, vectors, this.#notice !== undefined);
    this.#notice = undefined;
    // Also what came while this was written.
    const needed = new Set([...windows, ...this.#complete].map(({ textHash }) => textHash));
    for (const hash of this.#vectors.keys()) if (!needed.has(hash)) this.#vectors.delete(hash);
    this.#remember();
  }

  /** Windows without a vector, each text once. */
  #missing(windows: readonly IndexedWindow[]): IndexedWindow[] {
    const seen = new Set<string>();
    const { start, endAfter } = changedStretch(this.#complete, windows);
    return windows.slice(start, endAfter).filter(({ textHash }) => {
      if (this.#vectors.has(textHash) || seen.has(textHash)) return false;
      seen.add(textHash);
      return true;
    });
  }

  /** Points at the index's own rows, so that each vector is held once. */
  #remember(): void {
    const { vectors } = this.index;
    const { dimension } = this.model.embedder.profile;
    this.index.entries().forEach(({ textHash }, row) => {
      this.#vectors.set(textHash, vectors.subarray(row * dimension, (row + 1) * dimension));
    });
  }
}
