// What the command line's tests share: temporary folders, a run inside this process, a run of the built bundle as a child.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../src/cli/index.ts';
import { EngineService } from '../../src/engine/service.ts';
import type { EngineApi } from '../../src/protocol/engine.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const SMALL = join(ROOT, 'test/fixtures/small');

const BUNDLE = join(ROOT, 'dist/cli.cjs');
const MODELS = join(ROOT, 'models');

/** Anything with `after`: a test's context, or the hooks of a file. */
interface Cleaner {
  after(work: () => void): void;
}

export function temporaryFolder(t: Cleaner): string {
  const folder = mkdtempSync(join(tmpdir(), 'kb-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return folder;
}

export interface Finished {
  code: number | null;
  out: string;
  err: string;
}

/** The engine with the embedded models of this checkout: beside the bundle they are found by themselves, beside the sources not. */
export function engineHere(): EngineApi {
  const service = new EngineService();
  return {
    index: (params, context) => service.index({ ...params, embeddedFolder: MODELS }, context),
    evaluate: (params, context) => service.evaluate({ ...params, embeddedFolder: MODELS }, context),
    lint: (params, context) => service.lint({ ...params, embeddedFolder: MODELS }, context),
    train: (params, context) => service.train({ ...params, embeddedFolder: MODELS }, context),
    curve: (params, context) => service.curve({ ...params, embeddedFolder: MODELS }, context),
    publish: (params, context) => service.publish({ ...params, embeddedFolder: MODELS }, context),
    changeModel: (params) => service.changeModel({ ...params, embeddedFolder: MODELS }),
    exportModel: (params, context) => service.exportModel({ ...params, embeddedFolder: MODELS }, context),
    models: (params) => service.models({ ...params, embeddedFolder: MODELS }),
  };
}

/** `runCli` in this process, with the real engine unless another is given. */
export async function run(args: readonly string[], engine: EngineApi = engineHere()): Promise<Finished> {
  const finished: Finished = { code: null, out: '', err: '' };
  finished.code = await runCli(
    args,
    {
      interactive: false,
      out: (text) => {
        finished.out += text;
      },
      err: (text) => {
        finished.err += text;
      },
    },
    engine,
  );
  return finished;
}

/** Builds `dist/cli.cjs` where it is missing; `npm test` has built it before. */
export async function bundle(): Promise<string> {
  if (!existsSync(BUNDLE)) {
    const built = await ended(spawn(process.execPath, ['esbuild.mjs'], { cwd: ROOT, stdio: 'pipe' }));
    if (built.code !== 0) throw new Error(`The bundle cannot be built: ${built.err}`);
  }
  return BUNDLE;
}

export interface Started {
  child: ChildProcess;
  /** Its end and its output, when it and the worker it forked have closed their streams. */
  done: Promise<Finished>;
  /** Signals it and its worker, as a terminal does. */
  signalAll(signal: NodeJS.Signals): void;
}

/** Starts the bundle in a process group of its own. */
export function start(file: string, args: readonly string[]): Started {
  const detached = process.platform !== 'win32';
  const child = spawn(process.execPath, [file, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], detached });
  return {
    child,
    done: ended(child),
    signalAll: (signal) => {
      if (detached) process.kill(-child.pid!, signal);
      else child.kill(signal);
    },
  };
}

function ended(child: ChildProcess): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const finished: Finished = { code: null, out: '', err: '' };
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      finished.out += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      finished.err += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...finished, code }));
  });
}
