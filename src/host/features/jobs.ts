// The long jobs as commands: index, evaluate, fine-tune, learning curve, stop; and what runs by itself when a folder is opened.
import * as vscode from 'vscode';
import { TRAINING_MODES, type TrainingMode } from '../../core/trainingMode.ts';
import type { TrainAnswer } from '../../protocol/engine.ts';
import { registerCommand, registerFolderCommand, requireTrust } from '../command.ts';
import { engineText } from '../engineTexts.ts';
import type { Folder } from '../folder.ts';
import { curveVerdicts } from '../panel/texts.ts';
import { withProgress } from '../progress.ts';
import type { Services } from '../services.ts';
import { readSettings } from '../settings.ts';

export function activateJobs(context: vscode.ExtensionContext, services: Services): void {
  const { folders, messages, log } = services;
  registerFolderCommand(services, 'index', async (folder) => {
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
  registerFolderCommand(services, 'evaluate', async (folder) => {
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
  registerFolderCommand(services, 'train', async (folder, argument) => {
    if (!(await requireTrust(vscode.l10n.t('Fine-tuning')))) return;
    await saveAll(folder);
    const startsAnew = await asksToStartAnew(folder);
    if (startsAnew === undefined) return;
    const wishes = { ...wishesOf(argument), ...(startsAnew && { startsAnew }) };
    const answer = await withProgress(vscode.l10n.t('Fine-tuning on {0}', folder.name), (job) =>
      folder.train(job, wishes),
    );
    for (const sentence of [...answer.notices, answer.verdict]) log.info(sentence);
    // In one message: the editor drops the fourth that comes at once.
    if (answer.notices.length > 0)
      void messages.showInformation(`${folder.name}: ${answer.notices.map(engineText).join(' ')}`);
    const { modelId } = answer;
    if (modelId === undefined) {
      await messages.showInformation(`${folder.name}: ${engineText(answer.verdict)}`);
      return;
    }
    // Measuring with the new model goes on below; the message need not wait for it.
    const told = tellPromoted(services, folder, answer, modelId);
    await withProgress(vscode.l10n.t('Evaluating {0}', folder.name), (job) => folder.chooseModel(modelId, job));
    await told;
  });
  registerFolderCommand(services, 'learningCurve', async (folder, argument) => {
    if (!(await requireTrust(vscode.l10n.t('The learning curve')))) return;
    await saveAll(folder);
    const { verdict } = await withProgress(vscode.l10n.t('Learning curve of {0}', folder.name), (job) =>
      folder.curve(job, wishesOf(argument)),
    );
    await messages.showInformation(`${folder.name}: ${curveVerdicts()[`curve.${verdict.kind}`]}`, {
      [vscode.l10n.t('Show Curve')]: () =>
        vscode.commands.executeCommand('kbRecall.openPanel', { folderKey: folder.key, tab: 'training' }),
    });
  });
  registerCommand(services, 'stop', async () => {
    const busy = folders.all.filter((folder) => folder.state.job);
    for (const folder of busy) folder.stop();
    if (busy.length === 0) await messages.showInformation(vscode.l10n.t('KB Recall is not running anything.'));
  });
  registerCommand(services, 'showLog', async () => log.show());
  context.subscriptions.push(
    folders.each((folder) => folder.state.onDidChange(({ job }) => job && showRunning(services))),
    folders.each((folder) => startByItself(folder, services)),
  );
}

/** False without an unfinished training, or where it is to go on; undefined where the author wants neither. */
async function asksToStartAnew(folder: Folder): Promise<boolean | undefined> {
  const found = await folder.unfinishedTraining();
  if (!found) return false;
  const goOn = vscode.l10n.t('Go On');
  const anew = vscode.l10n.t('Start Anew');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t(
      'A training of {0} was interrupted after step {1}, in epoch {2}.',
      folder.name,
      found.steps,
      found.epoch,
    ),
    {
      modal: true,
      detail: vscode.l10n.t('It can go on where it was, if model, settings and texts are still the same.'),
    },
    goOn,
    anew,
  );
  return chosen === undefined ? undefined : chosen === anew;
}

/** The panel says how long, and what is trained; from elsewhere the settings do. */
function wishesOf(argument: unknown): { epochs?: number; minutes?: number; mode?: TrainingMode } {
  const { epochs, minutes, mode } = (argument ?? {}) as Record<string, unknown>;
  const known = TRAINING_MODES.find((each) => each === mode);
  return {
    ...(typeof epochs === 'number' && { epochs }),
    ...(typeof minutes === 'number' && { minutes }),
    ...(known && { mode: known }),
  };
}

/** Training takes what is on the disk, and the author means what is on the screen. */
async function saveAll(folder: Folder): Promise<void> {
  const dirty = vscode.workspace.textDocuments.filter(
    (document) => document.isDirty && folder.files.member(document.uri) !== undefined,
  );
  for (const document of dirty) await document.save();
}

async function tellPromoted(
  { messages }: Services,
  folder: Folder,
  answer: TrainAnswer,
  modelId: string,
): Promise<void> {
  const { before, after, comparison } = answer;
  const metric = `recall@${before.primaryK}`;
  const [was, is] = [before, after].map((report) => report?.slices.test.metrics[metric]?.value);
  const percent = (value: number): string => (value * 100).toFixed(1);
  const sentence =
    was === undefined || is === undefined
      ? vscode.l10n.t('{0} is now used for {1}.', modelId, folder.name)
      : vscode.l10n.t(
          '{0}: held-out {1} went from {2} % to {3} % over {4} questions. {5} is now used.',
          folder.name,
          metric,
          percent(was),
          percent(is),
          comparison?.questions ?? 0,
          modelId,
        );
  await messages.showInformation(sentence, {
    [vscode.l10n.t('Roll Back')]: () =>
      vscode.commands.executeCommand('kbRecall.rollBackModel', { folderKey: folder.key }),
  });
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
