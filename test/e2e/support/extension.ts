// Puts the extension into a fresh extensions folder: from the VSIX where test/run.mjs made one, else the files the VSIX would hold.
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { glob } from 'tinyglobby';
import { codeServer } from './install.ts';

/** The project's root folder. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Environment variable with the path of the VSIX under test. */
const VSIX = 'KB_RECALL_VSIX';

/** Installs the VSIX, or copies the files. */
export async function addExtension(extensions: string): Promise<void> {
  await mkdir(extensions, { recursive: true });
  const vsix = process.env[VSIX];
  if (vsix) await installVsix(vsix, extensions);
  else await copyAllowed(extensions);
}

/** Installs a VSIX as a user would, with the editor's own command. Throws with its output when it fails. */
export async function installVsix(vsix: string, extensions: string, userData = join(extensions, '../user')) {
  const args = [codeServer(), '--install-extension', vsix, '--extensions-dir', extensions, '--user-data-dir', userData];
  const env = { ...process.env, CODE_SERVER_CONFIG: join(userData, 'code-server.yaml') };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
  if (!/successfully installed/i.test(stdout)) throw new Error(`${vsix} was not installed: ${stdout}${stderr}`);
}

/** Puts an extension made for tests in place: copied, and named in the editor's list where there is one. */
export async function addTestExtension(source: string, extensions: string): Promise<void> {
  const { publisher, name, version } = JSON.parse(await readFile(join(ROOT, source, 'package.json'), 'utf8'));
  const relativeLocation = `${publisher}.${name}-${version}`;
  const path = join(extensions, relativeLocation);
  await cp(join(ROOT, source), path, { recursive: true });
  const list = join(extensions, 'extensions.json');
  const entries = await readFile(list, 'utf8').then(JSON.parse, () => undefined);
  if (!entries) return;
  const location = { $mid: 1, path, scheme: 'file' };
  entries.push({ identifier: { id: `${publisher}.${name}` }, version, location, relativeLocation });
  await writeFile(list, JSON.stringify(entries));
}

/** Copies what .vscodeignore, an allow list, lets into the VSIX. */
async function copyAllowed(extensions: string): Promise<void> {
  const { publisher, name, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const target = join(extensions, `${publisher}.${name}-${version}`);
  const lines = (await readFile(join(ROOT, '.vscodeignore'), 'utf8')).split('\n').map((line) => line.trim());
  const allowed = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const ignore = lines.filter((line) => line && line !== '**' && !/^[!#]/.test(line));
  for (const file of await glob(allowed, { cwd: ROOT, ignore, dot: true, expandDirectories: false })) {
    const native = /onnxruntime-node\/bin\/[^/]+\/([^/]+)\/([^/]+)\//.exec(file);
    if (native && (native[1] !== process.platform || native[2] !== process.arch)) continue;
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(join(ROOT, file), join(target, file));
  }
}
