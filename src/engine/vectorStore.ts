// The index: one vector per snippet window, held in vectra files; the only importer of vectra.
//
// On disk: `manifest.json` (stamp, checksums, and the list of segment files; written last, so it alone decides what
// the index is) and segments of at most 1,024 windows, each one vectra index in the binary form of `segmentCodec`.
// Segments never change once written: a small update writes one or two of them, not the whole index.
// Several writers: a lock is held for the length of one write; a writer that finds a manifest other than the one it
// last saw writes everything it holds, so the last writer wins as a whole and contents never mix.
import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { type IndexItem, LocalIndex } from 'vectra';
import { errors } from '../core/errors.ts';
import type { Range } from '../core/range.ts';
import { explainWriteError, syncFolder, writeFileAtomic } from './atomicFile.ts';
import { withLock } from './fileLock.ts';
import {
  copyStamp,
  FORMAT_VERSION,
  type IndexStamp,
  MANIFEST,
  type Manifest,
  parseManifest,
  readManifestText,
  renderManifest,
  type Segment,
  stampDifference,
} from './indexManifest.ts';
import { SegmentStorage, segmentCodec } from './segmentFile.ts';

export type { IndexStamp } from './indexManifest.ts';

/** A window of a snippet as the index knows it. */
export interface WindowEntry {
  /** Unique in the index, for example `docs/a.md#title@0`. */
  key: string;
  snippetId: string;
  snippetHash: string;
  /** Hash of the text that was embedded (prefix apart): equal hashes have equal vectors. */
  textHash: string;
  file: string;
  /** The snippet in its file. */
  range: Range;
  /** The window in the snippet's text: offsets in UTF-16 code units, `end` not included. */
  start: number;
  end: number;
}

/** Windows and their vectors, row-major, in the same order. */
export interface IndexRows {
  entries: readonly WindowEntry[];
  vectors: Float32Array;
}

/** Why an index was opened empty. */
export interface IndexNotice {
  code: 'index-new' | 'index-outdated' | 'index-unfinished' | 'index-damaged';
  message: string;
}

/** What to tell of an index that was opened empty; nothing where there was none before. */
export function noticeText(notice: IndexNotice | undefined): string | undefined {
  return notice && notice.code !== 'index-new' ? notice.message : undefined;
}

const SEGMENT_NAME = /^windows-[0-9a-f]{16}\.bin$/;
/** vectra looks through all items for each insertion: segments of this size keep that short. */
const SEGMENT_ROWS = 1024;

/** An index as last read or written; replaced as a whole, never changed. */
interface State extends IndexRows {
  /** The manifest's text; undefined while nothing of this index is on the disk. */
  manifest?: string;
  generation: number;
  segments: readonly Segment[];
  /** Segment file of each row. */
  homes: readonly string[];
}

interface Row {
  entry: WindowEntry;
  vector: Float32Array;
  home?: string;
}

/**
 * Opens the index in `folder`. One that is missing, damaged, or made with another stamp opens empty, with a notice;
 * its files stay until the first write.
 */
export async function openIndex(
  folder: string,
  stamp: IndexStamp,
): Promise<{ index: VectorIndex; notice?: IndexNotice }> {
  const empty = (code: IndexNotice['code'], message: string) => ({
    index: new VectorIndex(folder, stamp, emptyState()),
    notice: { code, message: `${message}: every snippet is embedded.` },
  });
  for (let attempt = 0; ; attempt++) {
    let text: string | undefined;
    try {
      text = await readManifestText(folder);
      if (text === undefined) {
        if ((await segmentFiles(folder)).length === 0) return empty('index-new', 'There is no index yet');
        return empty(
          'index-unfinished',
          `The index in ${folder} has no ${MANIFEST}, so its writing was never finished`,
        );
      }
      const manifest = parseManifest(text);
      const difference = stampDifference(manifest, stamp);
      if (difference) return empty('index-outdated', difference);
      return { index: new VectorIndex(folder, stamp, await readState(folder, text, manifest)) };
    } catch (error) {
      // A writer may have replaced segments between our reads; then the manifest has changed as well.
      const now = await readManifestText(folder).catch(() => text);
      if (now !== text && attempt < 20) continue;
      return empty('index-damaged', `The index in ${folder} is damaged (${(error as Error).message})`);
    }
  }
}

/** An open index. Reading is from memory; writing changes the files first, then the memory. */
export class VectorIndex {
  readonly folder: string;
  readonly stamp: IndexStamp;
  #state: State;
  #lastWrite: Promise<unknown> = Promise.resolve();

  /** Use `openIndex`. */
  constructor(folder: string, stamp: IndexStamp, state: State) {
    this.folder = folder;
    this.stamp = stamp;
    this.#state = state;
  }

