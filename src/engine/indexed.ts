import { type Corpus, joinCorpus, type ParsedDocument } from '../core/corpus.ts';
import type { SourceDocument } from '../core/document.ts';
import { errors } from '../core/errors.ts';
import { contentHash } from '../core/hash.ts';
import type { JobContext } from '../core/progress.ts';
import type { IndexAnswer, IndexParams, ModelChoice } from '../protocol/engine.ts';
import { completeIndex, type IndexedWindow, stampOf, windowSplitter, windowsOf } from './indexer.ts';
import { knownWindows } from './knownWindows.ts';
import { findModel, indexPath, type OpenModel, openModel } from './openModel.ts';
import { ParsedPages } from './parsedPages.ts';
import { readReceipt, writeReceipt } from './receipt.ts';
import { Scorer } from './scorer.ts';
import { turns } from './turns.ts';
import { type IndexRows, noticeText, openIndex } from './vectorStore.ts';

/** A knowledge base under one model. */
export interface Indexed {
  windows: IndexedWindow[];
  /** Windows and vectors as ranked. */
  rows: IndexRows;
}

/** Parses what changed since the last time. Throws a UserError where the folder holds no snippet. */
export async function readCorpus(params: IndexParams, context: JobContext): Promise<Corpus> {
  const { documents, unreadable, folder, indexFolder } = params.base;
  const pages = await parsedDocuments(indexFolder, documents, context);
  const corpus = joinCorpus(pages, unreadable);
  if (corpus.snippets.length === 0) throw errors.noSnippets(folder);
  return corpus;
}

async function parsedDocuments(
  indexFolder: string,
  documents: readonly SourceDocument[],
  { signal, onProgress }: JobContext,
): Promise<ParsedDocument[]> {
  const kept = await ParsedPages.open(indexFolder);
  const pages: ParsedDocument[] = [];
  const turn = turns(signal);
  for (const document of documents) {
    pages.push(kept.parse(document));
    if (await turn()) onProgress?.({ stage: 'read', done: pages.length, total: documents.length });
  }
  await kept.keep(pages, { signal });
  return pages;
}

/** Opens a model for `use`, and closes its encoder whatever happens. */
export async function withModel<T>(
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

/** Brings the index up to date: only what changed is embedded. */
export async function indexCorpus(
  params: IndexParams,
  corpus: Corpus,
  model: Pick<OpenModel, 'folder' | 'embedder' | 'hash'>,
  context: JobContext,
): Promise<Indexed & { answer: IndexAnswer }> {
  const { folder, embedder, hash } = model;
  const place = indexPath(params.base.indexFolder, folder.id, hash);
  const opened = await openIndex(place, stampOf(embedder, folder.id, hash));
  const { index } = opened;
  const split = windowSplitter(embedder, knownWindows(index.entries()));
  const windows = windowsOf(corpus.snippets, embedder, context, split);
  const summary = await completeIndex(opened, windows, embedder, context);
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
  await writeReceipt(place, params.base, answer, index.generation);
  return { windows, rows: { entries: index.entries(), vectors: index.vectors }, answer };
}

/** What {@link indexCorpus} would answer, where neither pages, model nor index changed since; undefined where it has to be asked. */
export async function unchangedIndex(params: IndexParams): Promise<IndexAnswer | undefined> {
  // Whatever is wrong with the model is told when it is opened.
  const model = await findModel(params).catch(() => undefined);
  if (!model) return undefined;
  const { folder, hash } = model;
  const answer = await readReceipt(indexPath(params.base.indexFolder, folder.id, hash), params.base, hash);
  return answer && { ...answer, warnings: folder.warnings };
}

/** Ranks over the index; the caller closes it. */
export async function scorerOf(indexed: Indexed, model: Pick<OpenModel, 'embedder'>): Promise<Scorer> {
  const { entries, vectors } = indexed.rows;
  return Scorer.ofWindows(entries, vectors, model.embedder.profile.dimension);
}

/** Vectors in the order of the windows: the index keeps its rows in an order of its own. */
export function vectorsOf({ windows, rows }: Indexed, dimension: number): Float32Array {
  const place = new Map(rows.entries.map((entry, row) => [entry.key, row]));
  const vectors = new Float32Array(windows.length * dimension);
  windows.forEach(({ key }, i) => {
    const row = place.get(key)!;
    vectors.set(rows.vectors.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  return vectors;
}
