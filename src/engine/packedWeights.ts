// The compact form of a model in our repository: columns of the word embeddings as int8 or, where a row has one number with either sign there,
// as bits, everything else half precision; expanded into the standard fp32 file on first use, bit by bit the same on every machine.
import { createHash } from 'node:crypto';
import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../core/errors.ts';
import { recoverFolder, replaceFolderAtomic } from './atomicFile.ts';
import { toInt8 } from './int8Rows.ts';
import { readManifest } from './modelManifest.ts';
import { type OutputTensor, SafetensorsFile, writeSafetensors } from './safetensors.ts';

/** Name of the compact weights in a model folder. */
export const PACKED_FILE = 'model.packed.safetensors';
const EXPANDED_FILE = 'model.safetensors';
const STAMP_FILE = '.expanded.json';
const SCALE = '.scale';
const BITS = '.bits';

/** A weight of a model in memory. */
export interface WeightTensor {
  name: string;
  dims: readonly number[];
  data: Float32Array;
}

/** Neighbouring columns of a matrix and how they are packed; `signs` hold one number a row with either sign. */
export interface Segment {
  kind: 'half' | 'int8' | 'signs';
  columns: number;
}

/**
 * The tensors of the compact file. A matrix X for which `segmentsOf` answers is cut into its segments `X.0`, `X.1` ...: half precision is F16;
 * int8 has an F32 `.scale`, one a row; signs are `.bits`, row after row, the first in a byte's lowest place, set where the value is negative,
 * and a `.scale`. Everything else is F16.
 */
export function packWeights(
  tensors: Iterable<WeightTensor>,
  segmentsOf: (name: string) => readonly Segment[] | undefined,
): OutputTensor[] {
  const packed: OutputTensor[] = [];
  for (const { name, dims, data } of tensors) {
    const segments = segmentsOf(name);
    if (!segments) {
      packed.push(half(name, dims, data));
      continue;
    }
    const [rows, width] = dims;
    if (rows === undefined || width === undefined || dims.length !== 2) {
      throw new Error(`${name} is no matrix, so it has no rows to scale.`);
    }
    let start = 0;
    segments.forEach(({ kind, columns }, place) => {
      packed.push(...packSegment(kind, `${name}.${place}`, rows, columnsOf(data, rows, start, start + columns)));
      start += columns;
    });
    if (start !== width) throw new Error(`${name} has ${width} columns, but its segments ${start}.`);
  }
  return packed;
}

function packSegment(kind: Segment['kind'], name: string, rows: number, values: Float32Array): OutputTensor[] {
  const dims = [rows, values.length / rows];
  const scale = (data: Float32Array): OutputTensor => ({ name: name + SCALE, dtype: 'F32', dims: [rows], data });
  if (kind === 'half') return [half(name, dims, values)];
  if (kind === 'int8') {
    const { bytes, scales } = toInt8(values, rows, dims[1]!);
    return [{ name, dtype: 'I8', dims, data: bytes }, scale(scales)];
  }
  const { bits, sizes } = toBits(name, values, rows);
  return [{ name: name + BITS, dtype: 'I8', dims: [bits.length], data: bits }, scale(sizes)];
}

function half(name: string, dims: readonly number[], data: Float32Array): OutputTensor {
  if (data.some((value) => !(Math.abs(value) < 65520))) {
    throw new Error(`${name} holds values beyond half precision.`);
  }
  return { name, dtype: 'F16', dims, data };
}

/** The columns `start` to `end` of a row-major matrix. */
function columnsOf(data: Float32Array, rows: number, start: number, end: number): Float32Array {
  const width = data.length / rows;
  const part = new Float32Array(rows * (end - start));
  for (let row = 0; row < rows; row++)
    part.set(data.subarray(row * width + start, row * width + end), row * (end - start));
  return part;
}

function toBits(name: string, values: Float32Array, rows: number): { bits: Int8Array; sizes: Float32Array } {
  const width = values.length / rows;
  const bits = new Int8Array(Math.ceil(values.length / 8));
  const sizes = Float32Array.from({ length: rows }, (_, row) => Math.abs(values[row * width]!));
  values.forEach((value, at) => {
    const size = sizes[Math.floor(at / width)]!;
    if (Math.abs(value) !== size) throw new Error(`${name} holds ${value} among signs of ${size}.`);
    if (value < 0) bits[at >> 3]! |= 1 << (at & 7);
  });
  return { bits, sizes };
}

