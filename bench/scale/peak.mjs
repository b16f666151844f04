// Preloaded into each node process of a run: notes the most memory that was resident at once, in bytes.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

const notes = process.env.KB_SCALE_PEAKS;
if (notes) {
  const note = () => appendFileSync(join(notes, 'peaks'), `${process.resourceUsage().maxRSS * 1024}\n`);
  process.on('exit', note);
  // The engine of the extension is ended by a kill.
  setInterval(note, 500).unref();
}
