// The state of an unfinished training on the disk, so that one that was killed or stopped goes on where it was: weights, moments,
// random state and place, written as a whole and from time to time.
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHash } from '../../core/hash.ts';
import { recoverFolder, replaceFolderAtomic } from '../atomicFile.ts';
import { type OutputTensor, SafetensorsFile, writeSafetensors } from '../safetensors.ts';
import type { ActivationMark } from './activations.ts';
import type { AdamW } from './adamw.ts';
import type { Parameters, Snapshot } from './parameters.ts';
import type { Scoring } from './scoring.ts';
import type { EpochRecord } from './trainer.ts';
import type { WatchState } from './watch.ts';

/** What has to be the same for a training to go on; each is a hash or a name. */
export interface TrainingKey {
  model: string;
  settings: string;
  questions: string;
  snippets: string;
}

/** Where a training keeps its work while it runs. */
export interface WorkPlace {
  folder: string;
  key: TrainingKey;
  /** Seconds between two checkpoints, at least; default 30. */
  everySeconds?: number;
  /** What lies there from an unfinished training is not gone on with. */
  startsAnew?: boolean;
}

/** Everything about a run but its arrays. */
export interface RunState {
  /** Epoch under way, from 1, and batches of it that are done. */
  epoch: number;
  batches: number;
  /** Random state at the beginning of the epoch, by which its batches are dealt again, and now. */
  epochRandom: number;
  random: number;
  /** Of the titles not yet drawn: places in the list of title examples. */
  titles: number[];
  lossSum: number;
  /** Seconds of the epoch and of the whole run so far. */
  epochSeconds: number;
  seconds: number;
  steps: number;
  pairs: number;
  baseDevelopment: number;
  scoring: Scoring;
  history: EpochRecord[];
  best?: { epoch: number; development: number };
  watch: WatchState;
  /** Examples of this epoch where they are not those that the run began with, see `TrainingInput.remine`. */
  examples?: StoredExample[];
  /** Of the activations that lie beside it. */
  activations?: ActivationMark;
}

/** An example as JSON. */
export interface StoredExample {
  query: number[];
  accepted: number[];
  positives: readonly number[];
  hardNegatives: readonly number[];
  weight: number;
}

/** What a checkpoint holds of the arrays; `best` belongs to the best epoch so far. */
export interface RunArrays {
  parameters: Parameters;
  optimizer: AdamW;
  best?: Snapshot;
}

/** A checkpoint that fits, or why there is none to go on with. */
export type Found = { state: RunState; read(arrays: RunArrays): Promise<Snapshot | undefined> } | { notice?: string };

const FORMAT = 2;
const DEFAULT_SECONDS = 30;
/** Writing takes at most this share of the time. */
const MOST_SHARE = 0.05;

const folderOf = ({ folder }: Pick<WorkPlace, 'folder'>): string => join(folder, 'checkpoint');
const fileIn = (folder: string): string => join(folder, 'state.safetensors');

/** Removes the checkpoint of a training that has ended. */
export async function removeCheckpoint(work: Pick<WorkPlace, 'folder'>): Promise<void> {
  await rm(folderOf(work), { recursive: true, force: true, maxRetries: 3 });
}

/** How far an unfinished training came; undefined where there is none that can be read. */
export async function unfinished(
  work: Pick<WorkPlace, 'folder'>,
): Promise<{ epoch: number; steps: number } | undefined> {
  const folder = folderOf(work);
  await recoverFolder(folder).catch(() => undefined);
  try {
    const file = await SafetensorsFile.open(fileIn(folder));
    await file.close();
    const { epoch, steps } = JSON.parse(file.metadata.state!) as RunState;
    return { epoch, steps };
  } catch {
    return undefined;
  }
}

/** A hash of anything that JSON can tell. */
export function keyOf(value: unknown): string {
  return contentHash(JSON.stringify(value));
}

/** Looks for a checkpoint that `work.key` fits. Its arrays are read when asked for, into weights that are as they were before the first step. */
export async function findCheckpoint(work: WorkPlace): Promise<Found> {
  const folder = folderOf(work);
  if (work.startsAnew) {
    await removeCheckpoint(work);
    return {};
  }
  await recoverFolder(folder);
  if (!(await stat(folder).catch(() => undefined))) return {};
  try {
    const file = await SafetensorsFile.open(fileIn(folder));
    await file.close();
    const { format, key, state, touched, optimizerSteps } = file.metadata;
    if (format !== String(FORMAT)) throw new Error('another version of KB Recall wrote it');
    const difference = differs(JSON.parse(key!) as TrainingKey, work.key);
    if (difference) return { notice: difference };
    return {
      state: JSON.parse(state!) as RunState,
      read: (arrays) => readArrays(fileIn(folder), JSON.parse(touched!), Number(optimizerSteps), arrays),
    };
  } catch (error) {
    return { notice: unreadable(error) };
  }
}

