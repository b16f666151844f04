// What the training panel shows and what it may ask for: one value owned by the host, and a short list of intents.
import type { Comparison } from '../core/comparison.ts';
import type { Explanation } from '../core/explain.ts';
import type { Split } from '../core/question.ts';
import type { SliceReport } from '../core/report.ts';
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
}

/** What a training came to. */
export interface PanelResult {
  verdict: string;
  promoted: boolean;
  modelId: string | null;
  minutes: number;
  bestEpoch: number;
  primaryK: number;
  trainQuestions: number;
  developmentQuestions: number;
  before: SliceReport;
  after: SliceReport | null;
  comparison: Pick<
    Comparison,
    'questions' | 'difference' | 'pValue' | 'k' | 'fixed' | 'broken' | 'stillFailing'
  > | null;
}

/** A job under way, in words. */
export interface PanelJob {
  kind: 'load' | 'index' | 'measure' | 'train' | 'compare';
  text: string;
  /** In 0..1; null while unknown. */
  share: number | null;
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
  epochs: number;
  problem: string | null;
  job: PanelJob | null;
  snippets: number;
  questions: number;
  findings: number;
  figures: Figures | null;
  rows: PanelRow[];
  training: PanelTraining | null;
}

export type HostToPanel =
  /** The parts that changed; the first message has all of them. */
  | { type: 'state'; state: Partial<PanelState> }
  | { type: 'explanation'; question: string; explanation: Explanation | null };

/** Commands that the panel may run for its folder. */
export type PanelCommand =
  | 'index'
  | 'evaluate'
  | 'train'
  | 'stop'
  | 'chooseModel'
  | 'rollBackModel'
  | 'compareModels'
  | 'exportReport';

/** Commands about one question. */
export type PanelFix = 'openSideBySide' | 'addVariant' | 'setSplit' | 'moveToFrontMatter' | 'explain';

export type PanelToHost =
  | { type: 'ready' }
  | { type: 'run'; command: PanelCommand; epochs?: number }
  | { type: 'select'; question: string }
  | { type: 'open'; what: 'question' | 'snippet'; id: string }
  | { type: 'fix'; command: PanelFix; question: string }
  | { type: 'folder'; key: string };