  /** All windows, sorted by key: the rows of `vectors`. The same content gives the same order, whatever its history. */
  entries(): readonly WindowEntry[] {
    return this.#state.entries;
  }

  /** Row-major `entries().length x stamp.dimension`. A write makes a new array, so one taken before stays valid. */
  get vectors(): Float32Array {
    return this.#state.vectors;
  }

  /** Number of the write that made this state; 0 while nothing was written. */
  get generation(): number {
    return this.#state.generation;
  }

  /** Makes `rows` the whole content, all or nothing. */
  replace(rows: IndexRows): Promise<void> {
    return this.#write(async () => {
      this.#check(rows);
      await this.#commit(rowsOf(rows), () => false);
    });
  }

  /** Removes keys, then adds or replaces windows, all or nothing. Unknown keys in `remove` are no error. */
  apply(update: { remove?: readonly string[]; upsert?: IndexRows }): Promise<void> {
    return this.#write(async () => {
      const state = this.#state;
      const added = update.upsert ? rowsOf(update.upsert) : [];
      if (update.upsert) this.#check(update.upsert);
      const gone = new Set(update.remove);
      for (const { entry } of added) gone.add(entry.key);
      const rewritten = new Set<string>();
      const kept: Row[] = [];
      for (const row of rowsOf(state)) {
        if (gone.has(row.entry.key)) rewritten.add(row.home!);
        else kept.push(row);
      }
      if (added.length === 0 && rewritten.size === 0) return;
      // Less than half full: packed anew with the rest, or small updates would leave ever more small files.
      for (const segment of state.segments) if (segment.rows * 2 < SEGMENT_ROWS) rewritten.add(segment.file);
      await this.#commit([...kept, ...added], (file) => !rewritten.has(file));
    });
  }

  /** One write after the other, whatever became of the one before. */
  #write(work: () => Promise<void>): Promise<void> {
    const result = this.#lastWrite.then(work, work);
    this.#lastWrite = result.catch(() => undefined);
    return result;
  }

  #check(rows: IndexRows): void {
    const { dimension } = this.stamp;
    const expected = rows.entries.length * dimension;
    if (rows.vectors.length !== expected) {
      throw new Error(`Expected ${expected} values for ${rows.entries.length} windows, got ${rows.vectors.length}.`);
    }
    const keys = new Set<string>();
    for (const entry of rows.entries) {
      if (keys.has(entry.key)) throw new Error(`Window ${entry.key} is given twice.`);
      keys.add(entry.key);
    }
    for (let i = 0; i < expected; i++) {
      const value = rows.vectors[i]!;
      if (Number.isFinite(value)) continue;
      throw new Error(`The vector of window ${rows.entries[Math.floor(i / dimension)]!.key} holds ${value}.`);
    }
  }

  async #commit(rows: Row[], keep: (file: string) => boolean): Promise<void> {
    const { folder, stamp } = this;
    this.#state = await withLock(path.join(folder, 'write.lock'), async (isHeld) => {
      const before = this.#state;
      const onDisk = await readManifestText(folder).catch(() => undefined);
      const unchanged = before.manifest !== undefined && onDisk === before.manifest;
      const kept = unchanged ? before.segments.filter((segment) => keep(segment.file)) : [];
      const keptFiles = new Set(kept.map((segment) => segment.file));
      const loose = rows.filter((row) => row.home === undefined || !keptFiles.has(row.home)).sort(byKey);
      const written = await writeSegments(folder, loose);
      const manifest: Manifest = {
        formatVersion: FORMAT_VERSION,
        stamp: copyStamp(stamp),
        generation: before.generation + 1,
        segments: [...kept, ...written],
      };
      const text = renderManifest(manifest);
      try {
        if (!(await isHeld())) throw errors.folderBusy(folder);
        await writeFileAtomic(path.join(folder, MANIFEST), text);
      } catch (error) {
        await removeFiles(
          folder,
          written.map((segment) => segment.file),
        );
        throw error;
      }
      const referenced = new Set(manifest.segments.map((segment) => segment.file));
      await removeFiles(
        folder,
        (await segmentFiles(folder)).filter((file) => !referenced.has(file)),
      );
      return stateOf(rows, manifest, text, stamp.dimension);
    });
  }
}

function emptyState(): State {
  return { generation: 0, segments: [], homes: [], entries: [], vectors: new Float32Array(0) };
}

function rowsOf(source: IndexRows & { homes?: readonly string[] }): Row[] {
  const { entries, vectors, homes } = source;
  const width = entries.length === 0 ? 0 : vectors.length / entries.length;
  return entries.map((entry, i) => ({ entry, vector: vectors.subarray(i * width, (i + 1) * width), home: homes?.[i] }));
}

