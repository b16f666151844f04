// What is known of one folder's knowledge base, as one observable value: diagnostics, trees, status bar and panel are views of it.
import * as vscode from 'vscode';
import type { Finding } from '../core/finding.ts';
import type { Progress } from '../core/progress.ts';
import type { QuestionState, SnippetPlace } from '../core/state.ts';
import type { TrainAnswer } from '../protocol/engine.ts';
import type { Figures, StatePatch } from '../protocol/workspace.ts';

export type JobKind = 'load' | 'index' | 'measure' | 'train' | 'compare';

/** A long job under way. */
export interface Job {
  kind: JobKind;
  progress: Progress;
  /** Milliseconds since 1970. */
  started: number;
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
  answer?: TrainAnswer;
  failed?: string;
}

/** What a view may have to draw again. */
export interface StateChange {
  snippets: boolean;
  questions: boolean;
  findings: boolean;
  figures: boolean;
  job: boolean;
  training: boolean;
}

const NOTHING: StateChange = {
  snippets: false,
  questions: false,
  findings: false,
  figures: false,
  job: false,
  training: false,
};

export class FolderState implements vscode.Disposable {
  readonly snippets = new Map<string, SnippetPlace>();
  readonly questions = new Map<string, QuestionState>();
  readonly findings = new Map<string, readonly Finding[]>();
  figures: Figures | undefined;
  stage: Stage = 'closed';
  job: Job | undefined;
  training: TrainingRun | undefined;
  /** What a job left to say: the last error's sentence. */
  problem: string | undefined;

  readonly #changed = new vscode.EventEmitter<StateChange>();
  #pending: StateChange | undefined;
  /** Fires once for all changes of one turn of the event loop. */
  readonly onDidChange = this.#changed.event;

  /** Takes in what the engine told. */
  apply(patch: StatePatch): void {
    if (patch.reset) this.clear();
    for (const id of patch.removedSnippets ?? []) this.snippets.delete(id);
    for (const snippet of patch.snippets ?? []) this.snippets.set(snippet.id, snippet);
    for (const id of patch.removedQuestions ?? []) this.questions.delete(id);
    for (const question of patch.questions ?? []) this.questions.set(question.id, question);
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

  clear(): void {
    this.snippets.clear();
    this.questions.clear();
    this.findings.clear();
    this.figures = undefined;
    this.#touch({ snippets: true, questions: true, findings: true, figures: true });
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

  /** Questions with an answer outside the first k. */
  failures(): QuestionState[] {
    return [...this.questions.values()].filter(({ outcome }) => outcome !== undefined && outcome.recall < 1);
  }

  dispose(): void {
    this.#changed.dispose();
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
