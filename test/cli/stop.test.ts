// The built command line as a process that is stopped or killed: it ends at once, and the next run gives what an
// undisturbed one gives. Kills at random moments of everything that writes are in test/faults.
import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { generateBase } from './generate.ts';
import { bundle, type Finished, start, temporaryFolder } from './support.ts';

/** From the signal to the end of the process. */
const MOST_MS = 1500;
const SITES = 30;

const folder = temporaryFolder({ after });
const large = join(folder, 'large');
/** A home in which `large` was indexed without disturbance, and what was seen then. */
const indexedHome = join(folder, 'home');
let cli = '';
let indexMs = 0;
let report = '';

before(async () => {
  cli = await bundle();
  generateBase(large, SITES, 60);
  const started = performance.now();
  await good('index', large, '--home', indexedHome);
  indexMs = performance.now() - started;
  report = await good('evaluate', large, '--home', indexedHome, '--json');
});

async function good(...args: string[]): Promise<string> {
  const { code, out, err } = await start(cli, args).done;
  assert.equal(code, 0, err);
  return out;
}

/** Starts a command, interrupts it after `ms` and says how it ended and how long that took. */
async function interrupted(ms: number, ...args: string[]): Promise<Finished & { took: number }> {
  const { done, signalAll } = start(cli, args);
  await delay(ms);
  const signalled = performance.now();
  signalAll('SIGINT');
  const finished = await done;
  return { ...finished, took: performance.now() - signalled };
}

function assertStopped({ code, out, took }: Finished & { took: number }): void {
  assert.equal(code, 130);
  assert.equal(out, '');
  assert.ok(took < MOST_MS, `ended ${took.toFixed(0)} ms after the signal`);
}

test('the bundle finds its embedded model; only one object is on standard output', async () => {
  const { models } = JSON.parse(await good('models', '--home', indexedHome, '--json'));
  assert.deepEqual(
    models.map((model: { id: string }) => model.id),
    ['kb-recall-small'],
  );
  const { snippets, questions, slices } = JSON.parse(report);
  assert.deepEqual([snippets, questions + slices.train.questions], [SITES * 25, 60]);
});

test('Ctrl-C during index', { timeout: 300_000 }, async (t) => {
  const home = temporaryFolder(t);
  const stopped = await interrupted(indexMs * 0.5, 'index', large, '--home', home);
  assertStopped(stopped);
  assert.equal(await good('evaluate', large, '--home', home, '--json'), report);
  assert.equal(JSON.parse(await good('index', large, '--home', home, '--json')).embedded, 0);
});

test('Ctrl-C during train leaves index and models whole', { timeout: 300_000 }, async (t) => {
  const home = temporaryFolder(t);
  cpSync(indexedHome, home, { recursive: true });
  const stopped = await interrupted(Math.max(3000, indexMs * 0.5), 'train', large, '--home', home, '--epochs', '50');
  assertStopped(stopped);
  assert.deepEqual(tunedModels(home), []);
  assert.equal(await good('evaluate', large, '--home', home, '--json'), report);
});

test('a kill during train leaves index and models whole', { timeout: 300_000 }, async (t) => {
  const home = temporaryFolder(t);
  cpSync(indexedHome, home, { recursive: true });
  const { done, signalAll } = start(cli, ['train', large, '--home', home, '--epochs', '50']);
  await delay(3000);
  signalAll('SIGKILL');
  assert.equal((await done).code, null);
  assert.deepEqual(tunedModels(home), []);
  assert.equal(await good('evaluate', large, '--home', home, '--json'), report);
});

function tunedModels(home: string): string[] {
  return readdirSync(join(home, 'models')).filter((name) => !name.startsWith('.'));
}
