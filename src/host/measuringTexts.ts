// How snippets are ranked and what is held out, in the words of the window.
import * as vscode from 'vscode';
import type { Retrieval } from '../core/report.ts';
import type { HeldOut } from '../core/split.ts';

/** For example `Ranked by vectors and words`. */
export function retrievalText(retrieval: Retrieval): string {
  if (retrieval === 'words') return vscode.l10n.t('Ranked by words');
  return retrieval === 'hybrid' ? vscode.l10n.t('Ranked by vectors and words') : vscode.l10n.t('Ranked by vectors');
}

/** What the held-out questions are; for example `Held out: other wordings of trained answers`. */
export function heldOutText(heldOut: HeldOut): string {
  return heldOut === 'wordings'
    ? vscode.l10n.t('Held out: other wordings of trained answers')
    : vscode.l10n.t('Held out: answers that are not trained on');
}
