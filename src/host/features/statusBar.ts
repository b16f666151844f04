// The status bar: model, recall and what is going on, of the folder that is worked in.
import * as vscode from 'vscode';
import { engineText } from '../engineTexts.ts';
import type { Folder } from '../folder.ts';
import { heldOutText, retrievalText } from '../measuringTexts.ts';
import { progressText } from '../progress.ts';
import type { Services } from '../services.ts';
import { readSettings } from '../settings.ts';

export function activateStatusBar(context: vscode.ExtensionContext, { folders }: Services): void {
  const item = vscode.window.createStatusBarItem('kbRecall.status', vscode.StatusBarAlignment.Right, 90);
  item.name = 'KB Recall';
  const draw = (): void => {
    const editor = vscode.window.activeTextEditor;
    const folder =
      (editor && folders.of(editor.document.uri)) ?? folders.all.find((each) => each.state.job) ?? folders.all[0];
    if (!folder) {
      item.hide();
      return;
    }
    Object.assign(item, contentOf(folder));
    item.show();
  };
  context.subscriptions.push(
    item,
    folders.onDidChange(draw),
    vscode.window.onDidChangeActiveTextEditor(draw),
    folders.each((folder) => folder.state.onDidChange((change) => (change.job || change.figures) && draw())),
  );
  draw();
}

function contentOf(folder: Folder): Pick<vscode.StatusBarItem, 'text' | 'tooltip' | 'command'> {
  const { job, figures, problem } = folder.state;
  if (job) {
    const share = job.progress.total ? ` ${Math.floor((job.progress.done / job.progress.total) * 100)} %` : '';
    const tooltip = `${progressText(job.progress)}\n${vscode.l10n.t('Click to stop')}`;
    return { text: `$(sync~spin) KB Recall${share}`, tooltip, command: 'kbRecall.stop' };
  }
  const command = 'kbRecall.openPanel';
  if (!figures) {
    const tooltip =
      problem !== undefined
        ? engineText(problem)
        : vscode.l10n.t('{0} is not measured yet. Click to open the panel.', folder.name);
    return { text: problem ? '$(warning) KB Recall' : '$(search) KB Recall', tooltip, command };
  }
  const metric = `recall@${figures.primaryK}`;
  const test = figures.slices.test.metrics[metric];
  const all = figures.slices.all.metrics[metric];
  const figure = test ?? all;
  const percent = figure ? `${(figure.value * 100).toFixed(0)} %` : '–';
  const lines = [
    folder.name,
    vscode.l10n.t('Model: {0}', figures.model),
    retrievalText(readSettings(folder.uri).retrieval),
    heldOutText(readSettings(folder.uri).heldOutKind),
    ...(['test', 'train'] as const).flatMap((slice) => {
      const value = figures.slices[slice].metrics[metric]?.value;
      const name = slice === 'test' ? vscode.l10n.t('held-out') : vscode.l10n.t('training');
      return value === undefined
        ? []
        : [`${metric} (${name}, ${figures.slices[slice].questions}): ${(value * 100).toFixed(1)} %`];
    }),
    vscode.l10n.t('{0} snippets, {1} failing questions', figures.snippets, folder.state.failures().length),
    ...(problem ? [engineText(problem)] : []),
  ];
  return {
    text: `$(${problem ? 'warning' : 'search'}) ${percent} · ${figures.model}`,
    tooltip: lines.join('\n'),
    command,
  };
}
