// Whole or not at all: files, folders and locks, on the real file system, with real processes that are killed.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, promises as fs } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { seededRandom } from '../../../src/core/random.ts';
import { recoverFolder, replaceFolderAtomic, writeFileAtomic } from '../../../src/engine/atomicFile.ts';
import { withLock } from '../../../src/engine/fileLock.ts';
import { FILES, fillFolder } from './folderWriter.ts';

async function tempFolder(t: TestContext): Promise<string> {
  const folder = await fs.mkdtemp(path.join(tmpdir(), 'kb-recall-atomic-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  return folder;
}

const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);

/** A writer's tag as a process with that id on this machine makes it. */
function tagOf(pid: number, letter = 'a'): string {
  return `${pid}-${host}-${letter.repeat(12)}`;
}

function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

/** The step a folder holds, after recovery; fails where its files are of different steps or missing. */
async function stepOf(target: string): Promise<number> {
  await recoverFolder(target);
  const steps = new Set<string>();
  for (const name of FILES) {
    const text = await fs.readFile(path.join(target, name), 'utf8');
    const step = text.slice(0, text.length / 1000);
    assert.equal(text, step.repeat(1000), name);
    steps.add(step);
  }
  assert.equal(steps.size, 1, `files of steps ${[...steps]}`);
  return Number([...steps][0]);
}

test('a file is made with its folder, and replaced as a whole', async (t) => {
  const file = path.join(await tempFolder(t), 'a', 'b', 'state.json');
  await writeFileAtomic(file, 'first');
  await writeFileAtomic(file, Uint8Array.of(0, 255, 10));
  assert.deepEqual([...(await fs.readFile(file))], [0, 255, 10]);
  assert.deepEqual(await fs.readdir(path.dirname(file)), ['state.json']);
});

test('a file that cannot be written gives an error for the user, and nothing is left over', async (t) => {
  const folder = await tempFolder(t);
  const target = path.join(folder, 'state.json');
  await fs.mkdir(path.join(target, 'inside'), { recursive: true });
  await assert.rejects(writeFileAtomic(target, 'text'), (error: Error & { code: string }) => {
    assert.equal(error.code, 'write-failed');
    assert.ok(error.message.includes(target), error.message);
    return true;
  });
  assert.deepEqual(await fs.readdir(folder), ['state.json']);
  assert.deepEqual(await fs.readdir(target), ['inside']);
});

test('what dead writers left is removed, what live ones are writing stays', async (t) => {
  const folder = await tempFolder(t);
  const left = (tag: string) => path.join(folder, `.state.json.${tag}.tmp`);
  const dead = left(tagOf(deadPid()));
  const reused = left(tagOf(process.pid));
  const live = left(tagOf(process.ppid));
  const old = left(tagOf(process.ppid, 'b'));
  const elsewhere = left(`1-${'0'.repeat(6)}-${'c'.repeat(12)}`);
  const other = path.join(folder, '.state.json.backup.tmp');
  for (const file of [dead, reused, live, old, elsewhere, other]) await fs.writeFile(file, 'half');
  await fs.utimes(old, new Date(0), new Date(0));
  await writeFileAtomic(path.join(folder, 'state.json'), 'text');
  const expected = [live, elsewhere, other].map((file) => path.basename(file)).concat('state.json');
  assert.deepEqual((await fs.readdir(folder)).sort(), expected.sort());
});

test('a killed writer that nobody has collected yet counts as dead', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const folder = await tempFolder(t);
  // The shell becomes a program that never asks for its child: that stays a zombie, as orphans do in a container without an init process.
  // The child outlives the shell, which might else collect it.
  const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  for (let n = 0; !/\) Z /.test(await fs.readFile(`/proc/${pid}/stat`, 'utf8')); n++) {
    assert.ok(n < 1000, 'the child became no zombie');
    await delay(20);
  }
  await fs.writeFile(path.join(folder, `.state.json.${tagOf(pid)}.tmp`), 'half');
  await writeFileAtomic(path.join(folder, 'state.json'), 'text');
  assert.deepEqual(await fs.readdir(folder), ['state.json']);
});

