// The files of one folder: found by walking, read through VS Code's file systems, so that virtual folders work as well.
import picomatch from 'picomatch';
import * as vscode from 'vscode';
import type { SourceDocument } from '../core/document.ts';
import { DEFAULT_EXCLUDE, decodeDocument, MOST_BYTES, QUESTION_FILES, tooLarge, unreadable } from '../core/files.ts';
import type { Finding } from '../core/finding.ts';
import { throwIfAborted } from '../core/progress.ts';
import { excludedGlobs, readSettings } from './settings.ts';

/** Folders looked into and files read at a time. */
const READERS = 16;
/** A deeper folder is a loop of links or no place for pages. */
const DEEPEST = 40;
/** Text handed over at a time. */
const BATCH_CHARACTERS = 200_000;

/** What a folder's knowledge base consists of; made anew when the settings change. */
export class FolderFiles {
  readonly #included: (path: string) => boolean;
  readonly #excluded: (path: string) => boolean;

  constructor(readonly root: vscode.Uri) {
    this.#included = picomatch([...readSettings(root).include, ...QUESTION_FILES]);
    this.#excluded = picomatch([...DEFAULT_EXCLUDE, ...excludedGlobs(root)], { dot: true });
  }

  /** The path of a file below the folder, as ids have it; undefined for one that lies elsewhere. */
  path(uri: vscode.Uri): string | undefined {
    const { root } = this;
    if (uri.scheme !== root.scheme || uri.authority !== root.authority) return undefined;
    const base = root.path.endsWith('/') ? root.path : `${root.path}/`;
    return uri.path.startsWith(base) ? uri.path.slice(base.length) : undefined;
  }

  uri(file: string): vscode.Uri {
    return vscode.Uri.joinPath(this.root, file);
  }

  /** The path, if the file belongs to the knowledge base. */
  member(uri: vscode.Uri): string | undefined {
    const path = this.path(uri);
    if (path === undefined || !this.#included(path) || this.#excluded(path)) return undefined;
    // A folder in the middle may be excluded by its own name.
    const parts = path.split('/');
    for (let n = 1; n < parts.length; n++) {
      if (this.#excluded(parts.slice(0, n).join('/'))) return undefined;
    }
    return path;
  }

  /** All member files below the folder, by name. */
  async list(signal: AbortSignal, onFound?: (count: number) => void): Promise<string[]> {
    const found: string[] = [];
    const folders = [{ path: '', depth: 0 }];
    let busy = 0;
    const work = async (): Promise<void> => {
      for (;;) {
        throwIfAborted(signal);
        const next = folders.pop();
        if (!next) {
          if (busy === 0) return;
          await new Promise((resolve) => setTimeout(resolve, 2));
          continue;
        }
        busy++;
        try {
          for (const [name, type] of await this.#entries(next.path)) {
            const path = next.path === '' ? name : `${next.path}/${name}`;
            if (this.#excluded(path) || this.#excluded(`${path}/`)) continue;
            const isLink = (type & vscode.FileType.SymbolicLink) !== 0;
            if ((type & vscode.FileType.Directory) !== 0) {
              if (!isLink && !name.startsWith('.') && next.depth < DEEPEST)
                folders.push({ path, depth: next.depth + 1 });
            } else if (this.#included(path)) found.push(path);
          }
          onFound?.(found.length);
        } finally {
          busy--;
        }
      }
    };
    await Promise.all(Array.from({ length: READERS }, work));
    return found.sort();
  }

  /** Reads one file; undefined when it is no longer there. */
  async read(file: string): Promise<SourceDocument | Finding | undefined> {
    const uri = this.uri(file);
    try {
      const { size, type } = await vscode.workspace.fs.stat(uri);
      if ((type & vscode.FileType.Directory) !== 0) return unreadable(file, 'it is a folder');
      if (size > MOST_BYTES) return tooLarge(file, size);
      return decodeDocument(file, await vscode.workspace.fs.readFile(uri));
    } catch (error) {
      if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return undefined;
      return unreadable(file, error instanceof Error ? error.message : String(error));
    }
  }

  /** Of these files those that exist and do not belong to the knowledge base. */
  async excluded(files: Iterable<string>): Promise<string[]> {
    const others = [...new Set(files)].filter((file) => this.member(this.uri(file)) === undefined);
    const there = await Promise.all(
      others.map((file) =>
        vscode.workspace.fs.stat(this.uri(file)).then(
          ({ type }) => (type & vscode.FileType.File) !== 0,
          () => false,
        ),
      ),
    );
    return others.filter((_, i) => there[i]);
  }

  /** Reads files a few at a time, handing them over in batches whose sending does not hold up the extension host. */
  async readAll(
    files: readonly string[],
    signal: AbortSignal,
    batch: (documents: SourceDocument[], findings: Finding[], done: number) => Promise<void>,
  ): Promise<void> {
    for (let at = 0; at < files.length; ) {
      throwIfAborted(signal);
      const documents: SourceDocument[] = [];
      const findings: Finding[] = [];
      for (let size = 0; at < files.length && size < BATCH_CHARACTERS; at += READERS) {
        const part = files.slice(at, at + READERS);
        for (const result of await Promise.all(part.map((file) => this.read(file)))) {
          if (result === undefined) continue;
          if ('text' in result) {
            documents.push(result);
            size += result.text.length;
          } else findings.push(result);
        }
      }
      await batch(documents, findings, Math.min(at, files.length));
    }
  }

  async #entries(path: string): Promise<[string, vscode.FileType][]> {
    try {
      return await vscode.workspace.fs.readDirectory(path === '' ? this.root : this.uri(path));
    } catch (error) {
      // A folder without permission, or gone in the meantime, holds no readable page.
      if (path !== '') return [];
      throw error;
    }
  }
}
