// Typed calls with progress and cancellation, and events, over any pair of message ports. The only logic in this folder.
import { isAbort, UserError } from '../core/errors.ts';
import { PauseSwitch } from '../core/pause.ts';
import type { JobContext, Progress } from '../core/progress.ts';

/** One end of a channel that delivers messages in order. */
export interface Port {
  /** Throws when the channel is closed. */
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** How an error crosses: a code of the catalogue with the next step as detail, or `abort`, or `fault` with the stack as detail. */
export interface WireError {
  code: string;
  message: string;
  detail?: string;
}

type Message =
  | { kind: 'call'; id: number; method: string; params: unknown }
  | { kind: 'cancel'; id: number }
  | { kind: 'pause'; id: number; paused: boolean }
  | { kind: 'progress'; id: number; progress: Progress }
  | { kind: 'result'; id: number; value: unknown }
  | { kind: 'error'; id: number; error: WireError }
  | { kind: 'event'; name: string; value: unknown }
  /** Is the other side's event loop alive? Asked and answered beside the calls. */
  | { kind: 'ping' | 'pong'; id: number };

type Parameter<F> = F extends (params: infer P, context?: JobContext) => unknown ? P : never;
type Answer<F> = F extends (...args: never[]) => Promise<infer R> ? R : never;

/** A fault of the other side, with the stack it had there. */
export class RemoteFault extends Error {
  constructor(
    message: string,
    readonly remoteStack: string,
  ) {
    super(message);
    this.name = 'RemoteFault';
  }
}

/**
 * Answers calls of the named methods of `api`. A message that is none, or a method not named, is refused: told to `refused`,
 * and to the caller where it can be known. Returns a function that sends events.
 */
export function serve<T, E>(
  port: Port,
  api: T,
  methods: readonly (keyof T & string)[],
  refused: (why: string) => void = () => undefined,
): <N extends keyof E & string>(name: N, value: E[N]) => void {
  const running = new Map<number, { controller: AbortController; pause: PauseSwitch }>();
  const send = (message: Message): void => {
    try {
      port.post(message);
    } catch (error) {
      refused(`A ${message.kind} could not be sent: ${String(error)}`);
    }
  };
  port.onMessage((raw) => {
    const message = parseMessage(raw);
    if (message?.kind === 'cancel') {
      running.get(message.id)?.controller.abort();
    } else if (message?.kind === 'pause') {
      running.get(message.id)?.pause.set(message.paused);
    } else if (message?.kind === 'ping') {
      send({ kind: 'pong', id: message.id });
    } else if (message?.kind === 'call') {
      const { id, method, params } = message;
      if (!(methods as readonly string[]).includes(method) || running.has(id)) {
        const why = running.has(id) ? `Call ${id} is still running.` : `There is no method "${method}".`;
        refused(why);
        send({ kind: 'error', id, error: { code: 'fault', message: why } });
        return;
      }
      const controller = new AbortController();
      const pause = new PauseSwitch();
      running.set(id, { controller, pause });
      const onProgress = throttled((progress) => send({ kind: 'progress', id, progress }));
      const work = api[method as keyof T] as (params: unknown, context: JobContext) => Promise<unknown>;
      // In a microtask, so that a method that throws at once is no different.
      Promise.resolve()
        .then(() => work.call(api, params, { signal: controller.signal, onProgress, pause }))
        .then(
          (value) => send({ kind: 'result', id, value }),
          (error: unknown) => send({ kind: 'error', id, error: toWire(error) }),
        )
        .finally(() => running.delete(id));
    } else {
      refused(`A message of an unknown form was refused: ${describeMessage(raw)}`);
    }
  });
  return (name, value) => send({ kind: 'event', name, value });
}

/** Progress at most every 50 ms, the last of a stage always: a step of a fast stage must not cost a message. */
function throttled(send: (progress: Progress) => void): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY;
  let stage = '';
  return (progress) => {
    // Not the clock of the day: set back by an hour it would keep progress silent for an hour.
    const now = performance.now();
    const isEdge = progress.stage !== stage || progress.done === progress.total || progress.stage === 'train';
    if (!isEdge && now - last < 50) return;
    last = now;
    stage = progress.stage;
    send(progress);
  };
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onProgress?: (progress: Progress) => void;
  settled(): void;
}

/** The calling side. */
export class RpcClient<T, E> {
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #closed: Error | undefined;

