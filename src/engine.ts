// The engine's process: binds the workspace service to the channel of the parent that forked it.
import { WorkspaceService } from './engine/live/workspaceService.ts';
import { serve } from './protocol/rpc.ts';
import type { ChildApi, EngineEvents } from './protocol/workspace.ts';

if (process.send === undefined) {
  process.stderr.write('This file is the engine of KB Recall; the extension starts it.\n');
  process.exit(1);
}

/** What the parent may call; the compiler wants every method here, for one that is not is refused. */
const METHODS = Object.keys({
  open: true,
  configure: true,
  close: true,
  change: true,
  join: true,
  indexWorkspace: true,
  measure: true,
  search: true,
  reference: true,
  edit: true,
  rename: true,
  snippetText: true,
  suggest: true,
  explain: true,
  report: true,
  map: true,
  duplicates: true,
  trainWorkspace: true,
  curveWorkspace: true,
  exportWorkspace: true,
  exportModel: true,
  estimateTraining: true,
  unfinishedTraining: true,
  blend: true,
  runs: true,
  run: true,
  settleRun: true,
  deleteRun: true,
  compareRuns: true,
  compareModels: true,
  models: true,
  clear: true,
} satisfies Record<keyof ChildApi, true>) as (keyof ChildApi)[];

const log = (message: string): void => void process.stderr.write(`${message}\n`);
const emit = serve<ChildApi, EngineEvents>(
  {
    post: (message) => process.send?.(message),
    onMessage: (listener) => process.on('message', listener),
  },
  new WorkspaceService({ patch: (patch) => emit('patch', patch), log }),
  METHODS,
  log,
);
// Files are written whole or not at all, so that ending at once loses nothing; unloading the runtime has crashed for others.
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches the whole group; the parent decides.
process.on('SIGINT', () => undefined);
