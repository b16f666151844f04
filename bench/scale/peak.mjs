// Preloaded into each node process of a run: notes its number, the most memory that was resident at once in bytes, and its processor
// time in seconds.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

const notes = process.env.KB_SCALE_PEAKS;
if (notes) {
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    appendFileSync(join(notes, 'peaks'), `${process.pid} ${maxRSS * 1024} ${(userCPUTime + systemCPUTime) / 1e6}\n`);
  });
}
