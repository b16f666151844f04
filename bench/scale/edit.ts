// What an edit costs in an open editor: the built engine in its own process over its RPC, as the extension drives it.
import { join } from 'node:path';
import { readWorkspace } from '../../src/cli/files.ts';
import { EngineClient } from '../../src/host/engineClient.ts';
import type { WorkspaceSettings } from '../../src/protocol/workspace.ts';
import { median, partSettings } from './process.ts';
import { edited } from './subset.ts';

/** Milliseconds; the process of the engine runs and has the index of before on the disk. */
export interface EditFigures {
  /** From nothing in memory to the first results. */
  open: number;
  /** A changed page until everything is ready to be ranked. */
  toRanking: number;
  /** A changed page until the outcome of every question is told. */
  toOutcomes: number;
  /** The same until the figures with their intervals are told. */
  toFigures: number;
}

/** What it is started with. */
export interface EditSettings {
  root: string;
  folder: string;
  indexFolder: string;
  home: string;
  rounds: number;
}

const { root, folder, indexFolder, home, rounds } = partSettings<EditSettings>();
const workspace = 'bench';
let outcomesAt = 0;
const engine = new EngineClient({
  bundle: join(root, 'dist/engine.cjs'),
  log: () => {},
  onPatch: (patch) => {
    if (!patch.figures) outcomesAt = performance.now();
  },
});
const settings: WorkspaceSettings = {
  folder,
  indexFolder,
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
const { documents } = await readWorkspace(folder);
const started = performance.now();
await engine.call('open', { workspace, settings });
for (let at = 0; at < documents.length; at += 50) {
  const part = documents.slice(at, at + 50).map((document) => ({ ...document, saved: true }));
  await engine.call('change', { workspace, documents: part, removed: [], unreadable: [] });
}
await engine.call('join', { workspace });
await engine.call('measure', { workspace });
const open = performance.now() - started;

const pages = documents.filter(({ file, text }) => file.endsWith('.md') && text.length > 500);
const times = { toRanking: [] as number[], toOutcomes: [] as number[], toFigures: [] as number[] };
for (let round = 0; round < 2 * rounds; round++) {
  const { file, text } = pages[(round * 7919) % pages.length]!;
  const at = performance.now();
  const document = { file, text: edited(text, `round ${round}`), saved: true };
  await engine.call('change', { workspace, documents: [document], removed: [], unreadable: [] });
  if (round % 2 === 0) {
    await engine.call('indexWorkspace', { workspace });
    times.toRanking.push(performance.now() - at);
  } else {
    outcomesAt = 0;
    await engine.call('measure', { workspace });
    times.toFigures.push(performance.now() - at);
    times.toOutcomes.push((outcomesAt || performance.now()) - at);
  }
  // The next edit may come while the index is written.
  await new Promise((resolve) => setTimeout(resolve, 400));
}
engine.stop();
const figures: EditFigures = {
  open,
  toRanking: median(times.toRanking),
  toOutcomes: median(times.toOutcomes),
  toFigures: median(times.toFigures),
};
console.log(JSON.stringify(figures));
