// What the extension says: one log channel, and error messages with a way to the log, no sentence twice at a time.
import * as vscode from 'vscode';
import { isAbort, UserError } from '../core/errors.ts';
import { RemoteFault } from '../protocol/rpc.ts';
import { engineText } from './engineTexts.ts';

/** The same sentence again within this time, while the first still stands, is only logged; in milliseconds. */
const QUIET_MS = 4000;

export class Messages {
  /** When each sentence that still stands was told. */
  readonly #standing = new Map<string, number>();

  constructor(readonly log: vscode.LogOutputChannel) {}

  /** Tells an error of the catalogue with its next step, a fault in one sentence; a cancelled job is no error. */
  async showError(error: unknown, actions: Record<string, () => unknown> = {}): Promise<void> {
    if (isAbort(error)) return;
    this.logError(error);
    const sentence =
      error instanceof UserError
        ? `${engineText(error.message)} ${engineText(error.action)}`
        : vscode.l10n.t('KB Recall met an unexpected fault; the log has the details.');
    await this.#tell(vscode.window.showErrorMessage, sentence, {
      ...actions,
      [vscode.l10n.t('Show Log')]: () => this.log.show(),
    });
  }

  /** A sentence that needs no answer; with buttons, the chosen one runs. */
  async showInformation(sentence: string, actions: Record<string, () => unknown> = {}): Promise<void> {
    this.log.info(sentence);
    await this.#tell(vscode.window.showInformationMessage, sentence, actions);
  }

  async showWarning(sentence: string, actions: Record<string, () => unknown> = {}): Promise<void> {
    this.log.warn(sentence);
    await this.#tell(vscode.window.showWarningMessage, sentence, actions);
  }

  logError(error: unknown): void {
    if (error instanceof RemoteFault) this.log.error(error.remoteStack);
    else if (error instanceof UserError) this.log.error(`${error.code}: ${error.message} ${error.action}`);
    else this.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  /** Shows a sentence that does not stand there already; the chosen button's action runs. */
  async #tell(
    show: (sentence: string, ...buttons: string[]) => Thenable<string | undefined>,
    sentence: string,
    actions: Record<string, () => unknown>,
  ): Promise<void> {
    // Not the clock of the day, which may be set back.
    const told = performance.now();
    if (told - (this.#standing.get(sentence) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    this.#standing.set(sentence, told);
    const chosen = await show(sentence, ...Object.keys(actions));
    // Closed, so that the next command's answer is not taken for this one's; a later telling keeps its own time.
    if (this.#standing.get(sentence) === told) this.#standing.delete(sentence);
    if (chosen !== undefined) await actions[chosen]?.();
  }
}
