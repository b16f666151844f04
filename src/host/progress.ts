// Progress of a long job as a notification with counts, time left and a working cancel.
import * as vscode from 'vscode';
import type { JobContext, Progress } from '../core/progress.ts';

/** Runs a job under a notification; its cancel button aborts the job's signal. */
export function withProgress<T>(title: string, work: (context: JobContext) => Promise<T>): Thenable<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    (progress, token) => {
      const controller = new AbortController();
      const subscription = token.onCancellationRequested(() => controller.abort());
      const pace = new Pace();
      let last = '';
      let reported = 0;
      const onProgress = (step: Progress): void => {
        const left = pace.secondsLeft(step, performance.now());
        const message = progressText(step, left);
        if (message === last) return;
        last = message;
        const share = step.total ? Math.min(100, (step.done / step.total) * 100) : 0;
        // Increments add up and cannot go back; a new stage begins above where the last one ended.
        const increment = Math.max(0, share - reported);
        reported = Math.max(reported, share);
        progress.report({ message, increment: share < reported ? undefined : increment });
      };
      return work({ signal: controller.signal, onProgress }).finally(() => subscription.dispose());
    },
  );
}

/** The pace of the stage under way. */
export class Pace {
  #stage = '';
  #from = 0;
  #since = 0;

  /** Seconds until the stage's total at the pace so far; undefined while that cannot be told. */
  secondsLeft({ stage, done, total }: Progress, now: number): number | undefined {
    if (stage !== this.#stage || done < this.#from) {
      this.#stage = stage;
      this.#from = done;
      this.#since = now;
      return undefined;
    }
    const elapsed = (now - this.#since) / 1000;
    const made = done - this.#from;
    if (total === undefined || made <= 0 || elapsed < 1.5) return undefined;
    return (elapsed / made) * Math.max(0, total - done);
  }
}

/** One line about a step, for example `Embedding 1,200 of 30,000, 2 min left`. */
export function progressText(step: Progress, secondsLeft?: number): string {
  const { stage, done, total } = step;
  const count = total === undefined ? done.toLocaleString() : `${done.toLocaleString()} / ${total.toLocaleString()}`;
  const parts = [stageText(stage), ...(done > 0 || total ? [count] : [])];
  const { part, parts: all } = step.detail ?? {};
  if (part !== undefined && all !== undefined)
    parts.push(vscode.l10n.t('training {0} of {1}', String(part), String(all)));
  const epoch = step.detail?.epoch;
  const loss = step.detail?.loss;
  if (epoch !== undefined) parts.push(vscode.l10n.t('epoch {0}', String(epoch)));
  if (typeof loss === 'number') parts.push(vscode.l10n.t('loss {0}', loss.toFixed(3)));
  if (secondsLeft !== undefined) parts.push(timeLeft(secondsLeft));
  return parts.join(' · ');
}

function stageText(stage: string): string {
  switch (stage) {
    case 'open':
      return vscode.l10n.t('Starting');
    case 'find':
      return vscode.l10n.t('Finding files');
    case 'read':
      return vscode.l10n.t('Reading files');
    case 'split':
      return vscode.l10n.t('Splitting snippets');
    case 'embed':
      return vscode.l10n.t('Embedding');
    case 'rank':
      return vscode.l10n.t('Ranking questions');
    case 'train':
      return vscode.l10n.t('Training');
    case 'download':
      return vscode.l10n.t('Downloading');
    default:
      return stage;
  }
}

function timeLeft(seconds: number): string {
  if (seconds < 90) return vscode.l10n.t('{0} s left', Math.max(1, Math.round(seconds)));
  return vscode.l10n.t('{0} min left', Math.round(seconds / 60));
}