test('a folder is replaced as a whole and the result of the filling is returned', async (t) => {
  const target = path.join(await tempFolder(t), 'models', 'tuned');
  await replaceFolderAtomic(target, (folder) => fillFolder(folder, 1));
  await fs.writeFile(path.join(target, 'extra'), 'of the old state');
  const result = await replaceFolderAtomic(target, async (folder) => {
    assert.deepEqual(await fs.readdir(folder), [], 'filling starts empty');
    await fillFolder(folder, 2);
    assert.equal(await stepOf(target), 1, 'the old state stays until the end');
    return 'done';
  });
  assert.equal(result, 'done');
  assert.equal(await stepOf(target), 2);
  assert.equal(existsSync(path.join(target, 'extra')), false);
  assert.deepEqual(await fs.readdir(path.dirname(target)), ['tuned']);
});

test('a filling that fails leaves the old folder, and its error comes through untouched', async (t) => {
  const target = path.join(await tempFolder(t), 'tuned');
  await replaceFolderAtomic(target, (folder) => fillFolder(folder, 1));
  const reason = new Error('cancelled');
  const failing = replaceFolderAtomic(target, async (folder) => {
    await fillFolder(folder, 2);
    throw reason;
  });
  await assert.rejects(failing, (error) => error === reason);
  await assert.rejects(
    replaceFolderAtomic(target, () => fs.readFile('/no/such/source')),
    { code: 'ENOENT' },
  );
  assert.equal(await stepOf(target), 1);
  assert.deepEqual(await fs.readdir(path.dirname(target)), ['tuned']);
});

test('the next writer recovers what a killed one left, even if it fails itself', async (t) => {
  const target = path.join(await tempFolder(t), 'tuned');
  const moved = path.join(path.dirname(target), `.tuned.${tagOf(deadPid())}.old`);
  await fs.mkdir(moved);
  await fillFolder(moved, 1);
  await assert.rejects(
    replaceFolderAtomic(target, () => fs.readFile('/no/such/source')),
    { code: 'ENOENT' },
  );
  assert.deepEqual(await fs.readdir(path.dirname(target)), ['tuned']);
  assert.equal(await stepOf(target), 1);
});

test('too little room is said before the filling starts', async (t) => {
  const target = path.join(await tempFolder(t), 'tuned');
  await replaceFolderAtomic(target, (folder) => fillFolder(folder, 1));
  let filled = false;
  const tooBig = replaceFolderAtomic(
    target,
    async () => {
      filled = true;
    },
    { bytes: 1e18 },
  );
  await assert.rejects(tooBig, {
    name: 'UserError',
    code: 'disk-full',
    message: /tuned: it needs 1000000000000 MB, \d+/,
  });
  assert.equal(filled, false);
  assert.equal(await stepOf(target), 1);
});

test('a disk that is full while filling is an error for the user, the old folder intact', async (t) => {
  if (!existsSync('/dev/full')) return t.skip('needs /dev/full');
  const target = path.join(await tempFolder(t), 'tuned');
  await replaceFolderAtomic(target, (folder) => fillFolder(folder, 1));
  const full = replaceFolderAtomic(target, async (folder) => {
    await fs.writeFile(path.join(folder, 'weights'), new Uint8Array(3e6));
    await fs.writeFile('/dev/full', 'x');
  });
  await assert.rejects(full, { code: 'disk-full', message: /tuned: it needs 3\.0 MB, / });
  assert.equal(await stepOf(target), 1);
  assert.deepEqual(await fs.readdir(path.dirname(target)), ['tuned']);
});

test('recovery ends what a killed exchange began', async (t) => {
  const dead = tagOf(deadPid());
  const dead2 = tagOf(deadPid(), 'b');
  const cases: { there: Record<string, number>; expected: number | undefined }[] = [
    { there: { [`.tuned.${dead}.old`]: 1, [`.tuned.${dead}.new`]: 2 }, expected: 2 },
    { there: { [`.tuned.${dead}.old`]: 1, [`.tuned.${dead}.tmp`]: 2 }, expected: 1 },
    { there: { [`.tuned.${dead}.new`]: 2 }, expected: 2 },
    { there: { tuned: 1, [`.tuned.${dead}.new`]: 2 }, expected: 1 },
    { there: { tuned: 2, [`.tuned.${dead}.old`]: 1, [`.tuned.${dead2}.tmp`]: 3 }, expected: 2 },
    { there: { [`.tuned.${dead}.tmp`]: 2 }, expected: undefined },
    { there: {}, expected: undefined },
  ];
  for (const { there, expected } of cases) {
    const folder = await tempFolder(t);
    const target = path.join(folder, 'tuned');
    for (const [name, step] of Object.entries(there)) {
      await fs.mkdir(path.join(folder, name));
      await fillFolder(path.join(folder, name), step);
    }
    await recoverFolder(target);
    const what = JSON.stringify(there);
    assert.deepEqual(await fs.readdir(folder), expected === undefined ? [] : ['tuned'], what);
    if (expected !== undefined) assert.equal(await stepOf(target), expected, what);
  }
});

