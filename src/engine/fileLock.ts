// A lock between processes for the length of one write; a holder that was killed does not block the next.
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errors } from '../core/errors.ts';
import { codeOf, explainWriteError, OCCUPIED, removeLeftovers, sibling } from './atomicFile.ts';
import { dropTag, isLive, newTag } from './writerTag.ts';

/** Longer than any write that a lock is for. */
const LOCK_MS = 2 * 60_000;

/**
 * Runs `work` while no other process or task runs under the same lock. The lock is a folder with one file named
 * after its holder: a folder that is not empty cannot be renamed over, and removing a dead holder's file by its
 * name cannot hit a new holder. `isHeld` tells a holder that slept too long that it was taken for dead.
 */
export async function withLock<T>(
  lock: string,
  work: (isHeld: () => Promise<boolean>) => Promise<T>,
  options: { timeoutMs?: number } = {},
): Promise<T> {
  const tag = newTag();
  const staged = sibling(lock, tag, 'tmp');
  // Not the clock of the day, which may be set back while we wait.
  const deadline = performance.now() + (options.timeoutMs ?? 30_000);
  const holder = path.join(lock, tag);
  try {
    try {
      await fs.mkdir(staged, { recursive: true });
      await fs.writeFile(path.join(staged, tag), '');
    } catch (error) {
      throw await explainWriteError(error, lock, 0);
    }
    for (;;) {
      try {
        await fs.rename(staged, lock);
        break;
      } catch (error) {
        if (!OCCUPIED.has(codeOf(error) ?? '')) throw await explainWriteError(error, lock, 0);
      }
      await evictDead(lock);
      if (performance.now() > deadline) throw errors.folderBusy(path.dirname(lock));
      await delay(5 + Math.floor(Math.random() * 20));
    }
    return await work(() =>
      fs.access(holder).then(
        () => true,
        () => false,
      ),
    );
  } finally {
    await fs.rm(staged, { recursive: true, force: true }).catch(() => undefined);
    await fs.rm(holder, { force: true }).catch(() => undefined);
    await fs.rmdir(lock).catch(() => undefined);
    dropTag(tag);
    await removeLeftovers(lock);
  }
}

async function evictDead(lock: string): Promise<void> {
  for (const tag of await fs.readdir(lock).catch(() => [])) {
    const file = path.join(lock, tag);
    const stat = await fs.stat(file).catch(() => undefined);
    if (stat && !isLive(tag, stat.mtimeMs, LOCK_MS)) await fs.rm(file, { force: true }).catch(() => undefined);
  }
  // Windows does not rename over an empty folder either; this fails, as it should, while there is a holder.
  await fs.rmdir(lock).catch(() => undefined);
}
