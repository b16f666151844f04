// Quick fixes and the causes that they mend.
import * as vscode from 'vscode';
import type { CauseName } from '../../core/causes/cause.ts';

/** The quick fix that mends each cause, where there is one. */
const MENDS: Partial<Record<CauseName, string>> = {
  'model-use': 'kbRecall.chooseModel',
  'opposite-condition': 'kbRecall.openSideBySide',
  'near-duplicate': 'kbRecall.openSideBySide',
  'exact-term': 'workbench.action.openSettings',
  'past-window': 'kbRecall.openSideBySide',
  hub: 'kbRecall.openSideBySide',
  'heading-only': 'kbRecall.openSideBySide',
  'vocabulary-gap': 'kbRecall.addVariant',
  'second-answer': 'kbRecall.linkAnswer',
  'near-miss': 'kbRecall.addVariant',
};

/**
 * The action that mends the main cause before the others, and preferred; two causes have an action of their own. `item` names folder and
 * question, as commands take them.
 */
export function mendFirst(
  actions: vscode.CodeAction[],
  cause: CauseName | undefined,
  item: object,
): vscode.CodeAction[] {
  const name = cause && MENDS[cause];
  if (cause === 'model-use') actions.push(command(vscode.l10n.t('Choose another model…'), 'chooseModel', item));
  if (cause === 'exact-term') actions.push(retrievalAction());
  const mend = actions.find((action) => action.command?.command === name);
  if (!mend) return actions;
  mend.isPreferred = true;
  return [mend, ...actions.filter((action) => action !== mend)];
}

function retrievalAction(): vscode.CodeAction {
  const title = vscode.l10n.t('Rank by vectors and words (setting kbRecall.retrieval)…');
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.command = { title, command: 'workbench.action.openSettings', arguments: ['kbRecall.retrieval'] };
  return action;
}

/** A quick fix that runs a command of the extension. */
export function command(title: string, name: string, argument: object): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.command = { title, command: `kbRecall.${name}`, arguments: [argument] };
  return action;
}
