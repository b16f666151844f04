// What the engine keeps open for an editor: one live knowledge base per folder, changed file by file, told back as patches.
import type { Comparison, RankChange } from '../core/comparison.ts';
import type { SourceDocument } from '../core/document.ts';
import type { QuestionEdit, TextEdit } from '../core/edits/index.ts';
import type { Explanation } from '../core/explain.ts';
import type { Finding } from '../core/finding.ts';
import type { JobContext } from '../core/progress.ts';
import type { FileEdits } from '../core/rename.ts';
import type { RecallReport, Retrieval, ScoredSnippet, Slice, SliceReport } from '../core/report.ts';
import type { HeldOut } from '../core/split.ts';
import type { QuestionState, SnippetPlace } from '../core/state.ts';
import type { Suggestion } from '../core/suggest/index.ts';
import type { TrainingMode } from '../core/trainingMode.ts';
import type { CurveAnswer, EngineApi, ExportAnswer, ModelChoice, TrainAnswer } from './engine.ts';
import type {
  BlendAnswer,
  BlendParams,
  KeptRun,
  RunDecision,
  RunRecord,
  RunSummary,
  RunsPlace,
  TrainEstimate,
} from './runs.ts';

/** Which open knowledge base is meant: a name that the host chooses, for example the folder's address. */
export interface WorkspaceParams {
  workspace: string;
}

/** How a knowledge base is measured, and where its index lies. */
export interface WorkspaceSettings extends ModelChoice {
  /** Name for messages. */
  folder: string;
  indexFolder: string;
  ks: number[];
  /** The k that decides what a failure is; one of `ks`. */
  primaryK: number;
  seed: number;
  trainShare: number;
  /** Default `answers`. */
  heldOut?: HeldOut;
  retrieval: Retrieval;
  /** Whether advice on snippets and questions is worked out when nothing changes. */
  lint: boolean;
}

export interface OpenParams extends WorkspaceParams {
  settings: WorkspaceSettings;
}

/** A file as it is now. */
export interface ChangedDocument extends SourceDocument {
  /** False for the text of an editor that differs from the disk: it counts, but is never written to the index. */
  saved: boolean;
}

export interface ChangeParams extends WorkspaceParams {
  documents: ChangedDocument[];
  /** Files that are no longer there; unknown ones are no error. */
  removed: string[];
  /** About files that could not be read; each replaces the document and the finding of that file. */
  unreadable: Finding[];
  /** All files that answers name, that exist, and that the settings exclude; as before where absent. */
  excluded?: string[];
}

/** Sizes of the knowledge base and figures of its last measurement. */
export interface Figures {
  model: string;
  retrieval: Retrieval;
  primaryK: number;
  snippets: number;
  windows: number;
  slices: Record<Slice, SliceReport>;
  leftOut: { questions: number; answers: number };
}

/** What changed, in the order it happened; large changes come in several patches. */
export interface StatePatch extends WorkspaceParams {
  /** The knowledge base was opened anew: forget what came before. */
  reset?: true;
  /** New or changed. */
  snippets?: SnippetPlace[];
  removedSnippets?: string[];
  questions?: QuestionState[];
  removedQuestions?: string[];
  /** All findings of each file named; an empty list means there are none any more. */
  findings?: { file: string; findings: Finding[] }[];
  figures?: Figures;
}

/** The events of the engine. */
export interface EngineEvents {
  patch: StatePatch;
}

export interface MeasureSummary {
  model: string;
  snippets: number;
  windows: number;
  /** Windows that needed the model. */
  embedded: number;
  removed: number;
  questions: number;
  /** Questions with an answer outside the first k. */
  failures: number;
  notice?: string;
  warnings: string[];
}

/** A snippet found for a text, best first. */
export interface SearchHit extends ScoredSnippet {
  rank: number;
  /** The beginning of its text. */
  excerpt: string;
}

export interface TrainWorkspaceParams extends WorkspaceParams {
  epochs?: number;
  minutes?: number;
  mode?: TrainingMode;
  /** An unfinished training is not gone on with. */
  startsAnew?: boolean;
}

export interface ExportWorkspaceParams extends WorkspaceParams {
  model: string;
  /** Absolute; must not exist. */
  to: string;
}

/** Two models, or two runs, over the same questions. */
export interface ComparisonAnswer {
  kind: 'models' | 'runs';
  before: string;
  after: string;
  comparison: Comparison;
  slices: { before: SliceReport; after: SliceReport };
  /** Every question of both sides that both were measured on. */
  questions: RankChange[];
  /** What makes two runs differ in more than the ranks, in sentences. */
  warnings: string[];
}

/** A place in the map; x and y in [0, 1]. */
export interface MapPoint {
  id: string;
  x: number;
  y: number;
}

/** Questions and snippets in two dimensions: near each other where the model takes them to be alike. */
export interface MapAnswer {
  questions: MapPoint[];
  snippets: MapPoint[];
  /** Of which those were drawn: measured questions, all snippets. */
  total: { questions: number; snippets: number };
}

/** Two snippets that nearly say the same. */
export interface DuplicatePair {
  /** Ids, in the order of the files. */
  first: string;
  second: string;
  cosine: number;
  /** Jaccard similarity of the texts' trigrams, headings left out; in [0, 1]. */
  likeness: number;
}

