// The engine as a plain class: the child process of the extension and the command line are two ways to call it.
import { join } from 'node:path';
import { compareReports } from '../core/comparison.ts';
import { errors } from '../core/errors.ts';
import { byPlace } from '../core/finding.ts';
import { placeRemarks } from '../core/lint/remark.ts';
import type { JobContext } from '../core/progress.ts';
import type { Question } from '../core/question.ts';
import { splitQuestions } from '../core/split.ts';
import type {
  CurveAnswer,
  EngineApi,
  EvaluateAnswer,
  EvaluateParams,
  ExportAnswer,
  ExportParams,
  IndexAnswer,
  IndexParams,
  LintAnswer,
  ModelChange,
  ModelInfo,
  PublishAnswer,
  PublishParams,
  TrainAnswer,
  TrainParams,
} from '../protocol/engine.ts';
import type { BlendAnswer, BlendParams, TrainEstimate } from '../protocol/runs.ts';
import { exportModel } from './exportModel.ts';
import { indexCorpus, readCorpus, scorerOf, unchangedIndex, vectorsOf, withModel } from './indexed.ts';
import { stampOf, windowsOf } from './indexer.ts';
import { judge, withTuned } from './judge.ts';
import { learningCurve } from './learningCurve.ts';
import { lintCorpus } from './lint.ts';
import { explained, measure, placesOf, servedReport, splitOf } from './measure.ts';
import { openModelFolder } from './modelFolder.ts';
import { changeModel, registeredModels } from './modelRegistry.ts';
import { saveModel } from './modelStore.ts';
import { loadWeights } from './modelWeights.ts';
import { recorded } from './runRecorder.ts';
import { baseOf, candidatePath, readRun } from './runs.ts';
import { withStore } from './stores/served.ts';
import { mixWeights } from './training/blends.ts';
import { keyOf, removeCheckpoint, unfinished, type WorkPlace } from './training/checkpoint.ts';
import { forgettingCheck } from './training/forgetting.ts';
import { affordableSettings, trainingCost, trainingSides } from './training/plan.ts';
import { requireQuestions, requireTrainable } from './training/trainable.ts';
import { DEFAULT_EPOCHS, type TrainingOutcome } from './training/trainer.ts';
import { tune } from './training/tune.ts';
import { isTrouble, type Trouble } from './training/watch.ts';

/** Implements {@link EngineApi}; holds nothing between calls. */
export class EngineService implements EngineApi {
  async index(params: IndexParams, context: JobContext = {}): Promise<IndexAnswer> {
    const known = await unchangedIndex(params);
    if (known) return known;
    const corpus = await readCorpus(params, context);
    return withModel(params, context, async (model) => (await indexCorpus(params, corpus, model, context)).answer);
  }

  async evaluate(params: EvaluateParams, context: JobContext = {}): Promise<EvaluateAnswer> {
    const corpus = await readCorpus(params, context);
    const { sides, findings } = splitOf(params, corpus);
    return withModel(params, context, async (model) => {
      const indexed = await indexCorpus(params, corpus, model, context);
      const measured = await measure(params, corpus, sides, model, indexed, context);
      const report = { ...measured, ...explained(params, corpus, sides, model, indexed, measured) };
      const { indexHash } = indexed.answer;
      const served =
        params.store && (await servedReport(params, params.store, corpus, sides, model, indexHash, measured, context));
      return {
        report,
        index: indexed.answer,
        findings: [...corpus.findings, ...findings],
        places: placesOf(corpus, report),
        ...(served && { served }),
      };
    });
  }

  /** Writes snippets, vectors and the model's name into a database, so that a bot serves what was measured here. */
  async publish(params: PublishParams, context: JobContext = {}): Promise<PublishAnswer> {
    const corpus = await readCorpus(params, context);
    const { url, name } = params.store;
    // A database that cannot be reached should be told before minutes of embedding.
    return withStore(url, (store) =>
      withModel(params, context, async ({ folder, embedder, hash }) => {
        const indexed = await indexCorpus(params, corpus, { folder, embedder, hash }, context);
        const version = await store.publish(
          {
            name,
            stamp: stampOf(embedder, folder.id, hash),
            indexHash: indexed.answer.indexHash,
            snippets: corpus.snippets,
            windows: indexed.windows,
            vectors: vectorsOf(indexed, embedder.profile.dimension),
          },
          context,
        );
        return { index: indexed.answer, place: store.place, name, version };
      }),
    );
  }

