// Calls, progress, cancellation, events and errors over a channel that copies messages as a process boundary does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errors, UserError } from '../../../src/core/errors.ts';
import { PauseSwitch } from '../../../src/core/pause.ts';
import { type JobContext, throwIfAborted } from '../../../src/core/progress.ts';
import { type Port, RemoteFault, RpcClient, serve } from '../../../src/protocol/rpc.ts';

interface Api {
  add(params: { a: number; b: number }, context?: JobContext): Promise<number>;
  fail(params: { how: 'user' | 'fault' | 'at-once' }): Promise<void>;
  wait(params: Record<string, never>, context?: JobContext): Promise<string>;
  vectors(params: { values: Float32Array }): Promise<Float32Array>;
}

/** Two ports; each message is copied and arrives in a later turn. */
function channel(): [Port & { inject(message: unknown): void }, Port & { inject(message: unknown): void }] {
  const listeners: ((message: unknown) => void)[][] = [[], []];
  const deliver = (to: number, message: unknown): void => {
    const copy = structuredClone(message);
    setImmediate(() => {
      for (const listener of listeners[to]!) listener(copy);
    });
  };
  const port = (own: number) => ({
    post: (message: unknown) => deliver(1 - own, message),
    onMessage: (listener: (message: unknown) => void) => void listeners[own]!.push(listener),
    inject: (message: unknown) => deliver(own, message),
  });
  return [port(0), port(1)];
}

const api: Api = {
  async add({ a, b }, context) {
    context?.onProgress?.({ stage: 'add', done: 1, total: 1 });
    return a + b;
  },
  fail({ how }) {
    if (how === 'at-once') throw new Error('not even a promise');
    return Promise.reject(how === 'user' ? errors.noSnippets('docs') : new Error('a bug'));
  },
  async wait(_, context) {
    for (let i = 0; i < 200; i++) {
      throwIfAborted(context?.signal);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return 'nobody stopped it';
  },
  vectors: async ({ values }) => values.map((value) => value * 2),
};

function connected() {
  const [left, right] = channel();
  const refused: string[] = [];
  const events: unknown[] = [];
  const emit = serve<Api, { news: string }>(right, api, ['add', 'fail', 'wait', 'vectors'], (why) => refused.push(why));
  const client = new RpcClient<Api, { news: string }>(left, {
    event: (name, value) => events.push([name, value]),
    refused: (why) => refused.push(why),
  });
  return { client, emit, left, right, refused, events };
}

/** Immediates after the timer: on a busy machine the timer may be due before the messages were delivered. */
const turn = () =>
  new Promise<void>((resolve) => setTimeout(() => setImmediate(() => setImmediate(() => resolve())), 20));

test('a call answers, with its progress; typed arrays stay typed', async () => {
  const { client } = connected();
  const seen: number[] = [];
  assert.equal(await client.call('add', { a: 2, b: 3 }, { onProgress: ({ done }) => seen.push(done) }), 5);
  assert.deepEqual(seen, [1]);
  assert.deepEqual(await client.call('vectors', { values: Float32Array.of(0.5, 1) }), Float32Array.of(1, 2));
  assert.equal(client.pending, 0);
});

test('errors cross as what they are', async () => {
  const { client } = connected();
  await assert.rejects(client.call('fail', { how: 'user' }), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.code, 'no-snippets');
    assert.equal(error.action, errors.noSnippets('docs').action);
    return true;
  });
  await assert.rejects(client.call('fail', { how: 'fault' }), (error) => {
    assert.ok(error instanceof RemoteFault);
    assert.match(error.remoteStack, /a bug[\s\S]*rpc\.test/);
    return true;
  });
  await assert.rejects(client.call('fail', { how: 'at-once' }), /not even a promise/);
});

test('an aborted call rejects with AbortError when the other side has stopped, and leaves nothing behind', async () => {
  const { client } = connected();
  const controller = new AbortController();
  const call = client.call('wait', {}, { signal: controller.signal });
  await turn();
  controller.abort();
  await assert.rejects(call, { name: 'AbortError' });
  await assert.rejects(client.call('wait', {}, { signal: controller.signal }), { name: 'AbortError' });
  assert.equal(client.pending, 0);
});

