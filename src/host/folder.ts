// One workspace folder: keeps its files in the engine, runs its jobs one at a time, and holds its state.
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as vscode from 'vscode';
import { isAbort, UserError } from '../core/errors.ts';
import type { JobContext, Progress } from '../core/progress.ts';
import { referencedFiles } from '../core/references.ts';
import type { CurveAnswer, ExportAnswer, ModelInfo, TrainAnswer } from '../protocol/engine.ts';
import type { BlendAnswer, BlendParams } from '../protocol/runs.ts';
import type {
  ComparisonAnswer,
  MeasureSummary,
  SearchHit,
  TrainWorkspaceParams,
  WorkspaceSettings,
} from '../protocol/workspace.ts';
import type { EngineClient } from './engineClient.ts';
import { FolderFiles } from './files.ts';
import { type Changes, mergeChanges, unsavedTexts, withEditorText } from './folderChanges.ts';
import { runJob } from './folderJob.ts';
import { FolderState, type JobKind } from './folderState.ts';
import type { Memory } from './memory.ts';
import { DEFAULT_MODEL, readSettings } from './settings.ts';

/** What a folder needs from the extension. */
export interface FolderEnvironment {
  /** The live engine. */
  engine: EngineClient;
  /** A second process for training and comparing, so that live results do not wait for it. */
  jobs: EngineClient;
  memory: Memory;
  extension: vscode.ExtensionContext;
  log: vscode.LogOutputChannel;
}

export class Folder implements vscode.Disposable {
  readonly key: string;
  readonly state = new FolderState();
  files: FolderFiles;
  /** Allows the next job to download a model; set when the user has said so. */
  downloadAllowed = false;
  #loadedIn: number | undefined;
  #loading: Promise<void> | undefined;
  #changes: Changes | undefined;
  #updating: Promise<void> | undefined;

  constructor(
    readonly workspaceFolder: vscode.WorkspaceFolder,
    private readonly environment: FolderEnvironment,
  ) {
    this.key = workspaceFolder.uri.toString();
    this.files = new FolderFiles(workspaceFolder.uri);
    this.state.curve = environment.memory.curve(this.key);
  }

  get uri(): vscode.Uri {
    return this.workspaceFolder.uri;
  }

  get name(): string {
    return this.workspaceFolder.name;
  }

  /** True when the engine has this folder's files. */
  get isLoaded(): boolean {
    const { engine } = this.environment;
    return engine.isRunning && this.#loadedIn === engine.generation;
  }

  /** The models at hand for it. */
  models(): Promise<ModelInfo[]> {
    const { modelsFolder, embeddedFolder } = this.settings();
    return this.environment.engine.call('models', { modelsFolder, ...(embeddedFolder && { embeddedFolder }) });
  }

  /** How the folder is measured now. */
  settings(): WorkspaceSettings {
    const { extension } = this.environment;
    const settings = readSettings(this.uri);
    const storage = extension.storageUri ?? extension.globalStorageUri;
    const id = createHash('sha256').update(this.key).digest('hex').slice(0, 16);
    return {
      folder: this.name,
      indexFolder: vscode.Uri.joinPath(storage, 'indexes', id).fsPath,
      model: this.model(),
      modelsFolder: settings.modelsFolder || this.modelsFolder(),
      embeddedFolder: this.embeddedFolder(),
      allowDownload: this.downloadAllowed,
      threads: settings.threads,
      ks: [...new Set([1, 3, 5, 10, settings.k])].sort((a, b) => a - b),
      primaryK: settings.k,
      seed: settings.seed,
      trainShare: settings.trainShare,
      heldOut: settings.heldOutKind,
      retrieval: settings.retrieval,
      lint: settings.lint !== 'off',
    };
  }

  /** The model in use: the one chosen, else that of the settings; in an untrusted folder always the embedded one. */
  model(): string {
    if (!vscode.workspace.isTrusted) return DEFAULT_MODEL;
    return this.environment.memory.model(this.key) || readSettings(this.uri).model;
  }

