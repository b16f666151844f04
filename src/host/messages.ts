// What the extension says: one log channel, and error messages with a way to the log, each sentence at most once in a while.
import * as vscode from 'vscode';
import { isAbort, UserError } from '../core/errors.ts';
import { RemoteFault } from '../protocol/rpc.ts';
import { engineText } from './engineTexts.ts';

/** The same sentence again within this time is only logged, in milliseconds. */
const QUIET_MS = 4000;

export class Messages {
  readonly #shown = new Map<string, number>();

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

  /** Shows a sentence that was not just shown; the chosen button's action runs. */
  async #tell(
    show: (sentence: string, ...buttons: string[]) => Thenable<string | undefined>,
    sentence: string,
    actions: Record<string, () => unknown>,
  ): Promise<void> {
    if (this.#isRepeated(sentence)) return;
    const chosen = await show(sentence, ...Object.keys(actions));
    if (chosen !== undefined) await actions[chosen]?.();
  }

  #isRepeated(sentence: string): boolean {
    const now = Date.now();
    const last = this.#shown.get(sentence) ?? 0;
    this.#shown.set(sentence, now);
    return now - last < QUIET_MS;
  }
}
