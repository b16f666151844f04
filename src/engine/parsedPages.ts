// What each page was taken apart into, kept beside the indexes: an edit of one page then costs the parsing of one page. It is a cache: where
// the file is missing, damaged or another program's, all pages are parsed, and the result is the same.
//
// On disk: SHA-256 of all that follows (32 bytes), length of the header (uint32, little-endian), the header as JSON, then one deflated record
// a page. Records of unchanged pages are copied as they are; those of pages that are gone are dropped.
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type ParsedDocument, parseDocument } from '../core/corpus.ts';
import type { SourceDocument } from '../core/document.ts';
import type { JobContext } from '../core/progress.ts';
import { writeFileAtomic } from './atomicFile.ts';
import { programHash } from './program.ts';
import { turns } from './turns.ts';

interface Header {
  /** Another program's records are not read. */
  program: string;
  /** Key and length of each record, in the order of the file. */
  pages: [key: string, bytes: number][];
}

/** Deflated pages, as v8 serialises a `ParsedDocument`, by the keys of their names and texts. */
export type Records = Map<string, Uint8Array>;

const DIGEST_BYTES = 32;
const PREAMBLE_BYTES = DIGEST_BYTES + 4;

/** The cache below the folder of a knowledge base's indexes; in a folder of its own, as everything there is. */
export function pagesFile(indexFolder: string): string {
  return join(indexFolder, 'pages', 'parsed.bin');
}

/** The cache of one knowledge base: opened, asked for each page, and written once all pages are known. */
export class ParsedPages {
  #parsed = 0;
  readonly #keys = new WeakMap<ParsedDocument, string>();

  private constructor(
    private readonly indexFolder: string,
    /** Undefined where it cannot be told; then nothing is kept. */
    private readonly program: string | undefined,
    private known: Records,
  ) {}

  /** Never rejects; `program` is what parses, by default {@link programHash}. */
  static async open(indexFolder: string, program?: string): Promise<ParsedPages> {
    const parser = program ?? (await programHash().catch(() => undefined));
    const known =
      parser === undefined ? undefined : await readRecords(pagesFile(indexFolder), parser).catch(() => undefined);
    return new ParsedPages(indexFolder, parser, known ?? new Map());
  }

  /** How many documents the cache did not hold. */
  get parsed(): number {
    return this.#parsed;
  }

  /** A document taken apart, as `parseDocument` does it. */
  parse(document: SourceDocument): ParsedDocument {
    const key = pageKey(document);
    const record = this.known.get(key);
    let page = record && pageOf(record);
    if (!page) {
      this.known.delete(key);
      page = parseDocument(document);
      this.#parsed++;
    }
    this.#keys.set(page, key);
    return page;
  }

  /**
   * Makes pages that {@link parse} gave the whole content of the cache, and forgets what was read of it: from here on every page is parsed.
   * Where the file cannot be written it stays as it was. Rejects only with the signal's AbortError.
   */
  async keep(pages: readonly ParsedDocument[], { signal }: JobContext = {}): Promise<void> {
    const { program, known } = this;
    if (program === undefined) return;
    const records: Records = new Map();
    let isNew = false;
    const turn = turns(signal);
    for (const page of pages) {
      const key = this.#keys.get(page)!;
      const record = known.get(key);
      records.set(key, record ?? deflateRawSync(serialize(page)));
      isNew ||= record === undefined;
      await turn();
    }
    this.known = new Map();
    if (isNew || records.size < known.size)
      await writeRecords(this.indexFolder, cacheOf(program, records)).catch(() => undefined);
  }
}

/** Everything but the program that a page's parsing depends on: its path, which names its snippets, and its text. */
function pageKey({ file, text }: SourceDocument): string {
  return createHash('sha256').update(JSON.stringify(file)).update(text).digest('hex').slice(0, 32);
}

/** Undefined where another version of Node wrote what this one cannot read. */
function pageOf(record: Uint8Array): ParsedDocument | undefined {
  try {
    return deserialize(inflateRawSync(record)) as ParsedDocument;
  } catch {
    return undefined;
  }
}

function cacheOf(program: string, records: Records): Uint8Array {
  const pages: Header['pages'] = [...records].map(([key, { length }]) => [key, length]);
  const header = Buffer.from(JSON.stringify({ program, pages } satisfies Header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const bytes = Buffer.concat([Buffer.alloc(DIGEST_BYTES), length, header, ...records.values()]);
  bytes.set(digestOf(bytes));
  return bytes;
}

/** In a folder that others on the machine may not enter: pages may be kept from them, and this is their text. */
async function writeRecords(indexFolder: string, bytes: Uint8Array): Promise<void> {
  const file = pagesFile(indexFolder);
  await mkdir(indexFolder, { recursive: true });
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFileAtomic(file, bytes);
}

/** The records of a cache of this program, none of another's. Rejects where the file is missing or a single bit is not as it was written. */
export async function readRecords(file: string, program: string): Promise<Records> {
  const bytes = await readFile(file);
  if (!digestOf(bytes).equals(bytes.subarray(0, DIGEST_BYTES))) throw new Error(`${file} does not match its checksum`);
  let at = PREAMBLE_BYTES + bytes.readUInt32LE(DIGEST_BYTES);
  const header = JSON.parse(bytes.toString('utf8', PREAMBLE_BYTES, at)) as Header;
  const records: Records = new Map();
  if (header.program !== program) return records;
  for (const [key, length] of header.pages) {
    records.set(key, bytes.subarray(at, at + length));
    at += length;
  }
  return records;
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes.subarray(DIGEST_BYTES)).digest();
}