  modelsFolder(): string {
    return vscode.Uri.joinPath(this.environment.extension.globalStorageUri, 'models').fsPath;
  }

  embeddedFolder(): string {
    return vscode.Uri.joinPath(this.environment.extension.extensionUri, 'models').fsPath;
  }

  /** Reads all files into the engine where it does not have them; findings, headings and questions are known after it. */
  async load(context: JobContext = {}): Promise<void> {
    if (this.isLoaded) return;
    this.#loading ??= this.#loadInto(this.environment.engine, context, false)
      .then(async (generation) => {
        this.#loadedIn = generation;
        await this.environment.engine.call('join', { workspace: this.key }, context);
        await this.#tellExcluded();
        this.state.setStage('loaded');
      })
      .finally(() => {
        this.#loading = undefined;
      });
    await this.#loading;
  }

  /** Reads everything again, for example after a change of the settings. */
  async reload(context: JobContext = {}): Promise<void> {
    this.#loadedIn = undefined;
    this.files = new FolderFiles(this.uri);
    await this.load(context);
  }

  /** Reads everything again after a flood of changes, and measures where it was measured. */
  async rescan(): Promise<void> {
    if (!this.isLoaded) return;
    const { stage } = this.state;
    await this.reload();
    if (stage === 'measured') await this.measure({});
  }

