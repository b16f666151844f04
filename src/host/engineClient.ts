// The engine's process as the extension sees it: forked on first need, restarted after a crash, stopped by a kill when it does not listen.
import { type ChildProcess, fork } from 'node:child_process';
import { errors } from '../core/errors.ts';
import { withHugePages } from '../core/hugePages.ts';
import type { JobContext } from '../core/progress.ts';
import { abortError, RpcClient } from '../protocol/rpc.ts';
import type { ChildApi, EngineEvents } from '../protocol/workspace.ts';

/** Time a cancelled call has to end by itself, in milliseconds: the promise to the user is one second. */
const GRACE_MS = 700;
/** A process that lived so long had no fault at its start, so the next crash counts as the first again. */
const HEALTHY_MS = 5 * 60_000;

export interface EngineClientOptions {
  /** Path of the bundle. */
  bundle: string;
  log: (message: string) => void;
  onPatch?: (patch: EngineEvents['patch']) => void;
  /** The process ended without being asked to; `restarts` says whether the next call starts another by itself. */
  onCrash?: (restarts: boolean) => void;
}

interface Running {
  child: ChildProcess;
  rpc: RpcClient<ChildApi, EngineEvents>;
  started: number;
  /** Set before an end that was meant. */
  ending?: Error;
}

export class EngineClient {
  #running: Running | undefined;
  #generation = 0;
  #crashes = 0;

  constructor(private readonly options: EngineClientOptions) {}

  /** Number of processes started so far: what was sent to one is not known to the next. */
  get generation(): number {
    return this.#generation;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The running process, for the log and for tests. */
  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /** Starts the process if there is none. */
  start(): void {
    this.#ensure();
  }

  /**
   * Calls a method. When its signal is aborted and the engine does not stop in time, the engine is ended; with `isPatient` it is waited
   * for, since what the process knows is worth more than the wait.
   */
  call<K extends keyof ChildApi>(
    method: K,
    params: Parameters<ChildApi[K]>[0],
    context: JobContext = {},
    isPatient = false,
  ): ReturnType<ChildApi[K]> {
    const { signal } = context;
    const running = this.#ensure();
    const answer = running.rpc.call(method, params as never, context);
    if (!signal || isPatient) return answer as ReturnType<ChildApi[K]>;
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      timer = setTimeout(() => {
        this.options.log(`The engine did not stop ${method} within ${GRACE_MS} ms and was ended.`);
        this.#end(running, abortError());
      }, GRACE_MS);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const settled = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    answer.then(settled, settled);
    return answer as ReturnType<ChildApi[K]>;
  }

  /** Ends the process; the next call starts another. Calls under way reject with AbortError. */
  stop(): void {
    this.#crashes = 0;
    if (this.#running) this.#end(this.#running, abortError());
  }

  #ensure(): Running {
    if (this.#running) return this.#running;
    const { bundle, log, onPatch } = this.options;
    const child = fork(bundle, [], {
      // A copy: fork adds ELECTRON_RUN_AS_NODE by itself inside VS Code, and it must not leak into our own environment.
      env: withHugePages(process.env, process.platform),
      // The host's own arguments (an inspector's port, for example) are not for the child.
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => log(`[engine ${child.pid}] ${text.trimEnd()}`));
    }
    const rpc = new RpcClient<ChildApi, EngineEvents>(
      {
        post: (message) => {
          if (!child.connected) throw new Error('The channel to the engine is closed.');
          child.send(message as never, () => undefined);
        },
        onMessage: (listener) => child.on('message', listener),
      },
      { event: (name, value) => (name === 'patch' ? onPatch?.(value) : undefined), refused: log },
    );
    const running: Running = { child, rpc, started: performance.now() };
    child.on('error', (error) => log(`[engine] ${error.stack ?? error.message}`));
    child.on('exit', (code, signal) => this.#ended(running, signal ?? `exit code ${code}`));
    this.#running = running;
    this.#generation++;
    log(`[engine ${child.pid}] started`);
    return running;
  }

  #end(running: Running, reason: Error): void {
    running.ending = reason;
    if (this.#running === running) this.#running = undefined;
    running.rpc.close(reason);
    running.child.kill('SIGKILL');
  }

  #ended(running: Running, how: string): void {
    if (running.ending) return;
    this.#running = undefined;
    this.options.log(`[engine ${running.child.pid}] ended: ${how}`);
    running.rpc.close(errors.engineEnded(how));
    if (performance.now() - running.started > HEALTHY_MS) this.#crashes = 0;
    this.#crashes++;
    this.options.onCrash?.(this.#crashes === 1);
  }
}
