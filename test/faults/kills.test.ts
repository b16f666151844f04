// A hundred real kills (SIGKILL) at random moments of index, train, promote, roll back and clean: every file stays whole, nothing of before is
// lost, and the next run gives what an undisturbed one gives.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readWorkspace } from '../../src/cli/files.ts';
import { EngineClient } from '../../src/host/engineClient.ts';
import type { WorkspaceSettings } from '../../src/protocol/workspace.ts';
import { bundle, ROOT, start } from '../cli/support.ts';
import { commandOptions, good, readHome, seeded, smallBase, temporary, tinyModel } from './support.ts';

/** Of each operation; two at a time, one for each core. */
const KILLS = 20;
const LANES = 2;
const BUNDLE = join(ROOT, 'dist/engine.cjs');

const root = temporary({ after });
const base = join(root, 'kb');
const model = join(root, 'model');
/** Indexed and trained without disturbance: what every run begins with, and what it must end with. */
const whole = join(root, 'home');
const { options, training } = commandOptions(model);
let cli = '';
let report = '';
let tuned = '';

before(async () => {
  cli = await bundle();
  smallBase(base);
  await tinyModel(model);
  report = await good('evaluate', base, '--home', whole, '--json', ...options);
  const { promoted, modelPath } = JSON.parse(await good('train', base, '--home', whole, '--json', ...training));
  assert.equal(promoted, true, 'the kills of promote and roll back need a tuned model');
  tuned = basename(modelPath);
});

