// The manifest of an index: what it was made with and which files it consists of, under a checksum.
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Pooling } from './encoder.ts';

/** What the vectors depend on: vectors with different stamps are never in one index. */
export interface IndexStamp {
  modelId: string;
  /** Hash of the model's files: a model that was trained again under its old name is another one. */
  modelHash: string;
  dimension: number;
  queryPrefix: string;
  passagePrefix: string;
  pooling: Pooling;
  maxTokens: number;
  /** Version of the splitter that makes windows out of snippets. */
  splitterVersion: number;
}

/** Version of the files written here; part of the stamp on disk. */
export const FORMAT_VERSION = 1;

/** The manifest's file name. */
export const MANIFEST = 'manifest.json';

/** A file of the index. */
export interface Segment {
  file: string;
  rows: number;
  sha256: string;
}

/** Everything about an index but its windows. */
export interface Manifest {
  formatVersion: number;
  stamp: IndexStamp;
  generation: number;
  segments: Segment[];
}

/** The text of the manifest file. */
export function renderManifest(manifest: Manifest): string {
  const content = JSON.stringify(manifest);
  return `{"sha256":"${sha256(content)}","manifest":${content}}`;
}

/** Reads that text; throws where a single byte is not as written. */
export function parseManifest(text: string): Manifest {
  try {
    const { manifest } = JSON.parse(text) as { manifest: Manifest };
    if (renderManifest(manifest) === text) return manifest;
  } catch {
    // Not JSON: as damaged as a wrong checksum.
  }
  throw new Error(`${MANIFEST} does not match its checksum`);
}

/** The manifest of a folder, undefined where there is none. */
export async function readManifestText(folder: string): Promise<string | undefined> {
  try {
    return await fs.readFile(path.join(folder, MANIFEST), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Listed field by field, so that a stamp that arrives with other fields, or in another order, is the same stamp. */
export function copyStamp(stamp: IndexStamp): IndexStamp {
  const { modelId, modelHash, dimension, queryPrefix, passagePrefix, pooling, maxTokens, splitterVersion } = stamp;
  return { modelId, modelHash, dimension, queryPrefix, passagePrefix, pooling, maxTokens, splitterVersion };
}

const show = (value: unknown): string => JSON.stringify(value) ?? 'unknown';

/** Which fields of the stamp differ, as the beginning of a sentence; undefined where none does. */
export function stampDifference(manifest: Manifest, wanted: IndexStamp): string | undefined {
  if (manifest.formatVersion !== FORMAT_VERSION) {
    return `The index has format ${manifest.formatVersion}, and this version of KB Recall writes format ${FORMAT_VERSION}`;
  }
  const fields = Object.entries(copyStamp(wanted)) as [keyof IndexStamp, string | number][];
  const differing = fields.filter(([name, value]) => manifest.stamp[name] !== value);
  if (differing.length === 0) return undefined;
  const parts = differing.map(([name, value]) => `${name} ${show(manifest.stamp[name])}, now ${show(value)}`);
  return `The index was made with another model or setting (${parts.join('; ')})`;
}

/** SHA-256 in hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
