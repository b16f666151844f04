// Answers the extension's calls: open knowledge bases by name, their calls one after the other.
import { compareReports, rankChanges } from '../../core/comparison.ts';
import type { SourceDocument } from '../../core/document.ts';
import { editQuestions, type QuestionEdit, type TextEdit } from '../../core/edits/index.ts';
import { errors } from '../../core/errors.ts';
import type { Explanation } from '../../core/explain.ts';
import { type JobContext, throwIfAborted } from '../../core/progress.ts';
import type { FileEdits } from '../../core/rename.ts';
import type { RecallReport } from '../../core/report.ts';
import { compareRuns } from '../../core/runs/compare.ts';
import type { Suggestion } from '../../core/suggest/index.ts';
import type {
  CurveAnswer,
  EvaluateParams,
  ExportAnswer,
  ExportParams,
  ModelInfo,
  TrainAnswer,
} from '../../protocol/engine.ts';
import type {
  BlendAnswer,
  BlendParams,
  KeptRun,
  RunDecision,
  RunRecord,
  RunSummary,
  RunsPlace,
  TrainEstimate,
} from '../../protocol/runs.ts';
import type {
  ChangeParams,
  ChildApi,
  ComparisonAnswer,
  DuplicatesAnswer,
  ExportWorkspaceParams,
  MapAnswer,
  MeasureSummary,
  OpenParams,
  SearchHit,
  StatePatch,
  TrainWorkspaceParams,
  WorkspaceParams,
} from '../../protocol/workspace.ts';
import { removeFolderAtomic } from '../atomicFile.ts';
import { deleteRun, listRuns, readKept, readRun, settleRun } from '../runs.ts';
import { EngineService } from '../service.ts';
import { findDuplicates } from './duplicates.ts';
import { drawMap } from './map.ts';
import { ModelPool } from './modelPool.ts';
import { WorkspaceSession } from './session.ts';

interface Open {
  session: WorkspaceSession;
  /** Ends when the last call so far has. */
  last: Promise<unknown>;
}

/** Where the service tells what happens between calls. */
export interface ServiceOutput {
  patch(patch: StatePatch): void;
  log(message: string): void;
}

/** Implements {@link ChildApi}. */
export class WorkspaceService implements ChildApi {
  readonly #open = new Map<string, Open>();
  readonly #models = new ModelPool();
  readonly #engine = new EngineService();

  constructor(private readonly output: ServiceOutput) {}

  async open({ workspace, settings }: OpenParams): Promise<void> {
    await this.close({ workspace });
    const session = new WorkspaceSession(workspace, settings, this.#models, this.output.patch, this.output.log);
    this.#open.set(workspace, { session, last: Promise.resolve() });
  }

  configure({ workspace, settings }: OpenParams): Promise<void> {
    return this.#next(workspace, {}, (session) => session.configure(settings));
  }

  async close({ workspace }: WorkspaceParams): Promise<void> {
    const open = this.#open.get(workspace);
    if (!open) return;
    this.#open.delete(workspace);
    await open.last;
    await open.session.close();
  }

  change({ workspace, ...changes }: ChangeParams): Promise<void> {
    return this.#next(workspace, {}, async (session) => session.change(changes));
  }

  join({ workspace }: WorkspaceParams, context: JobContext = {}): Promise<{ snippets: number; questions: number }> {
    return this.#next(workspace, context, async (session) => session.join());
  }

  indexWorkspace({ workspace }: WorkspaceParams, context: JobContext = {}): Promise<MeasureSummary> {
    return this.#next(workspace, context, (session) => session.index(context));
  }

  measure({ workspace }: WorkspaceParams, context: JobContext = {}): Promise<MeasureSummary> {
    return this.#next(workspace, context, (session) => session.measure(context));
  }

  search(
    { workspace, text, limit }: WorkspaceParams & { text: string; limit: number },
    context: JobContext = {},
  ): Promise<SearchHit[]> {
    return this.#next(workspace, context, (session) => session.search(text, limit, context));
  }

  reference({ workspace, id, fromFile }: WorkspaceParams & { id: string; fromFile: string }): Promise<string> {
    return this.#next(workspace, {}, async (session) => session.reference(id, fromFile));
  }

  suggest({ workspace, id }: WorkspaceParams & { id: string }): Promise<Suggestion[]> {
    return this.#next(workspace, {}, async (session) => session.suggest(id));
  }

  async edit({ document, edit }: { document: SourceDocument; edit: QuestionEdit }): Promise<TextEdit[] | undefined> {
    return editQuestions(document, edit);
  }

  rename({ workspace, id, title }: WorkspaceParams & { id: string; title: string }): Promise<FileEdits[] | undefined> {
    return this.#next(workspace, {}, async (session) => session.rename(id, title));
  }

  snippetText({ workspace, id }: WorkspaceParams & { id: string }): Promise<string | undefined> {
    return this.#next(workspace, {}, async (session) => session.snippetText(id));
  }

  explain({ workspace, question }: WorkspaceParams & { question: string }): Promise<Explanation | undefined> {
    return this.#next(workspace, {}, async (session) => session.explain(question));
  }

  report({ workspace }: WorkspaceParams): Promise<RecallReport | undefined> {
    return this.#next(workspace, {}, async (session) => session.report());
  }

  async map(
    { workspace, points }: WorkspaceParams & { points: number },
    context: JobContext = {},
  ): Promise<MapAnswer | undefined> {
    const snapshot = await this.#next(workspace, context, async (session) => session.snapshot());
    return snapshot && drawMap(snapshot, points, context);
  }

  async duplicates(
    { workspace, limit }: WorkspaceParams & { limit: number },
    context: JobContext = {},
  ): Promise<DuplicatesAnswer | undefined> {
    const snapshot = await this.#next(workspace, context, async (session) => session.snapshot());
    return snapshot && findDuplicates(snapshot, limit, context);
  }

  trainWorkspace({ workspace, ...wanted }: TrainWorkspaceParams, context: JobContext = {}): Promise<TrainAnswer> {
    return this.#next(workspace, context, (session) =>
      this.#engine.train({ ...paramsOf(session), ...wanted, keepsCandidate: true }, context),
    );
  }

