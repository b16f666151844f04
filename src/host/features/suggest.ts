// Questions suggested for a section: the author picks, and they are written as drafts.
import * as vscode from 'vscode';
import type { SuggestionRule } from '../../core/suggest/index.ts';
import { registerFolderCommand } from '../command.ts';
import { short } from '../convert.ts';
import type { Services } from '../services.ts';
import { addQuestionsFor } from '../writeQuestion.ts';
import { pickSnippet, snippetOf } from './search.ts';

export function activateSuggestions(_context: vscode.ExtensionContext, services: Services): void {
  const { engine, messages } = services;
  registerFolderCommand(services, 'suggestQuestions', async (folder, argument) => {
    await folder.load();
    const snippet = snippetOf(folder, argument) ?? (await pickSnippet(folder));
    if (!snippet) return;
    const suggestions = await engine.call('suggest', { workspace: folder.key, id: snippet.id });
    if (suggestions.length === 0) {
      await messages.showInformation(
        vscode.l10n.t('No question could be suggested for "{0}" that is not asked already.', short(snippet.title)),
      );
      return;
    }
    const picked = await vscode.window.showQuickPick(
      suggestions.map(({ question, rule }) => ({ label: question, description: ruleText(rule), picked: true })),
      {
        canPickMany: true,
        title: vscode.l10n.t('Suggestions for "{0}"', short(snippet.title)),
        placeHolder: vscode.l10n.t('They are written as drafts, which count once you accept them.'),
      },
    );
    const texts = picked?.map(({ label }) => label) ?? [];
    if (texts.length > 0) await addQuestionsFor(services, folder, snippet, texts, true);
  });
}

function ruleText(rule: SuggestionRule): string {
  if (rule === 'heading') return vscode.l10n.t('from its heading');
  return rule === 'definition' ? vscode.l10n.t('from a definition') : vscode.l10n.t('from a contrast');
}
