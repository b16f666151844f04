// One file of the index: its binary form and vectra's access to it. Typed by shape, so that vectorStore.ts alone imports vectra.
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { writeDurable } from './atomicFile.ts';
import { sha256 } from './indexManifest.ts';

/** vectra's IndexData, as far as it is used here. */
export interface SegmentData {
  version: number;
  metadata_config: { indexed?: string[] };
  items: SegmentItem[];
}

interface SegmentItem {
  id: string;
  metadata: Record<string, string | number | boolean>;
  /** Typed so by vectra, which only indexes and measures it; here always a Float32Array. */
  vector: number[];
  norm: number;
}

interface SegmentHeader extends Pick<SegmentData, 'version' | 'metadata_config'> {
  ids: string[];
  columns: string[];
  values: (string | number | boolean)[][];
}

const MAGIC = 0x3157424b; // "KBW1"
const PREAMBLE = 16;

/**
 * The binary form of a vectra index: four little-endian words (magic, header bytes, rows, dimension), a JSON header
 * with ids and metadata by column names, norms as float64, vectors as float32. vectra's own protobuf codec takes twice
 * as long to load, turns vectors into arrays of doubles, and reads its schema from a file that a bundle does not have.
 */
export const segmentCodec = {
  extension: '.bin',
  serializeIndex({ version, metadata_config, items }: SegmentData): Buffer {
    const dimension = items[0]?.vector.length ?? 0;
    const columns = Object.keys(items[0]?.metadata ?? {});
    const values = items.map((item) => columns.map((name) => item.metadata[name]));
    const json = JSON.stringify({ version, metadata_config, columns, ids: items.map((item) => item.id), values });
    // Padded so that the float64 block stands on a multiple of eight.
    const length = Buffer.byteLength(json);
    const header = Buffer.from(json + ' '.repeat((8 - (length % 8)) % 8));
    const buffer = new ArrayBuffer(PREAMBLE + header.length + items.length * (8 + dimension * 4));
    new Uint32Array(buffer, 0, 4).set([MAGIC, header.length, items.length, dimension]);
    new Uint8Array(buffer, PREAMBLE).set(header);
    const norms = new Float64Array(buffer, PREAMBLE + header.length, items.length);
    const vectors = new Float32Array(buffer, PREAMBLE + header.length + norms.byteLength);
    for (const [i, item] of items.entries()) {
      const width = item.vector.length;
      if (width !== dimension) throw new Error(`Vectors of ${dimension} and of ${width} values in one segment.`);
      norms[i] = item.norm;
      vectors.set(item.vector, i * dimension);
    }
    return Buffer.from(buffer);
  },
  deserializeIndex(file: Buffer): SegmentData {
    // A copy, because a Buffer may start at any offset and typed arrays must not.
    const { buffer } = new Uint8Array(file);
    if (buffer.byteLength < PREAMBLE) throw new Error('a segment is cut off');
    const words = new Uint32Array(buffer, 0, PREAMBLE / 4);
    const [headerBytes, rows, dimension] = [words[1]!, words[2]!, words[3]!];
    if (words[0] !== MAGIC) throw new Error('a segment is not one of ours');
    const expected = PREAMBLE + headerBytes + rows * (8 + dimension * 4);
    if (buffer.byteLength !== expected)
      throw new Error(`a segment has ${buffer.byteLength} bytes instead of ${expected}`);
    const header = JSON.parse(Buffer.from(buffer, PREAMBLE, headerBytes).toString('utf8')) as SegmentHeader;
    const norms = new Float64Array(buffer, PREAMBLE + headerBytes, rows);
    const vectors = new Float32Array(buffer, PREAMBLE + headerBytes + rows * 8);
    const items = header.ids.map((id, i) => ({
      id,
      metadata: Object.fromEntries(header.columns.map((name, column) => [name, header.values[i]![column]!])),
      norm: norms[i]!,
      vector: vectors.subarray(i * dimension, (i + 1) * dimension) as unknown as number[],
    }));
    return { version: header.version, metadata_config: header.metadata_config, items };
  },
  serializeCatalog: unused,
  deserializeCatalog: unused,
  serializeMetadata: unused,
  deserializeMetadata: unused,
};

function unused(): never {
  throw new Error('The index keeps no documents and no metadata files.');
}

/**
 * vectra's access to one segment file: reads are checked against the manifest's checksum, writes wait for `flush`,
 * since vectra writes an empty index first and would then write over it in place.
 */
export class SegmentStorage {
  readonly #folder: string;
  readonly #digest: string | undefined;
  #staged: { name: string; content: Uint8Array } | undefined;

  constructor(folder: string, digest?: string) {
    this.#folder = folder;
    this.#digest = digest;
  }

  get stagedBytes(): number {
    return this.#staged?.content.length ?? 0;
  }

  get stagedFile(): string {
    return this.#staged!.name;
  }

  /** Writes what vectra has put here, once and durably. */
  async flush(): Promise<{ file: string; sha256: string }> {
    const { name, content } = this.#staged!;
    await writeDurable(path.join(this.#folder, name), content);
    return { file: name, sha256: sha256(content) };
  }

  async pathExists(name: string): Promise<boolean> {
    return this.#staged?.name === name || this.#digest !== undefined;
  }

  async readFile(name: string): Promise<Buffer> {
    const bytes = await fs.readFile(path.join(this.#folder, name));
    if (sha256(bytes) !== this.#digest) throw new Error(`${name} does not match its checksum`);
    return bytes;
  }

  async upsertFile(name: string, content: Buffer | string): Promise<void> {
    this.#staged = { name, content: typeof content === 'string' ? Buffer.from(content) : content };
  }

  async createFolder(): Promise<void> {}

  /** vectra deletes the whole folder when it fails to create an index; other segments live there. */
  async deleteFolder(): Promise<void> {}

  createFile = unused;
  deleteFile = unused;
  getDetails = unused;
  listFiles = unused;
}