/** The child as one bundle: it starts in a fraction of the time, so a kill hits its writes, not its loading. */
async function bundleWriter(t: TestContext): Promise<string> {
  const outfile = path.join(await tempFolder(t), 'writer.cjs');
  const entry = fileURLToPath(new URL('./folderWriter.ts', import.meta.url));
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' });
  return outfile;
}

function start(
  script: string,
  ...args: (string | number)[]
): { child: ChildProcess; step: () => number; closed: Promise<unknown[]> } {
  const child = spawn(process.execPath, [script, ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout!.on('data', (chunk) => {
    output += chunk;
  });
  return { child, step: () => Number(output.trim().split('\n').at(-1)), closed: once(child, 'close') };
}

test('a process killed while replacing a folder leaves the last whole state, or the one after', async (t) => {
  const target = path.join(await tempFolder(t), 'tuned');
  const script = await bundleWriter(t);
  const random = seededRandom(5);
  let step = 0;
  for (let kill = 0; kill < 20; kill++) {
    const writer = start(script, 'replace', target, step + 1, 1e6);
    while (writer.step() <= step) {
      if (writer.child.exitCode !== null) assert.fail(`the writer ended with ${writer.child.exitCode}`);
      await delay(1);
    }
    await delay(random.next() * 60);
    writer.child.kill('SIGKILL');
    await writer.closed;
    step = await stepOf(target);
    assert.ok([0, 1].includes(step - writer.step()), `step ${step}, the writer said ${writer.step()}`);
    assert.deepEqual(await fs.readdir(path.dirname(target)), ['tuned']);
  }
});

test('two processes that replace one folder leave it whole', async (t) => {
  const target = path.join(await tempFolder(t), 'tuned');
  const script = await bundleWriter(t);
  const writers = [start(script, 'replace', target, 1, 60), start(script, 'replace', target, 101, 160)];
  await Promise.all(writers.map(({ closed }) => closed));
  assert.deepEqual(
    writers.map(({ child }) => child.exitCode),
    [0, 0],
  );
  assert.ok([60, 160].includes(await stepOf(target)));
  assert.deepEqual(await fs.readdir(path.dirname(target)), ['tuned']);
});

test('under a lock one works at a time, in one process and across two', async (t) => {
  const folder = await tempFolder(t);
  const script = await bundleWriter(t);
  const others = [start(script, 'count', folder, 150), start(script, 'count', folder, 150)];
  let inside = 0;
  const own = Array.from({ length: 20 }, () =>
    withLock(path.join(folder, 'lock'), async (isHeld) => {
      assert.equal(++inside, 1);
      const before = Number(await fs.readFile(path.join(folder, 'count'), 'utf8').catch(() => '0'));
      await delay(1);
      assert.equal(await isHeld(), true);
      await fs.writeFile(path.join(folder, 'count'), String(before + 1));
      inside--;
    }),
  );
  await Promise.all([...own, ...others.map(({ closed }) => closed)]);
  assert.equal(await fs.readFile(path.join(folder, 'count'), 'utf8'), '320');
  assert.deepEqual(await fs.readdir(folder), ['count']);
});

test('a dead holder gives way, a live one does not', async (t) => {
  const folder = await tempFolder(t);
  const lock = path.join(folder, 'lock');
  await fs.mkdir(lock);
  await fs.writeFile(path.join(lock, tagOf(deadPid())), '');
  assert.equal(await withLock(lock, async () => 'got it', { timeoutMs: 5000 }), 'got it');
  await fs.mkdir(lock);
  const live = path.join(lock, tagOf(process.ppid));
  await fs.writeFile(live, '');
  await assert.rejects(
    withLock(lock, async () => 'got it', { timeoutMs: 100 }),
    { code: 'folder-busy' },
  );
  assert.equal(existsSync(live), true);
  await fs.utimes(live, new Date(0), new Date(0));
  assert.equal(await withLock(lock, async () => 'too old', { timeoutMs: 5000 }), 'too old');
  assert.deepEqual(await fs.readdir(folder), []);
});

test('work that throws under a lock frees it', async (t) => {
  const lock = path.join(await tempFolder(t), 'lock');
  await assert.rejects(
    withLock(lock, async () => {
      throw new Error('at work');
    }),
    /at work/,
  );
  assert.equal(await withLock(lock, async () => 'next', { timeoutMs: 100 }), 'next');
});
