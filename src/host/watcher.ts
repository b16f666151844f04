// Changes of a folder's files, from editors and from the disk, in batches: one word per file, everything anew after a flood.
import * as vscode from 'vscode';
import type { Folder } from './folder.ts';
import { readSettings } from './settings.ts';

/** Quiet time after events of the disk, in milliseconds: a branch switch comes as hundreds of them. */
const DISK_QUIET_MS = 200;
/** Quiet time after typing, in milliseconds. */
const TYPING_QUIET_MS = 450;
/** So many files at once are read anew together with everything else, for watchers lose events of such floods. */
const FLOOD = 500;

/** Watches one folder and hands what changed to it. */
export function watchFolder(folder: Folder, log: vscode.LogOutputChannel): vscode.Disposable {
  const disk = new Set<string>();
  const typed = new Set<string>();
  let diskTimer: NodeJS.Timeout | undefined;
  let typingTimer: NodeJS.Timeout | undefined;

  const logged = (work: Promise<void>): void => {
    work.catch((error: unknown) => log.warn(`${folder.name}: ${String(error)}`));
  };
  const onDisk = (uri: vscode.Uri): void => {
    const file = folder.files.member(uri);
    if (file === undefined) {
      // The watcher tells of a folder by its own name only, when it was moved or deleted as a whole.
      const path = folder.files.path(uri);
      if (path === undefined || /\.[^/]*$/.test(path) || !isKnownFolder(folder, path)) return;
      for (const name of folder.state.files()) if (name.startsWith(`${path}/`)) disk.add(name);
    } else disk.add(file);
    clearTimeout(diskTimer);
    diskTimer = setTimeout(() => logged(flushDisk()), DISK_QUIET_MS);
  };
  const flushDisk = async (): Promise<void> => {
    const files = [...disk];
    disk.clear();
    if (files.length > FLOOD) {
      log.info(`${folder.name}: ${files.length} files changed at once, all are read again`);
      await folder.rescan();
      return;
    }
    await updateFiles(folder, files);
  };
  const flushTyping = (): void => {
    const files = [...typed];
    typed.clear();
    const documents = files.flatMap((file) => editorDocument(folder, file) ?? []);
    if (documents.length > 0) logged(folder.update({ documents, removed: [], unreadable: [] }));
  };

  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder.workspaceFolder, '**/*'));
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange(onDisk),
    watcher.onDidCreate(onDisk),
    watcher.onDidDelete(onDisk),
    vscode.workspace.onDidSaveTextDocument((document) => {
      const file = folder.files.member(document.uri);
      if (file === undefined || readSettings(folder.uri).liveUpdates === 'off') return;
      typed.delete(file);
      logged(
        folder.update({ documents: [{ file, text: document.getText(), saved: true }], removed: [], unreadable: [] }),
      );
    }),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      const file = contentChanges.length > 0 ? folder.files.member(document.uri) : undefined;
      if (file === undefined || readSettings(folder.uri).liveUpdates !== 'onType') return;
      typed.add(file);
      clearTimeout(typingTimer);
      typingTimer = setTimeout(flushTyping, TYPING_QUIET_MS);
    }),
    // What was typed and thrown away: the text of the disk counts again.
    vscode.workspace.onDidCloseTextDocument((document) => {
      const file = folder.files.member(document.uri);
      if (file !== undefined && document.isDirty) logged(updateFiles(folder, [file]));
    }),
    {
      dispose: () => {
        clearTimeout(diskTimer);
        clearTimeout(typingTimer);
      },
    },
  );
}

/** Hands files over as they are now: an editor's text where it has changes, else that of the disk. */
export async function updateFiles(folder: Folder, files: readonly string[]): Promise<void> {
  if (files.length === 0 || readSettings(folder.uri).liveUpdates === 'off') return;
  const changes: Parameters<Folder['update']>[0] = { documents: [], removed: [], unreadable: [] };
  for (const file of files) {
    const open = editorDocument(folder, file);
    if (open && !open.saved) {
      changes.documents.push(open);
      continue;
    }
    const read = await folder.files.read(file);
    if (read === undefined) changes.removed.push(file);
    else if ('text' in read) changes.documents.push({ ...read, saved: true });
    else changes.unreadable.push(read);
  }
  await folder.update(changes);
}

function editorDocument(folder: Folder, file: string): { file: string; text: string; saved: boolean } | undefined {
  const address = folder.files.uri(file).toString();
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === address);
  return document && { file, text: document.getText(), saved: !document.isDirty };
}

function isKnownFolder(folder: Folder, path: string): boolean {
  for (const file of folder.state.files()) if (file.startsWith(`${path}/`)) return true;
  return false;
}
