// Fine-tuning: epochs over the examples, development scores between them, the best checkpoint kept, early stop.
import type { JobContext } from '../../core/progress.ts';
import { seededRandom } from '../../core/random.ts';
import type { TrainingMode } from '../../core/trainingMode.ts';
import type { ModelProfile } from '../encoder.ts';
import type { ModelWeights } from '../modelWeights.ts';
import { begin, firstState, readExample, storeExample } from './beginning.ts';
import { bestBlend } from './blends.ts';
import { CheckpointWriter, unfinished, type WorkPlace } from './checkpoint.ts';
import { TrainingClock } from './clock.ts';
import { assemble, dealExamples, type Example, type Passage } from './examples.ts';
import { makeParameters, restore, snapshot } from './parameters.ts';
import { warmupCosine } from './schedule.ts';
import { type FramingScores, framingScores, isScoringDue, scoresSince, secondsOfSteps } from './scoring.ts';
import { TrainingStep, tokenBudget } from './step.ts';
import { isWordTable, tablesOf, trainedLayers, trainedPart } from './trainedPart.ts';
import { isTrouble, meanCosine, TrainingWatch, type Trouble } from './watch.ts';

/** Most passes over the examples where nobody says how many. */
export const DEFAULT_EPOCHS = 10;

/** Settings of a run. */
export interface TrainingSettings {
  mode: TrainingMode;
  /** Layers that mode `top` trains; left out, a third of them. */
  topLayers?: number;
  epochs: number;
  /** Budget of the training, scores and blends included; when it is used the run ends with the best checkpoint. */
  minutes?: number;
  /** Most authored examples of a batch; a small set is cut into smaller ones. */
  batch: number;
  /** Batches that a small set is cut into, as far as they hold at least eight examples. */
  leastBatches: number;
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
  /** Most windows that development questions are ranked among. */
  poolWindows: number;
  /** Peak learning rate of all but words' vectors. */
  learningRate: number;
  /** Peak learning rate of words' vectors. */
  rowRate: number;
  /** The knowledge base is small beside its questions, see `plan.ts`. */
  isSparse: boolean;
  /** Of the loss; left out, the one that fits the base model, see `temperature.ts`. */
  temperature?: number;
  warmupShare: number;
  weightDecay: number;
  /** Development scores without a better one before the run stops. */
  patience: number;
  seed: number;
  threads?: number;
}

/** Settings by which can be trained. */
export type FittedSettings = TrainingSettings & { temperature: number };

/** One epoch's figures. */
export interface EpochRecord {
  epoch: number;
  loss: number;
  /** Development score after it, higher is better; left out where the budget left no time for it. */
  development?: number;
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
  /** Of the loss. */
  temperature: number;
  /** Share of the way from the base weights to the best checkpoint's that was kept: 1 is the checkpoint itself. */
  blend: number;
  /** Why the run ended; the last two mean that it did harm, see `watch.ts`. */
  ended: 'finished' | 'no-progress' | 'budget' | Trouble;
  /** What became of an unfinished training that was found, one sentence. */
  notice?: string;
}

/** Vectors of token sequences under the weights as they are, row-major. */
export type Embed = (texts: readonly Int32Array[], context?: JobContext) => Promise<Float32Array>;

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
  /** Scores the weights as they are, by vectors that `embed` makes. */
  development: (context: JobContext, embed: Embed) => Promise<number>;
  /** Gives the examples of the next epoch under the weights as they are; without it they stay those of the first. */
  remine?: (embed: Embed, context: JobContext) => Promise<readonly Example[]>;
  /** Where checkpoints and activations are kept; without it nothing is written. */
  work?: WorkPlace;
}

/**
 * The peak learning rate of a small encoder's rows, as a share of the scale of their values. There the rows are most of the model, and most of
 * what a knowledge base teaches it: of 1e-3, 2e-3 and 3e-3 for values of 0.14 the latter two did best on bases of 10,000 and 30,000 snippets.
 */
const ROW_SHARE = 1 / 70;

/** Windows that development questions are ranked among; of a larger base those that matter, and others to fill up. */
const POOL_WINDOWS = 1500;
/** Where a score would take more of a budget than it is worth. */
const LEAN_POOL_WINDOWS = 500;

/**
 * Rates that do not diverge, by the size of the encoder and, for `isSparse`, in a knowledge base that is small beside its questions. Row
 * rates follow the scale of the table's values, since a row that is ten times as long must move ten times as far to turn by the same angle.
 * `isTimed`: the time is limited. There a larger encoder has neither hard negatives nor titles: in two minutes of all-MiniLM-L6-v2 it made 54 steps without
 * them and 11 with them, and nDCG@10 of a development base rose by 4.2 points instead of 3.0.
 */
