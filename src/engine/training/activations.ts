// What the frozen lower layers make of each text: computed when first needed, kept in a file, read in every epoch after.
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GraphBuilder } from '../../autodiff/builder.ts';
import { encodeModel } from '../../autodiff/proto.ts';
import { codeOf } from '../atomicFile.ts';
import type { Cut } from '../graphs/cut.ts';
import { appendEncoder, type EncoderInputs } from '../graphs/tower.ts';
import { Session } from '../runtime.ts';
import { encoderFeeds, lengthSortedBatches, MICRO_BATCH, packTokens } from '../tokenBatch.ts';
import { dropTag, isLive, newTag } from '../writerTag.ts';
import type { Parameters } from './parameters.ts';

/** Most that is kept on the disk; texts beyond it are computed anew each time. */
const MOST_BYTES = 4e9;

/** A cache as a checkpoint knows it, which can be cut back to where it was. */
export interface ActivationMark {
  /** Name of its folder. */
  name: string;
  texts: number;
}

/** Gives the lower part's values of texts: tokens x width each, row-major. */
export class Activations {
  private readonly places = new Map<string, number>();
  /** Lengths of the two files. */
  private bytes = 0;
  private textBytes = 0;
  private isFull = false;

  private constructor(
    private readonly cut: Cut,
    private readonly parameters: Parameters,
    private readonly padId: number,
    private readonly session: Session,
    private readonly encoder: { inputs: EncoderInputs; output: string },
    private readonly files: Files | undefined,
    private readonly mostBytes: number,
  ) {}

  /**
   * Opens the lower part of a model whose weights are `parameters`. A cache is a folder of its own in `folder`, without which nothing
   * is kept. With `mark` one that lies there is taken over up to it; throws where it is shorter.
   */
  static async open(
    cut: Cut,
    parameters: Parameters,
    options: { padId: number; threads?: number; folder?: string; mark?: ActivationMark; mostBytes?: number },
  ): Promise<Activations> {
    const { padId, threads, folder, mark, mostBytes = MOST_BYTES } = options;
    const b = GraphBuilder.empty('lower');
    const names = new Set(parameters.keys());
    for (const input of cut.lower.inputs) if (names.has(input.name)) b.input(input.name, input.type, input.dims);
    const encoder = appendEncoder(b, cut.lower, 'text', names);
    b.output(encoder.output);
    const files = folder === undefined ? undefined : await openFiles(folder, mark);
    const session = await Session.open(encodeModel(b.graph), { threads });
    const opened = new Activations(cut, parameters, padId, session, encoder, files, mostBytes);
    if (mark)
      await opened.cutBack(mark).catch(async (error) => {
        await opened.close();
        throw error;
      });
    return opened;
  }

  /** Numbers of one token. */
  get width(): number {
    return this.cut.width;
  }

  /** Values of each text. */
  async of(texts: readonly Int32Array[]): Promise<Float32Array[]> {
    const unknown = new Map<string, Int32Array>();
    for (const text of texts) {
      const key = keyOf(text);
      if (!this.places.has(key)) unknown.set(key, text);
    }
    const made = await this.compute(unknown);
    await this.keep(unknown, made);
    return Promise.all(texts.map((text) => made.get(keyOf(text)) ?? this.read(text)));
  }

  /** For a checkpoint: what was kept so far is on the disk. */
  async mark(): Promise<ActivationMark> {
    await this.files?.values.datasync();
    await this.files?.texts.datasync();
    return { name: basename(this.files?.folder ?? ''), texts: this.places.size };
  }

