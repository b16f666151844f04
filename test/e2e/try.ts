// `npm run try`: the example help desk in a real VS Code with the extension, for a person who has none. Prints the address to open in
// a browser; everything is a copy in a temporary folder and goes with Ctrl-C.
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addExtension, ROOT } from './support/extension.ts';
import { Server } from './support/server.ts';

const home = await mkdtemp(join(tmpdir(), 'kb-recall-try-'));
const folder = join(home, 'helpdesk');
const [userData, extensions] = [join(home, 'user'), join(home, 'extensions')];
await cp(join(ROOT, 'examples/helpdesk'), folder, { recursive: true });
await mkdir(join(userData, 'User'), { recursive: true });
const settings = {
  'workbench.startupEditor': 'none',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
};
await writeFile(join(userData, 'User/settings.json'), JSON.stringify(settings));
await addExtension(extensions);
const server = await Server.start({ userData, extensions });
console.log(`Open ${server.url}/?folder=${encodeURIComponent(folder)} in a browser.`);
console.log('Press F1 there and run "KB Recall: Evaluate Questions". Ctrl-C here ends it.');

let ending = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, async () => {
    if (ending) return;
    ending = true;
    await server.stop();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
    process.exit(0);
  });
}
// Nothing else keeps the process while the server runs in a group of its own.
setInterval(() => undefined, 60_000);