export function defaultSettings(
  model: Pick<ModelWeights, 'weights'>,
  seed: number,
  { isSparse = false, isTimed = false }: { isSparse?: boolean; isTimed?: boolean } = {},
): TrainingSettings {
  let layerValues = 0;
  let tableScale = 0.04;
  for (const [name, { dims, data }] of model.weights) {
    if (isWordTable(name, dims)) tableScale = rootMeanSquare(data);
    else layerValues += data.length;
  }
  const isSmall = layerValues < 5e6;
  const isLean = isTimed && !isSmall;
  // Of 5e-5, 2e-4 and 8e-4 on two splits of examples/helpdesk the middle one was best for the embedded model; on 30,000 snippets the lowest.
  const learningRate = isSmall && isSparse ? 2e-4 : layerValues < 3e7 ? 5e-5 : 2e-5;
  return {
    mode: 'all',
    epochs: DEFAULT_EPOCHS,
    // Of 8, 17, 32 and 64 on examples/helpdesk the largest was best, and more steps only moved rows further than they need.
    batch: isSmall ? 64 : 32,
    leastBatches: isSmall ? 2 : 9,
    titles: isLean ? 0 : isSmall ? 64 : 16,
    hardNegatives: isLean || isSparse ? 0 : 2,
    fixedNegatives: isLean || isSparse ? 0 : 16,
    guard: 0.95,
    poolWindows: isLean ? LEAN_POOL_WINDOWS : POOL_WINDOWS,
    remine: false,
    paraphrases: false,
    learningRate,
    rowRate: isSmall ? tableScale * ROW_SHARE : Math.max(learningRate, learningRate * 10 * tableScale),
    isSparse,
    // Without hard negatives 0.1 kept what 0.05 and 0.03 forgot (word vectors of three development bases).
    ...(isSmall && { temperature: isSparse ? 0.1 : 0.05 }),
    warmupShare: 0.1,
    weightDecay: 0.01,
    patience: 4,
    seed,
  };
}

/** Examples of a batch: a small set makes too few steps an epoch out of big batches. */
export function batchSize(
  examples: number,
  { batch, leastBatches }: Pick<TrainingSettings, 'batch' | 'leastBatches'>,
): number {
  return Math.min(batch, Math.max(8, Math.round(examples / leastBatches)));
}

function rootMeanSquare(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / values.length);
}

/** Texts by which is watched whether vectors become alike. */
const WATCHED_TEXTS = 32;

/**
 * Trains `input.model` in place, from the beginning or from a checkpoint in `input.work` that fits. A cancelled run throws AbortError
 * within one step and leaves the base model's weights; its last checkpoint stays.
 */
