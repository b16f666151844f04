// Reads and writes safetensors files (8-byte header length, JSON header, raw little-endian tensors) one tensor at a time.
// Typed arrays are taken as they lie in the file: every platform that VS Code runs on is little-endian.
import type { Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { errors } from '../core/errors.ts';
import { fromBfloat16, fromHalf, toHalf } from './halfFloat.ts';

const BYTES = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};
// As in the reference implementation: no real header comes near it.
const LONGEST_HEADER = 100_000_000;
// One read or write call moves at most 2 GB on every platform; this also bounds conversion buffers.
const CHUNK_BYTES = 64 << 20;

/** Element type of a tensor, in the format's own words. */
export type Dtype = keyof typeof BYTES;

/** Where one tensor lies. */
export interface TensorInfo {
  dtype: Dtype;
  dims: number[];
  /** Byte range in the file. */
  begin: number;
  end: number;
}

/** An open safetensors file; tensors are read when asked for. */
export class SafetensorsFile {
  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    /** Every tensor, in the order of the header. */
    readonly tensors: ReadonlyMap<string, TensorInfo>,
    readonly metadata: Readonly<Record<string, string>>,
  ) {}

  /** Opens a file and checks its whole header: after this no read can leave the file or exceed its size. */
  static async open(path: string): Promise<SafetensorsFile> {
    const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? errors.modelFileMissing(dirname(path), basename(path)) : error;
    });
    try {
      const { tensors, metadata } = await readHeader(handle, path);
      return new SafetensorsFile(path, handle, tensors, metadata);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Where and what a tensor is; refused by name where the file lacks it. */
  info(name: string): TensorInfo {
    const info = this.tensors.get(name);
    if (!info) {
      throw broken(this.path, `it has no tensor ${name}`);
    }
    return info;
  }

  /** The bytes of a tensor. */
  async readBytes(name: string): Promise<Uint8Array> {
    const { begin, end } = this.info(name);
    const bytes = new Uint8Array(end - begin);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await this.handle.read(bytes, at, Math.min(CHUNK_BYTES, bytes.length - at), begin + at);
      if (bytesRead === 0) {
        throw broken(this.path, 'it became shorter while being read');
      }
      at += bytesRead;
    }
    return bytes;
  }

  /** A tensor of F32, F16 or BF16 as numbers. */
  async readFloat32(name: string): Promise<Float32Array> {
    const { dtype } = this.info(name);
    if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') {
      throw broken(this.path, `the tensor ${name} is ${dtype}, but F32, F16 or BF16 is expected`);
    }
    const { buffer } = await this.readBytes(name);
    if (dtype === 'F32') {
      return new Float32Array(buffer);
    }
    return dtype === 'F16' ? fromHalf(new Uint16Array(buffer)) : fromBfloat16(new Uint16Array(buffer));
  }

  /** A tensor of I8 as numbers. */
  async readInt8(name: string): Promise<Int8Array> {
    const { dtype } = this.info(name);
    if (dtype !== 'I8') {
      throw broken(this.path, `the tensor ${name} is ${dtype}, but I8 is expected`);
    }
    return new Int8Array((await this.readBytes(name)).buffer);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

function broken(path: string, reason: string) {
  return errors.modelFileBroken(dirname(path), basename(path), reason);
}

async function readHeader(handle: FileHandle, path: string) {
  const { size } = await handle.stat();
  const prefix = Buffer.alloc(8);
  if (size < 8 || (await handle.read(prefix, 0, 8, 0)).bytesRead < 8) {
    throw broken(path, `it is ${size} bytes long, too short for a safetensors file`);
  }
  const length = Number(prefix.readBigUInt64LE());
  if (length > LONGEST_HEADER || length > size - 8) {
    throw broken(path, `its header claims ${length} bytes in a file of ${size}; it is cut off or no safetensors file`);
  }
  const text = Buffer.alloc(length);
  await handle.read(text, 0, length, 8);
  let header: unknown;
  try {
    header = JSON.parse(text.toString('utf8'));
  } catch {
    throw broken(path, 'its header is not JSON; it is no safetensors file');
  }
  if (!isRecord(header)) {
    throw broken(path, 'its header is no JSON object');
  }

  const start = 8 + length;
  const metadata: Record<string, string> = {};
  const tensors = new Map<string, TensorInfo>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      for (const [key, value] of Object.entries(isRecord(entry) ? entry : {})) {
        metadata[key] = String(value);
      }
    } else {
      tensors.set(name, readEntry(name, entry, start, path));
    }
  }
  // The format allows neither holes nor overlaps, so checking the sequence checks every range.
  let expected = start;
  for (const [name, { begin, end }] of [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== expected) {
      throw broken(path, `the tensor ${name} starts at byte ${begin} instead of ${expected}`);
    }
    expected = end;
  }
  if (expected !== size) {
    throw broken(path, `its tensors end at byte ${expected}, but the file has ${size} bytes; it is cut off or damaged`);
  }
  return { tensors, metadata };
}

