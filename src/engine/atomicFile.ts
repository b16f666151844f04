// Writes that are all or nothing: killed at any moment, the next reader finds the old state or the new one.
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errors, UserError } from '../core/errors.ts';
import { dropTag, isLive, newTag, TAG_PATTERN } from './writerTag.ts';

/** Unfinished work older than this is taken for abandoned. */
const LEFTOVER_MS = 60 * 60_000;
const LEFTOVER = new RegExp(`^(${TAG_PATTERN})\\.(tmp|new|old)$`);
const UNFINISHED = new RegExp(`^\\..+\\.(${TAG_PATTERN})\\.tmp$`);

/** The system's code of an error, for example `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** What renaming a folder onto an existing one says: Linux and macOS, a file in the way, Windows. */
export const OCCUPIED = new Set(['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM', 'EACCES']);

function isDiskFull(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/**
 * Turns a failed write into an error the author can act upon; `bytes` is the room the whole write takes. Call it when
 * what was half written is removed, so that the free space it names is what the author finds.
 */
export async function explainWriteError(error: unknown, target: string, bytes: number): Promise<unknown> {
  if (error instanceof UserError) return error;
  if (isDiskFull(error)) return errors.diskFull(target, bytes, await freeBytes(target));
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (!code || !syscall) return error;
  // On a read-only disk Node says of a folder's missing parents that they do not exist, and not why they cannot be made.
  const cause = code === 'ENOENT' && syscall === 'mkdir' ? await whyNoFolder(target) : undefined;
  return errors.writeFailed(target, (cause ?? (error as Error)).message);
}

/** What stands against making a file or folder in the nearest folder above it that exists; undefined where nothing does. */
async function whyNoFolder(target: string): Promise<Error | undefined> {
  for (let folder = path.dirname(target); ; folder = path.dirname(folder)) {
    const isThere = await fs.stat(folder).catch(() => undefined);
    if (isThere)
      return fs.access(folder, fs.constants.W_OK).then(
        () => undefined,
        (error: Error) => error,
      );
    if (folder === path.dirname(folder)) return undefined;
  }
}

async function freeBytes(target: string): Promise<number | undefined> {
  for (const place of [target, path.dirname(target)]) {
    const disk = await fs.statfs(place).catch(() => undefined);
    if (disk) return disk.bavail * disk.bsize;
  }
  return undefined;
}

/** Throws the disk-full error before anything is written where `bytes` plainly do not fit. */
async function requireSpace(target: string, bytes: number): Promise<void> {
  const free = await freeBytes(target);
  if (free !== undefined && free < bytes) throw errors.diskFull(target, bytes, free);
}

/** Creates a file and waits until the disk has it; fails where it exists. */
export async function writeDurable(file: string, data: string | Uint8Array): Promise<void> {
  const handle = await fs.open(file, 'wx');
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Waits until the disk has a folder's list of names. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await fs.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows opens no folder; its renames are in order without this.
  }
}

async function syncTree(folder: string): Promise<void> {
  for (const item of await fs.readdir(folder, { withFileTypes: true })) {
    const child = path.join(folder, item.name);
    if (item.isDirectory()) await syncTree(child);
    else if (item.isFile()) {
      // Windows flushes only files opened for writing; a read-only file allows only the other mode.
      const handle = await fs.open(child, 'r+').catch(() => fs.open(child, 'r'));
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
  }
  await syncFolder(folder);
}

/** Replaces a file as a whole; its folder is made where it is missing. */
export async function writeFileAtomic(file: string, data: string | Uint8Array): Promise<void> {
  const tag = newTag();
  const temp = sibling(file, tag, 'tmp');
  try {
    await fs.mkdir(path.dirname(file), { recursive: true });
    await writeDurable(temp, data);
    for (let attempt = 0; ; attempt++) {
      try {
        await fs.rename(temp, file);
        break;
      } catch (error) {
        // Windows refuses while another process has the old file open, a moment as a rule.
        if (process.platform !== 'win32' || attempt >= 40 || !OCCUPIED.has(codeOf(error) ?? '')) throw error;
        await delay(25);
      }
    }
    await syncFolder(path.dirname(file));
  } catch (error) {
    await discard(temp);
    throw await explainWriteError(error, file, Buffer.byteLength(data));
  } finally {
    dropTag(tag);
  }
  await removeLeftovers(file);
}

/**
 * Replaces a folder as a whole by what `fill` writes into an empty one, and returns what `fill` returns.
 * No platform lets Node exchange two folders in one step: between two renames the target is absent, and
 * `recoverFolder`, called before every read, completes the exchange of a process killed just there.
 */
export async function replaceFolderAtomic<T>(
  target: string,
  fill: (tempFolder: string) => Promise<T>,
  options: { /** Expected size, checked before the start. */ bytes?: number } = {},
): Promise<T> {
  const tag = newTag();
  const temp = sibling(target, tag, 'tmp');
  const fresh = sibling(target, tag, 'new');
  let result: T;
  try {
    try {
      await fs.mkdir(path.dirname(target), { recursive: true });
      await recoverFolder(target);
      if (options.bytes !== undefined) await requireSpace(target, options.bytes);
      await fs.mkdir(temp);
    } catch (error) {
      throw await explainWriteError(error, target, options.bytes ?? 0);
    }
    try {
      result = await fill(temp);
      await syncTree(temp);
    } catch (error) {
      // Only a full disk is about the target; a file that `fill` cannot read is its own matter.
      if (!isDiskFull(error)) throw error;
      const bytes = options.bytes ?? (await folderBytes(temp).catch(() => 0));
      await discard(temp);
      throw await explainWriteError(error, target, bytes);
    }
    try {
      await fs.rename(temp, fresh);
      await syncFolder(path.dirname(target));
      await exchange(fresh, target);
      await syncFolder(path.dirname(target));
    } catch (error) {
      throw await explainWriteError(error, target, options.bytes ?? 0);
    }
  } catch (error) {
    await discard(temp);
    await discard(fresh);
    throw error;
  } finally {
    dropTag(tag);
  }
  await removeLeftovers(target);
  return result;
}

/** Never the reason for an error of its own: what stays is a leftover that the next write removes. */
async function discard(place: string): Promise<void> {
  await fs.rm(place, { recursive: true, force: true }).catch(() => undefined);
}

async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await fs.readdir(folder, { recursive: true })) {
    const stat = await fs.stat(path.join(folder, name));
    if (stat.isFile()) bytes += stat.size;
  }
  return bytes;
}

