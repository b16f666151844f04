// What every command shares: the folder it is about, and errors told in one way.
import * as vscode from 'vscode';
import { isAbort, UserError } from '../core/errors.ts';
import type { Folder } from './folder.ts';
import type { Services } from './services.ts';

/** Registers `kbRecall.<name>`; errors are told to the user. */
export function registerCommand(
  services: Services,
  name: string,
  work: (...args: unknown[]) => Promise<unknown>,
): void {
  services.context.subscriptions.push(
    vscode.commands.registerCommand(`kbRecall.${name}`, async (...args: unknown[]) => {
      try {
        return await work(...args);
      } catch (error) {
        await explainError(services, error);
        return undefined;
      }
    }),
  );
}

/** As {@link registerCommand}, for a command about one folder: that of the argument, of the editor, or one that is picked. */
export function registerFolderCommand(
  services: Services,
  name: string,
  work: (folder: Folder, argument: unknown) => Promise<unknown>,
): void {
  services.context.subscriptions.push(
    vscode.commands.registerCommand(`kbRecall.${name}`, async (argument?: unknown) => {
      const folder = folderOf(services, argument) ?? (await services.folders.choose());
      if (!folder) return undefined;
      try {
        return await work(folder, argument);
      } catch (error) {
        const again = () => vscode.commands.executeCommand(`kbRecall.${name}`, argument);
        await explainError(services, error, folder, again);
        return undefined;
      }
    }),
  );
}

/** Views hand their items over, editors their address. */
function folderOf({ folders }: Services, argument: unknown): Folder | undefined {
  if (argument instanceof vscode.Uri) return folders.of(argument);
  const key = (argument as { folderKey?: unknown } | undefined)?.folderKey;
  return typeof key === 'string' ? folders.byKey(key) : undefined;
}

/** Tells an error; a model that is not at hand may be downloaded when the user says so. */
export async function explainError(
  { messages }: Services,
  error: unknown,
  folder?: Folder,
  again?: () => Thenable<unknown>,
): Promise<void> {
  if (isAbort(error)) {
    await messages.showInformation(vscode.l10n.t('Stopped. Index and models are as they were.'));
    return;
  }
  const isMissing = error instanceof UserError && error.code === 'model-not-found';
  if (!isMissing || !folder || !again || !vscode.workspace.isTrusted) {
    await messages.showError(error);
    return;
  }
  await messages.showError(error, {
    [vscode.l10n.t('Download…')]: async () => {
      folder.downloadAllowed = await confirmDownload(folder);
      if (!folder.downloadAllowed) return;
      await folder.reconfigure();
      await again();
    },
  });
}

async function confirmDownload(folder: Folder): Promise<boolean> {
  const yes = vscode.l10n.t('Download');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Download the model {0}?', folder.model()),
    {
      modal: true,
      detail: vscode.l10n.t(
        'Its files come from {0} and stay in {1}. Nothing is sent but the names of the files.',
        process.env.HF_ENDPOINT ?? 'huggingface.co',
        folder.settings().modelsFolder,
      ),
    },
    yes,
  );
  return chosen === yes;
}

/** False, with a sentence and a way out, in a folder that is not trusted. */
export async function requireTrust(what: string): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('{0} needs a trusted workspace: it runs with settings and models of this folder.', what),
    manage,
  );
  if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return false;
}