function readEntry(name: string, entry: unknown, start: number, path: string): TensorInfo {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES, dtype)) {
    throw broken(path, `the tensor ${name} has the unknown type ${dtype}`);
  }
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    throw broken(path, `the tensor ${name} has no valid shape and place`);
  }
  const bytes = shape.reduce((product, size) => product * size, BYTES[dtype as Dtype]);
  const [from, to] = offsets as [number, number];
  if (to - from !== bytes) {
    throw broken(
      path,
      `the tensor ${name} has ${to - from} bytes, but its shape [${shape}] of ${dtype} needs ${bytes}`,
    );
  }
  return { dtype: dtype as Dtype, dims: shape, begin: start + from, end: start + to };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** A tensor to write; `data` may be made when its turn comes, so that a big model is never in memory twice. */
export interface OutputTensor {
  name: string;
  dtype: 'F32' | 'F16' | 'I8';
  dims: readonly number[];
  /** Float32Array for F32 and F16 (converted), Int8Array for I8. */
  data: TensorData | (() => TensorData | Promise<TensorData>);
}

type TensorData = Float32Array | Int8Array;

/** Writes a file tensor by tensor; `hash` is fed the bytes as they go. Not atomic: write into a temporary folder. */
export async function writeSafetensors(
  path: string,
  tensors: readonly OutputTensor[],
  options: { metadata?: Record<string, string>; hash?: Hash } = {},
): Promise<void> {
  // Wide elements first keeps each tensor aligned, which readers that map the file rely on.
  const ordered = [...tensors].sort((a, b) => BYTES[b.dtype] - BYTES[a.dtype]);
  const header: Record<string, unknown> = { __metadata__: options.metadata ?? { format: 'pt' } };
  let offset = 0;
  for (const { name, dtype, dims } of ordered) {
    if (Object.hasOwn(header, name)) {
      throw new Error(`Two tensors are named ${name}.`);
    }
    const end = offset + dims.reduce((product, size) => product * size, BYTES[dtype]);
    header[name] = { dtype, shape: dims, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(padded.length));

  const handle = await open(path, 'w');
  const write = async (bytes: Uint8Array): Promise<void> => {
    options.hash?.update(bytes);
    for (let at = 0; at < bytes.length; ) {
      at += (await handle.write(bytes, at, Math.min(CHUNK_BYTES, bytes.length - at))).bytesWritten;
    }
  };
  try {
    await write(prefix);
    await write(padded);
    for (const tensor of ordered) {
      const data = typeof tensor.data === 'function' ? await tensor.data() : tensor.data;
      const count = tensor.dims.reduce((product, size) => product * size, 1);
      if (data.length !== count || data instanceof Int8Array !== (tensor.dtype === 'I8')) {
        throw new Error(`${tensor.name}: ${data.length} values given for [${tensor.dims}] of ${tensor.dtype}.`);
      }
      const step = CHUNK_BYTES / 4;
      for (let at = 0; at < data.length; at += step) {
        const part = data.subarray(at, at + step);
        const raw = tensor.dtype === 'F16' ? toHalf(part as Float32Array) : part;
        await write(new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength));
      }
    }
  } finally {
    await handle.close();
  }
}
