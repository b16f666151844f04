// Walks a folder for the files that globs choose: safe in link loops, and telling what could not be looked into.
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';
import { isAbort } from '../core/errors.ts';
import { throwIfAborted } from '../core/progress.ts';
import { reason } from '../engine/fileReason.ts';

/** A chosen entry, or one that cannot be read and why. */
export interface WalkEntry {
  /** POSIX path below the folder. */
  file: string;
  size: number;
  /** Why the entry is no readable file, for example `it is a folder`. */
  problem?: string;
}

export interface WalkOptions {
  include: readonly string[];
  /** A folder that matches is not entered. */
  exclude: readonly string[];
  signal?: AbortSignal;
}

/**
 * The files below `folder` that match `include` and not `exclude`, by name. Hidden folders are entered only if an include
 * glob names one. Links are followed; each file comes once, by its own name where it has one in the folder. Rejects when
 * `folder` itself cannot be read, or with the signal's AbortError.
 */
export async function walk(folder: string, options: WalkOptions): Promise<WalkEntry[]> {
  const entries = await new Walker(folder, options).run();
  return entries.sort((a, b) => (a.file < b.file ? -1 : 1));
}

class Walker {
  readonly #folder: string;
  readonly #signal: AbortSignal | undefined;
  readonly #included: (path: string) => boolean;
  readonly #excluded: (path: string) => boolean;
  readonly #hidden: boolean;
  readonly #found: WalkEntry[] = [];
  /** Links wait until everything with a name of its own has been seen. */
  readonly #links: string[] = [];
  /** Real paths of the folders entered and of the files found. */
  readonly #seen = new Set<string>();

  constructor(folder: string, { include, exclude, signal }: WalkOptions) {
    this.#folder = folder;
    this.#signal = signal;
    this.#included = picomatch(include.map(tidy));
    this.#excluded = picomatch(exclude.map(tidy), { dot: true });
    this.#hidden = include.some((glob) => /(?:^|\/)\.[^./]/.test(glob));
  }

  async run(): Promise<WalkEntry[]> {
    await this.#enter('', true);
    for (let link = this.#links.shift(); link !== undefined; link = this.#links.shift()) await this.#follow(link);
    return this.#found;
  }

  /** Looks into a folder and those below it. */
  async #enter(path: string, isRoot = false): Promise<void> {
    const folders = [path];
    for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
      throwIfAborted(this.#signal);
      let real: string;
      let entries: Dirent[];
      try {
        real = await realpath(join(this.#folder, next));
        if (this.#seen.has(real)) continue;
        this.#seen.add(real);
        entries = await readdir(real, { withFileTypes: true });
      } catch (error) {
        if (isRoot && next === '') throw error;
        this.#found.push({ file: next, size: 0, problem: reason(error) });
        continue;
      }
      for (const entry of entries) {
        const file = next === '' ? entry.name : `${next}/${entry.name}`;
        if (this.#excluded(file)) continue;
        if (entry.isSymbolicLink()) this.#links.push(file);
        else if (!entry.isDirectory()) await this.#take(file, join(real, entry.name));
        else if (this.#hidden || !entry.name.startsWith('.')) {
          if (this.#included(file)) this.#found.push({ file, size: 0, problem: 'it is a folder' });
          folders.push(file);
        }
      }
    }
  }

  async #take(file: string, real: string): Promise<void> {
    if (!this.#included(file) || this.#seen.has(real)) return;
    this.#seen.add(real);
    try {
      const stats = await stat(real);
      this.#found.push({ file, size: stats.size, ...(!stats.isFile() && { problem: 'it is not a regular file' }) });
    } catch (error) {
      this.#found.push({ file, size: 0, problem: reason(error) });
    }
  }

  async #follow(link: string): Promise<void> {
    try {
      const real = await realpath(join(this.#folder, link));
      if ((await stat(real)).isDirectory()) await this.#enter(link);
      else await this.#take(link, real);
    } catch (error) {
      if (isAbort(error)) throw error;
      if (this.#included(link))
        this.#found.push({ file: link, size: 0, problem: `the link is broken: ${reason(error)}` });
    }
  }
}

/** Globs as people write them: `./docs`, `drafts/`. */
function tidy(glob: string): string {
  return glob
    .replaceAll('\\', '/')
    .replace(/^\.\//, '')
    .replace(/(?<=.)\/$/, '');
}
