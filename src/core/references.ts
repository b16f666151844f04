// Answer references -> snippet ids: relative to the question's file, then to the workspace root, then as a name.
import { NearestNames } from './nearest.ts';
import type { Anchor } from './snippets.ts';

/** Where a reference leads. */
export type Resolution =
  | { kind: 'found'; snippetIds: string[] }
  /** A heading that has no text of its own; `next` is the first snippet below it. */
  | { kind: 'empty-section'; next: string | undefined }
  /** A file without any text. */
  | { kind: 'empty-file' }
  | { kind: 'unknown' };

/** All places of the knowledge base that an answer can name. Lookups ignore how accents are composed (NFC). */
export class ReferenceIndex {
  /** File or heading -> its snippets; a heading without text has none. */
  readonly #places = new Map<string, string[]>();
  readonly #next = new Map<string, string | undefined>();
  readonly #names = new Map<string, string>();
  readonly #idsOfFile = new Map<string, string[]>();
  #allIds: NearestNames | undefined;
  #allFiles: NearestNames | undefined;

  /** Adds a file with its headings in order. */
  addFile(file: string, anchors: readonly Anchor[]): void {
    const ids = anchors.flatMap(({ snippetId }) => snippetId ?? []);
    this.#idsOfFile.set(key(file), ids);
    let next: string | undefined;
    for (const { id, snippetId } of [...anchors].reverse()) {
      this.#places.set(key(id), snippetId === undefined ? [] : [snippetId]);
      if (snippetId === undefined) this.#next.set(key(id), next);
      else next = snippetId;
    }
    // Last, since the text before the first heading has the file's own name: a bare file means all of its snippets.
    this.#places.set(key(file), ids);
    for (const { id, snippetId } of anchors)
      if (snippetId !== undefined && snippetId !== id) this.#names.set(key(snippetId), snippetId);
  }

  /** Looks a reference up, as written in `fromFile`. */
  resolve(reference: string, fromFile: string): Resolution {
    let weaker: Resolution = { kind: 'unknown' };
    for (const path of spellings(reference, fromFile)) {
      const found = this.#at(path);
      if (found.kind === 'found') return found;
      if (weaker.kind === 'unknown') weaker = found;
    }
    const name = this.#names.get(key(reference.trim()));
    return name === undefined ? weaker : { kind: 'found', snippetIds: [name] };
  }

  /** The shortest form of a snippet's id that leads to it, and to it alone, from a file. */
  write(id: string, fromFile: string): string {
    for (const form of [shortReference(id, fromFile), id, `/${id}`]) {
      const found = this.resolve(form, fromFile);
      if (found.kind === 'found' && found.snippetIds.length === 1 && found.snippetIds[0] === id) return form;
    }
    return id;
  }

  #at(path: string): Resolution {
    // `file.md#` is the whole file, unless a heading of nothing but marks has that very anchor.
    const place = this.#places.has(key(path)) ? path : path.replace(/#$/, '');
    const ids = this.#places.get(key(place));
    if (!ids) return { kind: 'unknown' };
    if (ids.length > 0) return { kind: 'found', snippetIds: ids };
    return this.#idsOfFile.has(key(place))
      ? { kind: 'empty-file' }
      : { kind: 'empty-section', next: this.#next.get(key(place)) };
  }

  /** The existing id or file most like a reference that leads nowhere, written so that it resolves from `fromFile`. */
  nearest(reference: string, fromFile: string): string | undefined {
    const paths = spellings(reference, fromFile);
    const hash = reference.indexOf('#');
    let found: string | undefined;
    for (const path of hash < 0 ? [] : paths) {
      const sameFile = this.#idsOfFile.get(key(path.slice(0, path.lastIndexOf('#'))));
      found ??= sameFile && new NearestNames(sameFile).find(path);
    }
    if (!found && hash < 0) {
      this.#allFiles ??= new NearestNames([...this.#names.values(), ...this.#idsOfFile.keys()]);
      found = paths.map((path) => this.#allFiles?.find(path)).find(Boolean);
    }
    if (!found) {
      this.#allIds ??= new NearestNames([...this.#idsOfFile.values()].flat());
      found = paths.map((path) => this.#allIds?.find(path)).find(Boolean);
    }
    return found && this.#fromRoot(found, fromFile);
  }

  /** A leading slash where a file beside the question file would be found first. */
  #fromRoot(id: string, fromFile: string): string {
    const plain = this.resolve(id, fromFile);
    const rooted = this.#at(id);
    const same =
      plain.kind === rooted.kind &&
      (plain.kind !== 'found' || rooted.kind !== 'found' || plain.snippetIds[0] === rooted.snippetIds[0]);
    return same || rooted.kind === 'unknown' ? id : `/${id}`;
  }
}

/** How an id is written from a file: within its folder without the folder's path. */
export function shortReference(id: string, fromFile: string): string {
  if (id.startsWith(`${fromFile}#`)) return id.slice(fromFile.length);
  const folder = fromFile.slice(0, fromFile.lastIndexOf('/') + 1);
  return folder !== '' && id.startsWith(folder) ? id.slice(folder.length) : id;
}

/** The files that the path of a reference or link may mean, most literal first; the file itself for an empty path. */
export function resolvePath(path: string, fromFile: string): string[] {
  return path === '' ? [fromFile] : spellings(path, fromFile);
}

/** The files that an answer may mean, most literal first; none for one that names a heading of its own file. */
export function referencedFiles(reference: string, fromFile: string): string[] {
  const path = reference.trim().replace(/#[^#]*$/, '');
  const files = path === '' ? [] : resolvePath(path, fromFile);
  // A `#` in the middle hides a way out from the working out of `..`, and these are looked up on the disk.
  return files.filter((file) => !file.startsWith('/') && !file.split('/').includes('..'));
}

function key(path: string): string {
  return path.normalize('NFC');
}

/** Paths that a reference may mean, most literal first: as written, then with %20 decoded and backslashes turned. */
function spellings(reference: string, fromFile: string): string[] {
  const written = reference.trim();
  const turned = written.replaceAll('\\', '/');
  const folder = fromFile.slice(0, fromFile.lastIndexOf('/') + 1);
  const paths: (string | undefined)[] = [];
  for (const spelling of new Set([written, turned, decoded(turned)])) {
    if (spelling.startsWith('#')) paths.push(fromFile + spelling);
    else if (!spelling.startsWith('/')) paths.push(normalised(folder + spelling));
    paths.push(normalised(spelling));
  }
  return [...new Set(paths.filter((path) => path !== undefined))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare % that encodes nothing.
    return text;
  }
}

/** `./` and `../` worked out in the path (not in the slug); undefined when it leaves the workspace. */
function normalised(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}
