// What a training run is going to be: its sides, its settings, and what it will cost.
import { freemem, totalmem } from 'node:os';
import type { Corpus } from '../../core/corpus.ts';
import { errors } from '../../core/errors.ts';
import type { Question, Split } from '../../core/question.ts';
import { developmentSplit } from '../../core/split.ts';
import type { EvaluateParams, TrainParams } from '../../protocol/engine.ts';
import type { TrainEstimate } from '../../protocol/runs.ts';
import { layerCount } from '../graphs/cut.ts';
import type { IndexedWindow } from '../indexer.ts';
import type { OpenModel } from '../openModel.ts';
import { listRuns } from '../runs.ts';
import { sampleTokens, secondsPerStep, tokensPerStep, trainingBytes, trainingSize } from './estimate.ts';
import { trainedLayers } from './trainedPart.ts';
import { defaultSettings, type TrainingSettings } from './trainer.ts';

/** The training side: what is trained on, and what chooses the checkpoint. */
export function trainingSides(params: EvaluateParams, corpus: Corpus, sides: ReadonlyMap<string, Split>) {
  const trainable = corpus.questions.filter((question) => sides.get(question.id) === 'train');
  const development = developmentSplit(trainable, { seed: params.seed, heldOut: params.heldOut });
  const sideOf = (side: 'train' | 'development'): Question[] =>
    trainable.filter((question) => development.get(question.id) === side);
  return { trainQuestions: sideOf('train'), developmentQuestions: sideOf('development') };
}

/**
 * With fewer windows than this for each training question hard negatives bring nothing: in a small knowledge base nearly every snippet answers
 * some question, and what is pushed away from one is missed by its own, which nobody trained (with word vectors alone, over four splits of
 * examples/helpdesk: recall@5 -4.3 points with hard negatives, +0.3 without; on bases of 10,000 snippets +3.9 and +2.7; with the whole engine
 * and a temperature of 0.1 on the help desk no difference that could be told, but more time). Nor is there enough to
 * learn from how much a word counts (over three splits of examples/helpdesk +3.1 points with the slow parts of words' vectors at rest, +1.2 else).
 */
const SPARSE_WINDOWS = 10;

/** How much there is to train on. */
export interface BaseSize {
  questions: number;
  windows: number;
}

/** The run's settings: what was asked for over what suits the model and the knowledge base. */
export function settingsOf(
  { seed = 0, threads, epochs, minutes, mode, topLayers, remine, paraphrases }: TrainParams,
  model: OpenModel,
  base: BaseSize,
): TrainingSettings {
  const isSparse = base.windows < SPARSE_WINDOWS * base.questions;
  // Who asks for hard negatives to be mined again wants some.
  const isTimed = minutes !== undefined && !remine;
  const settings: TrainingSettings = { ...defaultSettings(model.weights, seed, { isSparse, isTimed }), threads };
  if (epochs !== undefined) settings.epochs = epochs;
  if (minutes !== undefined) settings.minutes = minutes;
  if (mode !== undefined) settings.mode = mode;
  if (topLayers !== undefined) settings.topLayers = topLayers;
  if (remine !== undefined) settings.remine = remine;
  if (paraphrases !== undefined) settings.paraphrases = paraphrases;
  return settings;
}

/** Size and memory of a training, and what a step of it is made of; nothing is run. */
export function trainingMemory(
  params: TrainParams,
  model: OpenModel,
  questions: readonly Question[],
  windows: readonly IndexedWindow[],
) {
  const settings = settingsOf(params, model, { questions: questions.length, windows: windows.length });
  const size = trainingSize(questions, settings);
  const texts = [questions.map(({ text }) => text), windows.map(({ text }) => text)] as const;
  const sample = sampleTokens(model.embedder, ...texts);
  const tokens = size.pairs === 0 ? 0 : tokensPerStep(sample, size.pairs, windows.length, settings);
  const bytes = trainingBytes({ model: model.weights, settings, tokensPerStep: tokens, windows: windows.length });
  return { ...size, settings, sample, tokens, bytes, freeBytes: memoryAtHand() };
}

/** The settings of a training of these questions. Throws the `not-enough-memory` UserError where it would need more than there is. */
export function affordableSettings(...planned: Parameters<typeof trainingMemory>): TrainingSettings {
  const { settings, bytes, freeBytes } = trainingMemory(...planned);
  if (bytes > freeBytes) throw errors.notEnoughMemory(bytes, freeBytes);
  return settings;
}

/** Size, time and memory of a training; the time by an earlier run of the model, else by a timed forward pass. */
export async function trainingCost(
  params: TrainParams,
  model: OpenModel,
  questions: readonly Question[],
  windows: readonly IndexedWindow[],
): Promise<TrainEstimate> {
  const { settings: planned, sample, tokens, ...known } = trainingMemory(params, model, questions, windows);
  const runs = await listRuns({ modelsFolder: params.modelsFolder, indexFolder: params.base.indexFolder });
  const { mode = 'all' } = params;
  const pace = runs.find(
    ({ settings, pace }) => settings.model === params.model && (settings.mode ?? 'all') === mode && pace !== undefined,
  )?.pace;
  // Layers below those trained are run once for each text, and in no step.
  const share = trainedLayers(model.weights, planned) / layerCount(model.weights.graph);
  const modelled = async (): Promise<number> =>
    known.pairs === 0 ? 0 : share * (await secondsPerStep(model.embedder, sample, tokens));
  return { ...known, secondsPerStep: pace ?? (await modelled()), isMeasured: pace !== undefined };
}

/**
 * Bytes that a process may still take. macOS counts only pages that nobody ever used, which says little: half of all is assumed there.
 * Node tells what is available since 20.13; before it what lies free is all that is known.
 */
function memoryAtHand(): number {
  const free = process.availableMemory?.() ?? freemem();
  return process.platform === 'darwin' ? Math.max(free, totalmem() / 2) : free;
}