  async lint(params: EvaluateParams, context: JobContext = {}): Promise<LintAnswer> {
    const corpus = await readCorpus(params, context);
    const { sides, findings } = splitQuestions(corpus.questions, params);
    return withModel(params, context, async (model) => {
      const { embedder } = model;
      const indexed = await indexCorpus(params, corpus, model, context);
      const scorer = await scorerOf(indexed, model);
      const linted = {
        corpus,
        sides,
        heldOut: params.heldOut,
        windows: indexed.windows,
        vectors: vectorsOf(indexed, embedder.profile.dimension),
        scorer,
      };
      const queries = (questions: readonly Question[]) =>
        embedder.embed(
          questions.map(({ text }) => text),
          'query',
          { signal: context.signal },
        );
      const remarks = await lintCorpus(linted, queries, embedder, context.signal).finally(() => scorer.close());
      const all = [...corpus.findings, ...findings, ...placeRemarks(remarks, corpus)];
      return { index: indexed.answer, findings: all.sort(byPlace) };
    });
  }

  async train(params: TrainParams, context: JobContext = {}): Promise<TrainAnswer> {
    if (params.retrieval === 'words') throw errors.trainingByWords();
    return recorded(params, { epochs: DEFAULT_EPOCHS }, context, (job) => this.#train(params, job));
  }

  async curve(params: TrainParams, context: JobContext = {}): Promise<CurveAnswer> {
    if (params.retrieval === 'words') throw errors.trainingByWords();
    return learningCurve(params, context);
  }

  async #train(params: TrainParams, context: JobContext): Promise<TrainAnswer> {
    const started = performance.now();
    const corpus = await readCorpus(params, context);
    const { sides, findings } = splitOf(params, corpus);
    const { trainQuestions, developmentQuestions } = trainingSides(params, corpus, sides);
    requireQuestions(trainQuestions, developmentQuestions);
    return withModel(params, context, async (model) => {
      await requireTrainable(model.folder, model.weights);
      const indexed = await indexCorpus(params, corpus, model, context);
      const before = await measure(params, corpus, sides, model, indexed, context);
      const forgets = await forgettingCheck(params.embeddedFolder, model.embedder, params.seed ?? 0, context);
      const settings = affordableSettings(params, model, trainQuestions, indexed.windows);
      const { threads: _, ...computed } = settings;
      const work: WorkPlace = {
        folder: workFolder(params),
        key: {
          model: model.hash,
          settings: keyOf(computed),
          questions: keyOf([trainQuestions, developmentQuestions].map((each) => each.map(asTrained))),
          snippets: indexed.answer.indexHash,
        },
        ...(params.checkpointSeconds !== undefined && { everySeconds: params.checkpointSeconds }),
        ...(params.startsAnew && { startsAnew: true }),
      };
      const outcome = await tune(
        model,
        corpus,
        indexed,
        { trainQuestions, developmentQuestions, work },
        settings,
        context,
      );
      const answer: TrainAnswer = {
        before,
        promoted: false,
        verdict: '',
        model: model.folder.id,
        steps: outcome.steps,
        seconds: 0,
        bestEpoch: outcome.bestEpoch,
        history: outcome.history,
        trainQuestions: trainQuestions.length,
        developmentQuestions: developmentQuestions.length,
        index: indexed.answer,
        findings: [...corpus.findings, ...findings],
        notices: [outcome.notice, stopNotice(outcome)].filter((notice) => notice !== undefined),
      };
      if (outcome.bestEpoch === 0) {
        answer.verdict = isTrouble(outcome.ended)
          ? NOT_PROMOTED[outcome.ended]
          : 'Not promoted: no epoch recalled the development questions better than the base model.';
      } else {
        await judge(params, corpus, sides, model, indexed.windows, answer, developmentQuestions, context, forgets, {
          settings: { ...settings },
          outcome: { ...outcome },
        });
      }
      // Only now: one that is killed while it is measured goes on from its last steps.
      await removeCheckpoint(work);
      answer.seconds = (performance.now() - started) / 1000;
      return answer;
    });
  }

