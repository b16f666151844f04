// The engine's process in trouble, as the extension and the command line meet it: out of memory, silent, cut off in the middle of a message.
import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import v8 from 'node:v8';
import { seededRandom } from '../../src/core/random.ts';
import { isRunning } from '../../src/engine/writerTag.ts';
import { EngineClient, type EngineClientOptions } from '../../src/host/engineClient.ts';
import type { WorkspaceSettings } from '../../src/protocol/workspace.ts';
import { bundle, ROOT, start } from '../cli/support.ts';
import { good, seeded, smallBase, temporary, tinyModel, windowSettings } from './support.ts';

const BUNDLE = join(ROOT, 'dist/engine.cjs');
const workspace = 'w';

before(() => bundle());

function started(t: TestContext, more: Partial<EngineClientOptions> = {}) {
  const log: string[] = [];
  const crashes: boolean[] = [];
  const engine = new EngineClient({
    bundle: BUNDLE,
    log: (message) => log.push(message),
    onCrash: (restarts) => crashes.push(restarts),
    ...more,
  });
  t.after(() => engine.stop());
  return { engine, log, crashes };
}

/** Sets a variable for processes that are started from here on. */
function setEnv(t: TestContext, name: string, value: string | undefined): void {
  const was = process.env[name];
  const set = (to: string | undefined): void => {
    if (to === undefined) delete process.env[name];
    else process.env[name] = to;
  };
  set(value);
  t.after(() => set(was));
}

async function settingsOf(t: TestContext): Promise<WorkspaceSettings> {
  const home = temporary(t);
  const model = await tinyModel(join(home, 'model'));
  return windowSettings({ folder: 'w', indexFolder: join(home, 'index'), model, modelsFolder: join(home, 'models') });
}

const page = (name: string, characters: number) => ({
  file: `${name}.md`,
  text: `# ${name}\n\n${'Parcels are weighed, labelled and sent. 退款将退回原支付卡。'.repeat(Math.ceil(characters / 53))}\n`,
  saved: true,
});
const change = (documents: ReturnType<typeof page>[]) => ({ workspace, documents, removed: [], unreadable: [] });

test('an engine that runs out of memory says so, and the next one works', async (t) => {
  const { engine, crashes, log } = started(t);
  const settings = await settingsOf(t);
  setEnv(t, 'NODE_OPTIONS', '--max-old-space-size=40');
  await engine.call('open', { workspace, settings });
  const error = await (async () => {
    for (let n = 0; n < 400; n++) await engine.call('change', change([page(`page-${n}`, 400_000)]));
  })().catch((reason: unknown) => reason as { code: string; message: string; action: string });
  assert.equal(error?.code, 'engine-out-of-memory', JSON.stringify(error));
  assert.match(error.message, /ran out of memory/);
  assert.match(error.action, /fewer files|smaller/i);
  assert.deepEqual(crashes, [true]);
  assert.match(log.join('\n'), /heap/, 'its last words are in the log');
  delete process.env.NODE_OPTIONS;
  await engine.call('open', { workspace, settings });
  await engine.call('change', change([page('page', 100)]));
  assert.equal((await engine.call('indexWorkspace', { workspace })).snippets, 1);
});

test('a command line that runs out of memory says so in words, with exit code 1, and leaves what was there', async (t) => {
  const home = temporary(t);
  const folder = join(temporary(t), 'kb');
  smallBase(folder);
  const model = await tinyModel(join(temporary(t), 'model'));
  const args = ['evaluate', folder, '--home', home, '--json', '--model', model, '--threads', '1'];
  const report = await good(...args);
  for (let n = 0; n < 6; n++) writeFileSync(join(folder, `large-${n}.md`), page(`large-${n}`, 4_000_000).text);
  setEnv(t, 'NODE_OPTIONS', '--max-old-space-size=40');
  const { code, out, err } = await start(await bundle(), args).done;
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /Error: KB Recall ran out of memory.*\n.*/);
  assert.doesNotMatch(err, /please report/);
  delete process.env.NODE_OPTIONS;
  assert.equal(await good(...args, '--exclude', 'large-*.md'), report);
});

