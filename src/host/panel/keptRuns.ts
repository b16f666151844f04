// Evaluations that were kept, to be compared in the panel: those of trainings, and run files that the author opens.
import * as vscode from 'vscode';
import type { PanelKept } from '../../protocol/panel.ts';
import type { KeptRun, RunSummary } from '../../protocol/runs.ts';
import type { Folder } from '../folder.ts';
import type { Services } from '../services.ts';

const FILE = 'file:';

/** Of one folder. The page names runs by ids; paths stay on this side. */
export class KeptRuns {
  readonly #files: vscode.Uri[] = [];

  constructor(
    private readonly services: Services,
    private readonly folder: Folder,
  ) {}

  list(runs: readonly RunSummary[]): PanelKept[] {
    const trainings = runs.filter(({ comparable }) => comparable).map((run) => ({ id: run.id, name: nameOf(run) }));
    const files = this.#files.map((file, i) => ({ id: `${FILE}${i}`, name: vscode.workspace.asRelativePath(file) }));
    return [...trainings, ...files];
  }

  /** Asks for a run file; true where one was chosen. What is in it is seen when it is compared. */
  async openFile(): Promise<boolean> {
    const [file] =
      (await vscode.window.showOpenDialog({
        defaultUri: this.folder.uri,
        filters: { [vscode.l10n.t('Runs of kb-recall evaluate --save-run')]: ['json'] },
        openLabel: vscode.l10n.t('Open Run File'),
      })) ?? [];
    if (!file || this.#files.some((known) => known.toString() === file.toString())) return false;
    this.#files.push(file);
    return true;
  }

  /** Compares two of the list; the answer is shown like that of two models. */
  async compare(wanted: { before: string; after: string }, runs: readonly RunSummary[]): Promise<void> {
    const known = this.list(runs);
    const nameBy = (id: string): string | undefined => known.find((each) => each.id === id)?.name;
    const [before, after] = [nameBy(wanted.before), nameBy(wanted.after)];
    if (before === undefined || after === undefined) return;
    const { modelsFolder } = this.folder.settings();
    const answer = await this.services.engine.call('compareRuns', {
      modelsFolder,
      before: this.#source(wanted.before),
      after: this.#source(wanted.after),
    });
    this.folder.state.setComparison({ ...answer, before, after });
  }

  #source(id: string): KeptRun {
    return id.startsWith(FILE) ? { file: this.#files[Number(id.slice(FILE.length))]!.fsPath } : { run: id };
  }
}

/** For example `3/4/26, 9:30 AM · kb-recall-small-tuned-1f3a`. */
function nameOf({ started, settings, modelId }: RunSummary): string {
  const when = new Date(started).toLocaleString(vscode.env.language, { dateStyle: 'short', timeStyle: 'short' });
  return `${when} · ${modelId ?? settings.model}`;
}
