// Files on disk -> documents for the core. What cannot be read is a finding; the rest counts.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceDocument } from '../core/document.ts';
import { errors } from '../core/errors.ts';
import {
  DEFAULT_EXCLUDE,
  DEFAULT_INCLUDE,
  decodeDocument,
  MOST_BYTES,
  QUESTION_FILES,
  tooLarge,
  unreadable,
} from '../core/files.ts';
import type { Finding } from '../core/finding.ts';
import { throwIfAborted } from '../core/progress.ts';
import { reason } from '../engine/fileReason.ts';
import { type WalkEntry, walk } from './walk.ts';

const READERS = 16;

export interface ReadOptions {
  /** Globs of the Markdown files, relative to the folder; replaces the default. */
  include?: readonly string[];
  /** Globs to leave out, in addition to the default. */
  exclude?: readonly string[];
}

/**
 * Reads the Markdown and question files below a folder, in the order of their names; `excluded` are Markdown files that the options leave out.
 * Throws a UserError when the folder does not exist or cannot be read, the signal's AbortError when aborted.
 */
export async function readWorkspace(
  folder: string,
  options: ReadOptions = {},
  signal?: AbortSignal,
): Promise<{ documents: SourceDocument[]; findings: Finding[]; excluded: string[] }> {
  throwIfAborted(signal);
  const include = [...(options.include ?? DEFAULT_INCLUDE), ...QUESTION_FILES];
  const exclude = [...DEFAULT_EXCLUDE, ...(options.exclude ?? [])];
  await checkFolder(folder);
  const entries = await walk(folder, { include, exclude, signal });
  const excluded = await excludedFiles(folder, options, entries, signal);
  const results: (SourceDocument | Finding)[] = new Array(entries.length);
  const queue = entries.entries();
  const read = async () => {
    for (const [index, entry] of queue) {
      throwIfAborted(signal);
      results[index] = await readDocument(folder, entry);
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return {
    documents: results.filter((result) => 'text' in result),
    findings: results.filter((result) => 'code' in result),
    excluded,
  };
}

/** The Markdown files that there would be without the options: an answer may name one of them. */
async function excludedFiles(
  folder: string,
  { include, exclude = [] }: ReadOptions,
  entries: readonly WalkEntry[],
  signal?: AbortSignal,
): Promise<string[]> {
  if (include === undefined && exclude.length === 0) return [];
  const members = new Set(entries.map(({ file }) => file));
  const all = await walk(folder, { include: DEFAULT_INCLUDE, exclude: DEFAULT_EXCLUDE, signal });
  return all.flatMap(({ file }) => (members.has(file) ? [] : file));
}

async function checkFolder(folder: string): Promise<void> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(folder)).isDirectory();
    if (isFolder) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw errors.folderMissing(folder);
    throw errors.folderUnreadable(folder, reason(error));
  }
  throw errors.folderIsFile(folder);
}

async function readDocument(folder: string, entry: WalkEntry): Promise<SourceDocument | Finding> {
  const { file } = entry;
  if (entry.problem) return unreadable(file, entry.problem);
  if (entry.size > MOST_BYTES) return tooLarge(file, entry.size);
  try {
    return decodeDocument(file, await readFile(join(folder, file)));
  } catch (error) {
    return unreadable(file, reason(error));
  }
}