export interface DuplicatesAnswer {
  /** The most alike first, as many as were asked for. */
  pairs: DuplicatePair[];
  total: number;
}

/** Live knowledge bases. Calls that change or measure one run one after the other; what changed comes as patches before the answer. */
export interface WorkspaceApi {
  /** Opens an empty knowledge base, or empties an open one. */
  open(params: OpenParams): Promise<void>;
  /** Other settings for an open one; the documents stay. */
  configure(params: OpenParams): Promise<void>;
  close(params: WorkspaceParams): Promise<void>;
  /** Takes files in; nothing is computed until `join` or `measure`. */
  change(params: ChangeParams): Promise<void>;
  /** Brings snippets, questions and findings up to date, without the model. */
  join(params: WorkspaceParams, context?: JobContext): Promise<{ snippets: number; questions: number }>;
  /** Embeds what changed and writes the index. */
  indexWorkspace(params: WorkspaceParams, context?: JobContext): Promise<MeasureSummary>;
  /** Embeds what changed, ranks every question again. */
  measure(params: WorkspaceParams, context?: JobContext): Promise<MeasureSummary>;
  /** The snippets nearest to a text; needs a measured or indexed knowledge base, and does both where needed. */
  search(params: WorkspaceParams & { text: string; limit: number }, context?: JobContext): Promise<SearchHit[]>;
  /** How a snippet's id is written as an answer in a file. */
  reference(params: WorkspaceParams & { id: string; fromFile: string }): Promise<string>;
  /** Questions that a snippet might answer and that nobody asks yet. */
  suggest(params: WorkspaceParams & { id: string }): Promise<Suggestion[]>;
  /** The edits that do something to a question file, whose text is given; undefined where its form does not allow it. */
  edit(params: { document: SourceDocument; edit: QuestionEdit }): Promise<TextEdit[] | undefined>;
  /** The edits that give a section another heading, everything that names it included; undefined for one without heading. */
  rename(params: WorkspaceParams & { id: string; title: string }): Promise<FileEdits[] | undefined>;
  /** The text of a snippet as it is embedded. */
  snippetText(params: WorkspaceParams & { id: string }): Promise<string | undefined>;
  /** Why a question fares as it does; undefined where it was not measured. */
  explain(params: WorkspaceParams & { question: string }): Promise<Explanation | undefined>;
  /** The whole report of the last measurement; undefined before the first. */
  report(params: WorkspaceParams): Promise<RecallReport | undefined>;
  /** Lays out what was searched last, in at most `points` points; undefined before that. Other calls do not wait for it. */
  map(params: WorkspaceParams & { points: number }, context?: JobContext): Promise<MapAnswer | undefined>;
  /** Pairs among the snippets searched last, at most `limit`; undefined before that. Other calls do not wait for it. */
  duplicates(params: WorkspaceParams & { limit: number }, context?: JobContext): Promise<DuplicatesAnswer | undefined>;
  /** Fine-tunes on the saved documents. */
  trainWorkspace(params: TrainWorkspaceParams, context?: JobContext): Promise<TrainAnswer>;
  /** Trains on parts of the saved documents' training questions; no model is kept. An unfinished training is neither used nor touched. */
  curveWorkspace(params: TrainWorkspaceParams, context?: JobContext): Promise<CurveAnswer>;
  /** Writes a model's folder for other programs with its int8 form; where the saved documents have questions, says what that form costs. */
  exportWorkspace(params: ExportWorkspaceParams, context?: JobContext): Promise<ExportAnswer>;
  /** What a training would cost. */
  estimateTraining(params: TrainWorkspaceParams): Promise<TrainEstimate>;
  /** How far a training came that was killed or stopped; the next one goes on with it where it fits, unless told to start anew. */
  unfinishedTraining(params: WorkspaceParams): Promise<{ epoch: number; steps: number } | undefined>;
  /** Measures weights between a run's base model and its own, on the saved documents. */
  blend(params: WorkspaceParams & BlendParams, context?: JobContext): Promise<BlendAnswer>;
  /** Measures the saved documents with two models. */
  compareModels(
    params: WorkspaceParams & { before: string; after: string },
    context?: JobContext,
  ): Promise<ComparisonAnswer>;
}

/** Everything that the engine's process answers. */
export type ChildApi = Pick<EngineApi, 'models' | 'exportModel'> & WorkspaceApi & RunsApi & ClearApi;

/** What the extension keeps, and may be asked to forget. */
export interface ClearApi {
  /** Removes folders of indexes and models, each as a whole. */
  clear(params: { folders: string[] }): Promise<void>;
}

/** The runs that were kept. */
export interface RunsApi {
  /** Latest first. */
  runs(params: RunsPlace): Promise<RunSummary[]>;
  run(params: { modelsFolder: string; id: string }): Promise<RunRecord | undefined>;
  /** Takes or removes the model of a run that was not promoted; the id of one that was taken. */
  settleRun(params: { modelsFolder: string; id: string; decision: RunDecision }): Promise<string | undefined>;
  deleteRun(params: { modelsFolder: string; id: string }): Promise<void>;
  /** Two evaluations that were kept; before and after are the names of their models. */
  compareRuns(params: { modelsFolder: string; before: KeptRun; after: KeptRun }): Promise<ComparisonAnswer>;
}