/** Runs `work` for the numbers up to `KILLS`, a few at a time. */
async function each(work: (n: number) => Promise<void>): Promise<void> {
  const queue = Array.from({ length: KILLS }, (_, n) => n).values();
  const lane = async (): Promise<void> => {
    for (const n of queue) await work(n);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Starts a command and kills it at a share of the time that it takes undisturbed; now with its worker, now without. */
async function killedCommand(ms: number, withWorker: boolean, ...args: string[]): Promise<void> {
  const { child, done, signalAll } = start(cli, args);
  await delay(ms);
  if (child.exitCode === null) {
    if (withWorker) signalAll('SIGKILL');
    else child.kill('SIGKILL');
  }
  if (withWorker) await done;
}

async function timed(...args: string[]): Promise<number> {
  const started = performance.now();
  const { code, err } = await start(cli, args).done;
  assert.equal(code, 0, err);
  return performance.now() - started;
}

test('index', { timeout: 300_000 }, async (t) => {
  const random = seeded(t);
  const took = await timed('index', base, '--home', temporary(t), ...options);
  await each(async (n) => {
    const home = temporary(t);
    const folder = join(temporary(t), 'kb');
    cpSync(base, folder, { recursive: true });
    // Every second kill hits the update of an index that was whole.
    if (n % 2 === 1) {
      smallBase(folder, 3);
      await good('index', folder, '--home', home, ...options);
      cpSync(base, folder, { recursive: true });
    }
    await killedCommand(took * (0.3 + 0.7 * random.next()), n % 4 < 2, 'index', folder, '--home', home, ...options);
    const { indexes } = await readHome(home);
    if (n % 2 === 1) assert.equal(indexes.length, 1, 'the old index is there');
    assert.equal(await good('evaluate', folder, '--home', home, '--json', ...options), report);
    assert.equal(JSON.parse(await good('index', folder, '--home', home, '--json', ...options)).embedded, 0);
  });
});

test('train', { timeout: 300_000 }, async (t) => {
  const random = seeded(t);
  const first = temporary(t);
  cpSync(join(whole, 'indexes'), join(first, 'indexes'), { recursive: true });
  const took = await timed('train', base, '--home', first, ...training);
  await each(async (n) => {
    const home = temporary(t);
    cpSync(whole, home, { recursive: true });
    // Another seed makes another model: the one that is there must stay as it is beside it.
    const other = [...options, '--epochs', '2', '--seed', '3'];
    await killedCommand(took * (0.3 + 0.75 * random.next()), true, 'train', base, '--home', home, ...other);
    const { models } = await readHome(home);
    assert.ok(models.includes(tuned));
    assert.deepEqual(weightsOf(home, tuned), weightsOf(whole, tuned));
    assert.equal(await good('evaluate', base, '--home', home, '--json', ...options), report);
    if (n % 10 !== 0) return;
    const again = JSON.parse(await good('train', base, '--home', home, '--json', ...training));
    assert.equal(basename(again.modelPath), tuned);
    assert.deepEqual(leftovers(home), []);
  });
});

function weightsOf(home: string, id: string): Buffer {
  return readFileSync(join(home, 'models', id, 'model.safetensors'));
}

/** Unfinished work that is still on the disk. */
function leftovers(home: string): string[] {
  return readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(tmp|new|old)$/.test(name));
}

/** An engine as the extension starts it, which has loaded itself and answered. */
async function engineOf(t: { after(work: () => void): void }, modelsFolder: string): Promise<EngineClient> {
  const engine = new EngineClient({ bundle: BUNDLE, log: () => undefined });
  t.after(() => engine.stop());
  await engine.call('models', { modelsFolder });
  return engine;
}

/** Kills an engine some time after a call was sent, and waits for the call's end, however it ends. */
async function killedCall(engine: EngineClient, ms: number, call: () => Promise<unknown>): Promise<void> {
  const ended = call().catch(() => undefined);
  await delay(ms);
  if (engine.pid) process.kill(engine.pid, 'SIGKILL');
  await ended;
  engine.stop();
}

/** A home in which the tuned model waits for its author's decision, as after a run that was not promoted. */
function waiting(home: string): string {
  cpSync(whole, home, { recursive: true });
  const models = join(home, 'models');
  mkdirSync(join(models, '.candidates'), { recursive: true });
  renameSync(join(models, tuned), join(models, '.candidates', tuned));
  const name = readdirSync(join(models, '.runs')).find((each) => !each.endsWith('.run.json'))!;
  const record = JSON.parse(readFileSync(join(models, '.runs', name), 'utf8'));
  const answer = { ...record.answer, promoted: false, modelId: undefined, candidateId: tuned };
  writeFileSync(join(models, '.runs', name), JSON.stringify({ ...record, answer }));
  return record.id;
}

/** Milliseconds that a call takes undisturbed. */
async function timedCall(call: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await call();
  return performance.now() - started;
}

test('promote, and throw away', { timeout: 300_000 }, async (t) => {
  const random = seeded(t);
  const first = temporary(t);
  const run = waiting(first);
  const undisturbed = await engineOf(t, join(first, 'models'));
  const took = await timedCall(() =>
    undisturbed.call('settleRun', { modelsFolder: join(first, 'models'), id: run, decision: 'promoted' }),
  );
  await each(async (n) => {
    const home = temporary(t);
    const id = waiting(home);
    const modelsFolder = join(home, 'models');
    const decision = n % 4 === 3 ? 'discarded' : 'promoted';
    const engine = await engineOf(t, modelsFolder);
    await killedCall(engine, took * 1.1 * random.next(), () =>
      engine.call('settleRun', { modelsFolder, id, decision }),
    );
    const { models } = await readHome(home);
    if (decision === 'promoted') assert.equal(models.length, 1, `the model is in one place: ${models}`);
    const next = await engineOf(t, modelsFolder);
    const [listed] = await next.call('runs', {
      modelsFolder,
      indexFolder: join(home, 'indexes', only(join(home, 'indexes'))),
    });
    if (decision === 'promoted') {
      if (!listed!.promoted && listed!.candidate)
        assert.equal(await next.call('settleRun', { modelsFolder, id, decision }), tuned);
      assert.deepEqual((await readHome(home)).models, [tuned]);
      assert.deepEqual(weightsOf(home, tuned), weightsOf(whole, tuned));
    } else {
      if (listed!.candidate) await next.call('settleRun', { modelsFolder, id, decision });
      assert.deepEqual((await readHome(home)).models, []);
    }
    next.stop();
  });
});

function only(folder: string): string {
  const [name, ...others] = readdirSync(folder);
  assert.ok(name !== undefined && others.length === 0, `one entry was expected in ${folder}`);
  return name;
}

/** The knowledge base in an engine, measured by a model. */
async function opened(engine: EngineClient, home: string, id: string): Promise<WorkspaceSettings> {
  const settings: WorkspaceSettings = {
    folder: 'kb',
    indexFolder: join(home, 'indexes', only(join(home, 'indexes'))),
    model: id,
    modelsFolder: join(home, 'models'),
    embeddedFolder: join(ROOT, 'models'),
    threads: 1,
    ks: [1, 5, 10],
    primaryK: 5,
    seed: 0,
    trainShare: 0.6,
    retrieval: 'vectors',
    lint: false,
  };
  await engine.call('open', { workspace: 'w', settings });
  const { documents } = await readWorkspace(base);
  const saved = documents.map((document) => ({ ...document, saved: true }));
  await engine.call('change', { workspace: 'w', documents: saved, removed: [], unreadable: [] });
  return settings;
}

test('roll back', { timeout: 300_000 }, async (t) => {
  const random = seeded(t);
  const rolledBack = async (engine: EngineClient, home: string) => {
    const settings = await opened(engine, home, tuned);
    const started = performance.now();
    await engine.call('configure', { workspace: 'w', settings: { ...settings, model } });
    const { failures, questions, windows } = await engine.call('measure', { workspace: 'w' });
    return { figures: { failures, questions, windows }, took: performance.now() - started };
  };
  const prepared = (): string => {
    const home = temporary(t);
    cpSync(whole, home, { recursive: true });
    // The index of the model before was cleared, so that going back writes it anew.
    const indexes = join(home, 'indexes', only(join(home, 'indexes')));
    for (const name of readdirSync(indexes))
      if (!name.includes('-tuned-')) rmSync(join(indexes, name), { recursive: true });
    return home;
  };
  const first = prepared();
  const undisturbed = await rolledBack(await engineOf(t, join(first, 'models')), first);
  await each(async () => {
    const home = prepared();
    const engine = await engineOf(t, join(home, 'models'));
    const settings = await opened(engine, home, tuned);
    await killedCall(engine, undisturbed.took * 1.1 * random.next(), async () => {
      await engine.call('configure', { workspace: 'w', settings: { ...settings, model } });
      await engine.call('measure', { workspace: 'w' });
    });
    const { models, indexes } = await readHome(home);
    assert.deepEqual(models, [tuned], 'the model that was left stays at hand');
    assert.ok(indexes.some((name) => name.includes('-tuned-')));
    const next = await engineOf(t, join(home, 'models'));
    assert.deepEqual((await rolledBack(next, home)).figures, undisturbed.figures);
    next.stop();
  });
});

test('clean', { timeout: 300_000 }, async (t) => {
  const random = seeded(t);
  const everything = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const before = { indexes: everything(join(whole, 'indexes')), models: everything(join(whole, 'models')) };
  const first = temporary(t);
  cpSync(whole, first, { recursive: true });
  const undisturbed = await engineOf(t, join(first, 'models'));
  const took = await timedCall(() =>
    undisturbed.call('clear', { folders: [join(first, 'indexes'), join(first, 'models')] }),
  );
  await each(async () => {
    const home = temporary(t);
    cpSync(whole, home, { recursive: true });
    const engine = await engineOf(t, join(home, 'models'));
    const folders = [join(home, 'indexes'), join(home, 'models')];
    await killedCall(engine, took * 1.1 * random.next(), () => engine.call('clear', { folders }));
    for (const part of ['indexes', 'models'] as const)
      if (existsSync(join(home, part))) assert.deepEqual(everything(join(home, part)), before[part], `${part} in part`);
    await readHome(home);
    assert.equal(await good('evaluate', base, '--home', home, '--json', ...options), report);
    const next = await engineOf(t, join(home, 'models'));
    await next.call('clear', { folders });
    next.stop();
    assert.deepEqual(readdirSync(home), []);
  });
});
