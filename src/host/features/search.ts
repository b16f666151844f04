// Commands about one question or one snippet: why it is not recalled, what a question finds, a new question for a section; the report.
import * as vscode from 'vscode';
import { decidingRank } from '../../core/diagnosis.ts';
import { isAbort } from '../../core/errors.ts';
import { reportJson } from '../../core/report.ts';
import { reportHtml } from '../../core/reportHtml.ts';
import { reportMarkdown } from '../../core/reportMarkdown.ts';
import { reportTexts } from '../../core/reportTexts.ts';
import type { QuestionState, SnippetPlace } from '../../core/state.ts';
import { causeLine } from '../causeTexts.ts';
import { registerFolderCommand } from '../command.ts';
import { short } from '../convert.ts';
import { engineText } from '../engineTexts.ts';
import { showExplanation } from '../explanation.ts';
import type { Folder } from '../folder.ts';
import { cursorIn, headingOf, questionAt, reveal, snippetAt } from '../lookup.ts';
import { withProgress } from '../progress.ts';
import type { Services } from '../services.ts';
import { addQuestionFor } from '../writeQuestion.ts';

/** Quiet time after typing in the search box, in milliseconds. */
const SEARCH_QUIET_MS = 150;
const HITS = 20;

export function activateSearch(_context: vscode.ExtensionContext, services: Services): void {
  const { messages, engine } = services;
  registerFolderCommand(services, 'explain', async (folder, argument) => {
    if (folder.state.stage !== 'measured') {
      await withProgress(vscode.l10n.t('Evaluating {0}', folder.name), (job) => folder.measure(job));
    }
    const question = questionOf(folder, argument) ?? (await pickQuestion(folder));
    if (!question) return;
    const explanation = await engine.call('explain', { workspace: folder.key, question: question.id });
    if (explanation) await showExplanation(explanation, question, folder);
    else {
      await messages.showInformation(
        vscode.l10n.t('"{0}" was not measured: none of its answers exists.', short(question.text)),
      );
    }
  });
  registerFolderCommand(services, 'findSnippet', async (folder) => {
    await folder.load();
    if (folder.state.stage === 'loaded') {
      await withProgress(vscode.l10n.t('Indexing {0}', folder.name), (job) => folder.index(job));
    }
    await findSnippet(folder, services);
  });
  registerFolderCommand(services, 'addQuestion', async (folder, argument) => {
    await folder.load();
    const snippet = snippetOf(folder, argument) ?? (await pickSnippet(folder));
    if (!snippet) return;
    const text = await vscode.window.showInputBox({
      title: vscode.l10n.t('Question for "{0}"', short(snippet.title)),
      prompt: vscode.l10n.t('As a user would ask it; it is answered by this section.'),
    });
    if (text?.trim()) await addQuestionFor(services, folder, snippet, text.trim());
  });
  registerFolderCommand(services, 'exportReport', (folder) => exportReport(folder, services));
}

function questionOf(folder: Folder, argument: unknown): QuestionState | undefined {
  const id = (argument as { questionId?: unknown } | undefined)?.questionId;
  if (typeof id === 'string') return folder.state.questions.get(id);
  const cursor = cursorIn(folder);
  return cursor && questionAt(folder, cursor.file, cursor.position);
}

function snippetOf(folder: Folder, argument: unknown): SnippetPlace | undefined {
  const id = (argument as { snippetId?: unknown } | undefined)?.snippetId;
  if (typeof id === 'string') return folder.state.snippets.get(id);
  const cursor = cursorIn(folder);
  return cursor && snippetAt(folder, cursor.file, cursor.position);
}

