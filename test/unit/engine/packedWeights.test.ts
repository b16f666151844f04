// The compact form of the embedded model: small error, same bits everywhere, checked and atomic expansion.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  expandPacked,
  expandWeights,
  PACKED_FILE,
  packWeights,
  type Segment,
} from '../../../src/engine/packedWeights.ts';
import { SafetensorsFile, writeSafetensors } from '../../../src/engine/safetensors.ts';

const asInt8 = (name: string): Segment[] | undefined =>
  name === 'word.weight' ? [{ kind: 'int8', columns: 8 }] : undefined;
const inSegments = (): Segment[] => [
  { kind: 'half', columns: 1 },
  { kind: 'signs', columns: 5 },
  { kind: 'int8', columns: 3 },
  { kind: 'signs', columns: 11 },
];

/** Numbers that need no library to repeat: a linear congruential sequence in [-1, 1). */
function numbers(count: number, factor = 1): Float32Array {
  let state = 12345;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state / 0x40000000 - 1) * factor;
  });
}

function weights() {
  const word = numbers(6 * 8);
  word.fill(0, 8, 16);
  word.set(numbers(8, 1e-4), 16);
  return [
    { name: 'word.weight', dims: [6, 8], data: word },
    { name: 'dense.weight', dims: [2, 3], data: numbers(6, 3) },
    { name: 'loss.scale', dims: [1], data: Float32Array.of(0.5) },
  ];
}

