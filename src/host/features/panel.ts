// The training panel: one webview that shows a folder's state and hands its intents to the commands. The host owns everything it shows.
import * as vscode from 'vscode';
import type { HostToPanel, PanelState, PanelSurvey, PanelTab, PanelToHost } from '../../protocol/panel.ts';
import { toldHere } from '../causeTexts.ts';
import { registerFolderCommand } from '../command.ts';
import { engineText } from '../engineTexts.ts';
import type { Folder } from '../folder.ts';
import type { StateChange } from '../folderState.ts';
import { headingOf, reveal, revealBeside } from '../lookup.ts';
import { panelCoverage, panelGroups } from '../panel/groups.ts';
import { parsePanelMessage } from '../panel/messages.ts';
import { page } from '../panel/page.ts';
import { PanelRuns } from '../panel/runs.ts';
import { PanelSurveys } from '../panel/surveys.ts';
import { panelTexts } from '../panel/texts.ts';
import { panelModels, panelRows } from '../panel/view.ts';
import { Pace, progressText } from '../progress.ts';
import type { Services } from '../services.ts';
import { readSettings } from '../settings.ts';

const VIEW_TYPE = 'kbRecall.panel';
/** Sent so often at most, in milliseconds. */
const QUIET_MS = 200;

export function activatePanel(context: vscode.ExtensionContext, services: Services): void {
  let open: Panel | undefined;
  const show = (view: vscode.WebviewPanel, folder: Folder | undefined, tab?: PanelTab): void => {
    open = new Panel(view, services, folder, tab);
    const mine = open;
    view.onDidDispose(() => {
      if (open === mine) open = undefined;
      mine.dispose();
    });
  };
  registerFolderCommand(services, 'openPanel', async (folder, argument) => {
    const { tab } = (argument ?? {}) as { tab?: PanelTab };
    if (open) {
      open.setFolder(folder);
      open.showTab(tab);
      open.view.reveal();
      return;
    }
    show(
      vscode.window.createWebviewPanel(VIEW_TYPE, vscode.l10n.t('KB Recall Panel'), vscode.ViewColumn.Active),
      folder,
      tab,
    );
  });
  context.subscriptions.push(
    // After a reload of the window; the page kept which folder it showed.
    vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: async (view, kept: { folderKey?: unknown } | undefined) => {
        const key = typeof kept?.folderKey === 'string' ? kept.folderKey : '';
        show(view, services.folders.byKey(key) ?? services.folders.all[0]);
      },
    }),
    new vscode.Disposable(() => open?.view.dispose()),
  );
}

/** What has to be sent again. */
type Part = keyof StateChange | PanelSurvey | 'everything';

class Panel implements vscode.Disposable {
  readonly #subscriptions: vscode.Disposable[] = [];
  readonly #parts = new Set<Part>();
  #pace = new Pace();
  #timer: NodeJS.Timeout | undefined;
  #isReady = false;
  #runs: PanelRuns | undefined;
  #surveys: PanelSurveys | undefined;

