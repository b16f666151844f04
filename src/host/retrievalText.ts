// How snippets are ranked, in the words of the window.
import * as vscode from 'vscode';
import type { Retrieval } from '../core/report.ts';

/** For example `Ranked by vectors and words`. */
export function retrievalText(retrieval: Retrieval): string {
  if (retrieval === 'words') return vscode.l10n.t('Ranked by words');
  return retrieval === 'hybrid' ? vscode.l10n.t('Ranked by vectors and words') : vscode.l10n.t('Ranked by vectors');
}
