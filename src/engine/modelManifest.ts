// kb_recall.json: what KB Recall notes about a model that it made or ships.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errors, UserError } from '../core/errors.ts';
import type { Pooling } from './encoder.ts';

/** Name of the manifest in a model folder. */
export const MANIFEST_FILE = 'kb_recall.json';

/** The manifest; a model from elsewhere has none, so every part may be absent. */
export interface ModelManifest {
  /** Name under which indexes know the model; the folder's name otherwise. */
  id?: string;
  /** The model that this one was trained from. */
  baseModel?: string;
  /** What wins over the files of other tools and over the built-in table. */
  profile?: { queryPrefix?: string; passagePrefix?: string; pooling?: Pooling; maxTokens?: number };
  /** Checksum of `model.safetensors` as `expandPacked` writes it. */
  expandedSha256?: string;
  /** SHA-256 of files of the folder by their names, as they were when the model was saved; checked when it is opened. */
  sha256?: Record<string, string>;
  /** Training settings and figures. */
  [key: string]: unknown;
}

/** Reads the manifest of a model folder, empty where there is none. */
export async function readManifest(folder: string): Promise<ModelManifest> {
  const manifest = ((await readModelJson(folder, MANIFEST_FILE)) ?? {}) as Record<string, unknown>;
  const problem = manifestProblem(manifest);
  if (problem !== undefined) throw errors.modelFileBroken(folder, MANIFEST_FILE, problem);
  return manifest as ModelManifest;
}

/** What is wrong in a manifest with the parts that are used; a folder from elsewhere may say anything. */
function manifestProblem(manifest: Record<string, unknown>): string | undefined {
  const { profile = {} } = manifest;
  if (typeof profile !== 'object' || profile === null) return '"profile" is no object';
  const { sha256 } = manifest;
  if (
    sha256 !== undefined &&
    !(
      typeof sha256 === 'object' &&
      sha256 !== null &&
      Object.values(sha256).every((sum) => typeof sum === 'string' && /^[0-9a-f]{64}$/.test(sum))
    )
  )
    return '"sha256" holds something else than checksums';
  const { pooling, maxTokens, queryPrefix, passagePrefix } = profile as Record<string, unknown>;
  const { id, baseModel, expandedSha256 } = manifest;
  for (const [name, value] of Object.entries({ id, baseModel, expandedSha256, queryPrefix, passagePrefix }))
    if (value !== undefined && typeof value !== 'string') return `"${name}" is no text`;
  if (pooling !== undefined && pooling !== 'mean' && pooling !== 'cls') return '"pooling" is neither mean nor cls';
  if (maxTokens !== undefined && !(Number.isSafeInteger(maxTokens) && (maxTokens as number) > 0))
    return '"maxTokens" is no positive number';
  return undefined;
}

/** Bytes; the largest tokenizer.json of any known model is a tenth of it, and a text of twice that size does not fit into a string. */
const MOST_JSON_BYTES = 256e6;

/** Reads a JSON file of a model folder; undefined where it does not exist, an error naming it where it is broken. */
export async function readModelJson(folder: string, file: string): Promise<unknown> {
  let text: string;
  try {
    const { size } = await stat(join(folder, file));
    if (size > MOST_JSON_BYTES)
      throw errors.modelFileBroken(folder, file, `it has ${size} bytes, at most ${MOST_JSON_BYTES} are read`);
    text = await readFile(join(folder, file), 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return undefined;
    }
    throw errors.modelFileBroken(folder, file, message);
  }
  try {
    // Some editors on Windows put a byte order mark before JSON.
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value === 'object' && value !== null) {
      return value;
    }
  } catch (error) {
    throw errors.modelFileBroken(folder, file, (error as Error).message);
  }
  throw errors.modelFileBroken(folder, file, 'it holds neither an object nor a list');
}
