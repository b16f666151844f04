// Commands about models: choose, roll back, compare, export; and clearing what the extension keeps.
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { points } from '../../core/figureText.ts';
import { comparisonMarkdown } from '../../core/reportMarkdown.ts';
import { reportTexts } from '../../core/reportTexts.ts';
import type { ExportAnswer, ModelInfo } from '../../protocol/engine.ts';
import { registerFolderCommand, requireTrust } from '../command.ts';
import type { Folder } from '../folder.ts';
import { withProgress } from '../progress.ts';
import type { Services } from '../services.ts';
import { DEFAULT_MODEL, readSettings } from '../settings.ts';

export function activateModels(_context: vscode.ExtensionContext, services: Services): void {
  const { messages } = services;
  registerFolderCommand(services, 'chooseModel', async (folder, argument) => {
    if (!(await requireTrust(vscode.l10n.t('Another model')))) return;
    const given = (argument as { modelId?: unknown } | undefined)?.modelId;
    const model = typeof given === 'string' ? given : await pickModel(folder, { others: true });
    if (model === undefined || model === folder.model()) return;
    await withProgress(vscode.l10n.t('Changing the model of {0}', folder.name), (job) =>
      folder.chooseModel(model, job),
    );
    await messages.showInformation(vscode.l10n.t('{0} uses the model {1}.', folder.name, folder.model()));
  });
  registerFolderCommand(services, 'rollBackModel', async (folder) => {
    const gone = folder.model();
    if (!(await services.memory.rollBack(folder.key))) {
      await messages.showInformation(
        vscode.l10n.t('{0} has used no other model before {1}, so there is nothing to go back to.', folder.name, gone),
      );
      return;
    }
    await withProgress(vscode.l10n.t('Going back to {0}', folder.model()), (job) => folder.reconfigure(job));
    await messages.showInformation(vscode.l10n.t('{0} is back to the model {1}.', folder.name, folder.model()));
  });
  registerFolderCommand(services, 'compareModels', async (folder, argument) => {
    if (!(await requireTrust(vscode.l10n.t('Comparing models')))) return;
    const given = (argument as { modelId?: unknown } | undefined)?.modelId;
    const before = await pickModel(folder, { title: vscode.l10n.t('Compare which model…') });
    if (before === undefined) return;
    const after =
      typeof given === 'string' && given !== before
        ? given
        : await pickModel(folder, { title: vscode.l10n.t('…with which?'), without: before });
    if (after === undefined) return;
    const answer = await withProgress(vscode.l10n.t('Comparing {0} and {1}', before, after), (job) =>
      folder.compare(before, after, job),
    );
    const { slices, comparison } = answer;
    const content = comparisonMarkdown(
      { model: answer.before, slice: slices.before },
      { model: answer.after, slice: slices.after },
      comparison,
      reportTexts(vscode.env.language),
    );
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'markdown', content }));
  });
  registerFolderCommand(services, 'exportModel', (folder, argument) => exportModel(services, folder, argument));
  registerFolderCommand(services, 'clear', (folder) => clear(services, folder));
}

async function pickModel(
  folder: Folder,
  options: { title?: string; without?: string; others?: boolean },
): Promise<string | undefined> {
  const current = folder.model();
  const listed = await folder.models();
  const items: (vscode.QuickPickItem & { model?: string })[] = listed
    .filter(({ id }) => id !== options.without)
    .map((model) => ({
      label: `${model.id === current ? '$(check) ' : ''}${model.id}`,
      description: model.id === DEFAULT_MODEL ? vscode.l10n.t('ships with KB Recall') : (model.baseModel ?? ''),
      detail: trainingText(model),
      model: model.id,
    }));
  const other = vscode.l10n.t('Another model…');
  if (options.others) items.push({ label: '', kind: vscode.QuickPickItemKind.Separator }, { label: other });
  const picked = await vscode.window.showQuickPick(items, {
    title: options.title ?? vscode.l10n.t('Model of {0}', folder.name),
    placeHolder: vscode.l10n.t('Now: {0}', current),
    matchOnDescription: true,
  });
  if (picked?.label !== other) return picked?.model;
  const name = await vscode.window.showInputBox({
    title: other,
    prompt: vscode.l10n.t('A folder with config.json and tokenizer.json, or a name such as owner/model.'),
  });
  return name?.trim() || undefined;
}

/** What a run of the fine-tuning noted in the model, in one line. */
export function trainingText({ training }: ModelInfo): string {
  const record = training as
    | { date?: string; before?: { test?: Figures }; after?: { test?: Figures }; trainQuestions?: number }
    | undefined;
  const [was, is] = [record?.before?.test?.['recall@5']?.value, record?.after?.test?.['recall@5']?.value];
  if (typeof was !== 'number' || typeof is !== 'number') return '';
  return vscode.l10n.t(
    'held-out recall@5 {0} % → {1} %, {2}',
    (was * 100).toFixed(1),
    (is * 100).toFixed(1),
    new Date(record?.date ?? 0).toLocaleString(),
  );
}

type Figures = Record<string, { value?: number } | undefined>;