  curveWorkspace({ workspace, ...wanted }: TrainWorkspaceParams, context: JobContext = {}): Promise<CurveAnswer> {
    return this.#next(workspace, context, (session) =>
      this.#engine.curve({ ...paramsOf(session), ...wanted }, context),
    );
  }

  exportWorkspace({ workspace, ...wanted }: ExportWorkspaceParams, context: JobContext = {}): Promise<ExportAnswer> {
    return this.#next(workspace, context, (session) => {
      const { base, ...settings } = paramsOf(session);
      const measureOn = session.hasMeasurable() ? { base, retrieval: settings.retrieval } : undefined;
      return this.#engine.exportModel({ ...settings, ...wanted, int8: true, ...(measureOn && { measureOn }) }, context);
    });
  }

  exportModel(params: ExportParams, context: JobContext = {}): Promise<ExportAnswer> {
    return this.#engine.exportModel(params, context);
  }

  estimateTraining({ workspace, ...wanted }: TrainWorkspaceParams): Promise<TrainEstimate> {
    return this.#next(workspace, {}, (session) => this.#engine.estimate({ ...paramsOf(session), ...wanted }));
  }

  unfinishedTraining({ workspace }: WorkspaceParams): Promise<{ epoch: number; steps: number } | undefined> {
    return this.#next(workspace, {}, (session) => this.#engine.unfinishedTraining(paramsOf(session)));
  }

  blend({ workspace, ...wanted }: WorkspaceParams & BlendParams, context: JobContext = {}): Promise<BlendAnswer> {
    return this.#next(workspace, context, (session) =>
      this.#engine.blend({ ...paramsOf(session), ...wanted }, context),
    );
  }

  runs(place: RunsPlace): Promise<RunSummary[]> {
    return listRuns(place);
  }

  run({ modelsFolder, id }: { modelsFolder: string; id: string }): Promise<RunRecord | undefined> {
    return readRun(modelsFolder, id);
  }

  settleRun(params: { modelsFolder: string; id: string; decision: RunDecision }): Promise<string | undefined> {
    return settleRun(params.modelsFolder, params.id, params.decision);
  }

  deleteRun({ modelsFolder, id }: { modelsFolder: string; id: string }): Promise<void> {
    return deleteRun(modelsFolder, id);
  }

  async compareRuns(params: { modelsFolder: string; before: KeptRun; after: KeptRun }): Promise<ComparisonAnswer> {
    const [before, after] = await Promise.all(
      [params.before, params.after].map((kept) => readKept(params.modelsFolder, kept)),
    );
    return { kind: 'runs', before: before!.model, after: after!.model, ...compareRuns(before!, after!) };
  }

  compareModels(
    { workspace, before, after }: WorkspaceParams & { before: string; after: string },
    context: JobContext = {},
  ): Promise<ComparisonAnswer> {
    return this.#next(workspace, context, async (session) => {
      const params = paramsOf(session);
      const first = await this.#engine.evaluate({ ...params, model: before }, context);
      const second = await this.#engine.evaluate({ ...params, model: after }, context);
      return {
        kind: 'models',
        before: first.report.model,
        after: second.report.model,
        comparison: compareReports(first.report, second.report, 'test', params.primaryK, { seed: params.seed }),
        slices: { before: first.report.slices.test, after: second.report.slices.test },
        questions: rankChanges(first.report, second.report, 'all'),
        warnings: [],
      };
    });
  }

  models(params: { modelsFolder: string; embeddedFolder?: string }): Promise<ModelInfo[]> {
    return this.#engine.models(params);
  }

  async clear({ folders }: { folders: string[] }): Promise<void> {
    for (const folder of folders) await removeFolderAtomic(folder);
  }

  /** Runs `work` when the calls before it have ended; a call cancelled while it waited does nothing. */
  #next<T>(workspace: string, { signal }: JobContext, work: (session: WorkspaceSession) => Promise<T>): Promise<T> {
    const open = this.#open.get(workspace);
    if (!open) return Promise.reject(errors.workspaceNotOpen());
    const result = open.last.then(() => {
      throwIfAborted(signal);
      return work(open.session);
    });
    open.last = result.catch(() => undefined);
    return result;
  }
}

function paramsOf(session: WorkspaceSession): EvaluateParams {
  const { folder: _, indexFolder: __, ...settings } = session.currentSettings();
  return { ...settings, base: session.knowledgeBase() };
}
