// The engine's process: binds the workspace service to the channel of the parent that forked it.
import { WorkspaceService } from './engine/live/workspaceService.ts';
import { serve } from './protocol/rpc.ts';
import type { ChildApi, EngineEvents } from './protocol/workspace.ts';

if (process.send === undefined) {
  process.stderr.write('This file is the engine of KB Recall; the extension starts it.\n');
  process.exit(1);
}

const log = (message: string): void => void process.stderr.write(`${message}\n`);
const emit = serve<ChildApi, EngineEvents>(
  {
    post: (message) => process.send?.(message),
    onMessage: (listener) => process.on('message', listener),
  },
  new WorkspaceService({ patch: (patch) => emit('patch', patch), log }),
  [
    'open',
    'configure',
    'close',
    'change',
    'join',
    'indexWorkspace',
    'measure',
    'search',
    'reference',
    'edit',
    'rename',
    'snippetText',
    'suggest',
    'explain',
    'report',
    'map',
    'duplicates',
    'trainWorkspace',
    'estimateTraining',
    'blend',
    'runs',
    'run',
    'settleRun',
    'deleteRun',
    'compareRuns',
    'compareModels',
    'models',
    'clear',
  ],
  log,
);
// Files are written whole or not at all, so that ending at once loses nothing; unloading the runtime has crashed for others.
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches the whole group; the parent decides.
process.on('SIGINT', () => undefined);
