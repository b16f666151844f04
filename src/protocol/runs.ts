// What is kept of every training run, and what can be done with one: types only.
import type { Comparison } from '../core/comparison.ts';
import type { Progress } from '../core/progress.ts';
import type { RecallReport, SliceReport } from '../core/report.ts';
import type { TrainingMode } from '../core/trainingMode.ts';
import type { TrainAnswer } from './engine.ts';

/** A report without its questions. */
export type Figured = Pick<RecallReport, 'primaryK' | 'slices'>;

/** What a run came to, small enough to keep: figures and changes, no ranked lists. */
export interface RunAnswer
  extends Pick<
    TrainAnswer,
    | 'promoted'
    | 'forgetting'
    | 'verdict'
    | 'modelId'
    | 'candidateId'
    | 'seconds'
    | 'bestEpoch'
    | 'trainQuestions'
    | 'developmentQuestions'
  > {
  before: Figured;
  after?: Figured;
  comparison?: Comparison;
  /** The same of the training side: what the model knew before and lost. */
  trainComparison?: Comparison;
}

/** What the author decided about a model that was not promoted by itself. */
export type RunDecision = 'promoted' | 'discarded';

/** One run as it lies on the disk, `MODELS/.runs/ID.json`. */
export interface RunRecord {
  id: string;
  /** Name of the knowledge base's index folder: runs of others are not listed. */
  base: string;
  /** Milliseconds since 1970. */
  started: number;
  /** Without `mode` every weight was trained. */
  settings: { model: string; epochs: number; minutes: number | null; seed: number; mode?: TrainingMode };
  /** The charts' points, thinned out. */
  steps: Progress[];
  answer?: RunAnswer;
  /** Why it has no answer: the error's sentence. */
  failed?: string;
  stopped?: true;
  decision?: RunDecision;
}

/** A run in the list. */
export interface RunSummary extends Pick<RunRecord, 'id' | 'started' | 'settings' | 'failed' | 'stopped' | 'decision'> {
  promoted: boolean;
  /** The ranks of its questions were kept, so that it can be compared with another. */
  comparable: boolean;
  /** A model waits for the author's decision. */
  candidate: boolean;
  modelId?: string;
  /** Seconds of a step, pauses left out. */
  pace?: number;
  /** Held-out recall at the primary k, before and after. */
  recall?: { k: number; before: number; after?: number };
}

/** Where the runs of a knowledge base are. */
export interface RunsPlace {
  modelsFolder: string;
  indexFolder: string;
}

/** An evaluation that was kept: the one at the end of a training run, or a file written by `--save-run`. */
export type KeptRun = { run: string } | { file: string };

/** What a training will cost, before it starts. */
export interface TrainEstimate {
  /** Wordings and answers trained on. */
  pairs: number;
  stepsPerEpoch: number;
  secondsPerStep: number;
  /** True when the step's cost is that of an earlier run of this model; else it is modelled from a timed forward pass. */
  isMeasured: boolean;
  /** Memory of the engine's process at its height. */
  bytes: number;
  /** What the machine has to give. */
  freeBytes: number;
}

/** Weights between the base model's and a run's. */
export interface BlendParams {
  run: string;
  /** 0 is the base model, 1 the run's. */
  share: number;
  /** Saves the blend as a model of its own. */
  save?: boolean;
}

export interface BlendAnswer {
  share: number;
  slices: { before: SliceReport; after: SliceReport };
  comparison: Comparison;
  modelId?: string;
}
