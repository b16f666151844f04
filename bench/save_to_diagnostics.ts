// Time from a save to the right results, as the extension sees it: the built engine (npm run build) in its own process, over the RPC.
// npx tsx bench/save_to_diagnostics.ts KB [edits]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWorkspace } from '../src/cli/files.ts';
import { EngineClient } from '../src/host/engineClient.ts';
import type { StatePatch, WorkspaceSettings } from '../src/protocol/workspace.ts';

const [folder, edits = '15'] = process.argv.slice(2);
if (!folder) throw new Error('Give the folder of a knowledge base.');
const root = fileURLToPath(new URL('..', import.meta.url));
const home = process.env.BENCH_HOME ?? mkdtempSync(join(tmpdir(), 'kb-live-'));
const patches: StatePatch[] = [];
let outcomesAt = 0;
const engine = new EngineClient({
  bundle: join(root, 'dist/engine.cjs'),
  log: (message) => process.env.VERBOSE && console.log(message),
  onPatch: (patch) => {
    patches.push(patch);
    if (!patch.figures) outcomesAt = performance.now();
  },
});
const settings: WorkspaceSettings = {
  folder,
  indexFolder: join(home, 'index'),
  model: 'kb-recall-small',
  modelsFolder: join(home, 'models'),
  embeddedFolder: join(root, 'models'),
  ks: [1, 3, 5, 10],
  primaryK: 5,
  seed: 0,
  trainShare: 0.6,
  retrieval: 'vectors',
  lint: false,
};
const workspace = 'bench';
const { documents } = await readWorkspace(folder);
const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  const started = performance.now();
  const result = await work();
  console.log(`${name.padEnd(28)} ${(performance.now() - started).toFixed(0).padStart(7)} ms`);
  return result;
};
await timed('open', () => engine.call('open', { workspace, settings }));
await timed('send and parse', async () => {
  for (let at = 0; at < documents.length; at += 50) {
    const part = documents.slice(at, at + 50).map((document) => ({ ...document, saved: true }));
    await engine.call('change', { workspace, documents: part, removed: [], unreadable: [] });
  }
});
await timed('join', () => engine.call('join', { workspace }));
const first = await timed('first measure', () => engine.call('measure', { workspace }));
console.log(
  `${first.snippets} snippets, ${first.windows} windows, ${first.embedded} embedded, ${first.questions} questions`,
);
await timed('measure, nothing changed', () => engine.call('measure', { workspace }));

const pages = documents.filter(({ file, text }) => file.endsWith('.md') && text.length > 500);
const toOutcomes: number[] = [];
const toAll: number[] = [];
for (let i = 0; i < Number(edits); i++) {
  const page = pages[Math.floor((i * 7919) % pages.length)]!;
  const lines = page.text.split('\n');
  const at = Math.floor(lines.length / 2);
  lines.splice(at, 0, '', `Edit number ${i}: how to change the settings of the account and the invoice.`, '');
  patches.length = 0;
  const started = performance.now();
  outcomesAt = 0;
  const document = { file: page.file, text: lines.join('\n'), saved: true };
  await engine.call('change', { workspace, documents: [document], removed: [], unreadable: [] });
  await engine.call('measure', { workspace });
  toAll.push(performance.now() - started);
  toOutcomes.push((outcomesAt || performance.now()) - started);
  // The next save may come while the index is written.
  await new Promise((resolve) => setTimeout(resolve, Number(process.env.PAUSE ?? 300)));
}
const summary = (values: number[]): string => {
  const sorted = [...values].sort((a, b) => a - b);
  return `median ${sorted[sorted.length >> 1]!.toFixed(0)} ms, worst ${sorted.at(-1)!.toFixed(0)} ms`;
};
console.log(`save to outcomes (${edits} edits)  ${summary(toOutcomes)}`);
console.log(`save to figures              ${summary(toAll)}`);
engine.stop();
if (!process.env.BENCH_HOME) rmSync(home, { recursive: true, force: true });
