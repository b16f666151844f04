// What the features share: engine, folders, messages, memory. Made once at activation; the engine starts with the first call.
import * as vscode from 'vscode';
import { EngineClient } from './engineClient.ts';
import type { JobKind } from './folderState.ts';
import { Folders } from './folders.ts';
import { Memory } from './memory.ts';
import { Messages } from './messages.ts';

/** Jobs that end with the live engine; the others have a process of their own. */
const IN_LIVE_ENGINE: ReadonlySet<JobKind> = new Set(['index', 'measure']);

export interface Services {
  context: vscode.ExtensionContext;
  log: vscode.LogOutputChannel;
  messages: Messages;
  memory: Memory;
  engine: EngineClient;
  folders: Folders;
}

export function createServices(context: vscode.ExtensionContext): Services {
  const log = vscode.window.createOutputChannel('KB Recall', { log: true });
  const messages = new Messages(log);
  const memory = new Memory(context.workspaceState);
  const bundle = vscode.Uri.joinPath(context.extensionUri, 'dist', 'engine.cjs').fsPath;
  const toLog = (message: string): void => log.info(message);
  const engine: EngineClient = new EngineClient({
    bundle,
    log: toLog,
    onPatch: (patch) => folders.apply(patch),
    onCrash: (restarts) => void afterCrash(restarts),
    onSilence: (isSilent) => isSilent && void whenSilent(engine),
  });
  // Its patches are of a copy that is gone when the job is done.
  const jobs: EngineClient = new EngineClient({
    bundle,
    log: toLog,
    onSilence: (isSilent) => isSilent && void whenSilent(jobs),
  });
  const folders: Folders = new Folders({ engine, jobs, memory, extension: context, log });
  const recover = (): void => {
    for (const folder of folders.all) folder.recover().catch((error: unknown) => messages.logError(error));
  };
  /** A process that hangs is ended by the author's word only: it may be the machine that is slow. */
  const whenSilent = async (silent: EngineClient): Promise<void> => {
    await messages.showWarning(vscode.l10n.t('The engine of KB Recall has not answered for a minute.'), {
      [vscode.l10n.t('Restart Engine')]: () => {
        silent.stop();
        if (silent === engine) recover();
      },
      [vscode.l10n.t('Show Log')]: () => log.show(),
    });
  };
  const afterCrash = async (restarts: boolean): Promise<void> => {
    // Whoever waits for a job is told by it why it ended; twice would be once too often, and the editor drops the fourth message at once.
    const isTold = folders.all.some(({ state: { job } }) => job?.isAsked && IN_LIVE_ENGINE.has(job.kind));
    if (restarts) {
      recover();
      if (isTold) return;
      await messages.showWarning(vscode.l10n.t('The engine of KB Recall stopped unexpectedly and was started again.'), {
        [vscode.l10n.t('Show Log')]: () => log.show(),
      });
      return;
    }
    await messages.showWarning(vscode.l10n.t('The engine of KB Recall stopped again, so it stays off.'), {
      [vscode.l10n.t('Start Engine')]: recover,
      [vscode.l10n.t('Show Log')]: () => log.show(),
    });
  };
  const stopEngines = { dispose: () => [engine, jobs].forEach((each) => void each.stop()) };
  context.subscriptions.push(log, folders, stopEngines);
  return { context, log, messages, memory, engine, folders };
}