async function pickQuestion(folder: Folder): Promise<QuestionState | undefined> {
  const failing = folder.state.failures();
  const others = [...folder.state.questions.values()].filter(({ outcome }) => outcome?.recall === 1);
  const items = [...failing, ...others].map((question) => ({
    label: `${question.outcome?.recall === 1 ? '$(pass)' : '$(error)'} ${short(question.text)}`,
    description: rankText(question),
    detail: `${question.file}:${question.range.start.line + 1}`,
    question,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Which question? Those that miss an answer come first.'),
    matchOnDetail: true,
  });
  return picked?.question;
}

async function pickSnippet(folder: Folder): Promise<SnippetPlace | undefined> {
  const items = [...folder.state.snippets.values()].map((snippet) => ({
    label: short(snippet.title),
    description: snippet.id,
    snippet,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Which section does it ask for?'),
    matchOnDescription: true,
  });
  return picked?.snippet;
}

/** The deciding rank in words. */
export function rankText(question: QuestionState): string {
  const rank = decidingRank(question);
  if (rank === undefined) return vscode.l10n.t('not measured');
  return rank === 0 ? vscode.l10n.t('not ranked') : vscode.l10n.t('rank {0}', rank);
}

/** A quick pick that ranks while the question is typed. */
async function findSnippet(folder: Folder, { messages }: Services): Promise<void> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { snippet?: SnippetPlace }>();
  pick.title = vscode.l10n.t('Find Snippet by Question');
  pick.placeholder = vscode.l10n.t('Type a question; the snippets are ranked as the answer bot would.');
  let controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const search = async (text: string): Promise<void> => {
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    if (text.trim() === '') {
      pick.items = [];
      return;
    }
    pick.busy = true;
    try {
      const hits = await folder.search(text, HITS, {});
      if (signal.aborted) return;
      pick.items = hits.map(({ id, rank, score, excerpt }) => {
        const snippet = folder.state.snippets.get(id);
        return {
          label: `${rank}. ${snippet?.path.join(' > ') || snippet?.title || id}`,
          description: `${score.toFixed(3)} · ${id}`,
          detail: excerpt,
          // The pick's own filter must not hide what the model found.
          alwaysShow: true,
          ...(snippet && { snippet }),
        };
      });
    } catch (error) {
      if (!isAbort(error)) await messages.showError(error);
    } finally {
      if (!signal.aborted) pick.busy = false;
    }
  };
  await new Promise<void>((resolve) => {
    pick.onDidChangeValue((text) => {
      clearTimeout(timer);
      timer = setTimeout(() => void search(text), SEARCH_QUIET_MS);
    });
    pick.onDidChangeActive(([item]) => {
      if (item?.snippet) void reveal(folder, headingOf(item.snippet), { preview: true, preserveFocus: true });
    });
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      if (item?.snippet) void reveal(folder, headingOf(item.snippet), { preview: false });
      pick.hide();
    });
    pick.onDidHide(() => resolve());
    pick.show();
  });
  clearTimeout(timer);
  controller.abort();
  pick.dispose();
}

async function exportReport(folder: Folder, { engine, messages }: Services): Promise<void> {
  if (folder.state.stage !== 'measured') {
    await withProgress(vscode.l10n.t('Evaluating {0}', folder.name), (job) => folder.measure(job));
  }
  const report = await engine.call('report', { workspace: folder.key });
  if (!report) return;
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder.uri, 'kb-recall-report.md'),
    filters: { Markdown: ['md'], HTML: ['html'] },
    title: vscode.l10n.t('Export the report as Markdown or HTML, and as JSON beside it'),
  });
  if (!target) return;
  const findings = [...folder.state.findings.values()].flat();
  const texts = { ...reportTexts(vscode.env.language), why: causeLine };
  const told = findings.map((each) => ({
    ...each,
    message: engineText(each.message),
    ...(each.suggestion !== undefined && { suggestion: engineText(each.suggestion) }),
  }));
  const isPage = /\.html?$/i.test(target.path);
  const text = (isPage ? reportHtml : reportMarkdown)(report, told, texts.title(folder.name), texts);
  const { train, all } = report.slices;
  const json = JSON.stringify({ ...reportJson(report, 'test'), slices: { train, all }, findings }, null, 2);
  await vscode.workspace.fs.writeFile(target, Buffer.from(text));
  const beside = target.with({ path: `${target.path.replace(/\.[^./]*$/, '')}.json` });
  await vscode.workspace.fs.writeFile(beside, Buffer.from(`${json}\n`));
  await messages.showInformation(vscode.l10n.t('The report is in {0}, as data in {1}.', target.fsPath, beside.fsPath), {
    [vscode.l10n.t('Open Report')]: () =>
      isPage ? vscode.env.openExternal(target) : vscode.window.showTextDocument(target),
  });
}
