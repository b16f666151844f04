// The index on real files: what is read is what was written, or an empty index with the reason.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { LocalFileStorage, LocalIndex } from 'vectra';
import { seededRandom } from '../../src/core/random.ts';
import { parseManifest, renderManifest } from '../../src/engine/indexManifest.ts';
import { segmentCodec } from '../../src/engine/segmentFile.ts';
import { type IndexRows, type IndexStamp, openIndex, type VectorIndex } from '../../src/engine/vectorStore.ts';
import { contentOf, stamp } from './indexWriter.ts';

async function tempFolder(t: TestContext): Promise<string> {
  const folder = await fs.mkdtemp(path.join(tmpdir(), 'kb-recall-index-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  return folder;
}

function assertHolds(index: VectorIndex, { entries, vectors }: IndexRows): void {
  assert.deepEqual(index.entries(), entries);
  assert.equal(Buffer.compare(bytesOf(index.vectors), bytesOf(vectors)), 0, 'vectors differ');
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** An index of three segments in a folder of its own. */
async function written(folder: string): Promise<IndexRows> {
  const rows = contentOf('kb', 3);
  const { index } = await openIndex(folder, stamp);
  await index.replace(rows);
  return rows;
}

async function segmentsIn(folder: string): Promise<string[]> {
  return (await fs.readdir(folder)).filter((name) => name.endsWith('.bin')).sort();
}

async function assertNothingLeftOver(folder: string): Promise<void> {
  const manifest = parseManifest(await fs.readFile(path.join(folder, 'manifest.json'), 'utf8'));
  const expected = ['manifest.json', ...manifest.segments.map(({ file }) => file)].sort();
  assert.deepEqual((await fs.readdir(folder)).sort(), expected);
}

test('an index that is not there opens empty and says so', async (t) => {
  const { index, notice } = await openIndex(path.join(await tempFolder(t), 'not', 'yet'), stamp);
  assert.equal(notice?.code, 'index-new');
  assert.deepEqual([index.entries().length, index.vectors.length], [0, 0]);
});

test('every bit of every vector and all metadata come back, sorted by key', async (t) => {
  const folder = await tempFolder(t);
  const rows = contentOf('知识库/文档 "a"\\é🙂', 3);
  rows.vectors.set([-0, 1e-45, 3.4028234663852886e38, -1 / 3]);
  const { index } = await openIndex(folder, stamp);
  const reversed = {
    entries: rows.entries.toReversed(),
    vectors: Float32Array.from(
      rows.entries.toReversed().flatMap((_, i) => [...row(rows, rows.entries.length - 1 - i)]),
    ),
  };
  await index.replace(reversed);
  assertHolds(index, rows);
  const again = await openIndex(folder, stamp);
  assert.equal(again.notice, undefined);
  assertHolds(again.index, rows);
  assert.ok((await segmentsIn(folder)).length > 1);
});

function row({ vectors }: IndexRows, i: number): Float32Array {
  return vectors.subarray(i * stamp.dimension, (i + 1) * stamp.dimension);
}

test('an empty knowledge base is a whole index', async (t) => {
  const folder = await tempFolder(t);
  await written(folder);
  const { index } = await openIndex(folder, stamp);
  await index.replace({ entries: [], vectors: new Float32Array(0) });
  const again = await openIndex(folder, stamp);
  assert.equal(again.notice, undefined);
  assertHolds(again.index, { entries: [], vectors: new Float32Array(0) });
  await assertNothingLeftOver(folder);
});

test('an update changes what it names, and writes only the segments concerned', async (t) => {
  const folder = await tempFolder(t);
  const rows = await written(folder);
  const before = await segmentsIn(folder);
  const { index } = await openIndex(folder, stamp);
  const changed = { ...rows.entries[1]!, textHash: 'new', end: 99 };
  const added = { ...rows.entries[1]!, key: 'kb/00002.md@1', textHash: 'added' };
  await index.apply({
    remove: [rows.entries[0]!.key, 'never/there.md@0'],
    upsert: { entries: [added, changed], vectors: Float32Array.of(9, 8, 7, 6, 5, 4, 3, 2) },
  });
  const position = rows.entries.findIndex(({ key }) => key > added.key);
  const expected = {
    entries: [changed, ...rows.entries.slice(2, position), added, ...rows.entries.slice(position)],
    vectors: Float32Array.from([
      ...[5, 4, 3, 2],
      ...rows.vectors.subarray(8, position * 4),
      ...[9, 8, 7, 6],
      ...rows.vectors.subarray(position * 4),
    ]),
  };
  assertHolds(index, expected);
  const again = await openIndex(folder, stamp);
  assert.equal(again.notice, undefined);
  assertHolds(again.index, expected);
  const after = await segmentsIn(folder);
  assert.ok(
    before.some((file) => after.includes(file)),
    'untouched segments are written again',
  );
  assert.ok(
    before.some((file) => !after.includes(file)),
    'replaced segments stay',
  );
  await assertNothingLeftOver(folder);
});

test('many small updates leave few segments', async (t) => {
  const folder = await tempFolder(t);
  const { index } = await openIndex(folder, stamp);
  const rows = contentOf('kb', 3);
  for (let i = 0; i < 40; i++) await index.apply({ upsert: { entries: [rows.entries[i]!], vectors: row(rows, i) } });
  assert.equal((await segmentsIn(folder)).length, 1);
  const first = { entries: rows.entries.slice(0, 40), vectors: rows.vectors.slice(0, 160) };
  assertHolds((await openIndex(folder, stamp)).index, first);
});

test('an update without effect writes nothing', async (t) => {
  const folder = await tempFolder(t);
  await written(folder);
  const { index } = await openIndex(folder, stamp);
  const before = await fs.readFile(path.join(folder, 'manifest.json'), 'utf8');
  await index.apply({ remove: ['never/there.md@0'] });
  assert.equal(await fs.readFile(path.join(folder, 'manifest.json'), 'utf8'), before);
});

test('another value in any field of the stamp means an empty index, and the next write leaves only its own vectors', async (t) => {
  const other: IndexStamp = {
    modelId: 'other',
    modelHash: 'f0',
    dimension: 8,
    queryPrefix: 'query: ',
    passagePrefix: 'passage: ',
    pooling: 'cls',
    maxTokens: 256,
    splitterVersion: 2,
  };
  for (const field of Object.keys(stamp) as (keyof IndexStamp)[]) {
    const folder = path.join(await tempFolder(t), field);
    const rows = await written(folder);
    const changed = { ...stamp, [field]: other[field] };
    const { index, notice } = await openIndex(folder, changed);
    assert.equal(notice?.code, 'index-outdated', field);
    assert.ok(notice.message.includes(field), notice.message);
    assert.equal(index.entries().length, 0, field);
    const unharmed = await openIndex(folder, stamp);
    assert.equal(unharmed.notice, undefined, 'opening with another stamp must not touch the files');
    const one = { entries: [rows.entries[5]!], vectors: new Float32Array(changed.dimension).fill(2) };
    await index.apply({ upsert: one });
    const again = await openIndex(folder, changed);
    assert.equal(again.notice, undefined, field);
    assertHolds(again.index, one);
    await assertNothingLeftOver(folder);
  }
});

test('another file format means an empty index', async (t) => {
  const folder = await tempFolder(t);
  await written(folder);
  const file = path.join(folder, 'manifest.json');
  const manifest = parseManifest(await fs.readFile(file, 'utf8'));
  await fs.writeFile(file, renderManifest({ ...manifest, formatVersion: manifest.formatVersion + 1 }));
  const { index, notice } = await openIndex(folder, stamp);
  assert.equal(notice?.code, 'index-outdated');
  assert.equal(index.entries().length, 0);
});

test('damage of any kind means an empty index with a notice, and one write heals it', async (t) => {
  const folder = await tempFolder(t);
  const rows = await written(folder);
  const random = seededRandom(7);
  const check = async (what: string) => {
    const { index, notice } = await openIndex(folder, stamp);
    assert.equal(notice?.code, what === 'manifest.json missing' ? 'index-unfinished' : 'index-damaged', what);
    assert.deepEqual([index.entries().length, index.vectors.length], [0, 0], what);
  };
  const files = ['manifest.json', (await segmentsIn(folder))[1]!];
  for (const name of files) {
    const file = path.join(folder, name);
    const whole = await fs.readFile(file);
    for (const length of [0, 1, 15, 16, 17, 100, whole.length >> 1, whole.length - 4, whole.length - 1]) {
      await fs.writeFile(file, whole.subarray(0, length));
      await check(`${name} cut to ${length}`);
    }
    for (let i = 0; i < 12; i++) {
      const at = i === 0 ? 0 : i === 1 ? whole.length - 1 : random.below(whole.length);
      const flipped = Buffer.from(whole);
      flipped[at] = flipped[at]! ^ (1 << random.below(8));
      await fs.writeFile(file, flipped);
      await check(`${name} with byte ${at} changed`);
    }
    for (const garbage of ['', 'garbage', '{}', 'null', '[]', '{"sha256":"","manifest":null}', '\0'.repeat(5000)]) {
      await fs.writeFile(file, garbage);
      await check(`${name} holding ${garbage.slice(0, 20)}`);
    }
    await fs.writeFile(file, Buffer.concat([whole, Buffer.from(' ')]));
    await check(`${name} longer`);
    await fs.rm(file);
    await check(`${name} missing`);
    await fs.mkdir(file);
    await check(`${name} a folder`);
    await fs.rmdir(file);
    await fs.writeFile(file, whole);
    assert.equal((await openIndex(folder, stamp)).notice, undefined, 'the whole file again');
  }
  await fs.rm(path.join(folder, files[1]!));
  const { index } = await openIndex(folder, stamp);
  await index.replace(rows);
  const healed = await openIndex(folder, stamp);
  assert.equal(healed.notice, undefined);
  assertHolds(healed.index, rows);
  await assertNothingLeftOver(folder);
});

test('segments are vectra indexes: vectra opens one and finds the nearest window', async (t) => {
  const folder = await tempFolder(t);
  const rows = await written(folder);
  const [file] = await segmentsIn(folder);
  const plain = new LocalIndex('', file, new LocalFileStorage(folder), segmentCodec);
  const items = await plain.listItems();
  const wanted = items[Math.min(100, items.length - 1)]!;
  const at = rows.entries.findIndex(({ key }) => key === wanted.id);
  assert.deepEqual([...wanted.vector], [...row(rows, at)]);
  assert.equal(wanted.metadata.textHash, rows.entries[at]!.textHash);
  const [best] = await plain.queryItems([...row(rows, at)], '', 1);
  assert.ok(best && best.score > 0.9999, `score ${best?.score}`);
});

test('rows that cannot be right are refused, and the index goes on as before', async (t) => {
  const folder = await tempFolder(t);
  const rows = await written(folder);
  const { index } = await openIndex(folder, stamp);
  const [a, b] = rows.entries as [(typeof rows.entries)[0], (typeof rows.entries)[0]];
  const four = Float32Array.of(1, 2, 3, 4);
  await assert.rejects(
    index.apply({ upsert: { entries: [a], vectors: new Float32Array(3) } }),
    /Expected 4 values.*got 3/,
  );
  await assert.rejects(index.replace({ entries: [a, a], vectors: new Float32Array(8) }), /given twice/);
  const broken = index.apply({ upsert: { entries: [a], vectors: Float32Array.of(1, Number.NaN, 0, 0) } });
  const good = index.apply({ upsert: { entries: [b], vectors: four } });
  await assert.rejects(broken, /holds NaN/);
  await good;
  const expected = { entries: rows.entries, vectors: rows.vectors.slice() };
  expected.vectors.set(four, 4);
  assertHolds(index, expected);
  assertHolds((await openIndex(folder, stamp)).index, expected);
});

test('a place that cannot be written gives an error for the user and keeps the memory as it was', async (t) => {
  const file = path.join(await tempFolder(t), 'a-file');
  await fs.writeFile(file, 'in the way');
  const { index } = await openIndex(file, stamp);
  await assert.rejects(index.replace(contentOf('kb', 1)), { name: 'UserError', code: 'write-failed' });
  assert.equal(index.entries().length, 0);
  assert.equal(await fs.readFile(file, 'utf8'), 'in the way');
});

test('a full disk gives an error for the user and leaves the old index', async (t) => {
  const folder = await tempFolder(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch (error) {
    throw new Error(`This test may not mount a small disk: run it as root, or under unshare -rm (${String(error)})`);
  }
  try {
    const rows = {
      entries: contentOf('kb', 1).entries.slice(0, 500),
      vectors: contentOf('kb', 1).vectors.slice(0, 2000),
    };
    const { index } = await openIndex(folder, stamp);
    await index.replace(rows);
    const many = [
      contentOf('many/more', 1),
      contentOf('yet/more', 1),
      contentOf('most', 1),
      contentOf('all', 1),
      contentOf('any', 1),
    ];
    const big = {
      entries: many.flatMap(({ entries }) => entries),
      vectors: Float32Array.from(many.flatMap(({ vectors }) => [...vectors])),
    };
    await assert.rejects(index.replace(big), (error: Error & { code: string }) => {
      assert.equal(error.code, 'disk-full');
      assert.match(error.message, /it needs \d\.\d MB, \d\.\d MB are free/);
      assert.ok(error.message.includes(folder));
      return true;
    });
    assertHolds(index, rows);
    const again = await openIndex(folder, stamp);
    assert.equal(again.notice, undefined);
    assertHolds(again.index, rows);
    await assertNothingLeftOver(folder);
  } finally {
    execFileSync('umount', [folder]);
  }
});

test('of two open indexes on one folder the last writer wins as a whole', async (t) => {
  const folder = await tempFolder(t);
  await written(folder);
  const first = (await openIndex(folder, stamp)).index;
  const second = (await openIndex(folder, stamp)).index;
  await first.replace(contentOf('first', 8));
  const one = { entries: [{ ...second.entries()[0]!, textHash: 'x' }], vectors: Float32Array.of(1, 1, 1, 1) };
  await second.apply({ upsert: one });
  const { index, notice } = await openIndex(folder, stamp);
  assert.equal(notice, undefined);
  assertHolds(index, { entries: second.entries(), vectors: second.vectors });
  assert.equal(index.entries()[0]!.textHash, 'x');
  await assertNothingLeftOver(folder);
});

interface Writer {
  process: ChildProcess;
  /** The last step it said it had written. */
  step: () => number;
  closed: Promise<unknown[]>;
}

/** The writing process as one bundle: starts in a fraction of the time, so a kill hits its writes, not its loading. */
async function bundleWriter(t: TestContext): Promise<string> {
  const outfile = path.join(await tempFolder(t), 'writer.cjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./indexWriter.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
    alias: { vectra: fileURLToPath(new URL('../../node_modules/vectra/lib/LocalIndex.js', import.meta.url)) },
  });
  return outfile;
}

function startWriter(script: string, folder: string, prefix: string, first: number, last: number): Writer {
  const args = [script, 'write-index', folder, prefix, String(first), String(last)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout!.on('data', (chunk) => {
    output += chunk;
  });
  const step = () => Number(output.trim().split('\n').at(-1) || first - 1);
  return { process: child, step, closed: once(child, 'close') };
}

test('a writer killed at any moment leaves the index of the last step it finished, or the one after', async (t) => {
  const folder = await tempFolder(t);
  const script = await bundleWriter(t);
  const random = seededRandom(11);
  let step = 0;
  for (let kill = 0; kill < 15; kill++) {
    const writer = startWriter(script, folder, 'kb', step + 1, 1e6);
    while (writer.step() <= step) {
      if (writer.process.exitCode !== null) assert.fail(`the writer ended with ${writer.process.exitCode}`);
      await delay(2);
    }
    await delay(random.next() * 250);
    writer.process.kill('SIGKILL');
    await writer.closed;
    const { index, notice } = await openIndex(folder, stamp);
    assert.equal(notice, undefined, `after step ${writer.step()}`);
    step = stepOf(index);
    assert.ok([0, 1].includes(step - writer.step()), `step ${step}, the writer said ${writer.step()}`);
    assertHolds(index, contentOf('kb', step));
  }
  assert.ok(step > 15, `only ${step} steps`);
  const { index } = await openIndex(folder, stamp);
  await index.replace(contentOf('kb', step));
  await assertNothingLeftOver(folder);
});

test('two processes that write at once do not mix their contents, and a reader never meets a broken index', async (t) => {
  const folder = await tempFolder(t);
  const script = await bundleWriter(t);
  const prefixes = ['one', 'another'];
  const last = 30;
  const writers = prefixes.map((prefix) => startWriter(script, folder, prefix, 1, last));
  const done = Promise.all(writers.map(({ closed }) => closed));
  let reads = 0;
  let running = true;
  void done.then(() => {
    running = false;
  });
  const seen = new Set<string>();
  while (running) {
    await assertOneWritersContent(folder, seen);
    reads++;
    await delay(5);
  }
  assert.deepEqual(
    writers.map(({ process }) => process.exitCode),
    [0, 0],
  );
  const final = await assertOneWritersContent(folder, seen);
  assert.equal(final, last);
  assert.ok(reads > 5, `only ${reads} reads`);
  assert.equal(seen.size, 2, 'both writers are seen');
  await assertNothingLeftOver(folder);
});

async function assertOneWritersContent(folder: string, seen: Set<string>): Promise<number> {
  const { index, notice } = await openIndex(folder, stamp);
  // The very first write is not there yet.
  if (notice?.code === 'index-new' || notice?.code === 'index-unfinished') return 0;
  assert.equal(notice, undefined);
  const prefix = index.entries()[0]!.key.split('/')[0]!;
  seen.add(prefix);
  const step = stepOf(index);
  assertHolds(index, contentOf(prefix, step));
  return step;
}

/** Each step changes a fifth of the windows, so the latest change tells the step. */
function stepOf(index: VectorIndex): number {
  return Math.max(...index.entries().map(({ textHash }) => Number(textHash.split(':').at(-1))));
}