function byKey(a: Row, b: Row): number {
  return a.entry.key < b.entry.key ? -1 : a.entry.key > b.entry.key ? 1 : 0;
}

function stateOf(rows: Row[], manifest: Manifest, text: string, dimension: number): State {
  rows.sort(byKey);
  const vectors = new Float32Array(rows.length * dimension);
  for (const [i, row] of rows.entries()) vectors.set(row.vector, i * dimension);
  return {
    manifest: text,
    generation: manifest.generation,
    segments: manifest.segments,
    entries: rows.map((row) => copyEntry(row.entry)),
    homes: rows.map((row) => row.home!),
    vectors,
  };
}

async function segmentFiles(folder: string): Promise<string[]> {
  try {
    return (await fs.readdir(folder)).filter((name) => SEGMENT_NAME.test(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function removeFiles(folder: string, files: readonly string[]): Promise<void> {
  // One that cannot go now (open in another process on Windows) goes with the next write.
  for (const file of files) await fs.rm(path.join(folder, file), { force: true }).catch(() => undefined);
}

/** Writes rows into new segment files and notes in each row where it went. */
async function writeSegments(folder: string, rows: Row[]): Promise<Segment[]> {
  const staged: { storage: SegmentStorage; rows: Row[] }[] = [];
  for (let at = 0; at < rows.length; at += SEGMENT_ROWS) {
    const part = rows.slice(at, at + SEGMENT_ROWS);
    const storage = new SegmentStorage(folder);
    const file = `windows-${randomBytes(8).toString('hex')}.bin`;
    const segment = new LocalIndex('', file, storage, segmentCodec);
    await segment.createIndex({ version: FORMAT_VERSION });
    await segment.batchInsertItems(part.map(toItem));
    staged.push({ storage, rows: part });
  }
  const bytes = staged.reduce((sum, { storage }) => sum + storage.stagedBytes, 0);
  const written: Segment[] = [];
  try {
    for (const { storage, rows: part } of staged) {
      const { file, sha256: digest } = await storage.flush();
      for (const row of part) row.home = file;
      written.push({ file, rows: part.length, sha256: digest });
    }
  } catch (error) {
    await removeFiles(
      folder,
      staged.map(({ storage }) => storage.stagedFile),
    );
    throw await explainWriteError(error, folder, bytes);
  }
  await syncFolder(folder);
  return written;
}

async function readState(folder: string, text: string, manifest: Manifest): Promise<State> {
  const rows: Row[] = [];
  const { dimension } = manifest.stamp;
  const keys = new Set<string>();
  for (const { file, rows: count, sha256: digest } of manifest.segments) {
    const segment = new LocalIndex('', file, new SegmentStorage(folder, digest), segmentCodec);
    const items = await segment.listItems();
    if (items.length !== count) throw new Error(`${file} holds ${items.length} windows instead of ${count}`);
    for (const item of items) {
      const row = fromItem(item, file);
      if (row.vector.length !== dimension) throw new Error(`${file} holds vectors of ${row.vector.length} values`);
      if (keys.has(row.entry.key)) throw new Error(`window ${row.entry.key} is there twice`);
      keys.add(row.entry.key);
      rows.push(row);
    }
  }
  return stateOf(rows, manifest, text, dimension);
}

function copyEntry(entry: WindowEntry): WindowEntry {
  const { key, snippetId, snippetHash, textHash, file, start, end } = entry;
  const range = { start: { ...entry.range.start }, end: { ...entry.range.end } };
  return { key, snippetId, snippetHash, textHash, file, range, start, end };
}

/** vectra's items hold flat metadata only. */
function toItem({ entry, vector }: Row): Partial<IndexItem> {
  const { key, snippetId, snippetHash, textHash, file, range, start, end } = entry;
  const metadata = {
    snippetId,
    snippetHash,
    textHash,
    file,
    startLine: range.start.line,
    startColumn: range.start.column,
    endLine: range.end.line,
    endColumn: range.end.column,
    start,
    end,
  };
  // Typed number[], but only indexed and measured; a typed array is a tenth of the memory and keeps every bit.
  return { id: key, metadata, vector: vector as unknown as number[] };
}

function fromItem(item: IndexItem, home: string): Row {
  const m = item.metadata;
  const entry: WindowEntry = {
    key: item.id,
    snippetId: m.snippetId as string,
    snippetHash: m.snippetHash as string,
    textHash: m.textHash as string,
    file: m.file as string,
    range: {
      start: { line: m.startLine as number, column: m.startColumn as number },
      end: { line: m.endLine as number, column: m.endColumn as number },
    },
    start: m.start as number,
    end: m.end as number,
  };
  return { entry, vector: item.vector as unknown as Float32Array, home };
}
