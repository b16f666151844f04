// The built engine as a child process: forked on need, killed, stopped, and given what is no message.
import assert from 'node:assert/strict';
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EngineClient } from '../../src/host/engineClient.ts';
import type { StatePatch, WorkspaceSettings } from '../../src/protocol/workspace.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUNDLE = join(ROOT, 'dist/engine.cjs');
const workspace = 'w';

before(() => {
  if (!existsSync(BUNDLE)) spawnSync(process.execPath, ['esbuild.mjs'], { cwd: ROOT });
});

function started(t: { after(work: () => void): void }) {
  const home = mkdtempSync(join(tmpdir(), 'kb-child-'));
  const log: string[] = [];
  const patches: StatePatch[] = [];
  const crashes: boolean[] = [];
  const engine = new EngineClient({
    bundle: BUNDLE,
    log: (message) => log.push(message),
    onPatch: (patch) => patches.push(patch),
    onCrash: (restarts) => crashes.push(restarts),
  });
  t.after(() => {
    engine.stop();
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  const settings: WorkspaceSettings = {
    folder: 'w',
    indexFolder: join(home, 'index'),
    model: 'kb-recall-small',
    modelsFolder: join(home, 'models'),
    embeddedFolder: join(ROOT, 'models'),
    ks: [1, 5, 10],
    primaryK: 5,
    seed: 0,
    trainShare: 0.6,
    retrieval: 'vectors',
    lint: false,
  };
  return { engine, settings, log, patches, crashes };
}

/** Pages and questions enough that embedding them takes seconds. */
async function fill(engine: EngineClient, settings: WorkspaceSettings, pages = 400): Promise<void> {
  await engine.call('open', { workspace, settings });
  const documents = Array.from({ length: pages }, (_, i) => ({
    file: `page-${i}.md`,
    text: `# Parcel rule ${i}\n\n${`Parcels of class ${i} are weighed, labelled and sent by rule ${i * 7}. `.repeat(12)}\n`,
    saved: true,
  }));
  documents.push({
    file: 'a.questions.jsonl',
    text: '{"question": "How are parcels of class 1 sent?", "answers": ["page-1.md"]}\n',
    saved: true,
  });
  await engine.call('change', { workspace, documents, removed: [], unreadable: [] });
}

test('the process starts with the first call and answers', async (t) => {
  const { engine, settings, patches } = started(t);
  assert.equal(engine.isRunning, false);
  await fill(engine, settings, 3);
  assert.equal(engine.generation, 1);
  const summary = await engine.call('measure', { workspace });
  assert.equal(summary.questions, 1);
  assert.ok(patches.some(({ figures }) => figures));
});

test('an error of the catalogue keeps its code', async (t) => {
  const { engine, settings } = started(t);
  await engine.call('open', { workspace, settings });
  await assert.rejects(engine.call('measure', { workspace }), { name: 'UserError', code: 'no-snippets' });
});

test('a cancelled measurement ends within a second, and the same process goes on', async (t) => {
  const { engine, settings } = started(t);
  await fill(engine, settings);
  const controller = new AbortController();
  let aborted = 0;
  const call = engine.call(
    'measure',
    { workspace },
    {
      signal: controller.signal,
      onProgress: ({ stage, done }) => {
        if (stage !== 'embed' || done === 0 || aborted) return;
        aborted = performance.now();
        controller.abort();
      },
    },
  );
  await assert.rejects(call, { name: 'AbortError' });
  const took = performance.now() - aborted;
  assert.ok(aborted > 0 && took < 1000, `${took} ms`);
});

test('a process that does not listen is ended a second after the cancel; the next call starts another', async (t) => {
  const { engine, settings, crashes } = started(t);
  await fill(engine, settings);
  const controller = new AbortController();
  const call = engine.call('measure', { workspace }, { signal: controller.signal });
  const { pid } = engine;
  assert.ok(pid);
  process.kill(pid, 'SIGSTOP');
  const at = performance.now();
  controller.abort();
  await assert.rejects(call, { name: 'AbortError' });
  assert.ok(performance.now() - at < 1000);
  assert.deepEqual(crashes, [], 'that was no crash');
  await assert.rejects(engine.call('measure', { workspace }), { code: 'workspace-not-open' });
  assert.equal(engine.generation, 2);
});

test('a killed process rejects its calls with a sentence, says so once, and is started again by the next call', async (t) => {
  const { engine, settings, crashes } = started(t);
  await fill(engine, settings);
  for (const expected of [[true], [true, false]]) {
    // Stopped first, so that it cannot answer before the kill.
    process.kill(engine.pid!, 'SIGSTOP');
    const call = engine.call('measure', { workspace }).catch((error: unknown) => error);
    process.kill(engine.pid!, 'SIGKILL');
    const error = (await call) as { code: string; message: string };
    assert.equal(error.code, 'engine-ended');
    assert.match(error.message, /SIGKILL/);
    assert.deepEqual(crashes, expected);
    assert.equal(engine.isRunning, false);
    await engine.call('open', { workspace, settings });
  }
  assert.equal(engine.generation, 3);
});

test('messages that are none do not end the process', async () => {
  const child = fork(BUNDLE, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let refused = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    refused += text;
  });
  const answers: { kind: string; id?: number; error?: { code: string; message: string } }[] = [];
  child.on('message', (message) => answers.push(message as (typeof answers)[number]));
  for (const junk of [
    null,
    3,
    'hello',
    [],
    {},
    { kind: 'call', id: 'a' },
    { kind: 'cancel', id: 99 },
    new Uint8Array(8),
  ]) {
    child.send(junk as never);
  }
  child.send({ kind: 'call', id: 1, method: 'process', params: {} });
  child.send({ kind: 'call', id: 2, method: 'measure', params: null });
  child.send({ kind: 'call', id: 3, method: 'measure', params: { workspace: 'none' } });
  while (answers.length < 3) await once(child, 'message');
  const byId = new Map(answers.map((answer) => [answer.id, answer]));
  assert.match(byId.get(1)?.error?.message ?? '', /no method "process"/);
  assert.equal(byId.get(2)?.error?.code, 'fault');
  assert.equal(byId.get(3)?.error?.code, 'workspace-not-open');
  assert.match(refused, /refused/);
  child.disconnect();
  const [code] = await once(child, 'exit');
  assert.equal(code, 0, 'without its parent it ends by itself');
});

test('started by hand it says what it is', () => {
  const { status, stderr } = spawnSync(process.execPath, [BUNDLE], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /engine of KB Recall/);
});