export async function train(
  input: TrainingInput,
  settings: FittedSettings,
  context: JobContext = {},
): Promise<TrainingOutcome> {
  const { model, profile, passages, titleExamples, work } = input;
  const part = await trainedPart(model, settings);
  const tables = tablesOf(part, model);
  const parameters = makeParameters(model.weights, {
    frozen: (name) => !part.encoder.trainable.has(name),
    byRows: (name) => tables.has(name),
    columnRates: model.columnRates?.map(([end, share, sparse = share]) => [end, settings.isSparse ? sparse : share]),
  });
  // Rows of places and kinds are met in every text, as layers are: at the words' rate they would drown the words.
  const rateOf = (name: string): number =>
    isWordTable(name, model.weights.get(name)!.dims) ? settings.rowRate : settings.learningRate;
  const base = snapshot(parameters);
  const began = await begin(input, settings, part, parameters);
  const { optimizer, activations, notice } = began;
  const step = new TrainingStep({ ...part.encoder, dimension: profile.dimension }, parameters, {
    pooling: profile.pooling,
    padId: input.padId,
    temperature: settings.temperature,
    threads: settings.threads,
    tokenBudget: tokenBudget(trainedLayers(model, settings), profile.dimension),
    activations,
  });
  const embed: Embed = (texts, job) => step.embed(texts, job);
  const development = (job: JobContext): Promise<number> => input.development(job, embed);
  const watched = watchedTexts(input);
  const alikeness = async (): Promise<number> => meanCosine(await embed(watched, context), profile.dimension);
  let kept = base;
  let isDone = false;
  try {
    const state = began.state ?? (await firstState(settings, alikeness, () => development(context)));
    const watch = new TrainingWatch(state.watch);
    const random = seededRandom(state.random);
    let best = began.best;
    let examples = state.examples?.map(readExample) ?? input.examples;
    const size = batchSize(input.examples.length, settings);
    const perEpoch = dealExamples(input.examples, passages, size, seededRandom(settings.seed)).length;
    const total = perEpoch * settings.epochs;
    const warmup = Math.max(1, Math.round(total * settings.warmupShare));
    const budget = settings.minutes === undefined ? undefined : settings.minutes * 60;
    const around = (): FramingScores => framingScores(budget, state.scoring.seconds);
    const limit = (): number | undefined => budget && secondsOfSteps(budget, around());
    const clock = new TrainingClock(limit(), undefined, state.seconds);
    const writer = work && new CheckpointWriter(work);
    const { baseDevelopment, history } = state;
    const outcome: TrainingOutcome = {
      steps: 0,
      bestEpoch: 0,
      baseDevelopment,
      bestDevelopment: baseDevelopment,
      temperature: settings.temperature,
      history,
      blend: 1,
      ended: 'finished',
      ...(notice !== undefined && { notice }),
    };
    const save = async (started: number): Promise<void> => {
      if (!writer?.isDue) return;
      Object.assign(state, { random: random.state(), seconds: clock.seconds, epochSeconds: secondsSince(started) });
      if (activations) state.activations = await activations.mark();
      await writer.write(state, { parameters, optimizer, best });
    };
    let ended: TrainingOutcome['ended'] | undefined;
    while (ended === undefined && state.epoch <= settings.epochs) {
      const { epoch } = state;
      const started = performance.now() - state.epochSeconds * 1000;
      if (state.batches === 0) {
        if (settings.remine && input.remine && epoch > 1) {
          examples = await input.remine(embed, { signal: context.signal });
          state.examples = examples.map(storeExample);
        }
        state.epochRandom = random.state();
      }
      // The batches of an epoch that was begun are dealt again as they were; what follows goes on with the random state of then.
      const dealer = state.batches === 0 ? random : seededRandom(state.epochRandom);
      for (const batch of dealExamples(examples, passages, size, dealer).slice(state.batches)) {
        await clock.gate(context);
        // An epoch cut short is still scored: short budgets may not reach the end of the first.
        if (state.batches > 0 && clock.used >= 1) {
          ended = 'budget';
          break;
        }
        if (state.titles.length < settings.titles) state.titles = random.shuffle([...titleExamples.keys()]);
        const plan = [...batch, ...state.titles.splice(0, settings.titles).map((place) => titleExamples[place]!)];
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
        ended = watch.loss(loss);
        if (ended !== undefined) break;
        // Where time is the limit the rate falls with the time, so that a run cut short has cooled down too.
        const factor = warmupCosine(Math.max(state.steps, clock.used * total), total, warmup, 0.05);
        optimizer.step(step.gradients, (name) => factor * rateOf(name));
        state.steps++;
        state.batches++;
        state.lossSum += loss;
        state.pairs += plan.length;
        context.onProgress?.({
          stage: 'train',
          done: state.steps,
          total,
          detail: {
            epoch,
            epochs: settings.epochs,
            loss,
            learningRate: factor * settings.learningRate,
            development: Math.max(baseDevelopment, state.best?.development ?? 0),
            pairs: state.pairs,
            seconds: clock.seconds,
          },
        });
        await save(started);
      }
      if (!isTrouble(ended)) ended = watch.alikeness(await alikeness()) ?? ended;
      if (isTrouble(ended)) break;
      const isLast = ended !== undefined || clock.used >= 1 || epoch === settings.epochs;
      const from = clock.seconds;
      const isScored = budget === undefined || isLast || isScoringDue(state.scoring, from);
      const score = isScored ? await development({ signal: context.signal }) : undefined;
      if (isScored) {
        state.scoring = { at: clock.seconds, seconds: clock.seconds - from };
        clock.limit = limit();
      }
      const loss = state.lossSum / state.batches;
      const scored = score !== undefined && { development: score };
      history.push({ epoch, loss, ...scored, seconds: secondsSince(started) });
      context.onProgress?.({
        stage: 'train',
        done: state.steps,
        total,
        detail: { epoch, epochs: settings.epochs, loss, ...scored, epochEnd: 1 },
      });
      if (score !== undefined && (state.best === undefined || score > state.best.development)) {
        state.best = { epoch, development: score };
        best = snapshot(parameters);
      } else if (state.best && scoresSince(state.best.epoch, history) >= settings.patience) ended ??= 'no-progress';
      if (clock.used >= 1) ended ??= 'budget';
      Object.assign(state, { epoch: epoch + 1, batches: 0, lossSum: 0, epochSeconds: 0 });
      await save(performance.now());
    }
    outcome.steps = state.steps;
    outcome.ended = ended ?? 'finished';
    if (state.best && best)
      kept = await bestBlend(
        base,
        { ...state.best, weights: best },
        parameters,
        development,
        around().blends,
        outcome,
        context,
      );
    isDone = true;
    return outcome;
  } finally {
    restore(parameters, kept);
    await step.close();
    // A run that was stopped may go on later, where it has a checkpoint.
    await activations?.close({ keep: !isDone && work !== undefined && (await unfinished(work)) !== undefined });
  }
}

const secondsSince = (started: number): number => (performance.now() - started) / 1000;

/** Answers of questions spread over the examples. */
function watchedTexts({ examples, passages }: TrainingInput): Int32Array[] {
  const every = Math.max(1, examples.length / WATCHED_TEXTS);
  const places = new Set<number>();
  for (let at = 0; at < examples.length; at += every) places.add(examples[Math.floor(at)]!.positives[0]!);
  return [...places].map((place) => passages[place]!.tokens);
}
