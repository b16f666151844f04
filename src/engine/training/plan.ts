// What a training run is going to be: its sides, its settings, and what it will cost.
import { freemem, totalmem } from 'node:os';
import type { Corpus } from '../../core/corpus.ts';
import type { Question, Split } from '../../core/question.ts';
import { developmentSplit } from '../../core/split.ts';
import type { EvaluateParams, TrainParams } from '../../protocol/engine.ts';
import type { TrainEstimate } from '../../protocol/runs.ts';
import type { IndexedWindow } from '../indexer.ts';
import type { OpenModel } from '../openModel.ts';
import { listRuns } from '../runs.ts';
import { secondsPerStep, trainingBytes, trainingSize } from './estimate.ts';
import { defaultSettings, type TrainingSettings } from './trainer.ts';

/** The training side: what is trained on, and what chooses the checkpoint. */
export function trainingSides(params: EvaluateParams, corpus: Corpus, sides: ReadonlyMap<string, Split>) {
  const trainable = corpus.questions.filter((question) => sides.get(question.id) === 'train');
  const development = developmentSplit(trainable, { seed: params.seed ?? 0 });
  const sideOf = (side: 'train' | 'development'): Question[] =>
    trainable.filter((question) => development.get(question.id) === side);
  return { trainQuestions: sideOf('train'), developmentQuestions: sideOf('development') };
}

/** The run's settings: what was asked for over what suits the model. */
export function settingsOf({ seed = 0, threads, epochs, minutes }: TrainParams, model: OpenModel): TrainingSettings {
  const settings: TrainingSettings = { ...defaultSettings(model.weights, seed), threads };
  if (epochs !== undefined) settings.epochs = epochs;
  if (minutes !== undefined) settings.minutes = minutes;
  return settings;
}

/** Size, time and memory of a training. */
export async function trainingCost(
  params: TrainParams,
  model: OpenModel,
  questions: readonly Question[],
  windows: readonly IndexedWindow[],
): Promise<TrainEstimate> {
  const settings = settingsOf(params, model);
  const { pairs, stepsPerEpoch } = trainingSize(questions, settings);
  const texts = [questions.map(({ text }) => text), windows.map(({ text }) => text)] as const;
  const modelled =
    pairs === 0 ? { seconds: 0, tokens: 0 } : await secondsPerStep(model.embedder, ...texts, pairs, settings);
  const runs = await listRuns({ modelsFolder: params.modelsFolder, indexFolder: params.base.indexFolder });
  const measured = runs.find(({ settings: { model: name }, pace }) => name === params.model && pace !== undefined);
  const { hidden_size, num_hidden_layers } = model.folder.config;
  const values = [...model.weights.weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  const size = { layers: num_hidden_layers, width: hidden_size, tokensPerStep: modelled.tokens };
  return {
    pairs,
    stepsPerEpoch,
    secondsPerStep: measured?.pace ?? modelled.seconds,
    isMeasured: measured !== undefined,
    bytes: trainingBytes({ values, ...size, windows: windows.length }),
    // Since node 20.13; before it what lies free is all that is known.
    freeBytes: memoryAtHand(),
  };
}

/** Bytes that a process may still take. macOS counts only pages that nobody ever used, which says little: half of all is assumed there. */
function memoryAtHand(): number {
  const free = process.availableMemory?.() ?? freemem();
  return process.platform === 'darwin' ? Math.max(free, totalmem() / 2) : free;
}
