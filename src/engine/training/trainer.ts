// Fine-tuning: epochs over the examples, development score after each, the best checkpoint kept, early stop.
import type { JobContext } from '../../core/progress.ts';
import { seededRandom } from '../../core/random.ts';
import type { TrainingMode } from '../../core/trainingMode.ts';
import type { ModelProfile } from '../encoder.ts';
import type { ModelWeights } from '../modelWeights.ts';
import { AdamW } from './adamw.ts';
import { TrainingClock } from './clock.ts';
import { assemble, dealExamples, type Example, type Passage } from './examples.ts';
import { makeParameters, type Parameters, restore, snapshot } from './parameters.ts';
import { warmupCosine } from './schedule.ts';
import { TrainingStep } from './step.ts';

/** Shares of the way to the best checkpoint that are tried; of equal ones the last, nearest to the base model, wins. */
const BLENDS = [1, 0.8, 0.6, 0.4, 0.2];

/** Most passes over the examples where nobody says how many. */
export const DEFAULT_EPOCHS = 10;

/** Settings of a run. */
export interface TrainingSettings {
  mode: TrainingMode;
  epochs: number;
  /** Budget of the training itself, checkpoints included; when it is used the run ends with the best checkpoint. */
  minutes?: number;
  /** Most authored examples of a batch; a small set is cut into smaller ones. */
  batch: number;
  /** Title examples added to each batch. */
  titles: number;
  /** Hard negatives of each example that are encoded anew in every step. */
  hardNegatives: number;
  /** Hard negatives of each example that enter every step by the vector the base model gave them. */
  fixedNegatives: number;
  /** A hard negative's score stays below this share of its positive's; Infinity: no guard against unlabelled right answers. */
  guard: number;
  /** Hard negatives are mined anew by the weights of the moment before every epoch but the first. */
  remine: boolean;
  /** Questions are also asked in wordings made by rules. */
  paraphrases: boolean;
  /** Peak learning rate of the layers. */
  learningRate: number;
  /** Peak learning rate of table rows, for example word embeddings. */
  rowRate: number;
  temperature: number;
  warmupShare: number;
  weightDecay: number;
  /** Epochs without a better development score before the run stops. */
  patience: number;
  seed: number;
  threads?: number;
}

/** One epoch's figures. */
export interface EpochRecord {
  epoch: number;
  loss: number;
  /** Development score after it, higher is better. */
  development: number;
  seconds: number;
}

/** What a run leaves; the weights in `model` are those of the best epoch, or the untouched ones when none was better. */
export interface TrainingOutcome {
  steps: number;
  /** 0 when no epoch beat the base model. */
  bestEpoch: number;
  baseDevelopment: number;
  bestDevelopment: number;
  history: EpochRecord[];
  /** Share of the way from the base weights to the best checkpoint's that was kept: 1 is the checkpoint itself. */
  blend: number;
  /** Why the run ended. */
  ended: 'finished' | 'no-progress' | 'diverged' | 'budget';
}

export interface TrainingInput {
  /** Changed in place. */
  model: ModelWeights;
  profile: ModelProfile;
  padId: number;
  passages: readonly Passage[];
  /** Vectors of the first passages under the base model, row-major. */
  baseVectors: Float32Array;
  examples: readonly Example[];
  titleExamples: readonly Example[];
  /** The same examples with hard negatives of the weights as they are. */
  remine?: (context: JobContext) => Promise<readonly Example[]>;
  /** Scores the weights as they are. */
  development: (context: JobContext) => Promise<number>;
}

/**
 * Rates that do not diverge, by the size of the encoder. Row rates follow the scale of the table's values, since a row that is
 * ten times as long must move ten times as far to turn by the same angle.
 */