async function exportModel(services: Services, folder: Folder, argument: unknown): Promise<void> {
  const { messages } = services;
  const tuned = (await folder.models()).filter(({ id, path }) => id !== DEFAULT_MODEL && path !== '');
  if (tuned.length === 0) {
    await messages.showInformation(
      vscode.l10n.t('There is no tuned model yet; run "KB Recall: Fine-Tune Model" first.'),
    );
    return;
  }
  const given = (argument as { modelId?: unknown } | undefined)?.modelId;
  const current = folder.model();
  const chosen =
    tuned.find(({ id }) => id === given) ??
    (
      await vscode.window.showQuickPick(
        tuned.map((model) => ({ label: model.id, picked: model.id === current, detail: trainingText(model), model })),
        { placeHolder: vscode.l10n.t('Model to export, as ONNX and safetensors with its tokenizer') },
      )
    )?.model;
  if (!chosen) return;
  const int8 = await asksForInt8();
  if (int8 === undefined) return;
  const [target] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: vscode.l10n.t('Export Here'),
    })) ?? [];
  if (!target) return;
  const destination = vscode.Uri.joinPath(target, chosen.id.replace(/.*\//, ''));
  const answer = await withProgress(vscode.l10n.t('Exporting {0}', chosen.id), (job) =>
    writeTo(destination, (path) => folder.exportModel(chosen.id, path, int8, job)),
  );
  const told = [vscode.l10n.t('The model is in {0}.', destination.fsPath), ...int8Text(answer)];
  await messages.showInformation(told.join(' '), {
    [vscode.l10n.t('Show Folder')]: () => vscode.commands.executeCommand('revealFileInOS', destination),
  });
}

/** Undefined where the author wants neither. */
async function asksForInt8(): Promise<boolean | undefined> {
  const picked = await vscode.window.showQuickPick(
    [
      { label: vscode.l10n.t('fp32 only'), detail: vscode.l10n.t('The weights as they were trained.'), int8: false },
      {
        label: vscode.l10n.t('fp32 and int8'),
        detail: vscode.l10n.t(
          'A second file of about a quarter of the size; what it costs in recall is measured on the questions of the folder.',
        ),
        int8: true,
      },
    ],
    { title: vscode.l10n.t('Form of the exported model') },
  );
  return picked?.int8;
}

/** What `write` puts under a path, at `destination`: the engine knows disks only, and the author may choose another place. */
async function writeTo<T>(destination: vscode.Uri, write: (path: string) => Promise<T>): Promise<T> {
  if (destination.scheme === 'file') return write(destination.fsPath);
  const staging = join(tmpdir(), `kb-recall-${randomUUID()}`);
  try {
    const answer = await write(staging);
    await vscode.workspace.fs.copy(vscode.Uri.file(staging), destination, { overwrite: false });
    return answer;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Size of the int8 form and what it costs; nothing without one. */
function int8Text({ int8 }: ExportAnswer): string[] {
  if (!int8) return [];
  const size = (int8.bytes / 1e6).toFixed(1);
  if (!int8.cost)
    return [vscode.l10n.t('int8: {0} MB; the folder has no questions that would say what it costs in recall.', size)];
  const { k, questions, before, after, difference } = int8.cost;
  const percent = (value: number): string => (value * 100).toFixed(1);
  return [
    vscode.l10n.t(
      'int8: {0} MB, recall@{1} {2} % → {3} %, {4} points [{5}, {6}] on {7} questions.',
      size,
      k,
      percent(before),
      percent(after),
      points(difference.value),
      points(difference.low),
      points(difference.high),
      questions,
    ),
  ];
}

async function clear(services: Services, folder: Folder): Promise<void> {
  const { engine, messages, memory } = services;
  const { indexFolder, modelsFolder } = folder.settings();
  const index = vscode.l10n.t('Clear Index');
  const both = vscode.l10n.t('Clear Index and Tuned Models');
  // A models folder of the user's own choice is not ours to empty.
  const isOwnFolder = readSettings(folder.uri).modelsFolder !== '';
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Clear what KB Recall keeps for {0}?', folder.name),
    {
      modal: true,
      detail: isOwnFolder
        ? vscode.l10n.t(
            'The index can be made again at any time. Your own files stay as they are, and so do the tuned models in {0}.',
            modelsFolder,
          )
        : vscode.l10n.t(
            'The index can be made again at any time. Tuned models cannot: export those that you need. Your own files stay as they are.',
          ),
    },
    ...(isOwnFolder ? [index] : [index, both]),
  );
  if (chosen === undefined) return;
  engine.stop();
  folder.state.clear();
  folder.state.setStage('closed');
  // By the engine, which removes a folder as a whole or not at all: a window that dies on the way leaves no half of a model in the list.
  await engine.call('clear', { folders: [indexFolder] });
  await memory.setMeasured(folder.key, false);
  if (chosen === both) {
    await engine.call('clear', { folders: [modelsFolder] });
    const emptied = services.folders.all.filter((each) => each.settings().modelsFolder === modelsFolder);
    for (const each of emptied) await each.forgetModels();
  }
  for (const each of services.folders.all) await each.recover();
  await folder.load();
  await messages.showInformation(vscode.l10n.t('Cleared. The next evaluation makes the index again.'));
}
