// The VSIX as it is handed out: only this platform's native files, nothing of the sources, and once installed it embeds.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { installVsix } from './support/extension.ts';
import { scenarios } from './support/scenario.ts';

/** Megabytes, as package.mjs has it: what is packed is a runtime of some 20, a model of some 15, and the program. */
const MOST_MB = 45;

const vsix = process.env.KB_RECALL_VSIX;
const scenario = scenarios({
  folders: ['test/fixtures/desk'],
  install: async (extensions) => {
    if (!vsix) throw new Error('KB_RECALL_VSIX names no VSIX: run this by node test/run.mjs e2e/vsix, which packs it.');
    await installVsix(vsix, extensions);
  },
});

scenario('it holds what it needs and no more', async ({ home }) => {
  assert.ok(statSync(vsix!).size < MOST_MB * 1e6, `${(statSync(vsix!).size / 1e6).toFixed(1)} MB`);
  const extensions = join(home, 'extensions');
  const folder = readdirSync(extensions).find((name) => name.startsWith('kb-recall.kb-recall-'));
  assert.ok(folder, readdirSync(extensions).join());
  const root = join(extensions, folder);
  const runtimes = readdirSync(join(root, 'node_modules/onnxruntime-node/bin'), { recursive: true, encoding: 'utf8' });
  const bindings = runtimes.filter((file) => file.endsWith('.node'));
  assert.equal(bindings.length, 1, bindings.join());
  assert.ok(bindings[0]!.includes(join(process.platform, process.arch)), bindings[0]);
  for (const part of [
    'dist/engine.cjs',
    'dist/extension.cjs',
    'models/kb-recall-small/config.json',
    'LICENSE.txt',
    'dist/THIRD-PARTY-NOTICES.txt',
  ]) {
    assert.ok(existsSync(join(root, part)), `${part} is missing`);
  }
  for (const part of ['src', 'test', 'examples', 'bench', '.ci', 'node_modules/typescript']) {
    assert.ok(!existsSync(join(root, part)), `${part} is packed`);
  }
});

scenario('installed, it starts its engine and embeds', async ({ editor, views }) => {
  await editor.run('KB Recall: Index Workspace');
  await views.notification(/desk: 25 snippets in 25 windows, 25 embedded/, { within: 60_000 });
});
