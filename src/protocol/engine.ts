// What the engine can be asked, and what it answers: one interface for the child process, the extension host and the command line.
import type { Comparison } from '../core/comparison.ts';
import type { SourceDocument } from '../core/document.ts';
import type { Finding } from '../core/finding.ts';
import type { Forgetting } from '../core/forgetting.ts';
import type { CurveVerdict } from '../core/learningCurve.ts';
import type { JobContext } from '../core/progress.ts';
import type { RecallReport, Retrieval } from '../core/report.ts';
import type { HeldOut } from '../core/split.ts';
import type { Interval } from '../core/statistics.ts';
import type { TrainingMode } from '../core/trainingMode.ts';

/** The knowledge base as the shell read it, and where the engine keeps what it makes of it. */
export interface KnowledgeBase {
  /** Name for messages. */
  folder: string;
  documents: SourceDocument[];
  /** About files that could not be read. */
  unreadable: Finding[];
  /** Markdown files that exist below the folder and that options exclude. */
  excluded?: string[];
  /** Folder of this knowledge base's indexes, one sub-folder per model. */
  indexFolder: string;
}

/** Which model, and where to look for it. */
export interface ModelChoice {
  /** Id or path. */
  model: string;
  modelsFolder: string;
  embeddedFolder?: string;
  allowDownload?: boolean;
  threads?: number;
}

export interface IndexParams extends ModelChoice {
  base: KnowledgeBase;
}

export interface IndexAnswer {
  model: string;
  /** Hash of the weights. */
  modelHash: string;
  /** Hash over all windows: equal where the same snippets were searched. */
  indexHash: string;
  snippets: number;
  windows: number;
  /** Windows that needed the model; the others were in the index. */
  embedded: number;
  removed: number;
  notice?: string;
  findings: Finding[];
  warnings: string[];
}

/** Where a knowledge base is published, and under which name. */
export interface StoreChoice {
  /** `postgresql://…`, with its password; never told to anybody. */
  url: string;
  /** As `core/storeName.ts` allows it. */
  name: string;
}

export interface PublishParams extends IndexParams {
  store: StoreChoice;
}

export interface PublishAnswer {
  index: IndexAnswer;
  /** Without user and password. */
  place: string;
  name: string;
  version: number;
}

export interface EvaluateParams extends IndexParams {
  /** Also asks what is published there; ranked by vectors. */
  store?: StoreChoice;
  ks?: number[];
  /** The k that decides what a failure is; default 5 where `ks` has it. */
  primaryK?: number;
  seed?: number;
  trainShare?: number;
  /** Default `answers`. */
  heldOut?: HeldOut;
  /** Default `vectors`. */
  retrieval?: Retrieval;
}

export interface EvaluateAnswer {
  report: RecallReport;
  index: IndexAnswer;
  findings: Finding[];
  /** Headings of the snippets that a question expects or finds, by id; lines from 1. */
  places: Record<string, { file: string; line: number }>;
  /** With a store. */
  served?: ServedAnswer;
}

/** What a store answers to the same questions. */
export interface ServedAnswer {
  place: string;
  name: string;
  version: number;
  /** ISO 8601. */
  publishedAt: string;
  /** The published snippets are those of the folder. */
  isCurrent: boolean;
  report: RecallReport;
  /** Questions with an answer at another rank than here. */
  differing: number;
}

export interface LintAnswer {
  index: IndexAnswer;
  /** All findings, those of files and split as well as the lint's, by file and line. */
  findings: Finding[];
}

export interface TrainParams extends EvaluateParams {
  epochs?: number;
  /** Budget of the training itself; of a curve's trainings together. */
  minutes?: number;
  /** Default `all`. */
  mode?: TrainingMode;
  /** Layers that mode `top` trains, at least 1; default: a third of them. */
  topLayers?: number;
  /** An unfinished training that fits is not gone on with. */
  startsAnew?: boolean;
  /** Seconds between two checkpoints of the running training, at least; default 30. */
  checkpointSeconds?: number;
  /** Mines the hard negatives again before every epoch; default false. */
  remine?: boolean;
  /** Training questions are also asked in wordings made by rules; default false. */
  paraphrases?: boolean;
  /** Keeps the model of a run that was not promoted, so that the author may still take it. */
  keepsCandidate?: boolean;
}

