// A process that keeps replacing a folder, or counts under a lock, until it is killed or done.
// Run as: folderWriter.ts replace TARGET FIRST LAST | count FOLDER TIMES; `replace` prints each step once it is done.
import { promises as fs, writeSync } from 'node:fs';
import path from 'node:path';
import { replaceFolderAtomic } from '../../../src/engine/atomicFile.ts';
import { withLock } from '../../../src/engine/fileLock.ts';

/** Files of a folder's state, all holding the step; one lies deeper. */
export const FILES = ['config.json', 'model.bin', 'vocabulary.txt', 'onnx/model.onnx'];

/** Writes a state with pauses, so that a kill can hit between any two files. */
export async function fillFolder(folder: string, step: number): Promise<void> {
  await fs.mkdir(path.join(folder, 'onnx'));
  for (const name of FILES) await fs.writeFile(path.join(folder, name), `${step}`.repeat(1000));
}

async function replace(target: string, first: number, last: number): Promise<void> {
  for (let step = first; step <= last; step++) {
    await replaceFolderAtomic(target, (folder) => fillFolder(folder, step));
    writeSync(1, `${step}\n`);
  }
}

/** Loses counts wherever two run at once. */
async function count(folder: string, times: number): Promise<void> {
  const file = path.join(folder, 'count');
  for (let i = 0; i < times; i++) {
    await withLock(path.join(folder, 'lock'), async () => {
      const before = Number(await fs.readFile(file, 'utf8').catch(() => '0'));
      await fs.writeFile(file, String(before + 1));
    });
  }
}

const [command, where, ...numbers] = process.argv.slice(2);
if (command === 'replace') void replace(where!, Number(numbers[0]), Number(numbers[1]));
if (command === 'count') void count(where!, Number(numbers[0]));
