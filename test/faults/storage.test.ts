// Storage that fails under the program: a full disk, a read-only one, a clock that jumps, files that go while they are read, and two programs
// on one knowledge base. What was there stays, the message says what to do, and the next run is right.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { readWorkspace } from '../../src/cli/files.ts';
import { EngineClient } from '../../src/host/engineClient.ts';
import { bundle, ROOT, run, start } from '../cli/support.ts';
import {
  commandOptions,
  good,
  readHome,
  seeded,
  setReadOnly,
  smallBase,
  smallDisk,
  temporary,
  tinyModel,
  windowSettings,
} from './support.ts';

const root = temporary({ after });
const base = join(root, 'kb');
const model = join(root, 'model');
const home = join(root, 'home');
const { options, training } = commandOptions(model);
let cli = '';
let report = '';

before(async () => {
  cli = await bundle();
  smallBase(base);
  await tinyModel(model);
  report = await good('evaluate', base, '--home', home, '--json', ...options);
});

/** Leaves so many bytes free on a disk. */
function fill(disk: string, free: number): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - free)));
}

test('index, train and every file that is asked for on a full disk: an error in words, nothing half written, right once there is room', async (t) => {
  const disk = smallDisk(t, '16m');
  const onDisk = join(disk, 'home');
  cpSync(home, onDisk, { recursive: true });
  const changed = join(temporary(t), 'kb');
  smallBase(changed, 5);
  writeFileSync(join(disk, 'run.json'), 'the run of yesterday');
  for (const free of [0, 8_192]) {
    fill(disk, free);
    const before = readdirSync(disk, { recursive: true, encoding: 'utf8' }).sort();
    for (const args of [
      ['index', changed, '--home', onDisk, ...options],
      ['train', base, '--home', onDisk, ...training],
      ['evaluate', base, '--home', home, ...options, '--out', join(disk, 'run.json')],
      ['evaluate', base, '--home', home, ...options, '--save-run', join(disk, 'run.json')],
      ['evaluate', base, '--home', home, ...options, '--html', join(disk, 'run.json')],
      ['export-questions', base, '--as', 'beir', '--to', join(disk, 'set')],
    ]) {
      const { code, err } = await run(args);
      const what = `${args[0]} ${args.at(-2)} with ${free} bytes free: ${err}`;
      if (free === 8_192 && code === 0) continue;
      assert.equal(code, 1, what);
      assert.match(
        err,
        /There is no room to write .*: it needs \d.* MB, \d.* MB are free\.\n.*[Ff]ree at least/s,
        what,
      );
      assert.doesNotMatch(err, /fault in kb-recall/);
      assert.equal(readFileSync(join(disk, 'run.json'), 'utf8'), 'the run of yesterday', what);
    }
    const parts = readdirSync(disk, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(tmp|new|old)$/.test(name),
    );
    assert.deepEqual(parts, [], `left over beside ${before.length} files`);
    await readHome(onDisk);
    rmSync(join(disk, 'filler'));
  }
  assert.equal(await good('evaluate', base, '--home', onDisk, '--json', ...options), report);
  assert.equal(JSON.parse(await good('train', base, '--home', onDisk, '--json', ...training)).promoted, true);
});

test('drafts on a full disk leave the question file as it was', async (t) => {
  const disk = smallDisk(t, '2m');
  const onDisk = join(disk, 'kb');
  smallBase(onDisk);
  const file = join(onDisk, 'drafts.questions.jsonl');
  writeFileSync(file, '{"question": "Wer haftet?", "answers": ["帮助.md"]}\n');
  fill(disk, 0);
  const { code, err } = await run(['suggest', onDisk, '--drafts', file]);
  assert.equal(code, 1, err);
  assert.match(err, /no room to write/);
  assert.equal(readFileSync(file, 'utf8'), '{"question": "Wer haftet?", "answers": ["帮助.md"]}\n');
});

test('read-only storage: what is indexed is still measured; what must be written is refused in words', async (t) => {
  const disk = smallDisk(t, '8m');
  const onDisk = join(disk, 'home');
  cpSync(home, onDisk, { recursive: true });
  // Neither its hash nor what the pages were taken apart into is remembered yet: remembering is for speed only.
  rmSync(join(onDisk, 'models', '.hashes.json'));
  const [indexes] = readdirSync(join(onDisk, 'indexes'));
  rmSync(join(onDisk, 'indexes', indexes!, 'pages'), { recursive: true });
  smallBase(join(disk, 'kb'));
  setReadOnly(disk, true);
  assert.equal(await good('evaluate', base, '--home', onDisk, '--json', ...options), report);
  assert.equal(await good('evaluate', join(disk, 'kb'), '--home', temporary(t), '--json', ...options), report);
  const changed = smallBase(join(temporary(t), 'kb'), 5);
  for (const args of [
    ['index', changed, '--home', onDisk, ...options],
    ['train', base, '--home', onDisk, ...training],
    ['evaluate', base, '--home', home, '--save-run', join(disk, 'run.json'), ...options],
    ['suggest', join(disk, 'kb'), '--drafts', join(disk, 'kb', 'a.questions.jsonl')],
  ]) {
    const { code, err } = await run(args);
    assert.equal(code, 1, `${args}: ${err}`);
    assert.match(err, /^Error: Writing .* failed: .*read-only.*\n.*not read-only/im, `${args}`);
  }
});

