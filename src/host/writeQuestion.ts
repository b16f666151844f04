// Writes to question files: the engine makes the edits, VS Code applies them, so that undo works and open editors follow.
import * as vscode from 'vscode';
import type { QuestionEdit, TextEdit } from '../core/edits/index.ts';
import type { FileEdits } from '../core/rename.ts';
import type { SnippetPlace } from '../core/state.ts';
import { short, toRange } from './convert.ts';
import type { Folder } from './folder.ts';
import type { Services } from './services.ts';

/** Makes an edit of a question file; undefined where the file's form does not allow it. */
export async function questionEdit(
  { engine }: Services,
  folder: Folder,
  file: string,
  edit: QuestionEdit,
): Promise<vscode.WorkspaceEdit | undefined> {
  const uri = folder.files.uri(file);
  const text = (await vscode.workspace.openTextDocument(uri)).getText();
  const edits = await engine.call('edit', { document: { file, text }, edit });
  return edits && workspaceEdit(folder, [{ file, edits }]);
}

/** Edits of several files as VS Code applies them. */
export function workspaceEdit(folder: Folder, files: readonly FileEdits[]): vscode.WorkspaceEdit {
  const result = new vscode.WorkspaceEdit();
  for (const { file, edits } of files) {
    result.set(
      folder.files.uri(file),
      edits.map(({ range, text }: TextEdit) => new vscode.TextEdit(toRange(range), text)),
    );
  }
  return result;
}

/** Applies an edit and saves the files that nobody was editing, as a person would expect of a button. */
export async function applyAndSave(services: Services, edit: vscode.WorkspaceEdit | undefined): Promise<boolean> {
  if (!edit) {
    await services.messages.showWarning(
      vscode.l10n.t('The form of this file does not allow the change to be made for you; please edit it by hand.'),
    );
    return false;
  }
  const dirty = new Set(
    vscode.workspace.textDocuments.filter((each) => each.isDirty).map((each) => each.uri.toString()),
  );
  if (!(await vscode.workspace.applyEdit(edit))) return false;
  for (const [uri] of edit.entries()) {
    const document = await vscode.workspace.openTextDocument(uri);
    if (document.isDirty && !dirty.has(uri.toString())) await document.save();
  }
  return true;
}

/** Adds a question that the snippet answers: to its own front matter or to one of the folder's question files. */
export async function addQuestionFor(
  services: Services,
  folder: Folder,
  snippet: SnippetPlace,
  text: string,
): Promise<void> {
  const target = await chooseTarget(folder, snippet);
  if (!target) return;
  if (target.isNew) await createEmpty(folder.files.uri(target.file));
  const reference = await services.engine.call('reference', {
    workspace: folder.key,
    id: snippet.id,
    fromFile: target.file,
  });
  const edit = await questionEdit(services, folder, target.file, {
    kind: 'add-question',
    question: { text, answers: [{ reference }] },
  });
  if (await applyAndSave(services, edit)) {
    await services.messages.showInformation(vscode.l10n.t('"{0}" was added to {1}.', short(text), target.file), {
      [vscode.l10n.t('Open')]: () => vscode.window.showTextDocument(folder.files.uri(target.file)),
    });
  }
}

/** A file that is there stays as it is, whatever it holds. */
async function createEmpty(uri: vscode.Uri): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(uri, { ignoreIfExists: true });
  await vscode.workspace.applyEdit(edit);
}

interface Target {
  file: string;
  isNew?: boolean;
}

async function chooseTarget(folder: Folder, snippet: SnippetPlace): Promise<Target | undefined> {
  const counts = new Map<string, number>();
  for (const { file } of folder.state.questions.values()) {
    if (file !== snippet.file && !/\.md$/i.test(file)) counts.set(file, (counts.get(file) ?? 0) + 1);
  }
  const near = snippet.file.slice(0, snippet.file.lastIndexOf('/') + 1);
  const sorted = [...counts].sort(
    (a, b) => Number(b[0].startsWith(near)) - Number(a[0].startsWith(near)) || b[1] - a[1],
  );
  const items: (vscode.QuickPickItem & { target: Target })[] = sorted.map(([file, count]) => ({
    label: `$(list-unordered) ${file}`,
    description: vscode.l10n.t('{0} questions', count),
    target: { file },
  }));
  items.push({
    label: `$(markdown) ${snippet.file}`,
    description: vscode.l10n.t('front matter of the page itself'),
    target: { file: snippet.file },
  });
  if (sorted.length === 0) {
    const file = `${near}standard.questions.jsonl`;
    items.unshift({
      label: `$(new-file) ${file}`,
      description: vscode.l10n.t('new file'),
      target: { file, isNew: true },
    });
  }
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Where to write the question'),
  });
  return picked?.target;
}