export function defaultSettings(model: ModelWeights, seed: number): TrainingSettings {
  let layerValues = 0;
  let tableScale = 0.04;
  for (const [name, { dims, data }] of model.weights) {
    if (isWordTable(name, dims)) tableScale = rootMeanSquare(data);
    else layerValues += data.length;
  }
  const learningRate = layerValues < 5e6 ? 2e-4 : layerValues < 3e7 ? 5e-5 : 2e-5;
  return {
    mode: 'all',
    epochs: DEFAULT_EPOCHS,
    batch: 32,
    titles: 16,
    hardNegatives: 2,
    fixedNegatives: 16,
    guard: 0.95,
    remine: false,
    paraphrases: false,
    learningRate,
    rowRate: Math.max(learningRate, learningRate * 10 * tableScale),
    temperature: 0.05,
    warmupShare: 0.1,
    weightDecay: 0.01,
    patience: 4,
    seed,
  };
}

/** Vectors of words, one a row. */
function isWordTable(name: string, dims: readonly number[]): boolean {
  return /word_embeddings|embed/.test(name) && dims.length === 2 && dims[0]! > 1000;
}

/** Examples of a batch: a small set makes too few steps an epoch out of big batches. */
export function batchSize(examples: number, { batch }: Pick<TrainingSettings, 'batch'>): number {
  return Math.min(batch, Math.max(8, Math.round(examples / 9)));
}

function rootMeanSquare(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / values.length);
}

/** Trains `input.model` in place. A cancelled run throws AbortError within one step and leaves the weights in an undefined state. */
export async function train(
  input: TrainingInput,
  settings: TrainingSettings,
  context: JobContext = {},
): Promise<TrainingOutcome> {
  const { model, profile, passages, titleExamples } = input;
  let { examples } = input;
  const random = seededRandom(settings.seed);
  const frozen = (name: string): boolean =>
    settings.mode === 'layers' && isWordTable(name, model.weights.get(name)!.dims);
  const parameters = makeParameters(model.weights, frozen);
  const names = new Set(model.weights.keys());
  const trainable = new Set([...names].filter((name) => !frozen(name)));
  const step = new TrainingStep(
    { graph: model.graph, weights: names, trainable, dimension: profile.dimension },
    parameters,
    { pooling: profile.pooling, padId: input.padId, temperature: settings.temperature, threads: settings.threads },
  );
  const optimizer = new AdamW(parameters, { weightDecay: settings.weightDecay, clip: 1 });
  const size = batchSize(examples.length, settings);
  const perEpoch = dealExamples(examples, passages, size, seededRandom(settings.seed)).length;
  const total = perEpoch * settings.epochs;
  const warmup = Math.max(1, Math.round(total * settings.warmupShare));
  const clock = new TrainingClock(settings.minutes);
  let pairs = 0;
  let best = snapshot(parameters);
  const baseDevelopment = await input.development(context);
  const outcome: TrainingOutcome = {
    steps: 0,
    bestEpoch: 0,
    baseDevelopment,
    bestDevelopment: baseDevelopment,
    history: [],
    blend: 1,
    ended: 'finished',
  };
  const base = best;
  let candidate: { epoch: number; development: number; weights: Map<string, Float32Array> } | undefined;
  let titles: Example[] = [];
  try {
    for (let epoch = 1; epoch <= settings.epochs && outcome.ended !== 'budget'; epoch++) {
      const started = performance.now();
      let lossSum = 0;
      let batches = 0;
      if (epoch > 1 && settings.remine && input.remine) examples = await input.remine({ signal: context.signal });
      for (const batch of dealExamples(examples, passages, size, random)) {
        await clock.gate(context);
        // An epoch cut short is still scored: short budgets may not reach the end of the first.
        if (batches > 0 && clock.used >= 1) {
          outcome.ended = 'budget';
          break;
        }
        if (titles.length < settings.titles) titles = random.shuffle([...titleExamples]);
        const plan = [...batch, ...titles.splice(0, settings.titles)];
        const loss = await step.run(
          assemble(
            {
              examples: plan,
              hardNegativesPerExample: settings.hardNegatives,
              baseVectors: { vectors: input.baseVectors, dimension: profile.dimension },
              fixedPerExample: settings.fixedNegatives,
            },
            passages,
            random,
          ),
        );
        if (!Number.isFinite(loss)) {
          outcome.ended = 'diverged';
          return outcome;
        }
        // Where time is the limit the rate falls with the time, so that a run cut short has cooled down too.
        const factor = warmupCosine(Math.max(outcome.steps, clock.used * total), total, warmup, 0.05);
        optimizer.step(
          step.gradients,
          (name) => factor * (step.gradients.rows.has(name) ? settings.rowRate : settings.learningRate),
        );
        outcome.steps++;
        batches++;
        lossSum += loss;
        pairs += plan.length;
        context.onProgress?.({
          stage: 'train',
          done: outcome.steps,
          total,
          detail: {
            epoch,
            epochs: settings.epochs,
            loss,
            learningRate: factor * settings.learningRate,
            development: Math.max(baseDevelopment, candidate?.development ?? 0),
            pairs,
            seconds: clock.seconds,
          },
        });
      }
      const development = await input.development({ signal: context.signal });
      outcome.history.push({
        epoch,
        loss: lossSum / batches,
        development,
        seconds: (performance.now() - started) / 1000,
      });
      context.onProgress?.({
        stage: 'train',
        done: outcome.steps,
        total,
        detail: { epoch, epochs: settings.epochs, loss: lossSum / batches, development, epochEnd: 1 },
      });
      if (candidate === undefined || development > candidate.development)
        candidate = { epoch, development, weights: snapshot(parameters) };
      else if (epoch - candidate.epoch >= settings.patience) {
        outcome.ended = 'no-progress';
        break;
      }
      if (clock.used >= 1) outcome.ended = 'budget';
    }
    if (candidate) best = await bestBlend(base, candidate, parameters, input, outcome, context);
    return outcome;
  } finally {
    restore(parameters, best);
    await step.close();
  }
}