async function exchange(fresh: string, target: string): Promise<void> {
  const oldTags: string[] = [];
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        await fs.rename(fresh, target);
        return;
      } catch (error) {
        if (attempt >= 40 || !OCCUPIED.has(codeOf(error) ?? '')) throw error;
      }
      const tag = newTag();
      oldTags.push(tag);
      try {
        await fs.rename(target, sibling(target, tag, 'old'));
      } catch (error) {
        // Another writer moved the old folder first, or (Windows) a reader has a file of it open.
        if (codeOf(error) !== 'ENOENT' && process.platform !== 'win32') throw error;
        await delay(25);
      }
    }
  } catch (error) {
    for (const tag of oldTags.toReversed()) await fs.rename(sibling(target, tag, 'old'), target).catch(() => undefined);
    throw error;
  } finally {
    for (const tag of oldTags) dropTag(tag);
  }
}

/**
 * Puts a folder right after a killed `replaceFolderAtomic`, removes leftovers, and waits out an exchange that
 * another process is in the middle of. Call it before reading a folder that is written that way.
 */
export async function recoverFolder(target: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const left = await leftovers(target);
    if (left.length === 0) return;
    const present = await fs.stat(target).then(
      () => true,
      () => false,
    );
    if (present) return removeLeftovers(target);
    if (left.some((item) => item.live && item.kind !== 'tmp')) {
      await delay(20);
      continue;
    }
    // A `.new` folder was filled and on the disk before the old one was moved away, so it is the later state.
    const newest = (kind: string) =>
      left
        .filter((item) => !item.live && item.kind === kind)
        .sort(byAge)
        .at(-1);
    const whole = newest('new') ?? newest('old');
    if (whole === undefined) return removeLeftovers(target);
    // Failing means that another process has just done the same: look again.
    await fs.rename(whole.path, target).catch(() => undefined);
  }
}

interface Leftover {
  path: string;
  kind: string;
  live: boolean;
  modifiedMs: number;
}

const byAge = (a: Leftover, b: Leftover): number => a.modifiedMs - b.modifiedMs;

/** The hidden name beside a target under which unfinished work on it is kept. */
export function sibling(target: string, tag: string, kind: 'tmp' | 'new' | 'old'): string {
  return path.join(path.dirname(target), `.${path.basename(target)}.${tag}.${kind}`);
}

async function leftovers(target: string): Promise<Leftover[]> {
  const folder = path.dirname(target);
  const prefix = `.${path.basename(target)}.`;
  const found: Leftover[] = [];
  for (const name of await fs.readdir(folder).catch(() => [])) {
    const match = name.startsWith(prefix) ? LEFTOVER.exec(name.slice(prefix.length)) : null;
    if (!match) continue;
    const full = path.join(folder, name);
    const modifiedMs = await fs.stat(full).then(
      (stat) => stat.mtimeMs,
      () => undefined,
    );
    if (modifiedMs === undefined) continue;
    found.push({ path: full, kind: match[2]!, modifiedMs, live: isLive(match[1]!, modifiedMs, LEFTOVER_MS) });
  }
  return found;
}

/**
 * Removes a folder as a whole: it is renamed out of sight first, so that a process killed on the way leaves it whole or gone, never a part
 * of it under its name. No error where there is none; a UserError where it may not be removed.
 */
export async function removeFolderAtomic(target: string): Promise<void> {
  const tag = newTag();
  const doomed = sibling(target, tag, 'tmp');
  try {
    await recoverFolder(target);
    await fs.rename(target, doomed);
    await fs.rm(doomed, { recursive: true, force: true });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw await explainWriteError(error, target, 0);
  } finally {
    dropTag(tag);
  }
  await removeLeftovers(target);
}

/** Removes the unfinished work of dead writers in a folder, whatever it was to become; what can still be completed stays for `recoverFolder`. */
export async function sweepFolder(folder: string): Promise<void> {
  for (const name of await fs.readdir(folder).catch(() => [])) {
    const match = UNFINISHED.exec(name);
    const stat = match && (await fs.stat(path.join(folder, name)).catch(() => undefined));
    if (stat && !isLive(match[1]!, stat.mtimeMs, LEFTOVER_MS)) await discard(path.join(folder, name));
  }
}

/** Removes what dead writers of a file, folder or lock left beside it. */
export async function removeLeftovers(target: string): Promise<void> {
  for (const item of await leftovers(target)) {
    if (!item.live) await discard(item.path);
  }
}
