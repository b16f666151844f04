// Keeps the index of a knowledge base true: splits snippets into windows, embeds only what changed, writes in steps that survive a kill.
import { contentHash } from '../core/hash.ts';
import { type JobContext, throwIfAborted } from '../core/progress.ts';
import type { Snippet } from '../core/snippet.ts';
import { SPLITTER_VERSION, splitWindows, type Window } from '../core/window.ts';
import type { Embedder } from './embedder.ts';
import { completeUpdate, planUpdate, type UpdatePlan } from './embeddingCache.ts';
import { type KnownWindows, windowsAsKnown } from './knownWindows.ts';
import type { IndexNotice, IndexStamp, VectorIndex, WindowEntry } from './vectorStore.ts';

/** Windows embedded between two writes, or a sixteenth of the index where that is more: what a kill can lose. */
const CHUNK = 2048;

/** A window with its text, on its way to the index. */
export interface IndexedWindow extends WindowEntry {
  text: string;
}

export interface IndexSummary {
  snippets: number;
  windows: number;
  embedded: number;
  removed: number;
  notice?: IndexNotice;
}

/** The stamp of an index made by this model; any difference means other vectors. */
export function stampOf(embedder: Embedder, modelId: string, modelHash: string): IndexStamp {
  const { profile } = embedder;
  return {
    modelId,
    modelHash,
    dimension: profile.dimension,
    queryPrefix: profile.queryPrefix,
    passagePrefix: profile.passagePrefix,
    pooling: profile.pooling,
    maxTokens: profile.maxTokens,
    splitterVersion: SPLITTER_VERSION,
  };
}

/** Splits snippets for one model. */
export type WindowSplitter = (snippet: Snippet) => IndexedWindow[];

/** Tokens of text that this model reads at a time: without special tokens and the prefix of its passages. */
export function windowTokens({ tokenizer, profile }: Embedder): number {
  const prefix = profile.passagePrefix === '' ? 0 : tokenizer.count(profile.passagePrefix) + 1;
  return profile.maxTokens - tokenizer.overhead - prefix;
}

/** How this model's windows are made; `known` of an index of the same stamp, without which every text is counted. */
export function windowSplitter(embedder: Embedder, known: KnownWindows = new Map()): WindowSplitter {
  const { tokenizer } = embedder;
  const maxTokens = windowTokens(embedder);
  const count = (text: string): number => tokenizer.count(text);
  return (snippet) => {
    const { id, hash, file, range } = snippet;
    const windows: (Window & { textHash?: string })[] =
      windowsAsKnown(snippet, known) ?? splitWindows(snippet, { maxTokens, count });
    return windows.map(({ text, start, end, textHash }, part) => ({
      key: `${id}\u0000${part}`,
      snippetId: id,
      snippetHash: hash,
      textHash: textHash ?? (text === snippet.text ? hash : contentHash(text)),
      file,
      range,
      start,
      end,
      text,
    }));
  };
}

/** All windows of the snippets, sized for the model. */
export function windowsOf(
  snippets: readonly Snippet[],
  embedder: Embedder,
  context: JobContext = {},
  split: WindowSplitter = windowSplitter(embedder),
): IndexedWindow[] {
  const windows: IndexedWindow[] = [];
  snippets.forEach((snippet, done) => {
    if (done % 256 === 0) {
      throwIfAborted(context.signal);
      context.onProgress?.({ stage: 'split', done, total: snippets.length });
    }
    for (const window of split(snippet)) windows.push(window);
  });
  return windows;
}

/** Brings an open index up to date with `windows`; `notice` is why it was opened empty. */
export async function completeIndex(
  { index, notice }: { index: VectorIndex; notice?: IndexNotice },
  windows: readonly IndexedWindow[],
  embedder: Embedder,
  context: JobContext = {},
): Promise<Omit<IndexSummary, 'snippets'>> {
  const plan = planUpdate(index.entries(), windows);
  const total = plan.embed.length;
  let at = 0;
  // Long rebuilds are written chunk by chunk, so that the next start goes on where this one was stopped.
  for (let chunk = CHUNK; at + chunk < total; ) {
    const part = plan.embed.slice(at, at + chunk);
    const vectors = await embedPart(part, embedder, context, at, total);
    await index.apply({ upsert: { entries: part.map(entryOf), vectors } });
    at += chunk;
    // A write goes through the whole index: of a share of it, all writes together stay in proportion to its size.
    chunk = Math.max(CHUNK, index.entries().length >> 4);
  }
  const rest = at === 0 ? plan : planUpdate(index.entries(), windows);
  const vectors = await embedPart(rest.embed, embedder, context, total - rest.embed.length, total);
  await applyPlan(index, rest, vectors, notice !== undefined);
  return { windows: windows.length, embedded: total, removed: plan.remove.length, notice };
}

/** Writes a plan whose new vectors are known; nothing where nothing changed, unless `always`. */
export async function applyPlan(
  index: VectorIndex,
  plan: UpdatePlan<WindowEntry>,
  embedded: Float32Array,
  always = false,
): Promise<void> {
  const update = completeUpdate(plan, index.vectors, embedded, index.stamp.dimension);
  if (update.remove.length === 0 && update.upsert.entries.length === 0 && !always) return;
  await index.apply({
    remove: update.remove,
    upsert: { ...update.upsert, entries: update.upsert.entries.map(entryOf) },
  });
}

async function embedPart(
  part: readonly { text?: string }[],
  embedder: Embedder,
  context: JobContext,
  before: number,
  total: number,
): Promise<Float32Array> {
  return embedder.embed(
    part.map((window) => window.text!),
    'passage',
    {
      signal: context.signal,
      onProgress: ({ done }) => context.onProgress?.({ stage: 'embed', done: before + done, total }),
    },
  );
}

/** Which window of its snippet a key belongs to, from 0. */
export function windowPart(key: string): number {
  return Number(key.slice(key.lastIndexOf('\u0000') + 1));
}

/** Without the text, which the index does not keep. */
export function entryOf(window: WindowEntry): WindowEntry {
  const { key, snippetId, snippetHash, textHash, file, range, start, end } = window;
  return { key, snippetId, snippetHash, textHash, file, range, start, end };
}
