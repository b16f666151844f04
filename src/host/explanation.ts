// The answer to "Why is this question not recalled?": a Markdown document, rendered beside the editor.
import * as vscode from 'vscode';
import type { ExplainedSnippet, Explanation } from '../core/explain.ts';
import type { QuestionState } from '../core/state.ts';
import { toldHere } from './causeTexts.ts';
import type { Folder } from './folder.ts';

export const SCHEME = 'kb-recall';

/** Texts of the documents shown, by address. */
class Explanations implements vscode.TextDocumentContentProvider {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;

  put(uri: vscode.Uri, text: string): void {
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }
}

const explanations = new Explanations();

export function registerExplanations(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, explanations);
}

/** Shows why a question fares as it does. */
export async function showExplanation(
  explanation: Explanation,
  question: QuestionState,
  folder: Folder,
): Promise<void> {
  const uri = vscode.Uri.from({
    scheme: SCHEME,
    path: `/${question.id}/${vscode.l10n.t('Why this rank')}.md`,
    query: folder.key,
  });
  explanations.put(uri, explanationText(explanation, question, folder));
  try {
    await vscode.commands.executeCommand('markdown.showPreviewToSide', uri);
  } catch {
    // The built-in Markdown extension can be switched off; then its source has to do.
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true, viewColumn: vscode.ViewColumn.Beside });
  }
}

function explanationText(
  { question, k, expected, top, gap, causes }: Explanation,
  state: QuestionState,
  folder: Folder,
): string {
  const side = state.split === 'train' ? vscode.l10n.t('training question') : vscode.l10n.t('held-out question');
  return [
    `# ${question}`,
    '',
    `${side}, ${state.file}:${state.range.start.line + 1}, ${vscode.l10n.t('model {0}', folder.state.figures?.model ?? folder.model())}`,
    '',
    `## ${vscode.l10n.t('Expected')}`,
    '',
    ...expected.map((each) => snippetText(each)),
    '',
    ...(gap > 0 ? [vscode.l10n.t('To be among the first {0} it lacks {1} of similarity.', k, gap.toFixed(3)), ''] : []),
    `## ${vscode.l10n.t('Causes, the main one first')}`,
    '',
    ...(causes.length > 0
      ? causes.map(toldHere).map(({ title, evidence, mend }) => `- **${title}.** ${evidence} ${mend}`)
      : [vscode.l10n.t('Nothing: every answer is found.')]),
    '',
    `## ${vscode.l10n.t('Found instead')}`,
    '',
    ...top.map((each) => snippetText(each)),
    '',
  ].join('\n');
}

function snippetText({ id, title, rank, score, expected, shared, lacking }: ExplainedSnippet): string {
  // Not "1.": that would begin a list inside the list.
  const place = rank === 0 ? '–' : `${rank}`;
  const lines = [`- ${place} · ${expected ? '**' : ''}${title}${expected ? '**' : ''} (${id}), ${score.toFixed(3)}`];
  if (shared.length > 0) lines.push(`  - ${vscode.l10n.t('has the words: {0}', shared.join(', '))}`);
  if (lacking.length > 0) lines.push(`  - ${vscode.l10n.t('lacks the words: {0}', lacking.join(', '))}`);
  return lines.join('\n');
}
