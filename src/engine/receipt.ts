// Whether an index is up to date, told without opening the model or taking a page apart: a receipt beside it holds a hash of everything
// that it was made of and the answer of then. It is a cache: where it is missing, foreign or damaged, the long way gives the same answer.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { IndexAnswer, KnowledgeBase } from '../protocol/engine.ts';
import { writeFileAtomic } from './atomicFile.ts';
import { type Manifest, parseManifest, readManifestText, sha256 } from './indexManifest.ts';
import { programHash } from './program.ts';

const RECEIPT = 'receipt.json';

interface Receipt {
  /** Hash of program, model, documents and what could not be read. */
  inputs: string;
  /** Hash of the manifest's text. */
  manifest: string;
  /** Size and time of change of each segment, in the manifest's order: one that was damaged since is not taken for whole. */
  segments: string[];
  answer: IndexAnswer;
}

/** The answer of last time, as of an update that found nothing to do; undefined unless nothing changed. */
export async function readReceipt(
  folder: string,
  base: KnowledgeBase,
  modelHash: string,
): Promise<IndexAnswer | undefined> {
  try {
    const receipt = JSON.parse(await readFile(join(folder, RECEIPT), 'utf8')) as Receipt;
    const text = await readManifestText(folder);
    if (text === undefined || receipt.manifest !== sha256(text)) return undefined;
    if ((await segmentStates(folder, parseManifest(text))).join() !== receipt.segments.join()) return undefined;
    if (receipt.inputs !== (await inputsHash(base, modelHash))) return undefined;
    return { ...receipt.answer, embedded: 0, removed: 0, notice: undefined };
  } catch {
    return undefined;
  }
}

/** Notes that the index in `folder`, as written by `generation`, is what `answer` says of `base`. Never throws. */
export async function writeReceipt(
  folder: string,
  base: KnowledgeBase,
  answer: IndexAnswer,
  generation: number,
): Promise<void> {
  try {
    const text = await readManifestText(folder);
    if (text === undefined) return;
    const manifest = parseManifest(text);
    // Another process wrote since.
    if (manifest.generation !== generation) return;
    const receipt: Receipt = {
      inputs: await inputsHash(base, answer.modelHash),
      manifest: sha256(text),
      segments: await segmentStates(folder, manifest),
      answer,
    };
    await writeFileAtomic(join(folder, RECEIPT), JSON.stringify(receipt));
  } catch {
    // The next start takes the long way.
  }
}

async function segmentStates(folder: string, { segments }: Manifest): Promise<string[]> {
  return Promise.all(
    segments.map(async ({ file }) => {
      const { size, mtimeMs } = await stat(join(folder, file));
      return `${size} ${mtimeMs}`;
    }),
  );
}

async function inputsHash({ documents, unreadable }: KnowledgeBase, modelHash: string): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([await programHash(), modelHash, unreadable]));
  for (const { file, text } of documents) {
    // Lengths first, so that no two lists of documents look alike.
    hash.update(`\n${file.length} ${text.length} ${file}\n`);
    hash.update(text);
  }
  return hash.digest('hex');
}