  /** How far a training of this knowledge base came that was killed or stopped; whether it fits is seen when one starts. */
  unfinishedTraining({ base }: Pick<TrainParams, 'base'>): Promise<{ epoch: number; steps: number } | undefined> {
    return unfinished({ folder: workFolder({ base }) });
  }

  /** What {@link train} would cost; nothing is trained or written. */
  async estimate(params: TrainParams, context: JobContext = {}): Promise<TrainEstimate> {
    const corpus = await readCorpus(params, context);
    const { sides } = splitOf(params, corpus);
    const { trainQuestions } = trainingSides(params, corpus, sides);
    return withModel(params, context, async (model) => {
      await requireTrainable(model.folder, model.weights);
      return trainingCost(params, model, trainQuestions, windowsOf(corpus.snippets, model.embedder));
    });
  }

  /** Measures the weights that lie between a run's base model and its own; saves them where it is asked to. */
  async blend(
    { run: id, share, save, ...params }: EvaluateParams & BlendParams,
    context: JobContext = {},
  ): Promise<BlendAnswer> {
    const run = await readRun(params.modelsFolder, id);
    const tunedName = run?.answer?.modelId ?? run?.answer?.candidateId;
    if (!run || tunedName === undefined || run.base !== baseOf(params.base)) throw errors.runGone(id);
    const waits = run.answer?.modelId === undefined;
    const tunedPath = waits ? candidatePath(params.modelsFolder, tunedName) : join(params.modelsFolder, tunedName);
    const corpus = await readCorpus(params, context);
    const { sides } = splitOf(params, corpus);
    return withModel({ ...params, model: run.settings.model }, context, async (base) => {
      const indexed = await indexCorpus(params, corpus, base, context);
      const before = await measure(params, corpus, sides, base, indexed, context);
      const tuned = await loadWeights(await openModelFolder(tunedPath).catch(() => Promise.reject(errors.runGone(id))));
      mixWeights(base.weights, tuned, share);
      return withTuned(
        params,
        corpus,
        sides,
        base,
        indexed.windows,
        context,
        async ({ id: modelId, report: after }) => {
          const comparison = compareReports(before, after, 'test', after.primaryK, { seed: params.seed });
          const training = { date: new Date().toISOString(), run: id, share };
          if (save)
            await saveModel(join(params.modelsFolder, modelId), base.folder, base.weights, {
              id: modelId,
              baseModel: base.folder.id,
              training,
            });
          const slices = { before: before.slices.test, after: after.slices.test };
          return { share, slices, comparison, ...(save && { modelId }) };
        },
      );
    });
  }

  async models(params: { modelsFolder: string; embeddedFolder?: string }): Promise<ModelInfo[]> {
    return registeredModels(params);
  }

  async changeModel(params: ModelChange): Promise<ModelInfo[]> {
    return changeModel(params);
  }

  async exportModel(params: ExportParams, context: JobContext = {}): Promise<ExportAnswer> {
    return exportModel(params, context);
  }
}

/** Where a training of a knowledge base keeps what it needs to go on after a kill. */
function workFolder({ base }: { base: Pick<TrainParams['base'], 'indexFolder'> }): string {
  return join(base.indexFolder, 'training');
}

/** What of a question its training depends on. */
function asTrained({ id, text, variants, answers }: Question): unknown {
  return [id, text, variants, answers.map(({ snippetIds, group, relevance }) => [snippetIds, group, relevance])];
}

const NOT_PROMOTED: Record<Trouble, string> = {
  diverged: 'Not promoted: the loss rose far above its start, so training was stopped and the base model stays.',
  collapsed: 'Not promoted: all texts got nearly the same vector, so training was stopped and the base model stays.',
};

const STOPPED: Record<Trouble, string> = {
  diverged: 'The loss rose far above its start, so training was stopped; what was best before is kept.',
  collapsed: 'All texts got nearly the same vector, so training was stopped; what was best before is kept.',
};

function stopNotice({ ended, bestEpoch }: TrainingOutcome): string | undefined {
  return isTrouble(ended) && bestEpoch > 0 ? STOPPED[ended] : undefined;
}
