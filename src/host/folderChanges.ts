// What of a folder's files changed: on the disk, and in editors that are not saved.
import * as vscode from 'vscode';
import type { SourceDocument } from '../core/document.ts';
import type { ChangeParams } from '../protocol/workspace.ts';
import type { FolderFiles } from './files.ts';

/** Changes of one folder. */
export type Changes = Omit<ChangeParams, 'workspace'>;

/** Later changes over earlier ones: the last word about each file counts. */
export function mergeChanges(earlier: Changes | undefined, later: Changes): Changes {
  if (!earlier) return later;
  const named = new Set([
    ...later.documents.map(({ file }) => file),
    ...later.removed,
    ...later.unreadable.map(({ file }) => file),
  ]);
  return {
    documents: [...earlier.documents.filter(({ file }) => !named.has(file)), ...later.documents],
    removed: [...earlier.removed.filter((file) => !named.has(file)), ...later.removed],
    unreadable: [...earlier.unreadable.filter(({ file }) => !named.has(file)), ...later.unreadable],
  };
}

/** Texts of the folder's files that are edited and not saved, by file. */
export function unsavedTexts(files: FolderFiles): Map<string, string> {
  const texts = new Map<string, string>();
  for (const document of vscode.workspace.textDocuments) {
    const file = document.isDirty ? files.member(document.uri) : undefined;
    if (file !== undefined) texts.set(file, document.getText());
  }
  return texts;
}

/** A document as the disk has it, with the editor's text in its place where there is one. */
export function withEditorText(document: SourceDocument, unsaved: ReadonlyMap<string, string>) {
  const text = unsaved.get(document.file);
  return text === undefined ? { ...document, saved: true } : { file: document.file, text, saved: false };
}