/** Writes what lies that share of the way between two arrays into `data`, which may be one of them. */
function mix(data: Float32Array, from: Float32Array, to: Float32Array, share: number): void {
  for (let i = 0; i < data.length; i++) data[i] = from[i]! + share * (to[i]! - from[i]!);
}

/** Moves the weights of `base` that share of the way to those of `tuned`, in place. */
export function mixWeights(base: ModelWeights, tuned: ModelWeights, share: number): void {
  for (const [name, { data }] of base.weights) {
    const to = tuned.weights.get(name)?.data;
    if (to?.length !== data.length) throw new Error(`The two models differ in the weight ${name}.`);
    mix(data, data, to, share);
  }
}

/**
 * Tries the best checkpoint and weights on the way to it, and keeps what recalls the development questions best, the base model
 * included: tuned weights forget, and part of the way often keeps most of the gain (WiSE-FT, Wortsman et al. 2021, arXiv 2109.01903).
 */
async function bestBlend(
  base: Map<string, Float32Array>,
  candidate: { epoch: number; development: number; weights: Map<string, Float32Array> },
  parameters: Parameters,
  input: TrainingInput,
  outcome: TrainingOutcome,
  context: JobContext,
): Promise<Map<string, Float32Array>> {
  let kept = base;
  for (const share of BLENDS) {
    for (const [name, from] of base) {
      const to = candidate.weights.get(name)!;
      const { data } = parameters.get(name)!;
      mix(data, from, to, share);
    }
    const development = share === 1 ? candidate.development : await input.development({ signal: context.signal });
    const nearer = outcome.bestEpoch > 0 && development === outcome.bestDevelopment;
    if (development > outcome.bestDevelopment || nearer) {
      outcome.bestDevelopment = development;
      outcome.bestEpoch = candidate.epoch;
      outcome.blend = share;
      kept = snapshot(parameters);
    }
  }
  return kept;
}
