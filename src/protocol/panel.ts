// What the training panel shows and what it may ask for: one value owned by the host, and a short list of intents.
import type { CauseName } from '../core/causes/cause.ts';
import type { ToldCause } from '../core/causes/text.ts';
import type { Comparison } from '../core/comparison.ts';
import type { Explanation } from '../core/explain.ts';
import type { Forgetting } from '../core/forgetting.ts';
import type { Split } from '../core/question.ts';
import type { Retrieval, SliceReport } from '../core/report.ts';
import type { HeldOut } from '../core/split.ts';
import type { Interval } from '../core/statistics.ts';
import type { TrainingMode } from '../core/trainingMode.ts';
import type { CurveAnswer } from './engine.ts';
import type { TrainEstimate } from './runs.ts';
import type { Figures } from './workspace.ts';

/** A question as a row of the table. */
export interface PanelRow {
  id: string;
  text: string;
  file: string;
  /** 1-based. */
  line: number;
  split: Split | null;
  /** Rank of its worst placed answer; 0 when it is not ranked, null when it was not measured. */
  rank: number | null;
  failing: boolean;
  /** What the last training or edit did to it. */
  change: 'fixed' | 'broken' | null;
  expectedId: string | null;
  /** What stands above the missed answer. */
  winnerId: string | null;
  /** Why it fails or was left out, the main cause first; none for a question that finds its answers. */
  causes: CauseName[];
}

/** Recall at the primary k of the questions that have something in common. */
export interface PanelGroup {
  kind: 'file' | 'tag' | 'language';
  name: string;
  questions: number;
  recall: number;
  /** Held-out questions among them, and their recall. */
  heldOut: number;
  heldOutRecall: number | null;
}

/** A snippet to go to. */
export interface PanelPlace {
  id: string;
  title: string;
  file: string;
}

/** What the questions leave untested, and what stands in their way. */
export interface PanelCoverage {
  untestedCount: number;
  /** The first of them, by id. */
  untested: PanelPlace[];
  /** Snippets that are first for questions they do not answer. */
  hubs: (PanelPlace & { wins: number })[];
}

/** Work over the whole knowledge base that the author asks for by looking at it. */
export type PanelSurvey = 'map' | 'duplicates';

/** What such work came to. */
export interface PanelSurveyed<T> {
  /** How far it is, in 0..1; null while it is not going on. */
  share: number | null;
  /** Null before the first time, and while it goes on. */
  value: T | null;
  /** The knowledge base has changed since. */
  isOld: boolean;
}

/** A question or a snippet in the map. */
export interface PanelPoint {
  kind: 'question' | 'snippet';
  id: string;
  /** The question, or the snippet's title. */
  text: string;
  file: string;
  /** Both in [0, 1]. */
  x: number;
  y: number;
  /** A snippet is missed where one of the questions that expect it fails, untested where none expects it. */
  status: 'recalled' | 'missed' | 'untested';
  /** Of a question: as in {@link PanelRow}. */
  rank: number | null;
  /** Snippets that a question expects, and the one that stands first in their place; empty and null for a snippet. */
  expected: string[];
  winner: string | null;
  /** Of a snippet: questions that expect it, and of them those that fail. */
  questions: number;
  failing: number;
}

/** Questions and snippets in two dimensions. */
export interface PanelMap {
  points: PanelPoint[];
  /** Of which they were taken. */
  total: { questions: number; snippets: number };
}

/** Two snippets that nearly say the same. */
export interface PanelDuplicate {
  first: PanelPlace;
  second: PanelPlace;
  cosine: number;
  /** Of their texts, in [0, 1]. */
  likeness: number;
}

export interface PanelDuplicates {
  pairs: PanelDuplicate[];
  /** Found in all. */
  total: number;
}

/** One step of a training, thinned out for the charts. */
export interface TrainingPoint {
  step: number;
  loss: number;
  /** Absent at the end of an epoch. */
  learningRate: number | null;
  /** Of the whole epoch, at its last step only. */
  development: number | null;
}

/** A training under way or ended. */
export interface PanelTraining {
  points: TrainingPoint[];
  step: number;
  total: number;
  epoch: number;
  epochs: number;
  /** Step of the best development score so far; null before the first. */
  bestStep: number | null;
  /** What went wrong, if the run failed. */
  failed: string | null;
  result: PanelResult | null;
  /** Milliseconds since 1970. */
  started: number;
  /** Examples a second, of the work so far; null before the first step. */
  pairsPerSecond: number | null;
  /** Until the last epoch or the end of the budget; null while that cannot be told. */
  secondsLeft: number | null;
  /** Under which it was written down; null while it goes on. */
  runId: string | null;
}

/** A learning curve that came to its end. */
export interface PanelCurve extends CurveAnswer {
  /** Milliseconds since 1970. */
  started: number;
}

/** A run in the list. */
export interface PanelRun {
  id: string;
  /** Milliseconds since 1970. */
  started: number;
  model: string;
  epochs: number;
  minutes: number | null;
  status: 'promoted' | 'waiting' | 'discarded' | 'unchanged' | 'stopped' | 'failed';
  k: number;
  /** Held-out recall at k. */
  before: number | null;
  after: number | null;
}

/** Weights between base and tuned, as measured on the held-out questions. */
export interface PanelBlend {
  share: number;
  recall: number;
  difference: Interval | null;
  pValue: number;
  fixed: number;
  broken: number;
}

export type PanelEstimate = TrainEstimate;

export type PanelComparison = Pick<
  Comparison,
  'questions' | 'difference' | 'pValue' | 'k' | 'fixed' | 'broken' | 'stillFailing'
