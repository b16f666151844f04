#!/usr/bin/env node
// The command line's entry. The work runs in a child process: the native runtime blocks its process while a batch is computed, so
// only another process can answer Ctrl-C at once. Files are written whole or not at all, so ending the child loses nothing.
import { fork } from 'node:child_process';
import { EXIT } from './cli/exit.ts';
import { errors } from './core/errors.ts';
import { withHugePages } from './core/hugePages.ts';

/** Time the child has to stop by itself. */
const GRACE_MS = 600;
/** From here on an exit code is a signal's (128 + its number) or Windows' own, but for {@link EXIT.stopped}. */
const CRASHED = 131;
const STOPPED = 'Stopped. Index and models are as they were.\n';

if (process.send === undefined || process.env.KB_RECALL_WORKER !== '1') supervise();
else work();

function supervise(): void {
  const child = fork(process.argv[1]!, process.argv.slice(2), {
    env: { ...withHugePages(process.env, process.platform), KB_RECALL_WORKER: '1' },
    execArgv: process.execArgv,
    stdio: 'inherit',
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  child.on('exit', (code, signal) => {
    if (code === null && stopping) process.stderr.write(STOPPED);
    else if (code === null || code >= CRASHED) {
      const { message, action } = errors.workerEnded(signal ?? `exit code ${code}`);
      process.stderr.write(`Error: ${message}\n${action}\n`);
      code = EXIT.error;
    }
    process.exit(stopping ? EXIT.stopped : (code ?? EXIT.error));
  });
}

function work(): void {
  const controller = new AbortController();
  // Ctrl-C reaches the whole process group; the parent decides, and tells by SIGTERM.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => controller.abort());
  process.on('disconnect', () => process.exit(EXIT.stopped));
  process.channel?.unref();
  // Loaded here only: the supervising process does nothing with it, and loading takes a tenth of a second.
  import('./cli/index.ts')
    .then(({ runCli }) =>
      runCli(process.argv.slice(2), {
        out: (text) => void process.stdout.write(text),
        err: (text) => void process.stderr.write(text),
        interactive: process.stderr.isTTY === true,
        signal: controller.signal,
      }),
    )
    .then((code) => {
      // Output to a pipe may still be under way; an open native session or socket must not keep the process.
      process.stdout.write('', () => process.exit(code));
    });
}