  constructor(
    readonly view: vscode.WebviewPanel,
    private readonly services: Services,
    private folder: Folder | undefined,
    /** The tab to open as soon as the page is there; else it opens the one that was last looked at. */
    private tab?: PanelTab,
  ) {
    const { context, folders, messages } = services;
    const { webview } = view;
    view.iconPath = vscode.Uri.joinPath(context.extensionUri, 'media', 'icon.svg');
    webview.options = {
      enableScripts: true,
      localResourceRoots: ['dist', 'media'].map((name) => vscode.Uri.joinPath(context.extensionUri, name)),
    };
    this.#subscriptions.push(
      webview.onDidReceiveMessage((raw: unknown) => {
        const message = parsePanelMessage(raw);
        if (message) this.#take(message).catch((error: unknown) => messages.showError(error));
        else services.log.warn('The panel sent a message of an unknown form; it was dropped.');
      }),
      // A hidden page is thrown away and made anew, and says so itself; a moved one is only shown again.
      view.onDidChangeViewState(() => view.visible && this.#later('everything')),
      folders.onDidChange(() => this.#later('everything')),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#later('everything')),
      vscode.workspace.onDidChangeConfiguration(
        (change) => change.affectsConfiguration('kbRecall') && this.#later('everything'),
      ),
      folders.each((each) =>
        each.state.onDidChange((change) => {
          if (each !== this.folder) return;
          for (const part of Object.keys(change) as (keyof StateChange)[]) if (change[part]) this.#later(part);
          if (change.questions || change.snippets) this.#surveys?.outdate();
          // A run that has ended is on the disk by then.
          if (change.job && !each.state.job) this.#refreshRuns();
        }),
      ),
    );
    this.#openFolder();
    webview.html = page(webview, context.extensionUri);
  }

  setFolder(folder: Folder): void {
    if (folder === this.folder) return;
    this.folder = folder;
    this.#pace = new Pace();
    this.#openFolder();
    this.#later('everything');
  }

  showTab(tab: PanelTab | undefined): void {
    this.tab = tab;
    if (tab) this.#later('everything');
  }

  /** What the panel keeps of the folder it shows. */
  #openFolder(): void {
    const { services, folder } = this;
    this.#surveys?.dispose();
    this.#surveys = folder && new PanelSurveys(services.engine, folder, (what) => this.#later(what));
    this.#runs = folder && new PanelRuns(services, folder, () => this.#later('training'));
    this.#refreshRuns();
  }

  #refreshRuns(): void {
    this.#runs?.refresh().catch((error: unknown) => this.services.messages.logError(error));
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#surveys?.dispose();
    for (const each of this.#subscriptions) each.dispose();
  }

