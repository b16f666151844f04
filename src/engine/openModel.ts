// A model in use: found, read, and open for embedding.
import { dirname, join, resolve } from 'node:path';
import type { JobContext } from '../core/progress.ts';
import type { ModelChoice } from '../protocol/engine.ts';
import { removeFolderAtomic } from './atomicFile.ts';
import { Embedder } from './embedder.ts';
import { resolveModel } from './hub.ts';
import { loadModelTokenizer, type ModelFolder, openModelFolder } from './modelFolder.ts';
import { modelHash } from './modelHash.ts';
import { loadWeights, type ModelWeights } from './modelWeights.ts';

export interface OpenModel {
  folder: ModelFolder;
  weights: ModelWeights;
  embedder: Embedder;
  /** Of its content: the same name with other weights is another model. */
  hash: string;
}

/** A model found and read but for its weights, with the hash of its content. Downloads nothing. Throws a UserError that says what is missing. */
export async function findModel(choice: ModelChoice): Promise<Pick<OpenModel, 'folder' | 'hash'>> {
  const folder = await openModelFolder(await resolveModel(choice.model, { ...choice, allowDownload: false }));
  return { folder, hash: await modelHash(folder, hashFile(choice)) };
}

/** Opens a model; its embedder is the caller's to close. Throws a UserError that says what is missing. */
export async function openModel(choice: ModelChoice, context: JobContext = {}): Promise<OpenModel> {
  const path = await resolveModel(choice.model, { ...choice, ...context });
  let folder = await openModelFolder(path);
  const cacheFile = hashFile(choice);
  // Before anything is made of its files.
  const hash = await modelHash(folder, cacheFile).catch(async (error: unknown) => {
    // A copy that was unpacked from the embedded model is made anew; other models are for their author to mend.
    if (dirname(path) !== resolve(choice.modelsFolder, '.expanded')) throw error;
    await removeFolderAtomic(path);
    await resolveModel(choice.model, { ...choice, ...context });
    folder = await openModelFolder(path);
    return modelHash(folder, cacheFile);
  });
  const weights = await loadWeights(folder);
  const tokenizer = await loadModelTokenizer(folder);
  const embedder = await Embedder.of(weights, folder.profile, tokenizer, { threads: choice.threads });
  return { folder, weights, embedder, hash };
}

/** Hashes of models that did not change since. */
const hashFile = ({ modelsFolder }: ModelChoice): string => join(modelsFolder, '.hashes.json');

/** One folder per model and version of it, so that going back to a model costs no embedding. */
export function indexPath(indexFolder: string, id: string, hash: string): string {
  return join(indexFolder, `${id.replace(/[^\w.-]+/g, '_')}-${hash.slice(0, 12)}`);
}
