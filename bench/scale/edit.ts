// What an edit costs in an open editor: the engine's service as its process has it, without the messages between processes.
import { join } from 'node:path';
import { readWorkspace } from '../../src/cli/files.ts';
import { WorkspaceService } from '../../src/engine/live/workspaceService.ts';
import type { WorkspaceSettings } from '../../src/protocol/workspace.ts';
import { type Clock, median, now, partSettings } from './process.ts';
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
  threads: number;
  clock: Clock;
}

const { root, folder, indexFolder, home, rounds, threads, clock } = partSettings<EditSettings>();
const workspace = 'bench';
const milliseconds = (): number => now(clock) * 1000;
let outcomesAt = 0;
const engine = new WorkspaceService({
  log: (message) => console.error(message),
  patch: (patch) => {
    if (!patch.figures) outcomesAt = milliseconds();
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
  threads,
};
const { documents } = await readWorkspace(folder);
const started = milliseconds();
await engine.open({ workspace, settings });
for (let at = 0; at < documents.length; at += 50) {
  const part = documents.slice(at, at + 50).map((document) => ({ ...document, saved: true }));
  await engine.change({ workspace, documents: part, removed: [], unreadable: [] });
}
await engine.join({ workspace });
await engine.measure({ workspace });
const open = milliseconds() - started;

const pages = documents.filter(({ file, text }) => file.endsWith('.md') && text.length > 500);
const times = { toRanking: [] as number[], toOutcomes: [] as number[], toFigures: [] as number[] };
for (let round = 0; round < 2 * rounds; round++) {
  const { file, text } = pages[(round * 7919) % pages.length]!;
  const at = milliseconds();
  const document = { file, text: edited(text, `round ${round}`), saved: true };
  await engine.change({ workspace, documents: [document], removed: [], unreadable: [] });
  if (round % 2 === 0) {
    await engine.indexWorkspace({ workspace });
    times.toRanking.push(milliseconds() - at);
  } else {
    outcomesAt = 0;
    await engine.measure({ workspace });
    times.toFigures.push(milliseconds() - at);
    times.toOutcomes.push((outcomesAt || milliseconds()) - at);
  }
  // The next edit may come while the index is written.
  await new Promise((resolve) => setTimeout(resolve, 400));
}
await engine.close({ workspace });
const figures: EditFigures = {
  open,
  toRanking: median(times.toRanking),
  toOutcomes: median(times.toOutcomes),
  toFigures: median(times.toFigures),
};
console.log(JSON.stringify(figures));
