// Where .ci/install-vscode put VS Code (code-server) and which browser shows it.
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const folder =
  process.env.KB_RECALL_VSCODE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kb-recall-vscode');

/** The folder that node runs to start code-server. Throws where it is not installed. */
export function codeServer(): string {
  const root = join(folder, 'server/node_modules/code-server');
  if (!existsSync(join(folder, 'stamp')) || !existsSync(root)) {
    throw new Error(`There is no VS Code in ${folder}. Run .ci/install-vscode.`);
  }
  return root;
}

/** The browser's program: CHROMIUM, else the first of the usual names on PATH. Throws where there is none. */
export function chromium(): string {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const found = names.flatMap((name) => folders.map((each) => join(each, name))).find(isProgram);
  if (!found) throw new Error(`No browser was found (${names.join(', ')}). Run .ci/install-vscode, or set CHROMIUM.`);
  return found;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
