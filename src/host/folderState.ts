// What is known of one folder's knowledge base, as one observable value: diagnostics, trees, status bar and panel are views of it.
import * as vscode from 'vscode';
import { decidingRank, isFailing } from '../core/diagnosis.ts';
import type { Finding } from '../core/finding.ts';
import type { PauseSwitch } from '../core/pause.ts';
import type { Progress } from '../core/progress.ts';
import type { QuestionState, SnippetPlace } from '../core/state.ts';
import type { PanelCurve } from '../protocol/panel.ts';
import type { RunAnswer } from '../protocol/runs.ts';
import type { ComparisonAnswer, Figures, StatePatch } from '../protocol/workspace.ts';

export type JobKind = 'load' | 'index' | 'measure' | 'train' | 'curve' | 'compare' | 'export';

/** A long job under way. */
export interface Job {
  kind: JobKind;
  /** Somebody waits for it and is told how it ends; false for what runs by itself. */
  isAsked: boolean;
  progress: Progress;
  /** Milliseconds since 1970. */
  started: number;
  /** Only trainings wait at it. */
  pause: PauseSwitch;
  stop(): void;
}

/** How much of the knowledge base is in the engine. */
export type Stage = 'closed' | 'loaded' | 'indexed' | 'measured';

/** A run of the fine-tuning, while it goes on and after. */
export interface TrainingRun {
  started: number;
  /** Every step's figures: stage, done, total, and in `detail` epoch, loss, learning rate, development score. */
  steps: Progress[];
  /** Set when it has ended. */
  answer?: RunAnswer & { runId?: string };
  failed?: string;
  /** The budget of the training itself. */
  minutes?: number;
}

/** A change of a question's deciding rank; 0 stands for "not ranked". */
export interface RankMove {
  before: number;
  after: number;
  /** Milliseconds since 1970. */
  at: number;
}

/** What a view may have to draw again. */
export interface StateChange {
  snippets: boolean;
  questions: boolean;
  findings: boolean;
  figures: boolean;
  job: boolean;
  training: boolean;
  comparison: boolean;
  curve: boolean;
}

const NOTHING: StateChange = {
  snippets: false,
  questions: false,
  findings: false,
  figures: false,
  job: false,
  training: false,
  comparison: false,
  curve: false,
};

export class FolderState implements vscode.Disposable {
  readonly snippets = new Map<string, SnippetPlace>();
  readonly questions = new Map<string, QuestionState>();
  readonly findings = new Map<string, readonly Finding[]>();
  /** How each question's deciding rank last changed; 0 stands for "not ranked". */
  readonly moves = new Map<string, RankMove>();
  readonly #byFile = { snippets: new Map<string, Set<string>>(), questions: new Map<string, Set<string>>() };
  figures: Figures | undefined;
  stage: Stage = 'closed';
  job: Job | undefined;
  training: TrainingRun | undefined;
  /** The two models that were compared last. */
  comparison: ComparisonAnswer | undefined;
  /** The last learning curve; kept through edits, as its model and date are told with it. */
  curve: PanelCurve | undefined;
  /** What a job left to say: the last error's sentence. */
  problem: string | undefined;

  readonly #changed = new vscode.EventEmitter<StateChange>();
  #pending: StateChange | undefined;
  /** Fires once for all changes of one turn of the event loop. */
  readonly onDidChange = this.#changed.event;

  /** Takes in what the engine told. */
  apply(patch: StatePatch): void {
    if (patch.reset) this.clear();
    const { snippets, questions } = this.#byFile;
    for (const id of patch.removedSnippets ?? []) remove(this.snippets, snippets, id);
    for (const snippet of patch.snippets ?? []) put(this.snippets, snippets, snippet);
    for (const id of patch.removedQuestions ?? []) {
      remove(this.questions, questions, id);
      this.moves.delete(id);
    }
    for (const question of patch.questions ?? []) {
      this.#noteMove(question);
      put(this.questions, questions, question);
    }
    for (const { file, findings } of patch.findings ?? []) {
      if (findings.length > 0) this.findings.set(file, findings);
      else this.findings.delete(file);
    }
    if (patch.figures) this.figures = patch.figures;
    this.#touch({
      snippets: (patch.snippets ?? patch.removedSnippets) !== undefined,
      questions: (patch.questions ?? patch.removedQuestions) !== undefined,
      findings: patch.findings !== undefined,
      figures: patch.figures !== undefined,
    });
  }

  /** The snippets of a file, in no order. */
  snippetsOf(file: string): SnippetPlace[] {
    return [...(this.#byFile.snippets.get(file) ?? [])].flatMap((id) => this.snippets.get(id) ?? []);
  }

  /** The questions of a file, in no order. */
  questionsOf(file: string): QuestionState[] {
    return [...(this.#byFile.questions.get(file) ?? [])].flatMap((id) => this.questions.get(id) ?? []);
  }

  /** The files that have a snippet or a question. */
  files(): Set<string> {
    return new Set([...this.#byFile.snippets.keys(), ...this.#byFile.questions.keys()]);
  }

  clear(): void {
    this.#byFile.snippets.clear();
    this.#byFile.questions.clear();
    this.moves.clear();
    this.snippets.clear();
    this.questions.clear();
    this.findings.clear();
    this.figures = undefined;
    this.comparison = undefined;
    this.#touch({ snippets: true, questions: true, findings: true, figures: true, comparison: true });
  }

  setJob(job: Job | undefined): void {
    this.job = job;
    this.#touch({ job: true });
  }

  setStage(stage: Stage, problem?: string): void {
    this.stage = stage;
    this.problem = problem;
    this.#touch({ job: true });
  }

  setTraining(training: TrainingRun | undefined): void {
    this.training = training;
    this.#touch({ training: true });
  }

  setComparison(comparison: ComparisonAnswer): void {
    this.comparison = comparison;
    this.#touch({ comparison: true });
  }

  setCurve(curve: PanelCurve | undefined): void {
    this.curve = curve;
    this.#touch({ curve: true });
  }

  /** Questions with an answer outside the first k. */
  failures(): QuestionState[] {
    return [...this.questions.values()].filter(isFailing);
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #noteMove(question: QuestionState): void {
    const known = this.questions.get(question.id);
    const before = known && decidingRank(known);
    const after = decidingRank(question);
    if (before === undefined || after === undefined || before === after) return;
    this.moves.set(question.id, { before, after, at: Date.now() });
  }

  #touch(part: Partial<StateChange>): void {
    if (this.#pending) {
      for (const key of Object.keys(part) as (keyof StateChange)[]) this.#pending[key] ||= part[key] ?? false;
      return;
    }
    this.#pending = { ...NOTHING, ...part };
    setImmediate(() => {
      const change = this.#pending;
      this.#pending = undefined;
      if (change) this.#changed.fire(change);
    });
  }
}

interface Placed {
  id: string;
  file: string;
}

function put<T extends Placed>(all: Map<string, T>, byFile: Map<string, Set<string>>, item: T): void {
  const known = all.get(item.id);
  if (known && known.file !== item.file) remove(all, byFile, item.id);
  all.set(item.id, item);
  const ids = byFile.get(item.file);
  if (ids) ids.add(item.id);
  else byFile.set(item.file, new Set([item.id]));
}

function remove<T extends Placed>(all: Map<string, T>, byFile: Map<string, Set<string>>, id: string): void {
  const item = all.get(id);
  if (!item) return;
  all.delete(id);
  const ids = byFile.get(item.file);
  ids?.delete(id);
  if (ids?.size === 0) byFile.delete(item.file);
}
