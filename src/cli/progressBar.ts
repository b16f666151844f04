// One line of progress on a terminal's standard error; nothing elsewhere.
import type { Progress } from '../core/progress.ts';

const WIDTH = 24;
const LABELS: Record<string, string> = {
  split: 'Splitting snippets',
  embed: 'Embedding',
  rank: 'Ranking',
  train: 'Training',
  download: 'Downloading',
  publish: 'Publishing',
  serve: 'Asking the store',
};

/** Of a step's figures, those that fit on the line. */
const SHOWN = new Set(['part', 'epoch', 'loss', 'development', 'file']);

export interface ProgressBar {
  show(progress: Progress): void;
  /** Wipes the line, before anything else is written. */
  clear(): void;
}

/** A bar redrawn at most ten times a second. */
export function progressBar(io: { err(text: string): void; interactive: boolean }): ProgressBar {
  let drawn = 0;
  let visible = false;
  return {
    show({ stage, done, total, detail }) {
      const now = performance.now();
      if (!io.interactive || (now - drawn < 100 && done !== total)) return;
      drawn = now;
      visible = true;
      const share = total ? Math.min(1, done / total) : 0;
      const filled = Math.round(share * WIDTH);
      const count = total === undefined ? `${done}` : `${done}/${total}`;
      const extra = Object.entries(detail ?? {})
        .filter(([name]) => SHOWN.has(name))
        .map(
          ([name, value]) =>
            `${name} ${typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(3) : value}`,
        )
        .join(' ');
      io.err(
        `\r\u001b[2K${LABELS[stage] ?? stage} [${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${count} ${extra}`,
      );
    },
    clear() {
      if (visible) io.err('\r\u001b[2K');
      visible = false;
    },
  };
}