test('an engine that hangs is told, also where nothing can be cancelled, and told to be back when it answers again', async (t) => {
  const silence: boolean[] = [];
  const { engine, crashes } = started(t, { onSilence: (isSilent) => silence.push(isSilent), silentMs: 1000 });
  const told = async (expected: boolean[]): Promise<void> => {
    for (let n = 0; silence.length < expected.length && n < 300; n++) await delay(100);
    assert.deepEqual(silence, expected);
  };
  const settings = await settingsOf(t);
  await engine.call('open', { workspace, settings });
  // On a machine that is busy, starting alone may take so long.
  silence.length = 0;
  process.kill(engine.pid!, 'SIGSTOP');
  const call = engine.call('change', change([page('page', 100)]));
  await told([true]);
  // Once is enough.
  await delay(1000);
  process.kill(engine.pid!, 'SIGCONT');
  await call;
  await told([true, false]);
  assert.deepEqual(crashes, []);
  // The author may end it instead of waiting: what waits is freed at once, and the next call has a new engine.
  process.kill(engine.pid!, 'SIGSTOP');
  const hanging = engine.call('join', { workspace });
  await told([true, false, true]);
  engine.stop();
  await assert.rejects(hanging, { name: 'AbortError' });
  await engine.call('open', { workspace, settings });
  assert.equal(engine.generation, 2);
});

/** The frame of a message in the channel of `fork` with advanced serialization: its length, then what v8 writes. */
function frame(message: unknown): Buffer {
  const body = v8.serialize(message);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** The engine with its channel in our hands, byte by byte. */
function withRawChannel(): { child: ChildProcess; write: (bytes: Buffer) => void; close: () => void } {
  const child = spawn(process.execPath, [BUNDLE], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_CHANNEL_FD: '3', NODE_CHANNEL_SERIALIZATION_MODE: 'advanced' },
  });
  const channel = child.stdio[3] as import('node:net').Socket;
  channel.on('error', () => undefined);
  return { child, write: (bytes) => void channel.write(bytes), close: () => channel.destroy() };
}

test('a message that ends anywhere in its middle ends the engine, and nothing of it is done', {
  timeout: 60_000,
}, async (t) => {
  const random = seeded(t);
  const home = temporary(t);
  const whole = frame({ kind: 'call', id: 1, method: 'clear', params: { folders: [home] } });
  const ends = [2, 4, whole.length - 1, ...Array.from({ length: 3 }, () => random.below(whole.length))];
  await Promise.all(
    ends.map(async (end) => {
      const { child, write, close } = withRawChannel();
      const ended = once(child, 'exit');
      write(whole.subarray(0, end));
      await delay(600);
      close();
      const [code, signal] = await ended;
      assert.deepEqual([code, signal], [0, null], `cut after ${end} of ${whole.length} bytes`);
    }),
  );
  // The whole message is obeyed: the cut ones were about something.
  const { child, write, close } = withRawChannel();
  write(whole);
  const answered = once(child.stdio[3] as import('node:net').Socket, 'data');
  await answered;
  close();
  await once(child, 'exit');
  await assert.rejects(async () => (await import('node:fs/promises')).stat(home), { code: 'ENOENT' });
});

test('a window that dies in the middle of a long message leaves no engine behind', async (t) => {
  const script = join(temporary(t), 'window.cjs');
  writeFileSync(
    script,
    `const child = require('node:child_process').fork(${JSON.stringify(BUNDLE)}, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
     process.send(child.pid);
     child.send({ kind: 'call', id: 1, method: 'change', params: { documents: [{ file: 'a.md', text: 'x'.repeat(2e8) }] } });`,
  );
  const dying = fork(script, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [pid] = (await once(dying, 'message')) as [number];
  await delay(20);
  dying.kill('SIGKILL');
  await once(dying, 'exit');
  for (let n = 0; isRunning(pid); n++) {
    assert.ok(n < 100, `the engine ${pid} lives on`);
    await delay(100);
  }
});

test('an engine killed in the middle of its answer rejects the call; half of the answer is no answer', async (t) => {
  const random = seededRandom(3);
  const { engine } = started(t);
  const settings = await settingsOf(t);
  for (let n = 0; n < 3; n++) {
    await engine.call('open', { workspace, settings });
    await engine.call('change', change([page('long', 3_000_000)]));
    await engine.call('join', { workspace });
    const call = engine.call('snippetText', { workspace, id: 'long.md#long' });
    await delay(random.next() * 25);
    process.kill(engine.pid!, 'SIGKILL');
    const outcome = await call.then(
      (text) => text?.length,
      (error: { code: string }) => error.code,
    );
    assert.ok(outcome === 'engine-ended' || (typeof outcome === 'number' && outcome > 2_500_000), String(outcome));
    while (engine.isRunning) await delay(10);
  }
});
