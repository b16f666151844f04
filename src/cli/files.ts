// Files on disk -> documents for the core. What cannot be read is a finding; the rest counts.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceDocument } from '../core/document.ts';
import { errors } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { FILE_START, LineIndex } from '../core/lines.ts';
import { throwIfAborted } from '../core/progress.ts';
import { reason, type WalkEntry, walk } from './walk.ts';

/** Markdown files that make a knowledge base. */
export const DEFAULT_INCLUDE: readonly string[] = ['**/*.md'];
/** Question files are read wherever they stand: a narrower `include` chooses Markdown only. */
export const QUESTION_FILES: readonly string[] = ['**/*.questions.{jsonl,yaml,yml,csv}'];
/** Never looked into, whatever `exclude` says. */
export const DEFAULT_EXCLUDE: readonly string[] = [
  'node_modules',
  'bower_components',
  '.git',
  '.hg',
  '.svn',
  '.kb-recall',
  'dist',
  'out',
].map((name) => `**/${name}/**`);

/** Larger files are reports or dumps; reading one would hold up everything else. */
const MOST_BYTES = 8 * 1024 * 1024;
const READERS = 16;

export interface ReadOptions {
  /** Globs of the Markdown files, relative to the folder; replaces the default. */
  include?: readonly string[];
  /** Globs to leave out, in addition to the default. */
  exclude?: readonly string[];
}

/**
 * Reads the Markdown and question files below a folder, in the order of their names.
 * Throws a UserError when the folder does not exist or cannot be read, the signal's AbortError when aborted.
 */
export async function readWorkspace(
  folder: string,
  options: ReadOptions = {},
  signal?: AbortSignal,
): Promise<{ documents: SourceDocument[]; findings: Finding[] }> {
  throwIfAborted(signal);
  const include = [...(options.include ?? DEFAULT_INCLUDE), ...QUESTION_FILES];
  const exclude = [...DEFAULT_EXCLUDE, ...(options.exclude ?? [])];
  await checkFolder(folder);
  const entries = await walk(folder, { include, exclude, signal });
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
  };
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
  if (entry.size > MOST_BYTES) {
    const megabytes = (entry.size / 1024 / 1024).toFixed(1);
    return finding(
      file,
      'file-too-large',
      `The file has ${megabytes} MB; at most 8 MB are read.`,
      'Divide it, or exclude it.',
    );
  }
  try {
    return decode(file, await readFile(join(folder, file)));
  } catch (error) {
    return unreadable(file, reason(error));
  }
}

function decode(file: string, bytes: Uint8Array): SourceDocument | Finding {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16)
    return finding(file, 'not-utf8', 'The file is UTF-16; UTF-8 is expected.', 'Save it with encoding UTF-8.');
  if (bytes.includes(0)) {
    return finding(
      file,
      'binary-file',
      'The file is binary; text in UTF-8 is expected.',
      'Exclude it, or give it another extension.',
    );
  }
  try {
    // The decoder leaves the byte-order mark out.
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    const text = new TextDecoder('utf-8').decode(bytes);
    const at = text.indexOf('\ufffd');
    const result = finding(file, 'not-utf8', 'The file is not UTF-8 from here on.', 'Save it with encoding UTF-8.');
    return { ...result, range: new LineIndex(text).range(at, at + 1) };
  }
}

function unreadable(file: string, why: string): Finding {
  const message = `The file cannot be read: ${why}.`;
  return finding(file, 'unreadable-file', message, 'Make it a readable text file, remove it, or exclude it.');
}

function finding(file: string, code: string, message: string, suggestion: string): Finding {
  return { code, severity: 'warning', message, suggestion, file, range: FILE_START };
}
