// Which files belong to a knowledge base, and their bytes -> text. What cannot be read is a finding; the rest counts.
import type { SourceDocument } from './document.ts';
import type { Finding } from './finding.ts';
import { FILE_START, LineIndex } from './lines.ts';

/** Markdown files that make a knowledge base. */
export const DEFAULT_INCLUDE: readonly string[] = ['**/*.md'];
/** Question files are read wherever they stand: a narrower `include` chooses Markdown only. */
export const QUESTION_FILES: readonly [string, ...string[]] = ['**/*.questions.{jsonl,yaml,yml,csv}'];
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
export const MOST_BYTES = 8 * 1024 * 1024;

/** Reads UTF-8, with or without byte-order mark; anything else is a finding. */
export function decodeDocument(file: string, bytes: Uint8Array): SourceDocument | Finding {
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

/** About a file of `bytes`, more than {@link MOST_BYTES}. */
export function tooLarge(file: string, bytes: number): Finding {
  const megabytes = (bytes / 1024 / 1024).toFixed(1);
  return finding(
    file,
    'file-too-large',
    `The file has ${megabytes} MB; at most 8 MB are read.`,
    'Divide it, or exclude it.',
  );
}

/** About a file that cannot be read; `why` goes on from "cannot be read:". */
export function unreadable(file: string, why: string): Finding {
  const message = `The file cannot be read: ${why}.`;
  return finding(file, 'unreadable-file', message, 'Make it a readable text file, remove it, or exclude it.');
}

function finding(file: string, code: string, message: string, suggestion: string): Finding {
  return { code, severity: 'warning', message, suggestion, file, range: FILE_START };
}
