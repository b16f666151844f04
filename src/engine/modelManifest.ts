// kb_recall.json: what KB Recall notes about a model that it made or ships.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../core/errors.ts';
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
  /** Training settings and figures. */
  [key: string]: unknown;
}

/** Reads the manifest of a model folder, empty where there is none. */
export async function readManifest(folder: string): Promise<ModelManifest> {
  return ((await readModelJson(folder, MANIFEST_FILE)) ?? {}) as ModelManifest;
}

/** Reads a JSON file of a model folder; undefined where it does not exist, an error naming it where it is broken. */
export async function readModelJson(folder: string, file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(join(folder, file), 'utf8');
  } catch (error) {
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
