// Run files on disk: evaluations kept with the ranks of their questions.
import { readFile } from 'node:fs/promises';
import { errors } from '../core/errors.ts';
import { parseRun, type RunFile } from '../core/runs/run.ts';
import { writeFileAtomic } from './atomicFile.ts';
import { reason } from './fileReason.ts';

/** Throws a UserError when the file cannot be read or is no run. */
export async function readRunFile(file: string): Promise<RunFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw errors.runUnreadable(file, reason(error));
  }
  return parseRun(text, file);
}

/** Whole or not at all. */
export async function writeRunFile(file: string, run: RunFile): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(run, null, 1)}\n`);
}
