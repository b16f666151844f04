// The folders of the window: one knowledge base each, opened and closed with them.
import * as vscode from 'vscode';
import type { StatePatch } from '../protocol/workspace.ts';
import { Folder, type FolderEnvironment } from './folder.ts';
import { watchFolder } from './watcher.ts';

export class Folders implements vscode.Disposable {
  readonly #open = new Map<string, { folder: Folder; watch: vscode.Disposable }>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;
  /** Folders were added or removed. */
  readonly onDidChange = this.#changed.event;

  constructor(private readonly environment: FolderEnvironment) {
    this.#sync();
    this.#subscription = vscode.workspace.onDidChangeWorkspaceFolders(() => {
      this.#sync();
      this.#changed.fire();
    });
  }

  get all(): Folder[] {
    return [...this.#open.values()].map(({ folder }) => folder);
  }

  /** The folder that a file belongs to. */
  of(uri: vscode.Uri): Folder | undefined {
    const workspaceFolder = vscode.workspace.getWorkspaceFolder(uri);
    return workspaceFolder && this.#open.get(workspaceFolder.uri.toString())?.folder;
  }

  byKey(key: string): Folder | undefined {
    return this.#open.get(key)?.folder;
  }

  /** Hands what the engine told to the folder it is about. */
  apply(patch: StatePatch): void {
    this.byKey(patch.workspace)?.state.apply(patch);
  }

  /** The only folder, that of the active editor, or the one the user picks. Undefined when there is none or none was picked. */
  async choose(): Promise<Folder | undefined> {
    const folders = this.all;
    if (folders.length <= 1) {
      if (folders.length === 0) await askForFolder();
      return folders[0];
    }
    const editor = vscode.window.activeTextEditor;
    const own = editor && this.of(editor.document.uri);
    if (own) return own;
    const picked = await vscode.window.showQuickPick(
      folders.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, folder })),
      { placeHolder: vscode.l10n.t('Choose the folder of the knowledge base') },
    );
    return picked?.folder;
  }

  /** Calls `work` for each folder now and each that comes; what it returns is disposed with the folder or the whole. */
  each(work: (folder: Folder) => vscode.Disposable): vscode.Disposable {
    const made = new Map<Folder, vscode.Disposable>();
    const sync = (): void => {
      const present = new Set(this.all);
      for (const [folder, disposable] of made) {
        if (present.has(folder)) continue;
        disposable.dispose();
        made.delete(folder);
      }
      for (const folder of present) if (!made.has(folder)) made.set(folder, work(folder));
    };
    sync();
    const subscription = this.onDidChange(sync);
    return new vscode.Disposable(() => {
      subscription.dispose();
      for (const disposable of made.values()) disposable.dispose();
    });
  }

  dispose(): void {
    this.#subscription.dispose();
    for (const { folder, watch } of this.#open.values()) {
      watch.dispose();
      folder.dispose();
    }
    this.#changed.dispose();
  }

  #sync(): void {
    const wanted = new Map((vscode.workspace.workspaceFolders ?? []).map((each) => [each.uri.toString(), each]));
    for (const [key, { folder, watch }] of this.#open) {
      if (wanted.has(key)) continue;
      watch.dispose();
      folder.dispose();
      this.#open.delete(key);
    }
    for (const [key, workspaceFolder] of wanted) {
      if (this.#open.has(key)) continue;
      const folder = new Folder(workspaceFolder, this.environment);
      this.#open.set(key, { folder, watch: watchFolder(folder, this.environment.log) });
    }
  }
}

async function askForFolder(): Promise<void> {
  const open = vscode.l10n.t('Open Folder');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('KB Recall works on a folder of Markdown files; no folder is open.'),
    open,
  );
  if (chosen === open) await vscode.commands.executeCommand('vscode.openFolder');
}
