// The panel's dealings with training runs: the list, the one that is opened, blends of it, and what a new one would cost.
import * as vscode from 'vscode';
import { isAbort } from '../../core/errors.ts';
import type { TrainingMode } from '../../core/trainingMode.ts';
import type { PanelBlend, PanelState, PanelToHost } from '../../protocol/panel.ts';
import type { BlendAnswer, RunRecord, RunSummary, TrainEstimate } from '../../protocol/runs.ts';
import { requireTrust } from '../command.ts';
import { engineText } from '../engineTexts.ts';
import type { Folder } from '../folder.ts';
import type { TrainingRun } from '../folderState.ts';
import { withProgress } from '../progress.ts';
import type { Services } from '../services.ts';
import { KeptRuns } from './keptRuns.ts';
import { panelRun, panelTraining } from './view.ts';

type RunMessage = Extract<
  PanelToHost,
  { type: 'history' | 'blend' | 'estimate' | 'compare' | 'compareRuns' | 'openRunFile' }
>;

/** Of one folder; `changed` is called when there is something new to show. */
export class PanelRuns {
  #runs: RunSummary[] = [];
  #models: string[] = [];
  #opened: RunRecord | undefined;
  #estimate: TrainEstimate | undefined;
  readonly #kept: KeptRuns;
  readonly #blends = new Map<string, Map<number, PanelBlend>>();
  /** The run in the state when one was opened: a newer one takes its place. */
  #openedOver: TrainingRun | undefined;

  constructor(
    private readonly services: Services,
    private readonly folder: Folder,
    private readonly changed: () => void,
  ) {
    this.#kept = new KeptRuns(services, folder);
  }

  /** Reads the list again. */
  async refresh(): Promise<void> {
    const { modelsFolder, indexFolder } = this.folder.settings();
    const [runs, models] = await Promise.all([
      this.services.engine.call('runs', { modelsFolder, indexFolder }),
      this.folder.models(),
    ]);
    this.#runs = runs;
    this.#models = models.map(({ id }) => id);
    this.changed();
  }

  /** What the panel shows of runs. */
  state(): Pick<PanelState, 'training' | 'runs' | 'blends' | 'estimate' | 'models' | 'keptRuns'> {
    const { training: latest } = this.folder.state;
    if (latest?.started !== this.#openedOver?.started) this.#opened = undefined;
    const opened = this.#opened && asTraining(this.#opened);
    const shown = opened ?? latest;
    const id = shown?.answer?.runId;
    const training = shown ? panelTraining(shown, engineText) : null;
    // The author's decision is in the list, not in what the training told when it ended.
    if (training?.result && this.#runs.some((run) => run.id === id && !run.candidate)) training.result.waits = false;
    const blends = id === undefined ? [] : [...(this.#blends.get(id)?.values() ?? [])];
    return {
      training,
      runs: this.#runs.map(panelRun),
      blends: blends.sort((a, b) => a.share - b.share),
      estimate: this.#estimate ?? null,
      models: this.#models,
      keptRuns: this.#kept.list(this.#runs),
    };
  }

  async take(message: RunMessage): Promise<void> {
    if (message.type === 'estimate') return this.#makeEstimate(message.mode);
    if (message.type === 'blend') return this.#blend(message);
    if (message.type === 'compare') return this.#compare(message);
    if (message.type === 'compareRuns') return this.#kept.compare(message, this.#runs);
    if (message.type === 'openRunFile') {
      if (await this.#kept.openFile()) this.changed();
      return;
    }
    const { engine, messages } = this.services;
    const { modelsFolder } = this.folder.settings();
    const id = message.run;
    switch (message.action) {
      case 'show':
        this.#opened = await engine.call('run', { modelsFolder, id });
        this.#openedOver = this.folder.state.training;
        if (!this.#opened) await messages.showInformation(vscode.l10n.t('That run is no longer there.'));
        return this.refresh();
      case 'delete': {
        const remove = vscode.l10n.t('Delete Run');
        const question = vscode.l10n.t('Delete this training run? Its model goes too, unless it was promoted.');
        if ((await vscode.window.showWarningMessage(question, { modal: true }, remove)) !== remove) return;
        await engine.call('deleteRun', { modelsFolder, id });
        if (this.#opened?.id === id) this.#opened = undefined;
        return this.refresh();
      }
      case 'discard':
        await engine.call('settleRun', { modelsFolder, id, decision: 'discarded' });
        return this.refresh();
      case 'promote': {
        const model = await engine.call('settleRun', { modelsFolder, id, decision: 'promoted' });
        await this.refresh();
        if (model !== undefined) await this.#use(model);
      }
    }
  }

  async #makeEstimate(mode: TrainingMode | undefined): Promise<void> {
    const { folder } = this;
    if (folder.state.job || folder.state.stage === 'closed') return;
    try {
      this.#estimate = await this.services.engine.call('estimateTraining', {
        workspace: folder.key,
        ...(mode && { mode }),
      });
      this.changed();
    } catch (error) {
      // Too few questions, or a model that cannot be trained: the training says so when it is started.
      if (!isAbort(error)) this.services.log.debug(`No estimate: ${String(error)}`);
    }
  }

  async #blend({ run, share, save }: Extract<RunMessage, { type: 'blend' }>): Promise<void> {
    const title = vscode.l10n.t('Measuring {0} % of the way to the tuned weights', Math.round(share * 100));
    const answer = await withProgress(title, (job) => this.folder.blend({ run, share, save }, job));
    const measured = this.#blends.get(run) ?? new Map<number, PanelBlend>();
    this.#blends.set(run, measured.set(share, panelBlend(answer)));
    this.changed();
    if (answer.modelId !== undefined) await this.#use(answer.modelId);
  }

  async #compare({ before, after }: Extract<RunMessage, { type: 'compare' }>): Promise<void> {
    if (!(await requireTrust(vscode.l10n.t('Comparing models')))) return;
    const title = vscode.l10n.t('Comparing {0} and {1}', before, after);
    await withProgress(title, (job) => this.folder.compare(before, after, job));
  }

  async #use(model: string): Promise<void> {
    const { folder } = this;
    await withProgress(vscode.l10n.t('Evaluating {0}', folder.name), (job) => folder.chooseModel(model, job));
    await this.services.messages.showInformation(vscode.l10n.t('{0} uses the model {1}.', folder.name, model));
  }
}

function asTraining({ started, steps, answer, failed, id, stopped }: RunRecord): TrainingRun {
  return {
    started,
    steps,
    ...(answer && { answer: { ...answer, runId: id } }),
    ...(failed !== undefined && { failed }),
    ...(stopped && { failed: vscode.l10n.t('Stopped') }),
  };
}

function panelBlend({ share, slices, comparison }: BlendAnswer): PanelBlend {
  const recall = slices.after.metrics[`recall@${comparison.k}`]?.value ?? 0;
  const { difference, pValue, fixed, broken } = comparison;
  return { share, recall, difference: difference ?? null, pValue, fixed: fixed.length, broken: broken.length };
}