/** Sets every time below a folder. */
function setTimes(folder: string, time: Date): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    utimesSync(join(folder, name), time, time);
}

test('times of files far in the future or past change nothing, and locks and leftovers of then do not block', async (t) => {
  for (const time of [new Date('1971-01-01'), new Date('2199-01-01')]) {
    const kept = join(temporary(t), 'home');
    cpSync(home, kept, { recursive: true });
    const [indexes] = readdirSync(join(kept, 'indexes'));
    const [index] = readdirSync(join(kept, 'indexes', indexes!));
    const folder = join(kept, 'indexes', indexes!, index!);
    // Of another machine, so that only the time tells that the writer is gone.
    const tag = `4711-${'0'.repeat(6)}-${'a'.repeat(12)}`;
    mkdirSync(join(folder, 'write.lock'));
    writeFileSync(join(folder, 'write.lock', tag), '');
    writeFileSync(join(folder, `.manifest.json.${tag}.tmp`), 'half');
    setTimes(kept, time);
    setTimes(model, time);
    assert.equal(await good('evaluate', base, '--home', kept, '--json', ...options), report);
    const changed = smallBase(join(temporary(t), 'kb'), 5);
    cpSync(base, changed, { recursive: true });
    await good('index', changed, '--home', kept, ...options);
    cpSync(changed, base, { recursive: true });
    t.after(() => rmSync(join(base, 'elm-yard.md'), { force: true }));
    await good('index', base, '--home', kept, ...options);
    rmSync(join(base, 'elm-yard.md'), { force: true });
    smallBase(base);
    assert.equal(await good('evaluate', base, '--home', kept, '--json', ...options), report);
    assert.deepEqual(
      readdirSync(folder).filter((name) => /lock|\.tmp$/.test(name)),
      [],
      String(time),
    );
  }
});

