// Names for unfinished work on the disk, by which a later process tells a dead writer's leftovers from a live one's.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

// A pid means nothing on another machine, or in another container, that shares the folder.
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);
const inUse = new Set<string>();

/** What `newTag` gives: process, machine, random part. */
export const TAG_PATTERN = '\\d+-[0-9a-f]{6}-[0-9a-f]{12}';

/** A name of this process's own, live until `dropTag`. */
export function newTag(): string {
  const tag = `${process.pid}-${HOST}-${randomBytes(6).toString('hex')}`;
  inUse.add(tag);
  return tag;
}

/** Declares the work under a tag finished. */
export function dropTag(tag: string): void {
  inUse.delete(tag);
}

/**
 * Whether the writer of a tag still works; older than `limitMs` counts as dead, even where its process cannot be asked. So does what lies further
 * than that in the future: the clock was set back, and nobody would live to see the limit pass.
 */
export function isLive(tag: string, modifiedMs: number, limitMs: number): boolean {
  if (Math.abs(Date.now() - modifiedMs) > limitMs) return false;
  const [pid, host] = tag.split('-');
  if (host !== HOST) return true;
  // A restarted container gives the same pid again, so our own pid alone proves nothing.
  if (Number(pid) === process.pid) return inUse.has(tag);
  return isRunning(Number(pid));
}

/** Whether a process of this machine runs; one that has ended and only waits to be collected does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** An orphan stays one for ever in a container whose first process collects none. */
function isZombie(pid: number): boolean {
  try {
    // The state follows the name, which may itself hold brackets: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    return /\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // Not Linux, or gone since.
    return false;
  }
}
