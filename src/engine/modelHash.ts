// The identity of a model's content, so that vectors of one model never meet those of another under the same name.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errors } from '../core/errors.ts';
import { writeFileAtomic } from './atomicFile.ts';
import type { ModelFolder } from './modelFolder.ts';

const FILES = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];

interface FileHash {
  size: number;
  modifiedMs: number;
  sha256: string;
}

const inMemory = new Map<string, FileHash>();

/**
 * SHA-256 over weights, configuration, tokenizer and profile. Hashes of files are remembered by size and time of change,
 * in memory and, where `cacheFile` is given, on disk: a weight file of a gigabyte takes seconds to read. Throws a UserError where the
 * manifest names another checksum for a file.
 */
export async function modelHash(folder: ModelFolder, cacheFile?: string): Promise<string> {
  const known = cacheFile ? await readCache(cacheFile) : {};
  const hash = createHash('sha256');
  hash.update(JSON.stringify(folder.profile));
  let changed = false;
  const { expandedSha256, sha256 } = folder.manifest;
  const pins: Record<string, string> = { ...(expandedSha256 && { 'model.safetensors': expandedSha256 }), ...sha256 };
  const { safetensors, onnx } = folder.weights;
  // Big ONNX models keep their weights beside them.
  const external = onnx === undefined ? undefined : `${onnx}_data`;
  for (const file of [safetensors, onnx, external, ...FILES.map((name) => join(folder.path, name))]) {
    const info = file === undefined ? undefined : await stat(file).catch(() => undefined);
    if (file === undefined || info === undefined) {
      hash.update('-\n');
      continue;
    }
    const { size, mtimeMs: modifiedMs } = info;
    let entry = [inMemory.get(file), known[file]].find((e) => e?.size === size && e.modifiedMs === modifiedMs);
    if (entry === undefined) {
      entry = { size, modifiedMs, sha256: await fileSha256(file) };
    }
    const name = relative(folder.path, file).replaceAll('\\', '/');
    const pinned = pins[name];
    if (pinned !== undefined && pinned !== entry.sha256)
      throw errors.modelFileBroken(
        folder.path,
        name,
        `its checksum is ${entry.sha256} instead of ${pinned}: it was changed since the model was made`,
      );
    changed ||= known[file]?.sha256 !== entry.sha256 || known[file]?.modifiedMs !== modifiedMs;
    known[file] = entry;
    inMemory.set(file, entry);
    hash.update(`${entry.sha256}\n`);
  }
  if (cacheFile && changed) {
    // Remembering saves seconds; a disk that is full or read-only must not stop what only reads.
    await writeFileAtomic(cacheFile, JSON.stringify(known)).catch(() => undefined);
  }
  return hash.digest('hex');
}

/** SHA-256 of a file in hexadecimal. */
export async function fileSha256(file: string): Promise<string> {
  const content = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), content);
  return content.digest('hex');
}

async function readCache(cacheFile: string): Promise<Record<string, FileHash>> {
  try {
    const value: unknown = JSON.parse(await readFile(cacheFile, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, FileHash>) : {};
  } catch {
    // A cache that cannot be read is only a slow start.
    return {};
  }
}