  index(context: JobContext): Promise<MeasureSummary> {
    return this.#job('index', context, async (job) => {
      await this.load(job);
      const summary = await this.environment.engine.call('indexWorkspace', { workspace: this.key }, job);
      if (this.state.stage !== 'measured') this.state.setStage('indexed');
      return summary;
    });
  }

  measure(context: JobContext): Promise<MeasureSummary> {
    return this.#job('measure', context, async (job) => {
      await this.load(job);
      const summary = await this.environment.engine.call('measure', { workspace: this.key }, job);
      this.state.setStage('measured');
      await this.environment.memory.setMeasured(this.key, true);
      return summary;
    });
  }

  search(text: string, limit: number, context: JobContext): Promise<SearchHit[]> {
    return this.load(context).then(() =>
      this.environment.engine.call('search', { workspace: this.key, text, limit }, context),
    );
  }

  /** Fine-tunes on what is saved, for as many epochs as the settings say if none are given; the steps are in the state while it runs. */
  train(context: JobContext, wanted: Omit<TrainWorkspaceParams, 'workspace'> = {}): Promise<TrainAnswer> {
    const { epochs = readSettings(this.uri).epochs, ...others } = wanted;
    const { minutes } = others;
    return this.#job('train', context, async (job) => {
      const run = { started: Date.now(), steps: [] as Progress[], ...(minutes !== undefined && { minutes }) };
      this.state.setTraining(run);
      const onProgress = (progress: Progress): void => {
        if (progress.stage === 'train') {
          run.steps.push(progress);
          this.state.setTraining(run);
        }
        job.onProgress?.(progress);
      };
      try {
        const { jobs } = this.environment;
        const heard = { ...job, onProgress };
        const answer = await this.#withJobs(heard, () =>
          jobs.call('trainWorkspace', { workspace: this.key, epochs, ...others }, heard),
        );
        this.state.setTraining({ ...run, answer });
        return answer;
      } catch (error) {
        this.state.setTraining({ ...run, failed: error instanceof Error ? error.message : String(error) });
        throw error;
      }
    });
  }

  /** Trains on parts of what is saved, for as many epochs as the settings say if none are given; the answer stays in the state. */
  curve(context: JobContext, wanted: Omit<TrainWorkspaceParams, 'workspace'> = {}): Promise<CurveAnswer> {
    const { epochs = readSettings(this.uri).epochs, ...others } = wanted;
    return this.#job('curve', context, async (job) => {
      const started = Date.now();
      const { jobs } = this.environment;
      const answer = await this.#withJobs(job, () =>
        jobs.call('curveWorkspace', { workspace: this.key, epochs, ...others }, job),
      );
      const curve = { ...answer, started };
      this.state.setCurve(curve);
      await this.environment.memory.setCurve(this.key, curve);
      return answer;
    });
  }

  /** Writes a model to a new folder, `to`; with `int8` that form too, measured on what is saved where it has questions. */
  exportModel(model: string, to: string, int8: boolean, context: JobContext): Promise<ExportAnswer> {
    return this.#job('export', context, async (job) => {
      const { jobs } = this.environment;
      if (int8) return this.#withJobs(job, () => jobs.call('exportWorkspace', { workspace: this.key, model, to }, job));
      const { modelsFolder, embeddedFolder, threads } = this.settings();
      const params = { model, to, modelsFolder, ...(embeddedFolder && { embeddedFolder }), threads };
      // Needs no file of the folder.
      return jobs.call('exportModel', params, job).finally(() => jobs.stop());
    });
  }

  /** How far a training came that was killed or stopped. */
  async unfinishedTraining(context: JobContext = {}): Promise<{ epoch: number; steps: number } | undefined> {
    await this.load(context);
    return this.environment.engine.call('unfinishedTraining', { workspace: this.key });
  }

  /** Measures weights between a run's base model and its own. */
  blend(wanted: BlendParams, context: JobContext): Promise<BlendAnswer> {
    return this.#job('compare', context, (job) =>
      this.#withJobs(job, () => this.environment.jobs.call('blend', { workspace: this.key, ...wanted }, job)),
    );
  }

  /** Holds a training between two steps, or lets it go on. */
  setPaused(paused: boolean): void {
    const { job } = this.state;
    if (job?.kind !== 'train' && job?.kind !== 'curve') return;
    job.pause.set(paused);
    this.state.setJob(job);
  }

  /** Measures two models; the answer stays in the state. */
  compare(before: string, after: string, context: JobContext): Promise<ComparisonAnswer> {
    return this.#job('compare', context, async (job) => {
      const answer = await this.#withJobs(job, () =>
        this.environment.jobs.call('compareModels', { workspace: this.key, before, after }, job),
      );
      this.state.setComparison(answer);
      return answer;
    });
  }

  /** Makes another model the folder's own. Measures again where it was measured before. */
  async chooseModel(model: string, context: JobContext): Promise<void> {
    await this.environment.memory.chooseModel(this.key, model);
    await this.reconfigure(context);
  }

  /** Where the tuned models are gone: the settings' model again, and no curve, which told of them. */
  async forgetModels(): Promise<void> {
    await this.environment.memory.forgetModels(this.key);
    this.state.setCurve(undefined);
  }

  /** Tells the engine settings that changed. */
  async reconfigure(context: JobContext = {}): Promise<void> {
    if (!this.isLoaded) return;
    const wasMeasured = this.state.stage === 'measured';
    await this.environment.engine.call('configure', { workspace: this.key, settings: this.settings() });
    this.state.setStage('loaded');
    if (wasMeasured) await this.measure(context);
  }

  /** Takes changed files in; one update at a time, what comes meanwhile is done together in the next. */
  update(changes: Changes): Promise<void> {
    this.#changes = mergeChanges(this.#changes, changes);
    this.#updating ??= this.#update().finally(() => {
      this.#updating = undefined;
    });
    return this.#updating;
  }

  /** Stops the running job. */
  stop(): void {
    this.state.job?.stop();
  }

  /** Forgets what the engine had, and starts over where the folder was measured; called as soon as the engine has ended. */
  async recover(): Promise<void> {
    const wasMeasured = this.state.stage === 'measured' || this.state.job?.kind === 'measure';
    const wasOpen = wasMeasured || this.state.stage !== 'closed';
    this.#loadedIn = undefined;
    // What the end of the engine broke off lets go first: the job is one at a time, and a broken reading is no reading.
    await nextTurn();
    if (wasOpen) await this.load();
    if (!wasMeasured) return;
    if (this.state.job) {
      // One of the other process goes on, maybe for hours.
      await this.environment.engine.call('measure', { workspace: this.key });
      this.state.setStage('measured');
    } else await this.measure({});
  }

  dispose(): void {
    this.stop();
    if (this.isLoaded)
      this.environment.engine.call('close', { workspace: this.key }).catch((error: unknown) => {
        this.environment.log.warn(`Closing ${this.name}: ${String(error)}`);
      });
    this.state.dispose();
  }

  async #update(): Promise<void> {
    const { engine, log } = this.environment;
    while (this.#changes) {
      // Not in the engine: loading reads the files as they are then.
      if (!this.isLoaded && !this.#loading) {
        this.#changes = undefined;
        return;
      }
      await this.#loading?.catch(() => undefined);
      const changes = this.#changes;
      this.#changes = undefined;
      const started = performance.now();
      try {
        await engine.call('change', { workspace: this.key, ...changes });
        await this.#tellExcluded();
        await engine.call(this.state.stage === 'measured' ? 'measure' : 'join', { workspace: this.key });
        if (this.state.problem !== undefined) this.state.setStage(this.state.stage);
        const count = changes.documents.length + changes.removed.length;
        log.debug(`${this.name}: ${count} changed files taken in in ${Math.round(performance.now() - started)} ms`);
      } catch (error) {
        if (isAbort(error)) continue;
        // A base without snippets or questions is a state, not a fault; the views show it.
        log.warn(`${this.name}: ${error instanceof Error ? error.message : String(error)}`);
        if (error instanceof UserError && error.code === 'workspace-not-open') this.#loadedIn = undefined;
        else if (error instanceof UserError) this.state.setStage(this.state.stage, error.message);
      }
    }
  }

  /** Answers that lead nowhere may name files that the settings exclude: the engine, which sees no disk, is told which. */
  async #tellExcluded(): Promise<void> {
    const named: string[] = [];
    for (const { answers, file } of this.state.questions.values())
      for (const { reference, snippetIds } of answers)
        if (snippetIds.length === 0) named.push(...referencedFiles(reference, file));
    if (named.length === 0) return;
    const excluded = await this.files.excluded(named);
    const nothing = { documents: [], removed: [], unreadable: [] };
    await this.environment.engine.call('change', { workspace: this.key, ...nothing, excluded });
  }

  #job<T>(kind: JobKind, outer: JobContext, work: (context: JobContext) => Promise<T>): Promise<T> {
    return runJob({ ...this.environment, name: this.name, state: this.state }, kind, outer, work);
  }

  /** Runs a call of the second process, which has the saved files, and ends that process: its memory is returned. */
  async #withJobs<T>(job: JobContext, call: () => Promise<T>): Promise<T> {
    const { jobs } = this.environment;
    try {
      await this.#loadInto(jobs, job, true);
      return await call();
    } finally {
      jobs.stop();
    }
  }

  /** Sends all files to an engine; returns its generation. */
  async #loadInto(engine: EngineClient, context: JobContext, savedOnly: boolean): Promise<number> {
    const signal = context.signal ?? new AbortController().signal;
    const workspace = this.key;
    await engine.call('open', { workspace, settings: this.settings() }, context);
    const generation = engine.generation;
    const names = await this.files.list(signal, (found) => context.onProgress?.({ stage: 'find', done: found }));
    const seesEdits = !savedOnly && readSettings(this.uri).liveUpdates === 'onType';
    const unsaved = seesEdits ? unsavedTexts(this.files) : new Map<string, string>();
    await this.files.readAll(names, signal, async (documents, unreadable, done) => {
      await engine.call(
        'change',
        {
          workspace,
          documents: documents.map((document) => withEditorText(document, unsaved)),
          removed: [],
          unreadable,
        },
        context,
      );
      context.onProgress?.({ stage: 'read', done, total: names.length });
    });
    return generation;
  }
}
