#!/usr/bin/env node
// The command line's entry: runs the command, turns errors into one sentence and an exit code, ends without waiting for sockets.
import { runCli } from './cli/index.ts';

const controller = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // A second one, or work that does not stop within a second, ends the process; nothing half-written is ever read again.
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    setTimeout(() => process.exit(130), 800).unref();
  });

const write = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(text);

runCli(process.argv.slice(2), {
  out: write(process.stdout),
  err: write(process.stderr),
  interactive: process.stderr.isTTY === true,
  signal: controller.signal,
}).then((code) => {
  // Output to a pipe may still be under way; an open native session or socket must not keep the process.
  process.stdout.write('', () => process.exit(code));
});