  async #take(message: PanelToHost): Promise<void> {
    const { folders, engine } = this.services;
    if (message.type === 'ready') {
      this.#isReady = true;
      this.#later('everything');
      return;
    }
    if (message.type === 'folder') {
      const folder = folders.byKey(message.key);
      if (folder) this.setFolder(folder);
      return;
    }
    const { folder } = this;
    if (!folder) return;
    const folderKey = folder.key;
    switch (message.type) {
      case 'run':
        if (message.command === 'stop') folder.stop();
        else
          await vscode.commands.executeCommand(`kbRecall.${message.command}`, {
            folderKey,
            epochs: message.epochs,
            minutes: message.minutes,
            mode: message.mode,
          });
        return;
      case 'pause':
        folder.setPaused(message.paused);
        return;
      case 'estimate':
      case 'history':
      case 'blend':
      case 'compare':
      case 'compareRuns':
      case 'openRunFile':
        await this.#runs?.take(message);
        return;
      case 'survey':
        await this.#surveys?.take(message.what, message.stop);
        return;
      case 'pair': {
        const { snippets } = folder.state;
        await revealBeside(folder, snippets.get(message.first), snippets.get(message.second));
        return;
      }
      case 'select': {
        const { question } = message;
        const explanation =
          folder.state.stage === 'measured'
            ? await engine.call('explain', { workspace: folderKey, question })
            : undefined;
        this.#post({
          type: 'explanation',
          question,
          explanation: explanation ? { ...explanation, told: explanation.causes.map(toldHere) } : null,
        });
        return;
      }
      case 'open':
        return this.#open(folder, message);
      case 'fix':
        await vscode.commands.executeCommand(`kbRecall.${message.command}`, {
          folderKey,
          questionId: message.question,
        });
    }
  }

  async #open(folder: Folder, { what, id }: Extract<PanelToHost, { type: 'open' }>): Promise<void> {
    const { messages } = this.services;
    const beside = { viewColumn: vscode.ViewColumn.Beside, preview: true };
    if (what === 'question') {
      const question = folder.state.questions.get(id);
      if (question) await reveal(folder, question, beside);
      else await messages.showInformation(vscode.l10n.t('That question is no longer there.'));
      return;
    }
    const snippet = folder.state.snippets.get(id);
    if (snippet) await reveal(folder, headingOf(snippet), beside);
    else await messages.showInformation(vscode.l10n.t('That section is no longer there.'));
  }

  #later(part: Part): void {
    this.#parts.add(part);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // Nothing is lost: a page that comes back asks for everything.
      if (!this.#isReady || !this.view.visible) return;
      const parts = new Set(this.#parts);
      this.#parts.clear();
      this.#post({ type: 'state', state: this.#state(parts) });
      if (this.tab) this.#post({ type: 'tab', tab: this.tab });
      this.tab = undefined;
    }, QUIET_MS);
  }

  #post(message: HostToPanel): void {
    void this.view.webview.postMessage(message);
  }

  /** What these parts look like now. */
  #state(parts: ReadonlySet<Part>): Partial<PanelState> {
    const { folders } = this.services;
    if (this.folder && !folders.byKey(this.folder.key)) {
      this.folder = folders.all[0];
      this.#openFolder();
    }
    const { folder } = this;
    const isAll = parts.has('everything');
    const always = {
      language: vscode.env.language,
      folders: folders.all.map(({ key, name }) => ({ key, name })),
      folderKey: folder?.key ?? null,
      isTrusted: vscode.workspace.isTrusted,
    };
    const texts = isAll ? { texts: panelTexts() } : {};
    if (!folder) return { ...always, ...texts, ...NOTHING };
    const { state } = folder;
    const { k, epochs, retrieval, heldOutKind: heldOut } = readSettings(folder.uri);
    // Both are drawn with the recall and the titles of now.
    const isKnown = isAll || parts.has('questions') || parts.has('snippets');
    let findings = 0;
    for (const each of state.findings.values()) findings += each.length;
    const { job } = state;
    return {
      ...always,
      ...texts,
      stage: state.stage,
      model: state.figures?.model ?? folder.model(),
      retrieval,
      heldOut,
      epochs,
      problem: state.problem === undefined ? null : engineText(state.problem),
      job: job
        ? {
            kind: job.kind,
            text: progressText(job.progress, this.#pace.secondsLeft(job.progress, performance.now())),
            share: job.progress.total ? job.progress.done / job.progress.total : null,
            isPaused: job.pause.isPaused,
          }
        : null,
      snippets: state.snippets.size,
      questions: state.questions.size,
      findings,
      ...((isAll || parts.has('figures')) && { figures: state.figures ?? null }),
      ...((isAll || parts.has('questions')) && {
        rows: panelRows(state, state.figures?.primaryK ?? k),
        groups: panelGroups(state.questions.values()),
      }),
      ...(isKnown && {
        coverage: state.figures ? panelCoverage(state.questions.values(), state.snippets) : null,
      }),
      ...((isKnown || parts.has('map')) && this.#surveys && { map: this.#surveys.map() }),
      ...((isKnown || parts.has('duplicates')) && this.#surveys && { duplicates: this.#surveys.duplicates() }),
      ...((isAll || parts.has('training')) && this.#runs?.state()),
      ...((isAll || parts.has('curve')) && { curve: state.curve ?? null }),
      ...((isAll || parts.has('comparison')) && {
        compared: state.comparison ? panelModels(state.comparison, engineText) : null,
      }),
    };
  }
}

/** Of a window without folders. */
const NOTHING: Omit<PanelState, 'language' | 'texts' | 'folders' | 'folderKey' | 'isTrusted'> = {
  stage: 'closed',
  model: '',
  retrieval: 'vectors',
  heldOut: 'answers',
  epochs: 1,
  problem: null,
  job: null,
  snippets: 0,
  questions: 0,
  findings: 0,
  figures: null,
  rows: [],
  groups: [],
  coverage: null,
  map: { share: null, value: null, isOld: false },
  duplicates: { share: null, value: null, isOld: false },
  training: null,
  curve: null,
  runs: [],
  blends: [],
  estimate: null,
  models: [],
  keptRuns: [],
  compared: null,
};