test('a sign of life is answered while a call runs, and is told to nobody as a message that is none', async () => {
  const { client, left, refused } = connected();
  const heard: unknown[] = [];
  left.onMessage((message) => heard.push((message as { kind: string }).kind));
  const controller = new AbortController();
  const call = client.call('wait', {}, { signal: controller.signal });
  client.ping();
  await turn();
  assert.deepEqual([heard, refused, client.pending], [['pong'], [], 1]);
  controller.abort();
  await assert.rejects(call, { name: 'AbortError' });
});

test('events arrive by name', async () => {
  const { emit, events } = connected();
  emit('news', 'one');
  emit('news', 'two');
  await turn();
  assert.deepEqual(events, [
    ['news', 'one'],
    ['news', 'two'],
  ]);
});

test('a method that is not offered is refused, inherited ones too', async () => {
  const { client, refused } = connected();
  for (const method of ['constructor', 'toString', 'missing']) {
    await assert.rejects(client.call(method as 'add', { a: 1, b: 1 }), /no method/);
  }
  assert.equal(refused.length, 3);
});

test('what is no message is refused on both sides, and calls go on', async () => {
  const { client, left, right, refused } = connected();
  const junk = [
    undefined,
    null,
    7,
    'call',
    [],
    {},
    { kind: 'call' },
    { kind: 'call', id: 'x', method: 'add' },
    { kind: 'call', id: 1.5, method: 'add', params: {} },
    { kind: 'call', id: 9 },
    { kind: 'progress', id: 1 },
    { kind: 'error', id: 1, error: {} },
    { kind: 'event' },
    { kind: 'wish', id: 1 },
  ];
  for (const message of junk) {
    right.inject(message);
    left.inject(message);
  }
  await turn();
  assert.equal(refused.length, junk.length * 2);
  assert.equal(await client.call('add', { a: 1, b: 1 }), 2);
  // An answer to a call that was never made.
  left.inject({ kind: 'result', id: 4711, value: 1 });
  await turn();
  assert.equal(refused.length, junk.length * 2 + 1);
});

test('closing ends the calls under way and every later one', async () => {
  const { client } = connected();
  const call = client.call('wait', {});
  client.close(errors.engineEnded('SIGKILL'));
  await assert.rejects(call, { code: 'engine-ended' });
  await assert.rejects(client.call('add', { a: 1, b: 1 }), { code: 'engine-ended' });
});

test('a channel that does not take a message rejects the call', async () => {
  const client = new RpcClient<Api, object>({
    post: () => {
      throw new Error('closed');
    },
    onMessage: () => undefined,
  });
  await assert.rejects(client.call('add', { a: 1, b: 1 }), /closed/);
  assert.equal(client.pending, 0);
});

test('a pause reaches the call that it belongs to, also when it is older than the call', async () => {
  const [left, right] = channel();
  const seen: string[] = [];
  const paused = {
    async hold(_: Record<string, never>, { pause, signal }: JobContext = {}): Promise<string> {
      pause?.onChange((is) => seen.push(is ? 'paused' : 'on'));
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      await pause?.wait(signal);
      throwIfAborted(signal);
      return 'done';
    },
  };
  serve<typeof paused, Record<string, never>>(right, paused, ['hold']);
  const client = new RpcClient<typeof paused, Record<string, never>>(left);
  const pause = new PauseSwitch();
  pause.set(true);
  let ended = false;
  const held = client.call('hold', {}, { pause }).finally(() => {
    ended = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual([seen, ended], [['paused'], false]);
  pause.set(false);
  assert.equal(await held, 'done');
  const stop = new AbortController();
  pause.set(true);
  const stopped = client.call('hold', {}, { pause, signal: stop.signal });
  await new Promise((resolve) => setTimeout(resolve, 50));
  stop.abort();
  await assert.rejects(stopped, { name: 'AbortError' });
});
