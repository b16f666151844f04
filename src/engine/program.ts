// Which program this is: what it kept on the disk of its own work holds only for itself.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from './indexManifest.ts';

let own: Promise<string> | undefined;

/**
 * Hash of this program and of the Node that runs it, 64 hexadecimal digits: another version may take the same pages apart in another way. Run
 * from its sources, it is their times of change. Rejects where the program's own file is gone, as after an update under a running process.
 */
export function programHash(): Promise<string> {
  // Once, and early: a file that is replaced later is not what runs here.
  own ??= ownHash();
  return own;
}

async function ownHash(): Promise<string> {
  const file = fileURLToPath(import.meta.url);
  if (!file.endsWith('.ts')) return sha256(`${process.version} ${sha256(await readFile(file))}`);
  const root = join(file, '../..');
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.ts')).sort();
  const times = await Promise.all(files.map(async (name) => `${name} ${(await stat(join(root, name))).mtimeMs}`));
  return sha256([process.version, ...times].join('\n'));
}
