// The panel's page: takes the host's state in, draws its three parts, keeps only which folder and tab are shown.
import type { HostToPanel, PanelState, PanelTab, PanelToHost } from '../src/protocol/panel.ts';
import { compare } from './components/compare.ts';
import { coverage } from './components/coverage.ts';
import { map } from './components/map.ts';
import { overview } from './components/overview.ts';
import { questions } from './components/questions.ts';
import { training } from './components/training.ts';
import { type PanelContext, words } from './context.ts';
import { fill, h } from './dom.ts';
import { registerToolkit } from './toolkit.ts';

interface VsCodeApi {
  postMessage(message: PanelToHost): void;
  getState(): Kept | undefined;
  setState(kept: Kept): void;
}

interface Kept {
  folderKey?: string;
  tab?: string;
}

declare function acquireVsCodeApi(): VsCodeApi;

const FIRST_TAB = 'overview';

registerToolkit();
const vscode = acquireVsCodeApi();
const place = document.getElementById('panel')!;
let state: PanelState | undefined;
let parts: ReturnType<typeof build> | undefined;

window.addEventListener('message', ({ data }: MessageEvent<HostToPanel>) => {
  if (data.type === 'explanation') {
    parts?.questions.explain(data.question, data.explanation);
    return;
  }
  if (data.type === 'tab') {
    parts?.open(data.tab);
    return;
  }
  const isOther = data.state.folderKey !== undefined && data.state.folderKey !== state?.folderKey;
  // The first message has everything; a part that comes before it has nothing to be added to.
  if (!state && !data.state.texts) return;
  state = { ...state, ...data.state } as PanelState;
  document.documentElement.lang = state.language;
  if (!parts || isOther) {
    parts = build(state);
    keep({ folderKey: state.folderKey ?? undefined });
  }
  parts.draw();
});
vscode.postMessage({ type: 'ready' });

function keep(part: Kept): void {
  vscode.setState({ ...vscode.getState(), ...part });
}

/** Makes the page once for each folder; after that its parts are only drawn again. */
function build(first: PanelState) {
  const context: PanelContext = {
    get state() {
      return state ?? first;
    },
    get tab() {
      return vscode.getState()?.tab ?? FIRST_TAB;
    },
    post: (message) => vscode.postMessage(message),
  };
  const shown = {
    overview: overview(context),
    questions: questions(context),
    training: training(context),
    coverage: coverage(context),
    map: map(context),
    compare: compare(context),
  };
  const tabs: [name: PanelTab, title: string, root: HTMLElement][] = [
    ['overview', 'overview', shown.overview.root],
    ['questions', 'failingTab', shown.questions.root],
    ['training', 'trainingTab', shown.training.root],
    ['compare', 'compareTab', shown.compare.root],
    ['coverage', 'coverageTab', shown.coverage.root],
    ['map', 'mapTab', shown.map.root],
  ];
  const panels = h(
    'vscode-panels',
    { activeid: `tab-${context.tab}`, 'aria-label': 'KB Recall' },
    ...tabs.map(([name, title]) => h('vscode-panel-tab', { id: `tab-${name}` }, words(context, title))),
    ...tabs.map(([name, , root]) => h('vscode-panel-view', { id: `view-${name}` }, root)),
  );
  const opened = (tab: string): void => {
    keep({ tab });
    document.getElementById(`tab-${tab}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    // What is measured on the page, or asked for once it is seen, waits for the tab.
    for (const each of Object.values(shown)) each.draw();
  };
  panels.addEventListener('change', (event) => {
    const id = (event.target as Element & { activeid?: string }).activeid;
    if (event.target === panels && id) opened(id.slice('tab-'.length));
  });
  const job = h('div', { class: 'job', role: 'status' });
  const problem = h('p', { class: 'bad', role: 'alert' });
  const how = h('p', { class: 'quiet how' });
  fill(place, h('main', {}, h('h1', {}, 'KB Recall'), folderBox(context), how, job, problem, panels));
  return {
    ...shown,
    /** At the host's wish, of which the tabs tell nothing by themselves. */
    open(tab: PanelTab): void {
      panels.setAttribute('activeid', `tab-${tab}`);
      opened(tab);
    },
    draw(): void {
      const { model, retrieval, heldOut, folderKey } = context.state;
      const told = [model, words(context, `ranked.${retrieval}`)];
      if (heldOut === 'wordings') told.push(words(context, 'heldOut.wordings'));
      how.textContent = folderKey === null ? '' : told.join(' · ');
      drawJob(job, context);
      problem.textContent = context.state.problem ?? '';
      for (const each of Object.values(shown)) each.draw();
    },
  };
}

function folderBox(context: PanelContext): HTMLElement | null {
  const { folders, folderKey } = context.state;
  if (folders.length < 2) return null;
  return h(
    'vscode-dropdown',
    {
      'aria-label': words(context, 'folder'),
      onchange: (event) => context.post({ type: 'folder', key: (event.target as HTMLSelectElement).value }),
    },
    ...folders.map(({ key, name }) => h('vscode-option', { value: key, selected: key === folderKey }, name)),
  );
}

function drawJob(root: HTMLElement, context: PanelContext): void {
  const { job } = context.state;
  root.hidden = job === null;
  const text = job?.text ?? '';
  const line = root.querySelector('span');
  if (!job) fill(root);
  else if (line) line.textContent = text;
  else fill(root, h('vscode-progress-ring', { 'aria-label': words(context, 'running') }), h('span', {}, text));
}
