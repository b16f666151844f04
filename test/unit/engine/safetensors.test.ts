// safetensors: equal to Python's, exact in rounding, and firm against damaged files.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../../src/core/errors.ts';
import { fromHalf, toHalf } from '../../../src/engine/halfFloat.ts';
import { SafetensorsFile, writeSafetensors } from '../../../src/engine/safetensors.ts';

const golden = join(import.meta.dirname, '../../golden/safetensors');

interface Expected {
  tensors: Record<string, { dtype: string; dims: number[]; values: number[] }>;
  half: [single: number, half: number][];
}

async function readExpected(): Promise<Expected> {
  return JSON.parse(await readFile(join(golden, 'expected.json'), 'utf8'));
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kb-safetensors-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A file with the given header and data. */
function fileOf(header: unknown, data = new Uint8Array()): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([prefix, json, data]);
}

test('reads what Python wrote, every type', async () => {
  const { tensors } = await readExpected();
  const file = await SafetensorsFile.open(join(golden, 'python.safetensors'));
  assert.deepEqual({ ...file.metadata }, { format: 'pt' });
  assert.deepEqual([...file.tensors.keys()].sort(), Object.keys(tensors).sort());
  for (const [name, { dtype, dims, values }] of Object.entries(tensors)) {
    assert.equal(file.info(name).dtype, dtype);
    assert.deepEqual(file.info(name).dims, dims, name);
    if (dtype === 'I8') {
      assert.deepEqual([...(await file.readInt8(name))], values);
    } else if (dtype === 'I64') {
      assert.deepEqual([...new BigInt64Array((await file.readBytes(name)).buffer)].map(Number), values);
    } else if (dtype === 'U8') {
      assert.deepEqual([...(await file.readBytes(name))], values);
    } else {
      assert.deepEqual([...(await file.readFloat32(name))], values, name);
    }
  }
  await assert.rejects(file.readFloat32('bytes'), /bytes is I8/);
  await assert.rejects(file.readFloat32('absent'), /no tensor absent/);
  await file.close();
});

test('rounds to half precision as numpy does', async () => {
  const { half } = await readExpected();
  assert.ok(half.length > 200);
  const singles = new Float32Array(Uint32Array.from(half, ([single]) => single).buffer);
  assert.deepEqual(
    [...toHalf(singles)],
    half.map(([, bits]) => bits),
  );
  assert.equal(toHalf(Float32Array.of(Number.NaN))[0], 0x7e00);
});

test('every half-precision number survives both conversions', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((bits) => (bits & 0x7fff) <= 0x7c00);
  assert.deepEqual(toHalf(fromHalf(all)), all);
});

test('writes what it reads, aligned, with lazy tensors', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'out.safetensors');
    const single = Float32Array.from([1.5, -2, 3e-9, 4]);
    await writeSafetensors(path, [
      { name: 'q', dtype: 'I8', dims: [3], data: Int8Array.of(-128, 0, 127) },
      { name: 'h', dtype: 'F16', dims: [3], data: () => Float32Array.of(1, 1 / 3, 7e4) },
      { name: 's', dtype: 'F32', dims: [2, 2], data: async () => single },
    ]);
    const file = await SafetensorsFile.open(path);
    assert.deepEqual([...file.tensors.keys()], ['s', 'h', 'q']);
    assert.equal(file.info('s').begin % 8, 0);
    assert.deepEqual(await file.readFloat32('s'), single);
    assert.deepEqual([...(await file.readFloat32('h'))], [1, 0.333251953125, Number.POSITIVE_INFINITY]);
    assert.deepEqual([...(await file.readInt8('q'))], [-128, 0, 127]);
    await file.close();

    const wrong = { name: 's', dtype: 'F32', dims: [3], data: single } as const;
    await assert.rejects(writeSafetensors(path, [wrong]), /4 values given/);
    await assert.rejects(writeSafetensors(path, [wrong, wrong]), /Two tensors/);
  }));

const tensor = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
const data = new Uint8Array(8);
const damaged: Record<string, [Buffer, RegExp]> = {
  empty: [Buffer.alloc(0), /0 bytes long/],
  'huge header': [Buffer.from('ffffffffffffff7f7b7d', 'hex'), /header claims/],
  'header beyond the file': [Buffer.from('20000000000000007b7d', 'hex'), /header claims 32 bytes/],
  'no JSON': [fileOf('hello'), /not JSON/],
  'JSON list': [fileOf('[]'), /no JSON object/],
  'unknown type': [fileOf({ a: { ...tensor, dtype: 'toString' } }, data), /unknown type toString/],
  'negative shape': [fileOf({ a: { ...tensor, shape: [-2] } }, data), /no valid shape/],
  'huge shape': [fileOf({ a: { ...tensor, shape: [2 ** 40] } }, data), /needs 4398046511104/],
  'offsets reversed': [fileOf({ a: { ...tensor, data_offsets: [8, 0] } }, data), /-8 bytes/],
  'no offsets': [fileOf({ a: { dtype: 'F32', shape: [2] } }, data), /no valid shape and place/],
  'a gap': [fileOf({ a: { ...tensor, data_offsets: [8, 16] } }, new Uint8Array(16)), /starts at byte/],
  overlap: [fileOf({ a: tensor, b: { ...tensor, data_offsets: [4, 12] } }, new Uint8Array(12)), /tensor b starts/],
  'data beyond the file': [fileOf({ a: tensor }, new Uint8Array(4)), /cut off or damaged/],
  'trailing data': [fileOf({ a: tensor }, new Uint8Array(12)), /cut off or damaged/],
  'null entry': [fileOf({ a: null }), /unknown type undefined/],
};
for (const [what, [content, message]] of Object.entries(damaged)) {
  test(`refuses a damaged file: ${what}`, () =>
    withFolder(async (folder) => {
      const path = join(folder, 'bad.safetensors');
      await writeFile(path, content);
      await assert.rejects(SafetensorsFile.open(path), (error: UserError) => {
        assert.ok(error instanceof UserError, String(error));
        assert.match(error.message, message);
        assert.match(error.message, /bad\.safetensors/);
        return true;
      });
    }));
}

test('says so when the file shrinks after it was opened', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'a.safetensors');
    await writeFile(path, fileOf({ a: tensor }, data));
    const file = await SafetensorsFile.open(path);
    await truncate(path, 20);
    await assert.rejects(file.readBytes('a'), /became shorter/);
    await file.close();
    await assert.rejects(SafetensorsFile.open(join(folder, 'none')), { code: 'model-file-missing' });
  }));