  constructor(
    readonly port: Port,
    listeners: { event?: (name: keyof E & string, value: never) => void; refused?: (why: string) => void } = {},
  ) {
    port.onMessage((raw) => {
      const message = parseMessage(raw);
      if (message?.kind === 'event') listeners.event?.(message.name as keyof E & string, message.value as never);
      else if (message?.kind !== 'pong' && (!message || !this.#answer(message)))
        listeners.refused?.(`A message of an unknown form was refused: ${describeMessage(raw)}`);
    });
  }

  /** Number of calls under way. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Calls a method. Its signal and pauses are passed on; the promise rejects with AbortError once the other side has stopped. */
  call<K extends keyof T & string>(
    method: K,
    params: Parameter<T[K]>,
    context: JobContext = {},
  ): Promise<Answer<T[K]>> {
    const { signal, onProgress, pause } = context;
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#closed);
      if (signal?.aborted) return reject(abortError());
      const id = this.#next++;
      const cancel = (): void => this.#post({ kind: 'cancel', id });
      signal?.addEventListener('abort', cancel, { once: true });
      const sendPause = (paused: boolean): void => this.#post({ kind: 'pause', id, paused });
      const endPauses = pause?.onChange(sendPause);
      const settled = (): void => {
        signal?.removeEventListener('abort', cancel);
        endPauses?.();
      };
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject, onProgress, settled });
      this.#post({ kind: 'call', id, method, params });
      if (pause?.isPaused) sendPause(true);
    });
  }

  /** Asks for a sign of life, which the port delivers as any message. */
  ping(): void {
    this.#post({ kind: 'ping', id: 0 });
  }

  /** Ends every call under way, and every later one, with this error. */
  close(error: Error): void {
    this.#closed = error;
    for (const { reject, settled } of this.#pending.values()) {
      settled();
      reject(error);
    }
    this.#pending.clear();
  }

  #post(message: Message): void {
    try {
      this.port.post(message);
    } catch (error) {
      if (message.kind === 'call') this.#answer({ kind: 'error', id: message.id, error: toWire(error) });
    }
  }

  /** False for a message that belongs to no call of ours. */
  #answer(message: Message): boolean {
    if (message.kind !== 'progress' && message.kind !== 'result' && message.kind !== 'error') return false;
    const pending = this.#pending.get(message.id);
    if (!pending) return message.id < this.#next;
    if (message.kind === 'progress') {
      pending.onProgress?.(message.progress);
      return true;
    }
    this.#pending.delete(message.id);
    pending.settled();
    if (message.kind === 'result') pending.resolve(message.value);
    else pending.reject(fromWire(message.error));
    return true;
  }
}

/** An error as it is sent. */
export function toWire(error: unknown): WireError {
  if (isAbort(error)) return { code: 'abort', message: (error as Error).message };
  if (error instanceof UserError) return { code: error.code, message: error.message, detail: error.action };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: 'fault', message, detail: stack };
}

/** The error that was sent: AbortError, UserError or RemoteFault. */
export function fromWire({ code, message, detail }: WireError): Error {
  if (code === 'abort') return abortError(message);
  if (code === 'fault') return new RemoteFault(message, detail ?? '');
  return new UserError(code, message, detail ?? '');
}

/** What a cancelled call rejects with. */
export function abortError(message = 'The job was cancelled.'): Error {
  const error = new Error(message);
  error.name = 'AbortError';
  return error;
}

/** Checks what came over the channel: undefined for anything that is not a whole message. */
function parseMessage(raw: unknown): Message | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const message = raw as Record<string, unknown>;
  const { kind, id } = message;
  if (kind === 'event') return typeof message.name === 'string' ? (message as Message) : undefined;
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return undefined;
  switch (kind) {
    case 'call':
      return typeof message.method === 'string' ? (message as Message) : undefined;
    case 'pause':
      return typeof message.paused === 'boolean' ? (message as Message) : undefined;
    case 'progress':
      return isProgress(message.progress) ? (message as Message) : undefined;
    case 'error':
      return isWireError(message.error) ? (message as Message) : undefined;
    case 'cancel':
    case 'ping':
    case 'pong':
    case 'result':
      return message as Message;
    default:
      return undefined;
  }
}

function isProgress(value: unknown): value is Progress {
  const progress = value as Partial<Progress> | null;
  return typeof progress === 'object' && typeof progress?.stage === 'string' && typeof progress.done === 'number';
}

function isWireError(value: unknown): value is WireError {
  const error = value as Partial<WireError> | null;
  return typeof error === 'object' && typeof error?.code === 'string' && typeof error.message === 'string';
}

function describeMessage(raw: unknown): string {
  try {
    return (JSON.stringify(raw) ?? String(raw)).slice(0, 200);
  } catch {
    return typeof raw;
  }
}
