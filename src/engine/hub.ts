// Finds a model by path or name: local folders first; a download only when allowed, and then all or nothing.
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { errors, UserError } from '../core/errors.ts';
import { type JobContext, throwIfAborted } from '../core/progress.ts';
import { recoverFolder, replaceFolderAtomic, writeFileAtomic } from './atomicFile.ts';
import { fetchHubFile, requireSecure } from './hubFile.ts';
import { expandPacked, PACKED_FILE } from './packedWeights.ts';

/** Where models come from. */
export interface ModelSource extends JobContext {
  /** Folder of downloaded and copied models, `<home>/models`; `owner/name` lies in `owner/name` below it. */
  modelsFolder: string;
  /** Folder of the models that ship with KB Recall. */
  embeddedFolder?: string;
  /** Nothing is downloaded unless this is true. */
  allowDownload?: boolean;
  /** Address of the hub; HF_ENDPOINT or huggingface.co otherwise. */
  endpoint?: string;
}

const DEFAULT_ENDPOINT = 'https://huggingface.co';
const REQUIRED = ['config.json', 'tokenizer.json'];
const OPTIONAL = [
  'tokenizer_config.json',
  'special_tokens_map.json',
  'modules.json',
  '1_Pooling/config.json',
  'sentence_bert_config.json',
  'config_sentence_transformers.json',
];
// The first that there is; ONNX alone suffices for embedding, safetensors also for training.
const WEIGHTS = ['model.safetensors', 'onnx/model.onnx'] as const;
// Files of an older attempt may be of another version of the model.
const PARTIAL_MS = 24 * 60 * 60_000;
const NEEDED = [...REQUIRED, WEIGHTS.join(' or ')];

/**
 * The folder of a model, ready for `openModelFolder`: a path to a folder with config.json, a model in the local
 * folders, or a download. A compact embedded model is expanded into the models folder first.
 */
export async function resolveModel(nameOrPath: string, source: ModelSource): Promise<string> {
  const path = resolve(nameOrPath.replace(/^~(?=$|[\\/])/, homedir()));
  await recoverFolder(path);
  if (await isFile(join(path, 'config.json'))) {
    return ready(path, source);
  }
  if (isAbsolute(nameOrPath) || /^[.~]|\\|\/$/.test(nameOrPath)) {
    throw errors.modelFileMissing(path, 'config.json');
  }
  // Names become folders and addresses, so nothing but plain hub names.
  if (!/^\w[\w.-]*(\/\w[\w.-]*)?$/.test(nameOrPath) || nameOrPath.includes('..')) {
    throw errors.modelNameInvalid(nameOrPath);
  }
  const target = resolve(source.modelsFolder, nameOrPath);
  const candidates = [target];
  if (source.embeddedFolder !== undefined) {
    candidates.push(resolve(source.embeddedFolder, nameOrPath));
  }
  for (const folder of candidates) {
    await recoverFolder(folder);
    if (await isFile(join(folder, 'config.json'))) {
      return ready(folder, source);
    }
  }
  if (!source.allowDownload) {
    throw errors.modelNotFound(nameOrPath, candidates, NEEDED);
  }
  await download(nameOrPath, target, source);
  return target;
}

async function ready(folder: string, { modelsFolder }: ModelSource): Promise<string> {
  const isPacked = (await isFile(join(folder, PACKED_FILE))) && !(await isFile(join(folder, 'model.safetensors')));
  if (!isPacked) {
    return folder;
  }
  const name = folder.split(/[\\/]/).at(-1)!;
  return expandPacked(folder, resolve(modelsFolder, '.expanded', name));
}

/** Files arrive whole in `.partial/<name>`, so that a second attempt goes on; the model appears once all are there. */
async function download(name: string, target: string, source: ModelSource): Promise<void> {
  const partial = resolve(source.modelsFolder, '.partial', name);
  const begun = await stat(partial).catch(() => undefined);
  if (begun && Math.abs(Date.now() - begun.mtimeMs) > PARTIAL_MS) {
    await rm(partial, { recursive: true, force: true });
  }
  requireSecure(endpointOf(source));
  const failed = (file: string, reason: string) =>
    errors.modelDownloadFailed(name, file, endpointOf(source), target, reason);
  const files: string[] = [];
  const fetchFile = async (file: string): Promise<boolean> => {
    const found = await fetchInto(partial, name, file, target, source);
    if (found) {
      files.push(file);
    }
    return found;
  };
  for (const file of REQUIRED) {
    if (!(await fetchFile(file))) {
      throw failed(file, 'the hub has no such file');
    }
  }
  for (const file of OPTIONAL) {
    await fetchFile(file);
  }
  if (!(await fetchFile(WEIGHTS[0])) && !(await fetchFile(WEIGHTS[1]))) {
    throw failed(WEIGHTS.join(' or '), 'the hub has neither file');
  }
  throwIfAborted(source.signal);
  // Both folders lie below the models folder, so moving needs no second copy; of two racing downloads one fails here.
  await replaceFolderAtomic(target, async (temp) => {
    for (const file of files) {
      await mkdir(dirname(join(temp, file)), { recursive: true });
      await rename(join(partial, file), join(temp, file));
    }
  });
  await rm(partial, { recursive: true, force: true });
}

/** False where the hub says that there is no such file. */
async function fetchInto(
  partial: string,
  name: string,
  file: string,
  target: string,
  source: ModelSource,
): Promise<boolean> {
  const { signal, onProgress } = source;
  throwIfAborted(signal);
  const path = join(partial, file);
  if (await isFile(path)) {
    return true;
  }
  const request = {
    repository: name,
    file,
    endpoint: endpointOf(source),
    ...(signal && { signal }),
    onBytes(done: number, total: number | undefined) {
      onProgress?.({ stage: 'download', done, total, detail: { file } });
    },
  };
  let bytes: Uint8Array | undefined;
  try {
    bytes = await untilAborted(fetchHubFile(request), signal);
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof UserError) throw error;
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? `${message} (${cause.message})` : message;
    throw errors.modelDownloadFailed(name, file, request.endpoint, target, reason);
  }
  if (bytes === undefined) {
    return false;
  }
  const reason = whyUnusable(file, bytes);
  if (reason !== undefined) {
    throw errors.modelDownloadFailed(name, file, request.endpoint, target, reason);
  }
  await writeFileAtomic(path, bytes);
  return true;
}

/** Login pages of networks and proxies come as a success, so the kind of each file is checked. */
function whyUnusable(file: string, bytes: Uint8Array): string | undefined {
  if (file.endsWith('.json')) {
    try {
      JSON.parse(Buffer.from(bytes).toString('utf8'));
    } catch {
      return 'the answer is not JSON';
    }
  }
  // A safetensors file begins with the length of its header, whose first character follows.
  if (file.endsWith('.safetensors') && bytes[8] !== 0x7b) {
    return 'the answer is no safetensors file';
  }
  return undefined;
}

/** Gives up waiting, also for a server that never answers. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) {
    return work;
  }
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    // The loser must not become an unhandled rejection.
    work.catch(() => undefined);
  }
}

function endpointOf(source: ModelSource): string {
  return (source.endpoint ?? process.env.HF_ENDPOINT ?? '').replace(/\/+$/, '') || DEFAULT_ENDPOINT;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}