  /** Closes the session; what was kept goes too, unless a checkpoint needs it. */
  async close(options: { keep?: boolean } = {}): Promise<void> {
    await this.session.close();
    if (!this.files) return;
    const { folder, values, texts } = this.files;
    await values.close();
    await texts.close();
    dropTag(tagOf(folder));
    if (!options.keep) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private async compute(texts: ReadonlyMap<string, Int32Array>): Promise<Map<string, Float32Array>> {
    const keys = [...texts.keys()];
    const sequences = [...texts.values()];
    const made = new Map<string, Float32Array>();
    const { width } = this.cut;
    const weights = Object.fromEntries(
      this.cut.lower.inputs.flatMap(({ name }) => {
        const parameter = this.parameters.get(name);
        return parameter ? [[name, parameter.wrapped]] : [];
      }),
    );
    for (const group of lengthSortedBatches(
      sequences.map(({ length }) => length),
      MICRO_BATCH,
    )) {
      const batch = packTokens(
        group.map((i) => sequences[i]!),
        this.padId,
        'mean',
      );
      const results = await this.session.run({ ...weights, ...encoderFeeds(this.encoder.inputs, batch) });
      const values = results[this.encoder.output]!.data as Float32Array;
      group.forEach((i, row) => {
        const from = row * batch.length * width;
        made.set(keys[i]!, values.slice(from, from + sequences[i]!.length * width));
      });
    }
    return made;
  }

  private async keep(texts: ReadonlyMap<string, Int32Array>, made: ReadonlyMap<string, Float32Array>): Promise<void> {
    if (!this.files || this.isFull) return;
    for (const [key, text] of texts) {
      const values = made.get(key)!;
      this.isFull = this.bytes + values.byteLength > this.mostBytes;
      if (this.isFull) return;
      try {
        await writeWhole(this.files.values, bytesOf(values), this.bytes);
        const entry = Int32Array.of(text.length, ...text);
        await writeWhole(this.files.texts, bytesOf(entry), this.textBytes);
        this.textBytes += entry.byteLength;
      } catch (error) {
        // A full disk costs time, not the training.
        if (codeOf(error) !== 'ENOSPC' && codeOf(error) !== 'EDQUOT') throw error;
        this.isFull = true;
        return;
      }
      this.places.set(key, this.bytes);
      this.bytes += values.byteLength;
    }
  }

  private async read(text: Int32Array): Promise<Float32Array> {
    const values = new Float32Array(text.length * this.cut.width);
    await readWhole(this.files!.values, bytesOf(values), this.places.get(keyOf(text))!);
    return values;
  }

  private async cutBack({ texts }: ActivationMark): Promise<void> {
    const { values, texts: listed } = this.files!;
    const { size } = await listed.stat();
    const all = new Int32Array(size >> 2);
    await readWhole(listed, bytesOf(all), 0);
    let at = 0;
    for (let n = 0; n < texts; n++) {
      const length = all[at];
      if (length === undefined || at + 1 + length > all.length) throw new Error('the kept activations are cut off');
      this.places.set(keyOf(all.slice(at + 1, at + 1 + length)), this.bytes);
      this.bytes += length * this.cut.width * 4;
      at += 1 + length;
    }
    if ((await values.stat()).size < this.bytes) throw new Error('the kept activations are cut off');
    this.textBytes = at * 4;
    await listed.truncate(this.textBytes);
    await values.truncate(this.bytes);
  }
}

/** Files of a cache: values one text after the other, and each text as its length and tokens. */
interface Files {
  folder: string;
  values: FileHandle;
  texts: FileHandle;
}

const PREFIX = 'activations-';
/** Older ones are taken for abandoned even where a process of the same number lives. */
const ABANDONED_MS = 24 * 3_600_000;
const tagOf = (folder: string): string => basename(folder).slice(PREFIX.length);

async function openFiles(within: string, mark: ActivationMark | undefined): Promise<Files> {
  const folder = join(within, mark?.name ?? PREFIX + newTag());
  await mkdir(folder, { recursive: true });
  const flags = mark ? 'r+' : 'w+';
  const values = await open(join(folder, 'values.bin'), flags);
  return { folder, values, texts: await open(join(folder, 'texts.bin'), flags) };
}

/** Removes caches that killed trainings have left in `within`. */
export async function removeAbandoned(within: string): Promise<void> {
  for (const name of await readdir(within).catch(() => [])) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(within, name);
    const modified = await stat(folder).catch(() => undefined);
    if (modified && !isLive(tagOf(folder), modified.mtimeMs, ABANDONED_MS))
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Tokens as a map's key. */
function keyOf(text: Int32Array): string {
  return Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('latin1');
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

async function writeWhole(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; )
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
}

async function readWhole(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, position + at);
    if (bytesRead === 0) throw new Error('The kept activations became shorter while the training ran.');
    at += bytesRead;
  }
}
