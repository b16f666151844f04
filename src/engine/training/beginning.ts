// What a training begins with: a checkpoint that fits, or nothing.
import { type ActivationMark, Activations, removeAbandoned } from './activations.ts';
import { AdamW } from './adamw.ts';
import { findCheckpoint, type RunState, type StoredExample, unreadable } from './checkpoint.ts';
import type { Example } from './examples.ts';
import type { Parameters, Snapshot } from './parameters.ts';
import type { TrainedPart } from './trainedPart.ts';
import type { TrainingInput, TrainingSettings } from './trainer.ts';
import { TrainingWatch } from './watch.ts';

/** What a run begins with. */
export interface Beginning {
  optimizer: AdamW;
  activations?: Activations;
  /** Of a checkpoint, with the weights of its best epoch. */
  state?: RunState;
  best?: Snapshot;
  notice?: string;
}

/** Takes over a checkpoint that fits; one that cannot be read is told and left. */
export async function begin(
  { padId, work }: TrainingInput,
  { weightDecay, threads, epochs }: TrainingSettings,
  { cut }: TrainedPart,
  parameters: Parameters,
): Promise<Beginning> {
  const openActivations = async (mark?: ActivationMark): Promise<Activations | undefined> => {
    if (work && !mark) await removeAbandoned(work.folder);
    return cut && Activations.open(cut, parameters, { padId, threads, folder: work?.folder, mark });
  };
  const newOptimizer = (): AdamW => new AdamW(parameters, { weightDecay, clip: 1 });
  const found = work ? await findCheckpoint(work) : {};
  if (!('state' in found)) return { optimizer: newOptimizer(), activations: await openActivations(), ...found };
  const { state } = found;
  const optimizer = newOptimizer();
  let activations: Activations | undefined;
  try {
    activations = await openActivations(state.activations);
    const best = await found.read({ parameters, optimizer });
    const notice = `The training goes on after step ${state.steps}, in epoch ${state.epoch} of ${epochs}, where an earlier one was interrupted.`;
    return { optimizer, activations, state, best, notice };
  } catch (error) {
    await activations?.close();
    return { optimizer: newOptimizer(), activations: await openActivations(), notice: unreadable(error) };
  }
}

/** The state before the first step; both figures are the base model's. */
export async function firstState(
  settings: TrainingSettings,
  alikeness: () => Promise<number>,
  development: () => Promise<number>,
): Promise<RunState> {
  const watch = TrainingWatch.of(await alikeness()).toJSON();
  const started = performance.now();
  const baseDevelopment = await development();
  return {
    epoch: 1,
    batches: 0,
    epochRandom: settings.seed,
    random: settings.seed,
    titles: [],
    lossSum: 0,
    epochSeconds: 0,
    seconds: 0,
    steps: 0,
    pairs: 0,
    watch,
    baseDevelopment,
    scoring: { at: 0, seconds: (performance.now() - started) / 1000 },
    history: [],
  };
}

/** An example as a checkpoint keeps it. */
export function storeExample({ query, accepted, ...rest }: Example): StoredExample {
  return { ...rest, query: [...query], accepted: [...accepted] };
}

/** And back. */
export function readExample({ query, accepted, ...rest }: StoredExample): Example {
  return { ...rest, query: Int32Array.from(query), accepted: new Set(accepted) };
}