>;

/** What a training came to. */
export interface PanelResult {
  verdict: string;
  promoted: boolean;
  modelId: string | null;
  /** A model waits for the author to take it or throw it away. */
  waits: boolean;
  minutes: number;
  bestEpoch: number;
  primaryK: number;
  trainQuestions: number;
  developmentQuestions: number;
  before: SliceReport;
  after: SliceReport | null;
  comparison: PanelComparison | null;
  /** Of the training side: what was learnt, and what was forgotten. */
  trainComparison: PanelComparison | null;
  /** General questions, which have nothing to do with the knowledge base; `forgot` when the loss is more than chance. */
  forgetting: (Forgetting & { forgot: boolean }) | null;
}

/** A question as two models rank its answer. */
export interface PanelCompared {
  id: string;
  text: string;
  file: string;
  split: Split;
  /** Ranks of its worst placed answer; 0 when it is not ranked. */
  before: number;
  after: number;
  kind: 'fixed' | 'broken' | 'bothMiss' | 'bothFind';
}

/** An evaluation that was kept: at the end of a training, or in a file that was opened. */
export interface PanelKept {
  id: string;
  /** When, and by which model; or the file. */
  name: string;
}

/** Two models, or two runs, side by side, question by question. */
export interface PanelModels {
  kind: 'models' | 'runs';
  /** Names of the two. */
  before: string;
  after: string;
  /** What makes two runs differ in more than the ranks, in sentences. */
  warnings: string[];
  /** Of the held-out questions. */
  comparison: Pick<Comparison, 'questions' | 'difference' | 'pValue' | 'k'>;
  slices: { before: SliceReport; after: SliceReport };
  /** Of both sides. */
  rows: PanelCompared[];
}

/** A job under way, in words. */
export interface PanelJob {
  kind: 'load' | 'index' | 'measure' | 'train' | 'curve' | 'compare' | 'export';
  text: string;
  /** In 0..1; null while unknown. */
  share: number | null;
  isPaused: boolean;
}

/** Everything that the panel shows. Absent values are null: what is undefined would be lost on the way. */
export interface PanelState {
  /** BCP 47. */
  language: string;
  /** The panel's own words, by name; `{0}` stands for a value. */
  texts: Record<string, string>;
  folders: { key: string; name: string }[];
  folderKey: string | null;
  isTrusted: boolean;
  stage: 'closed' | 'loaded' | 'indexed' | 'measured';
  model: string;
  /** How snippets are ranked. */
  retrieval: Retrieval;
  /** What held-out questions are. */
  heldOut: HeldOut;
  epochs: number;
  problem: string | null;
  job: PanelJob | null;
  snippets: number;
  questions: number;
  findings: number;
  figures: Figures | null;
  rows: PanelRow[];
  groups: PanelGroup[];
  /** Null before the first measurement. */
  coverage: PanelCoverage | null;
  map: PanelSurveyed<PanelMap>;
  duplicates: PanelSurveyed<PanelDuplicates>;
  /** The run that is shown: the one going on, the last, or one from the list. */
  training: PanelTraining | null;
  /** The last learning curve. */
  curve: PanelCurve | null;
  /** Latest first. */
  runs: PanelRun[];
  /** Of the run that is shown, by share. */
  blends: PanelBlend[];
  estimate: PanelEstimate | null;
  /** Names of the models at hand. */
  models: string[];
  /** Latest training first, then files in the order they were opened. */
  keptRuns: PanelKept[];
  /** The last two that were compared. */
  compared: PanelModels | null;
}

/** An explanation with its causes in the language of the window. */
export type PanelExplanation = Explanation & { told: ToldCause[] };

/** Tabs of the panel. */
export type PanelTab = 'overview' | 'questions' | 'training' | 'compare' | 'coverage' | 'map';

export type HostToPanel =
  /** The parts that changed; the first message has all of them. */
  | { type: 'state'; state: Partial<PanelState> }
  | { type: 'tab'; tab: PanelTab }
  | { type: 'explanation'; question: string; explanation: PanelExplanation | null };

/** Commands that the panel may run for its folder. */
export type PanelCommand =
  | 'index'
  | 'evaluate'
  | 'train'
  | 'learningCurve'
  | 'stop'
  | 'chooseModel'
  | 'rollBackModel'
  | 'compareModels'
  | 'exportReport';

/** Commands about one question. */
export type PanelFix = 'openSideBySide' | 'linkAnswer' | 'addVariant' | 'setSplit' | 'moveToFrontMatter' | 'explain';

/** What can be done with a run of the list. */
export type PanelRunAction = 'show' | 'delete' | 'promote' | 'discard';

export type PanelToHost =
  | { type: 'ready' }
  | { type: 'run'; command: PanelCommand; epochs?: number; minutes?: number; mode?: TrainingMode }
  | { type: 'pause'; paused: boolean }
  | { type: 'estimate'; mode?: TrainingMode }
  | { type: 'history'; action: PanelRunAction; run: string }
  | { type: 'blend'; run: string; share: number; save: boolean }
  | { type: 'compare'; before: string; after: string }
  | { type: 'compareRuns'; before: string; after: string }
  | { type: 'openRunFile' }
  | { type: 'survey'; what: PanelSurvey; stop: boolean }
  | { type: 'select'; question: string }
  | { type: 'open'; what: 'question' | 'snippet'; id: string }
  | { type: 'pair'; first: string; second: string }
  | { type: 'fix'; command: PanelFix; question: string }
  | { type: 'folder'; key: string };