/** The sentence for a checkpoint that cannot be used. */
export function unreadable(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `The checkpoint of an unfinished training cannot be read (${reason.replace(/\.$/, '')}); this one starts anew.`;
}

/** In the order in which an author would look. */
function differs(was: TrainingKey, is: TrainingKey): string | undefined {
  if (was.model !== is.model)
    return 'An unfinished training was found, but it was of another model; this one starts anew.';
  if (was.settings !== is.settings)
    return 'An unfinished training was found, but its settings were others; this one starts anew.';
  if (was.questions !== is.questions)
    return 'An unfinished training was found, but the questions have changed since; this one starts anew.';
  if (was.snippets !== is.snippets)
    return 'An unfinished training was found, but the snippets have changed since; this one starts anew.';
  return undefined;
}

/** Writes checkpoints of one run, not too often. */
export class CheckpointWriter {
  private last = performance.now();
  private interval: number;

  constructor(private readonly work: WorkPlace) {
    this.interval = (work.everySeconds ?? DEFAULT_SECONDS) * 1000;
  }

  get isDue(): boolean {
    return performance.now() - this.last >= this.interval;
  }

  /** Replaces the checkpoint as a whole. */
  async write(state: RunState, arrays: RunArrays): Promise<void> {
    const started = performance.now();
    const tensors = tensorsOf(arrays);
    const bytes = tensors.reduce((sum, { dims }) => sum + 4 * dims.reduce((a, b) => a * b, 1), 0);
    const touched = Object.fromEntries(
      [...arrays.parameters.values()].flatMap((p) => (p.touched ? [[p.name, p.touched.rows]] : [])),
    );
    const metadata = {
      format: String(FORMAT),
      key: JSON.stringify(this.work.key),
      state: JSON.stringify(state),
      touched: JSON.stringify(touched),
      optimizerSteps: String(arrays.optimizer.steps),
    };
    const fill = (temp: string): Promise<void> => writeSafetensors(fileIn(temp), tensors, { metadata });
    await replaceFolderAtomic(folderOf(this.work), fill, { bytes });
    this.last = performance.now();
    // A big model on a slow disk is written less often, where nobody has said how often.
    if (this.work.everySeconds === undefined)
      this.interval = Math.max(this.interval, (this.last - started) / MOST_SHARE);
  }
}

/** Weights, moments and best weights by name; of tables by rows only the touched ones. */
function tensorsOf({ parameters, optimizer, best }: RunArrays): OutputTensor[] {
  const tensors: OutputTensor[] = [];
  const add = (name: string, data: Float32Array): void => {
    tensors.push({ name, dtype: 'F32', dims: [data.length], data });
  };
  for (const p of parameters.values()) {
    if (!p.trainable) continue;
    add(`weights/${p.name}`, p.touched ? p.touched.current(p.data) : p.data);
    const moments = optimizer.moments.get(p.name);
    const rows = optimizer.rowMoments.get(p.name);
    for (const which of ['first', 'second'] as const) {
      if (moments) add(`${which}/${p.name}`, moments[which]);
      if (rows) add(`${which}/${p.name}`, rows[which].data);
    }
  }
  for (const [name, data] of best ?? []) add(`best/${name}`, data);
  return tensors;
}

/** Puts a checkpoint's arrays in place and returns the best weights that it holds. Throws where they do not fit the model. */
async function readArrays(
  path: string,
  touched: Record<string, number[]>,
  steps: number,
  { parameters, optimizer }: RunArrays,
): Promise<Snapshot | undefined> {
  const file = await SafetensorsFile.open(path);
  try {
    const read = async (name: string, length: number | undefined): Promise<Float32Array> => {
      const data = await file.readFloat32(name);
      if (length !== undefined && data.length !== length) throw new Error(`${name} has ${data.length} values`);
      return data;
    };
    // All is read before anything is changed: a broken file must leave the base model.
    const weights = new Map<string, Float32Array>();
    for (const p of parameters.values()) {
      if (!p.trainable) continue;
      const length = p.touched ? (touched[p.name] ?? []).length * p.touched.width : p.data.length;
      weights.set(p.name, await read(`weights/${p.name}`, length));
    }
    const best: Snapshot = new Map();
    for (const name of file.tensors.keys())
      if (name.startsWith('best/')) best.set(name.slice('best/'.length), await read(name, undefined));
    for (const p of parameters.values()) {
      if (!file.tensors.has(`first/${p.name}`)) continue;
      const length = weights.get(p.name)!.length;
      const [first, second] = [await read(`first/${p.name}`, length), await read(`second/${p.name}`, length)];
      optimizer.resume(p.name, first, second);
    }
    optimizer.steps = steps;
    for (const [name, data] of weights) {
      const p = parameters.get(name)!;
      if (p.touched) {
        for (const row of touched[name] ?? []) p.touched.touch(row, p.data);
        p.touched.write(p.data, data, 1);
      } else p.data.set(data);
    }
    return best.size > 0 ? best : undefined;
  } finally {
    await file.close();
  }
}
