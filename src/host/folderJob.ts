// One long job of a folder: shown in its state while it runs, stopped and paused there, and only one at a time.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type * as vscode from 'vscode';
import { errors, isAbort } from '../core/errors.ts';
import { PauseSwitch } from '../core/pause.ts';
import type { JobContext, Progress } from '../core/progress.ts';
import type { FolderState, JobKind } from './folderState.ts';

/** Of the measurement of how long the extension host does not answer, in milliseconds. */
const LOOP_RESOLUTION_MS = 10;

/** Whose job it is. */
export interface JobOwner {
  name: string;
  state: FolderState;
  log: vscode.LogOutputChannel;
}

/**
 * Runs `work` as the owner's job; both the outer signal and the state's `stop` abort it, and a failure is kept in the state as its problem.
 * Logs how long the job took and how long the extension host was busy at the longest. Throws the `job-running` UserError where another runs.
 */
export async function runJob<T>(
  { name, state, log }: JobOwner,
  kind: JobKind,
  outer: JobContext,
  work: (context: JobContext) => Promise<T>,
): Promise<T> {
  if (state.job) throw errors.jobRunning(name);
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  outer.signal?.addEventListener('abort', stop, { once: true });
  const pause = new PauseSwitch();
  const job = {
    kind,
    // What can be stopped was asked for.
    isAsked: outer.signal !== undefined,
    progress: { stage: 'open', done: 0 } as Progress,
    started: Date.now(),
    pause,
    stop,
  };
  state.setJob(job);
  const blocks = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  blocks.enable();
  const onProgress = (progress: Progress): void => {
    job.progress = progress;
    state.setJob(job);
    outer.onProgress?.(progress);
  };
  try {
    const result = await work({ signal: controller.signal, onProgress, pause });
    state.problem = undefined;
    return result;
  } catch (error) {
    if (!isAbort(error)) state.problem = error instanceof Error ? error.message : String(error);
    throw error;
  } finally {
    outer.signal?.removeEventListener('abort', stop);
    blocks.disable();
    const longest = Math.max(0, blocks.max / 1e6 - LOOP_RESOLUTION_MS);
    log.info(
      `${name}: ${kind} took ${((Date.now() - job.started) / 1000).toFixed(1)} s, the extension host was never busy for more than ${longest.toFixed(0)} ms`,
    );
    state.setJob(undefined);
  }
}