test('a clock that jumps by years during a run, to and fro, neither stops it nor changes what comes out', async (t) => {
  const preload = join(temporary(t), 'clock.cjs');
  // The clock of the day only, as an administrator or a waking laptop sets it; each look at it may find another year.
  writeFileSync(
    preload,
    `const real = Date.now; let n = 0; const jumped = () => real() + [0, 4e11, -4e11, 36e5, -36e5][n++ % 5];
     Date.now = jumped;
     globalThis.Date = class extends Date { constructor(...a) { a.length ? super(...a) : super(jumped()); } static now() { return jumped(); } };`,
  );
  const env = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `--require ${preload}`;
  t.after(() => {
    if (env === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = env;
  });
  const jumping = temporary(t);
  const evaluated = await start(cli, ['evaluate', base, '--home', jumping, '--json', ...options]).done;
  assert.equal(evaluated.code, 0, evaluated.err);
  assert.equal(evaluated.out, report);
  const trained = await start(cli, ['train', base, '--home', jumping, '--json', ...training]).done;
  assert.equal(trained.code, 0, trained.err);
  assert.equal(JSON.parse(trained.out).promoted, true);
  assert.equal((await readHome(jumping)).models.length, 1);
});

test('pages, indexes and models that come and go while they are read', async (t) => {
  const random = seeded(t);
  const folder = join(temporary(t), 'kb');
  smallBase(folder);
  const churned = join(temporary(t), 'home');
  const copy = join(temporary(t), 'model');
  cpSync(model, copy, { recursive: true });
  await good('index', folder, '--home', churned, '--model', copy, '--threads', '1');
  // Another process, so that files go in the middle of our reads.
  const churn = spawn(
    process.execPath,
    ['-e', CHURN, String(random.below(1e6)), folder, join(churned, 'indexes'), copy],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  t.after(() => churn.kill('SIGKILL'));
  const seen = new Set<string>();
  for (let n = 0; n < 60; n++) {
    const { findings } = await readWorkspace(folder);
    for (const { code } of findings) seen.add(code);
    if (n % 6 !== 0) continue;
    const { code, err } = await run(['index', folder, '--home', churned, '--model', copy, '--threads', '1']);
    seen.add(`exit ${code}`);
    if (code !== 0) assert.match(err, /^Error: .*\n.+\n$/, 'a sentence and a next step');
  }
  assert.equal(churn.exitCode, null, 'files went on changing');
  churn.kill('SIGKILL');
  await new Promise((resolve) => churn.on('close', resolve));
  t.diagnostic([...seen].sort().join(', '));
  for (const name of readdirSync(folder)) if (name.endsWith('.away')) rmSync(join(folder, name));
  smallBase(folder);
  cpSync(model, copy, { recursive: true });
  const next = JSON.parse(await good('index', folder, '--home', churned, '--json', '--model', copy, '--threads', '1'));
  assert.equal(next.snippets, JSON.parse(report).snippets);
  await readHome(churned);
});

/** Renames, empties, removes and brings back files below the folders it is given, as fast as it can. */
const CHURN = `
const { readdirSync, statSync, renameSync, rmSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
let state = Number(process.argv[1]);
const next = (n) => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return (state >>> 8) % n; };
const files = process.argv.slice(2).flatMap((root) => readdirSync(root, { recursive: true }).map((name) => join(root, name)).filter((path) => statSync(path).isFile()));
const texts = new Map(files.map((path) => [path, readFileSync(path)]));
for (;;) {
  const path = files[next(files.length)];
  try {
    const kind = next(4);
    if (kind === 0) { renameSync(path, path + '.away'); renameSync(path + '.away', path); }
    else if (kind === 1) { rmSync(path); writeFileSync(path, texts.get(path)); }
    else if (kind === 2) { writeFileSync(path, texts.get(path).subarray(0, next(texts.get(path).length))); writeFileSync(path, texts.get(path)); }
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, next(5));
  } catch (error) { if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes(error.code)) throw error; }
}`;

test('two commands at once on one knowledge base and one home: both right, the index whole', async (t) => {
  const shared = temporary(t);
  const commands = [
    ['index', base, '--home', shared, '--json', ...options],
    ['evaluate', base, '--home', shared, '--json', ...options],
    ['train', base, '--home', shared, '--json', ...training],
    ['train', base, '--home', shared, '--json', ...training],
  ];
  const ended = await Promise.all(commands.map((args) => start(cli, args).done));
  for (const { code, err } of ended) assert.equal(code, 0, err);
  assert.equal(ended[1]!.out, report);
  const [first, second] = ended.slice(2).map(({ out }) => JSON.parse(out));
  assert.equal(first.modelPath, second.modelPath);
  const { models, indexes, runs } = await readHome(shared);
  assert.deepEqual(
    [models.length, indexes.length, runs],
    [1, 2, 4],
    'one model, its index and that of the base, two runs',
  );
  assert.equal(await good('evaluate', base, '--home', shared, '--json', ...options), report);
});

/** A window: an engine that has the knowledge base open. */
async function window(t: TestContext, shared: string): Promise<EngineClient> {
  const engine = new EngineClient({ bundle: join(ROOT, 'dist/engine.cjs'), log: () => undefined });
  t.after(() => engine.stop());
  const settings = windowSettings({
    folder: 'kb',
    indexFolder: join(shared, 'indexes', 'kb'),
    model,
    modelsFolder: join(shared, 'models'),
  });
  await engine.call('open', { workspace: 'w', settings });
  const { documents } = await readWorkspace(base);
  const saved = documents.map((document) => ({ ...document, saved: true }));
  await engine.call('change', { workspace: 'w', documents: saved, removed: [], unreadable: [] });
  return engine;
}

test('two windows on one workspace index, edit and measure at once: both see their own figures, the index stays whole', async (t) => {
  const shared = temporary(t);
  const windows = await Promise.all([window(t, shared), window(t, shared)]);
  const edit = (engine: EngineClient, n: number) =>
    engine.call('change', {
      workspace: 'w',
      documents: [{ file: `seite-${n}.md`, text: `# Zusatz ${n}\n\nText der Seite ${n}.\n`, saved: true }],
      removed: [],
      unreadable: [],
    });
  for (let round = 0; round < 6; round++) {
    const both = await Promise.all(
      windows.map(async (engine, which) => {
        await edit(engine, round * 2 + which);
        return engine.call('indexWorkspace', { workspace: 'w' });
      }),
    );
    // Each has its own additional pages.
    assert.equal(both[0]!.snippets, both[1]!.snippets);
    await readHome(shared);
  }
  const measured = await Promise.all(windows.map((engine) => engine.call('measure', { workspace: 'w' })));
  assert.equal(measured[0]!.questions, measured[1]!.questions);
  assert.ok(existsSync(join(shared, 'indexes', 'kb')));
  await readHome(shared);
});