/** Writes the fp32 form of a compact file and returns the SHA-256 of what was written. */
export async function expandWeights(packedFile: string, outFile: string): Promise<string> {
  const file = await SafetensorsFile.open(packedFile);
  try {
    const tensors: OutputTensor[] = [];
    const segments = new Map<string, string[]>();
    for (const [name, { dims }] of file.tensors) {
      const [, matrix, place, isScale] = /^(.*)\.(\d+)(?:\.bits|(\.scale))?$/.exec(name) ?? [];
      if (matrix === undefined) tensors.push({ name, dtype: 'F32', dims, data: () => file.readFloat32(name) });
      else if (!isScale) segments.set(matrix, Object.assign(segments.get(matrix) ?? [], { [Number(place)]: name }));
    }
    for (const [matrix, names] of segments) {
      const parts = await Promise.all(names.map((name) => segmentOf(file, packedFile, name)));
      const [rows] = parts[0]!.dims;
      const wrong = parts.findIndex(({ dims }) => dims[0] !== rows);
      if (wrong >= 0)
        throw errors.modelFileBroken(
          packedFile,
          names[wrong]!,
          `it has ${parts[wrong]!.dims[0]} rows, ${names[0]} ${rows}`,
        );
      const width = parts.reduce((sum, { dims }) => sum + dims[1], 0);
      tensors.push({ name: matrix, dtype: 'F32', dims: [rows, width], data: () => joined(parts, rows, width) });
    }
    const hash = createHash('sha256');
    await writeSafetensors(outFile, tensors, { hash });
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

/** A segment in memory as it is stored; `at` computes one value. */
interface StoredSegment {
  dims: readonly [rows: number, columns: number];
  at: (row: number, index: number) => number;
}

async function segmentOf(file: SafetensorsFile, packedFile: string, name: string): Promise<StoredSegment> {
  const { dtype, dims } = file.info(name);
  if (dtype === 'F16') {
    const values = await file.readFloat32(name);
    return { dims: [dims[0]!, dims[1]!], at: (_, index) => values[index]! };
  }
  const scales = await file.readFloat32(name.replace(BITS, '') + SCALE);
  const values = await file.readInt8(name);
  const rows = scales.length;
  if (name.endsWith(BITS)) {
    // The last byte may be filled up, by less than a column where there are 8 rows or more.
    const columns = Math.floor((values.length * 8) / rows);
    const at = (row: number, index: number): number =>
      (values[index >> 3]! >> (index & 7)) & 1 ? -scales[row]! : scales[row]!;
    return { dims: [rows, columns], at };
  }
  if (dims[0] !== rows) {
    throw errors.modelFileBroken(packedFile, name, `its ${dims[0]} rows have ${rows} scales`);
  }
  // The product of an int8 and a float is exact in double precision; storing it rounds once, to nearest.
  return { dims: [rows, dims[1]!], at: (row, index) => values[index]! * scales[row]! };
}

function joined(parts: readonly StoredSegment[], rows: number, width: number): Float32Array {
  const out = new Float32Array(rows * width);
  let start = 0;
  for (const { dims, at } of parts) {
    const [, columns] = dims;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        out[row * width + start + column] = at(row, row * columns + column);
    start += columns;
  }
  return out;
}

/**
 * Makes the standard model folder of a compact one in `cacheFolder` (replaced as a whole, checked against the
 * `expandedSha256` of kb_recall.json) and returns it; does nothing where it is already there.
 */
export async function expandPacked(folder: string, cacheFolder: string): Promise<string> {
  const { expandedSha256 } = await readManifest(folder);
  if (!expandedSha256) {
    throw errors.modelFileBroken(folder, 'kb_recall.json', `it names no expandedSha256 for ${PACKED_FILE}`);
  }
  await recoverFolder(cacheFolder);
  const source = await fingerprint(folder);
  if (await isExpanded(cacheFolder, source)) {
    return cacheFolder;
  }
  await replaceFolderAtomic(cacheFolder, async (temp) => {
    await cp(folder, temp, { recursive: true, filter: (source) => source !== join(folder, PACKED_FILE) });
    const target = join(temp, EXPANDED_FILE);
    const sha256 = await expandWeights(join(folder, PACKED_FILE), target);
    if (sha256 !== expandedSha256) {
      throw errors.modelFileBroken(folder, PACKED_FILE, `its checksum is ${sha256} instead of ${expandedSha256}`);
    }
    await writeFile(join(temp, STAMP_FILE), JSON.stringify({ source, bytes: (await stat(target)).size }));
  });
  return cacheFolder;
}

interface Stamp {
  source: string;
  bytes: number;
}

/** True where an earlier expansion is whole; its size stands for its content, as folders are replaced as a whole. */
async function isExpanded(cacheFolder: string, source: string): Promise<boolean> {
  try {
    const stamp = JSON.parse(await readFile(join(cacheFolder, STAMP_FILE), 'utf8')) as Stamp;
    return stamp.source === source && (await stat(join(cacheFolder, EXPANDED_FILE))).size === stamp.bytes;
  } catch {
    return false;
  }
}

/** Changes whenever a file of the compact folder does, for example with a new version of the extension. */
async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const info = await stat(join(folder, name));
    hash.update(`${name} ${info.isFile() ? `${info.size} ${info.mtimeMs}` : ''}\n`);
  }
  return hash.digest('hex');
}
