// The long jobs as commands: index, evaluate, fine-tune, stop; and what runs by itself when a folder is opened.
import * as vscode from 'vscode';
import { isAbort, UserError } from '../../core/errors.ts';
import type { Folder } from '../folder.ts';
import { withProgress } from '../progress.ts';
import type { Services } from '../services.ts';
import { readSettings } from '../settings.ts';

export function activateJobs(context: vscode.ExtensionContext, services: Services): void {
  const { folders, messages, log } = services;
  const command = (name: string, work: (folder: Folder) => Promise<void>): void => {
    context.subscriptions.push(
      vscode.commands.registerCommand(`kbRecall.${name}`, async () => {
        const folder = await folders.choose();
        if (!folder) return;
        try {
          await work(folder);
        } catch (error) {
          await explain(services, folder, error, () => vscode.commands.executeCommand(`kbRecall.${name}`));
        }
      }),
    );
  };
  command('index', async (folder) => {
    const summary = await withProgress(vscode.l10n.t('Indexing {0}', folder.name), (job) => folder.index(job));
    if (summary.notice) log.info(summary.notice);
    for (const warning of summary.warnings) log.warn(warning);
    await messages.showInformation(
      vscode.l10n.t(
        '{0}: {1} snippets in {2} windows, {3} embedded.',
        folder.name,
        summary.snippets,
        summary.windows,
        summary.embedded,
      ),
    );
  });
  command('evaluate', async (folder) => {
    const summary = await withProgress(vscode.l10n.t('Evaluating {0}', folder.name), (job) => folder.measure(job));
    for (const warning of summary.warnings) log.warn(warning);
    const { k } = readSettings(folder.uri);
    await messages.showInformation(
      vscode.l10n.t(
        '{0}: {1} of {2} questions miss an answer in the first {3}.',
        folder.name,
        summary.failures,
        summary.questions,
        k,
      ),
      { [vscode.l10n.t('Show Problems')]: () => vscode.commands.executeCommand('workbench.actions.view.problems') },
    );
  });
  context.subscriptions.push(
    vscode.commands.registerCommand('kbRecall.stop', async () => {
      const busy = folders.all.filter((folder) => folder.state.job);
      for (const folder of busy) folder.stop();
      if (busy.length === 0) await messages.showInformation(vscode.l10n.t('KB Recall is not running anything.'));
    }),
    vscode.commands.registerCommand('kbRecall.showLog', () => log.show()),
    folders.each((folder) => folder.state.onDidChange(({ job }) => job && showRunning(services))),
    folders.each((folder) => startByItself(folder, services)),
  );
}

/** For the `enablement` of commands. */
function showRunning({ folders }: Services): void {
  const running = folders.all.some((folder) => folder.state.job);
  void vscode.commands.executeCommand('setContext', 'kbRecall.running', running);
}

/** Reads the folder soon after it was opened; measures as the setting says. A timer, so that activation does not wait. */
function startByItself(folder: Folder, { memory, messages }: Services): vscode.Disposable {
  const timer = setTimeout(() => {
    const { measureOnOpen } = readSettings(folder.uri);
    const measures = measureOnOpen === 'always' || (measureOnOpen === 'whenMeasured' && memory.wasMeasured(folder.key));
    const quietly = (work: Promise<unknown>): void => void work.catch((error: unknown) => messages.logError(error));
    quietly(measures ? folder.measure({}) : folder.load());
  }, 300);
  return new vscode.Disposable(() => clearTimeout(timer));
}

/** Tells an error; a model that is not at hand may be downloaded when the user says so. */
async function explain(
  { messages }: Services,
  folder: Folder,
  error: unknown,
  again: () => Thenable<unknown>,
): Promise<void> {
  if (isAbort(error)) {
    await messages.showInformation(vscode.l10n.t('Stopped. Index and models are as they were.'));
    return;
  }
  const canDownload = error instanceof UserError && error.code === 'model-not-found' && vscode.workspace.isTrusted;
  const actions = canDownload
    ? {
        [vscode.l10n.t('Download…')]: async () => {
          folder.downloadAllowed = await confirmDownload(folder);
          if (folder.downloadAllowed) {
            await folder.reconfigure();
            await again();
          }
        },
      }
    : {};
  await messages.showError(error, actions);
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
        folder.modelsFolder(),
      ),
    },
    yes,
  );
  return chosen === yes;
}
