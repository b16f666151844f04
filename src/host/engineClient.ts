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
  /** No sign of life came for `silentMs` while calls wait; and later, that one came again. Told once each. */
  onSilence?: (isSilent: boolean) => void;
  /** Milliseconds, default a minute: no batch and no step of any model blocks the process for so long. */
  silentMs?: number;
}

/** How node says that the heap is full, on its way out. */
const OUT_OF_MEMORY = /heap out of memory|Allocation failed|bad_alloc|Array buffer allocation failed/;
const SILENT_MS = 60_000;
const LAST_WORDS_MS = 300;

interface Running {
  child: ChildProcess;
  rpc: RpcClient<ChildApi, EngineEvents>;
  started: number;
  /** Set before an end that was meant. */
  ending?: Error;
  /** When it was last heard of, by a clock that nobody sets. */
  heard: number;
  silent: boolean;
  watch: NodeJS.Timeout;
  outOfMemory: boolean;
  /** Its end was told. */
  gone?: boolean;
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
      stream?.setEncoding('utf8').on('data', (text: string) => {
        running.outOfMemory ||= OUT_OF_MEMORY.test(text);
        log(`[engine ${child.pid}] ${text.trimEnd()}`);
      });
    }
    const rpc = new RpcClient<ChildApi, EngineEvents>(
      {
        post: (message) => {
          if (!child.connected) throw new Error('The channel to the engine is closed.');
          child.send(message as never, () => undefined);
        },
        onMessage: (listener) =>
          child.on('message', (message) => {
            this.#hear(running);
            listener(message);
          }),
      },
      { event: (name, value) => (name === 'patch' ? onPatch?.(value) : undefined), refused: log },
    );
    const now = performance.now();
    const watch = this.#watch(() => running);
    const running: Running = { child, rpc, started: now, heard: now, silent: false, watch, outOfMemory: false };
    child.on('error', (error) => log(`[engine] ${error.stack ?? error.message}`));
    let how = '';
    child.on('exit', (code, signal) => {
      how = signal ?? `exit code ${code}`;
      // A call from now on is for the next process.
      if (this.#running === running) this.#running = undefined;
      // What it still says on its way out is waited for, but not for ever: another process may hold its streams open.
      setTimeout(() => this.#ended(running, how), LAST_WORDS_MS).unref();
    });
    child.on('close', () => this.#ended(running, how));
    this.#running = running;
    this.#generation++;
    log(`[engine ${child.pid}] started`);
    return running;
  }

  /** Asks for signs of life while calls wait: a call that cannot be cancelled would wait for a hung process for ever. */
  #watch(running: () => Running): NodeJS.Timeout {
    const { silentMs = SILENT_MS, onSilence, log } = this.options;
    let last = performance.now();
    const timer = setInterval(() => {
      const each = running();
      const now = performance.now();
      // We slept ourselves, as with the lid closed: that says nothing about the engine.
      const weSlept = now - last > silentMs / 2;
      last = now;
      if (each.rpc.pending === 0 || weSlept) {
        each.heard = now;
        return;
      }
      if (!each.silent && now - each.heard > silentMs) {
        each.silent = true;
        log(`[engine ${each.child.pid}] has not answered for ${Math.round((now - each.heard) / 1000)} s`);
        onSilence?.(true);
      }
      // One that does not listen would find them all in a heap later.
      if (!each.silent) each.rpc.ping();
    }, silentMs / 4);
    timer.unref();
    return timer;
  }

  #hear(running: Running): void {
    running.heard = performance.now();
    if (!running.silent) return;
    running.silent = false;
    this.options.log(`[engine ${running.child.pid}] answers again`);
    this.options.onSilence?.(false);
  }

  #end(running: Running, reason: Error): void {
    clearInterval(running.watch);
    running.ending = reason;
    if (this.#running === running) this.#running = undefined;
    running.rpc.close(reason);
    running.child.kill('SIGKILL');
  }

  #ended(running: Running, how: string): void {
    clearInterval(running.watch);
    if (running.ending || running.gone) return;
    running.gone = true;
    if (this.#running === running) this.#running = undefined;
    this.options.log(`[engine ${running.child.pid}] ended: ${how}`);
    running.rpc.close(running.outOfMemory ? errors.engineOutOfMemory() : errors.engineEnded(how));
    if (performance.now() - running.started > HEALTHY_MS) this.#crashes = 0;
    this.#crashes++;
    this.options.onCrash?.(this.#crashes === 1);
  }
}