export interface TrainAnswer {
  before: RecallReport;
  /** Of the tuned model, promoted or not; absent when no checkpoint was better on the development questions. */
  after?: RecallReport;
  /** Held-out questions, primary k. */
  comparison?: Comparison;
  /** The same of the training side, development questions included: what the model learnt, and what it forgot. */
  trainComparison?: Comparison;
  /** General questions before and after; absent without a tuned model or a general set. */
  forgetting?: Forgetting;
  promoted: boolean;
  /** Why it was or was not promoted, one sentence. */
  verdict: string;
  /** What became of an unfinished training that was found, and why this one was stopped early; a sentence each. */
  notices: string[];
  model: string;
  /** Where the tuned model is, and its name; set when promoted. */
  modelPath?: string;
  modelId?: string;
  /** Name of the model that was kept without being promoted. */
  candidateId?: string;
  /** Under which the run was written down. */
  runId?: string;
  steps: number;
  seconds: number;
  bestEpoch: number;
  /** `development` is left out of an epoch that the budget left no time to score. */
  history: { epoch: number; loss: number; development?: number; seconds: number }[];
  /** Questions trained on, questions the checkpoints were chosen on. */
  trainQuestions: number;
  developmentQuestions: number;
  index: IndexAnswer;
  findings: Finding[];
}

/** Held-out recall by the number of training questions. */
export interface CurveAnswer {
  model: string;
  k: number;
  /** Questions measured on. */
  heldOut: number;
  /** From the base model (share 0) to all training questions (share 1). */
  points: { share: number; questions: number; recall: Interval }[];
  verdict: CurveVerdict;
}

/** Which model is written where. */
export interface ExportParams extends ModelChoice {
  /** Absolute; must not exist. */
  to: string;
  /** Also writes the int8 form. */
  int8?: boolean;
  /** Knowledge base whose questions say what the int8 form costs. */
  measureOn?: { base: KnowledgeBase; retrieval?: Retrieval };
  seed?: number;
}

/** Recall of the int8 form beside fp32, over all questions. */
export interface Int8Cost {
  k: number;
  questions: number;
  before: number;
  after: number;
  /** After minus before, paired. */
  difference: Interval;
}

export interface ExportAnswer {
  model: string;
  path: string;
  int8?: { file: string; bytes: number; cost?: Int8Cost };
}

export interface ModelInfo {
  id: string;
  path: string;
  baseModel?: string;
  training?: unknown;
  /** It is not deleted until it is unpinned. */
  isPinned?: true;
}

/** What is done to a model of the registry. */
export interface ModelChange {
  modelsFolder: string;
  embeddedFolder?: string;
  change: 'pin' | 'unpin' | 'delete';
  id: string;
}

/** The engine. Every method reports progress and ends with AbortError within a second of its signal. */
export interface EngineApi {
  index(params: IndexParams, context?: JobContext): Promise<IndexAnswer>;
  evaluate(params: EvaluateParams, context?: JobContext): Promise<EvaluateAnswer>;
  /** Brings the index up to date and says what makes recall hard or figures wrong; needs no questions. */
  lint(params: EvaluateParams, context?: JobContext): Promise<LintAnswer>;
  train(params: TrainParams, context?: JobContext): Promise<TrainAnswer>;
  /** Trains on parts of the training questions; no model is kept. */
  curve(params: TrainParams, context?: JobContext): Promise<CurveAnswer>;
  publish(params: PublishParams, context?: JobContext): Promise<PublishAnswer>;
  models(params: { modelsFolder: string; embeddedFolder?: string }): Promise<ModelInfo[]>;
  /** Pins, unpins or deletes a tuned model; answers with the models there are then. */
  changeModel(params: ModelChange): Promise<ModelInfo[]>;
  /** Writes a model's folder for other programs. */
  exportModel(params: ExportParams, context?: JobContext): Promise<ExportAnswer>;
}