async function withModel(work: (model: string, root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'kb-packed-'));
  try {
    const model = join(root, 'model');
    await mkdir(join(model, '1_Pooling'), { recursive: true });
    await writeFile(join(model, 'config.json'), '{}');
    await writeFile(join(model, '1_Pooling/config.json'), '{"pooling_mode_mean_tokens":true}');
    await writeSafetensors(join(model, PACKED_FILE), packWeights(weights(), asInt8));
    const expandedSha256 = await expandWeights(join(model, PACKED_FILE), join(root, 'once.safetensors'));
    await writeFile(join(model, 'kb_recall.json'), JSON.stringify({ expandedSha256 }));
    await work(model, root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

test('int8 rows keep every value within half a step, zero rows stay zero, the rest is half precision', () =>
  withModel(async (_, root) => {
    const file = await SafetensorsFile.open(join(root, 'once.safetensors'));
    assert.deepEqual([...file.tensors.keys()].sort(), ['dense.weight', 'loss.scale', 'word.weight']);
    const [word, dense] = weights();
    const back = await file.readFloat32('word.weight');
    for (let row = 0; row < 6; row++) {
      const original = word!.data.subarray(row * 8, row * 8 + 8);
      const step = Math.max(...original.map(Math.abs)) / 127;
      original.forEach((value, i) => {
        assert.ok(Math.abs(value - back[row * 8 + i]!) <= step * 0.5001, `row ${row}`);
      });
    }
    assert.ok(back.subarray(8, 16).every((value) => value === 0));
    assert.notDeepEqual(back, word!.data);
    const halves = await file.readFloat32('dense.weight');
    dense!.data.forEach((value, i) => {
      assert.ok(Math.abs(value - halves[i]!) <= Math.abs(value) / 2048);
    });
    await file.close();
  }));

/** Nine rows: a large value, 5 signs, 3 values, 11 signs of another size, which are zero in the second row. */
function signedRows(): Float32Array {
  const values = numbers(9 * 20);
  for (let row = 0; row < 9; row++) {
    values[row * 20]! *= 100;
    for (let i = 1; i < 20; i++)
      if (i < 6 || i >= 9)
        values[row * 20 + i] = Math.sign(values[row * 20 + i]!) * (i < 6 ? 0.12 : row === 1 ? 0 : row + 1);
  }
  return values;
}

test('segments: signs come back exactly, and a large value takes no precision from the int8 ones beside it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'kb-signs-'));
  const [packed, out] = [join(root, PACKED_FILE), join(root, 'out.safetensors')];
  try {
    const data = signedRows();
    const tensors = packWeights([{ name: 'word.weight', dims: [9, 20], data }], inSegments);
    await writeSafetensors(packed, tensors);
    await expandWeights(packed, out);
    const file = await SafetensorsFile.open(out);
    assert.deepEqual(
      [...file.tensors].map(([name, { dims }]) => [name, dims]),
      [['word.weight', [9, 20]]],
    );
    const back = await file.readFloat32('word.weight');
    await file.close();
    back.forEach((value, at) => {
      const column = at % 20;
      const most = column === 0 ? 0.03 : column < 6 || column >= 9 ? 0 : 0.005;
      assert.ok(Math.abs(value - data[at]!) <= most, `${at}: ${value} for ${data[at]}`);
    });
    const bytes = tensors.reduce((sum, { data }) => sum + (data as Float32Array).length, 0);
    assert.equal(bytes, 9 + 6 + 9 + 27 + 9 + 13 + 9);

    await writeSafetensors(
      packed,
      tensors.filter(({ name }) => name !== 'word.weight.3.scale'),
    );
    await assert.rejects(expandWeights(packed, out), { code: 'model-file-broken', message: /3\.scale/ });
    const short = tensors.map((tensor) =>
      tensor.name === 'word.weight.0' ? { ...tensor, dims: [8, 1], data: new Float32Array(8) } : tensor,
    );
    await writeSafetensors(packed, short);
    await assert.rejects(expandWeights(packed, out), { code: 'model-file-broken', message: /rows/ });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test('expansion is the same, bit by bit, on every machine', () =>
  withModel(async (_, root) => {
    const sha256 = createHash('sha256')
      .update(await readFile(join(root, 'once.safetensors')))
      .digest('hex');
    assert.equal(sha256, '4e18ada6ab3414cc49830590048a97cfe154fddaf718b10435c1506db624d956');
  }));

test('refuses what the compact form cannot hold', () => {
  assert.throws(() => packWeights([{ name: 'a', dims: [1], data: Float32Array.of(7e4) }], asInt8), /half precision/);
  assert.throws(
    () => packWeights([{ name: 'a', dims: [1], data: Float32Array.of(Number.NaN) }], asInt8),
    /half precision/,
  );
  assert.throws(() => packWeights([{ name: 'word.weight', dims: [2], data: numbers(2) }], asInt8), /no matrix/);
  const word = (dims: number[]) => [{ name: 'word.weight', dims, data: signedRows() }];
  assert.throws(() => packWeights(word([9, 20]), asInt8), /20 columns, but its segments 8/);
  assert.throws(() => packWeights(word([9, 20]), () => [{ kind: 'signs', columns: 20 }]), /among signs of/);
});

test('expandPacked makes a whole standard folder once', () =>
  withModel(async (model, root) => {
    const cache = join(root, 'cache/model');
    assert.equal(await expandPacked(model, cache), cache);
    assert.deepEqual((await readdir(cache, { recursive: true })).sort(), [
      '.expanded.json',
      '1_Pooling',
      '1_Pooling/config.json',
      'config.json',
      'kb_recall.json',
      'model.safetensors',
    ]);
    const target = join(cache, 'model.safetensors');
    assert.deepEqual(await readFile(target), await readFile(join(root, 'once.safetensors')));
    const before = await stat(target);
    await expandPacked(model, cache);
    assert.equal((await stat(target)).ino, before.ino, 'expanded again without need');

    // Cut off by something else, and again when the shipped model changes: a new expansion.
    await writeFile(target, 'short');
    await expandPacked(model, cache);
    assert.deepEqual(await readFile(target), await readFile(join(root, 'once.safetensors')));
    await writeFile(join(model, 'config.json'), '{"a":1}');
    await utimes(join(model, 'config.json'), 1, 1);
    await expandPacked(model, cache);
    assert.equal(await readFile(join(cache, 'config.json'), 'utf8'), '{"a":1}');
    assert.deepEqual(await readdir(join(root, 'cache')), ['model'], 'nothing is left behind');
  }));

test('a wrong checksum, a damaged file or a missing scale leaves no folder behind', () =>
  withModel(async (model, root) => {
    const cache = join(root, 'cache/model');
    const packed = join(model, PACKED_FILE);
    const good = await readFile(packed);
    const bad = Buffer.from(good);
    bad[bad.length - 1]! ^= 1;
    await writeFile(packed, bad);
    await assert.rejects(expandPacked(model, cache), { code: 'model-file-broken', message: /checksum/ });
    await writeFile(packed, good.subarray(0, good.length - 3));
    await assert.rejects(expandPacked(model, cache), { code: 'model-file-broken', message: /cut off/ });
    await writeSafetensors(packed, [{ name: 'x.0', dtype: 'I8', dims: [1, 1], data: Int8Array.of(1) }]);
    await assert.rejects(expandPacked(model, cache), { code: 'model-file-broken', message: /x\.0\.scale/ });
    await rm(packed);
    await assert.rejects(expandPacked(model, cache), { code: 'model-file-missing' });
    await writeFile(join(model, 'kb_recall.json'), '{}');
    await assert.rejects(expandPacked(model, cache), { code: 'model-file-broken', message: /expandedSha256/ });
    assert.deepEqual(await readdir(join(root, 'cache')), []);
  }));
