// Settings and trust that change while the window is open: what depends on them is done again.
import * as vscode from 'vscode';
import type { Folder } from '../folder.ts';
import type { Services } from '../services.ts';

/** Settings of the measurement: the engine is told, the files stay. */
const MEASURING = [
  'model',
  'modelsFolder',
  'k',
  'seed',
  'threads',
  'training.share',
  'training.heldOut',
  'retrieval',
  'diagnostics.lint',
];
/** Settings of what belongs to the knowledge base: everything is read again. */
const READING = ['include', 'exclude'];

export function activateConfiguration(context: vscode.ExtensionContext, { folders, messages }: Services): void {
  const quietly = (work: Promise<unknown>): void => void work.catch((error: unknown) => messages.showError(error));
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((event) => {
      const affects = (folder: Folder, names: readonly string[]): boolean =>
        names.some((name) => event.affectsConfiguration(`kbRecall.${name}`, folder.uri));
      for (const folder of folders.all) {
        if (affects(folder, READING) || event.affectsConfiguration('files.exclude', folder.uri))
          quietly(folder.rescan());
        else if (affects(folder, MEASURING)) quietly(folder.reconfigure());
      }
    }),
    // The model of the settings may be used now.
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      for (const folder of folders.all) quietly(folder.reconfigure());
    }),
  );
}
