// Parts of this benchmark run in processes of their own, so that each one's peak memory and speed is its own; Python peers answer by lines.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { withHugePages } from '../../src/core/hugePages.ts';

/**
 * What times are: `wall` on a quiet machine; `cpu`, the processor time of the processes, where other work goes on, to be used with one
 * thread, since waiting threads spin.
 */
export type Clock = 'wall' | 'cpu';

/** Seconds by that clock, of this process, since some moment. */
export function now(clock: Clock): number {
  if (clock === 'wall') return performance.now() / 1000;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** One run of a program, from its start to its end. */
export interface Run {
  seconds: number;
  /** Most memory resident at once of any process of it, in bytes. */
  peakBytes: number;
  output: string;
}

/** Runs `node ARGS` as a user would; throws with what it wrote where it fails. */
export async function runNode(args: readonly string[], clock: Clock = 'wall'): Promise<Run> {
  const notes = mkdtempSync(join(tmpdir(), 'kb-scale-peak-'));
  // Also the command line's own child, which does the work, inherits it.
  const hook = pathToFileURL(join(import.meta.dirname, 'peak.mjs')).href;
  const env = {
    ...withHugePages(process.env, process.platform),
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${hook}`,
    KB_SCALE_PEAKS: notes,
  };
  try {
    const started = performance.now();
    const output = await ended(spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }), args);
    const wall = (performance.now() - started) / 1000;
    // Of each process the last note stands.
    const lines = readFileSync(join(notes, 'peaks'), 'utf8').trim().split('\n');
    const last = new Map(lines.map((line) => line.split(' ').map(Number)).map(([pid, ...rest]) => [pid, rest]));
    const peakBytes = Math.max(...[...last.values()].map(([peak]) => peak!));
    const cpu = [...last.values()].reduce((sum, [, seconds]) => sum + seconds!, 0);
    return { seconds: clock === 'wall' ? wall : cpu, peakBytes, output };
  } finally {
    rmSync(notes, { recursive: true });
  }
}

/** Runs one of the parts with an object of settings, and gives back the object that it prints last. */
export async function runPart<T>(part: string, settings: object): Promise<T & { peakBytes: number }> {
  const file = join(import.meta.dirname, `${part}.ts`);
  const { output, peakBytes } = await runNode(['--import', 'tsx', file, JSON.stringify(settings)]);
  return { ...(JSON.parse(output.trim().split('\n').at(-1)!) as T), peakBytes };
}

/** The settings that a part was started with. */
export function partSettings<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

function ended(child: ChildProcess, args: readonly string[]): Promise<string> {
  let output = '';
  let complaint = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`node ${args.join(' ')} ended with ${code}:\n${complaint}${output}`));
    });
  });
}

/** A Python process that answers each line of JSON with one. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(python: string, script: string, args: readonly string[] = []) {
    // Nothing here may be fetched from a hub; the models are folders.
    const env = { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'true' };
    // A preloaded hook is for node's children only.
    this.#child = spawn(python, [join(import.meta.dirname, script), ...args], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** Throws where the peer ended instead of answering. */
  async ask<T>(message: object): Promise<T> {
    this.#child.stdin!.write(`${JSON.stringify(message)}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error('The Python peer ended; what it wrote is above.');
      // Libraries print notes of their own.
      if (value.startsWith('{')) return JSON.parse(value) as T;
    }
  }

  stop(): void {
    this.#child.stdin!.end();
  }
}

/** The middle one; of an even number the upper middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
