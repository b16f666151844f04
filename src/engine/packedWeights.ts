// The compact form of a model in our repository: word embeddings as int8 with one scale a row, everything else half
// precision; expanded into the standard fp32 file on first use, bit by bit the same on every machine.
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

/** A weight of a model in memory. */
export interface WeightTensor {
  name: string;
  dims: readonly number[];
  data: Float32Array;
}

/** The tensors of the compact file: chosen matrices become `X` (int8) and `X.scale` (F32, one a row), others F16. */
export function packWeights(tensors: Iterable<WeightTensor>, quantised: (name: string) => boolean): OutputTensor[] {
  const packed: OutputTensor[] = [];
  for (const { name, dims, data } of tensors) {
    if (!quantised(name)) {
      if (data.some((value) => !(Math.abs(value) < 65520))) {
        throw new Error(`${name} holds values beyond half precision.`);
      }
      packed.push({ name, dtype: 'F16', dims, data });
      continue;
    }
    const [rows, width] = dims;
    if (rows === undefined || width === undefined || dims.length !== 2) {
      throw new Error(`${name} is no matrix, so it has no rows to scale.`);
    }
    const { bytes, scales } = toInt8(data, rows, width);
    packed.push({ name, dtype: 'I8', dims, data: bytes });
    packed.push({ name: name + SCALE, dtype: 'F32', dims: [rows], data: scales });
  }
  return packed;
}

/** Writes the fp32 form of a compact file and returns the SHA-256 of what was written. */
export async function expandWeights(packedFile: string, outFile: string): Promise<string> {
  const file = await SafetensorsFile.open(packedFile);
  try {
    const tensors: OutputTensor[] = [];
    for (const [name, { dtype, dims }] of file.tensors) {
      if (dtype === 'I8') {
        tensors.push({ name, dtype: 'F32', dims, data: () => dequantise(file, packedFile, name) });
      } else if (!(name.endsWith(SCALE) && file.tensors.has(name.slice(0, -SCALE.length)))) {
        tensors.push({ name, dtype: 'F32', dims, data: () => file.readFloat32(name) });
      }
    }
    const hash = createHash('sha256');
    await writeSafetensors(outFile, tensors, { hash });
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

async function dequantise(file: SafetensorsFile, packedFile: string, name: string): Promise<Float32Array> {
  const [rows = 0, width = 0] = file.info(name).dims;
  const values = await file.readInt8(name);
  const scales = await file.readFloat32(name + SCALE);
  if (rows * width !== values.length || scales.length !== rows) {
    throw errors.modelFileBroken(packedFile, name, `its ${rows} rows have ${scales.length} scales`);
  }
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    // The product of an int8 and a float is exact in double precision; storing it rounds once, to nearest.
    const scale = scales[row]!;
    for (let at = row * width; at < (row + 1) * width; at++) {
      out[at] = values[at]! * scale;
    }
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
