// Quick fixes for questions that miss their answers, headings that are missed, and answers that lead nowhere.
import * as vscode from 'vscode';
import { isFailing, missedAnswers } from '../../core/diagnosis.ts';
import type { QuestionEdit } from '../../core/edits/index.ts';
import type { Split } from '../../core/question.ts';
import type { Position } from '../../core/range.ts';
import type { QuestionState } from '../../core/state.ts';
import { registerFolderCommand } from '../command.ts';
import { fromRange, short, toRange } from '../convert.ts';
import type { Folder } from '../folder.ts';
import { cursorIn, located, questionAt, questionsFor, revealBeside, SELECTOR } from '../lookup.ts';
import type { Services } from '../services.ts';
import { applyAndSave, questionEdit, workspaceEdit } from '../writeQuestion.ts';
import { command, mendFirst } from './causeMends.ts';
import { CODES, SOURCE } from './diagnostics.ts';

/** Other questions of the same section that are offered to take the question as a variant. */
const OFFERED = 3;

/** An action whose edit the engine makes when it is chosen. */
class QuestionAction extends vscode.CodeAction {
  constructor(
    title: string,
    kind: vscode.CodeActionKind,
    readonly folder: Folder,
    readonly file: string,
    readonly change: QuestionEdit,
  ) {
    super(title, kind);
  }
}

export function activateQuickFixes(context: vscode.ExtensionContext, services: Services): void {
  const { folders } = services;
  context.subscriptions.push(
    vscode.languages.registerCodeActionsProvider(
      SELECTOR,
      {
        async provideCodeActions(document, range, { diagnostics }) {
          const place = located(folders, document.uri);
          if (!place) return [];
          const { folder, file } = place;
          const own = diagnostics.filter(({ source }) => source === SOURCE);
          const question = questionAt(folder, file, range.start);
          const actions: vscode.CodeAction[] = [];
          for (const diagnostic of own) {
            const found = actionsFor(diagnostic, folder, file, document);
            for (const action of found) action.diagnostics = [diagnostic];
            actions.push(...found);
          }
          const isMissed = own.some(({ code }) => code === CODES.heldOut || code === CODES.training);
          if (question && !isMissed) actions.push(...moveActions(folder, question, vscode.CodeActionKind.Refactor));
          return actions;
        },
        async resolveCodeAction(action) {
          if (!(action instanceof QuestionAction)) return action;
          const edit = await questionEdit(services, action.folder, action.file, action.change);
          if (edit) action.edit = edit;
          else await applyAndSave(services, undefined);
          return action;
        },
      },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix, vscode.CodeActionKind.Refactor] },
    ),
  );
  registerFolderCommand(services, 'openSideBySide', async (folder, argument) => openSideBySide(folder, argument));
  registerFolderCommand(services, 'linkAnswer', (folder, argument) => linkAnswer(services, folder, argument));
  registerFolderCommand(services, 'addVariant', (folder, argument) => addVariant(services, folder, argument));
  registerFolderCommand(services, 'moveToFrontMatter', (folder, argument) => moveToPage(services, folder, argument));
  registerFolderCommand(services, 'setSplit', (folder, argument) => setSplit(services, folder, argument));
}

function actionsFor(
  diagnostic: vscode.Diagnostic,
  folder: Folder,
  file: string,
  document: vscode.TextDocument,
): vscode.CodeAction[] {
  if (diagnostic.code === CODES.heldOut || diagnostic.code === CODES.training) {
    const question = questionAt(folder, file, diagnostic.range.start);
    return question ? missedActions(folder, question) : [];
  }
  if (diagnostic.code === CODES.snippet) return headingActions(folder, file, diagnostic.range);
  if (diagnostic.code === 'split-leak') {
    const question = questionAt(folder, file, diagnostic.range.start);
    return question ? moveActions(folder, question, vscode.CodeActionKind.QuickFix) : [];
  }
  if (diagnostic.code === 'draft-question') return draftActions(folder, file, diagnostic.range);
  const finding = folder.state.findings
    .get(file)
    ?.find(({ code, range }) => code === diagnostic.code && toRange(range).isEqual(diagnostic.range));
  if (finding?.replacement === undefined) return [];
  const change: QuestionEdit = { kind: 'replace', range: fromRange(diagnostic.range), text: finding.replacement };
  const title = vscode.l10n.t(
    'Change "{0}" to "{1}"',
    short(document.getText(diagnostic.range), 40),
    finding.replacement,
  );
  const action = new QuestionAction(title, vscode.CodeActionKind.QuickFix, folder, file, change);
  action.isPreferred = true;
  return [action];
}

/** What can be done about a question that misses an answer. */
function missedActions(folder: Folder, question: QuestionState): vscode.CodeAction[] {
  const item = { folderKey: folder.key, questionId: question.id };
  const winner = question.outcome?.beatenBy[0]?.id;
  const winning = winner === undefined ? undefined : folder.state.snippets.get(winner);
  const missed = missedSnippet(folder, question);
  const actions: vscode.CodeAction[] = [];
  if (winning) {
    actions.push(command(vscode.l10n.t('Open expected section and winner side by side'), 'openSideBySide', item));
    actions.push(
      command(vscode.l10n.t('Link "{0}" as a further right answer', short(winning.title, 50)), 'linkAnswer', {
        ...item,
        snippetId: winning.id,
      }),
    );
  }
  if (missed) {
    const others = questionsFor(folder, missed.id).filter(({ id }) => id !== question.id);
    for (const other of others.slice(0, OFFERED)) {
      actions.push(
        command(vscode.l10n.t('Add as a variant of "{0}"', short(other.text, 50)), 'addVariant', {
          ...item,
          questionId: other.id,
          text: question.text,
        }),
      );
    }
    if (/\.questions\.\w+$/i.test(question.file)) {
      actions.push(command(vscode.l10n.t('Move to the front matter of {0}', missed.file), 'moveToFrontMatter', item));
    }
  }
  actions.push(command(vscode.l10n.t('Add another wording of this question…'), 'addVariant', item));
  actions.push(...moveActions(folder, question, vscode.CodeActionKind.QuickFix));
  actions.push(command(vscode.l10n.t('Why is this question not recalled?'), 'explain', item));
  return mendFirst(actions, question.causes?.[0]?.name, item);
}

function headingActions(folder: Folder, file: string, range: vscode.Range): vscode.CodeAction[] {
  const snippet = folder.state.snippetsOf(file).find(({ headingRange }) => toRange(headingRange).isEqual(range));
  if (!snippet) return [];
  return questionsFor(folder, snippet.id)
    .filter(isFailing)
    .slice(0, OFFERED)
    .flatMap((question) => {
      const item = { folderKey: folder.key, questionId: question.id };
      return [
        command(vscode.l10n.t('Open the winner of "{0}" beside', short(question.text, 40)), 'openSideBySide', item),
        command(vscode.l10n.t('Why is "{0}" not recalled?', short(question.text, 40)), 'explain', item),
      ];
    });
}

function draftActions(folder: Folder, file: string, range: vscode.Range): vscode.CodeAction[] {
  const at = fromRange(range).start;
  const action = (title: string, kind: 'accept-draft' | 'remove-question'): vscode.CodeAction =>
    new QuestionAction(title, vscode.CodeActionKind.QuickFix, folder, file, { kind, at });
  const accept = action(vscode.l10n.t('Accept this question'), 'accept-draft');
  accept.isPreferred = true;
  return [accept, action(vscode.l10n.t('Remove this draft'), 'remove-question')];
}

function moveActions(folder: Folder, question: QuestionState, kind: vscode.CodeActionKind): vscode.CodeAction[] {
  const split: Split = question.split === 'train' ? 'test' : 'train';
  const title =
    split === 'test'
      ? vscode.l10n.t('Move this question to the held-out side')
      : vscode.l10n.t('Move this question to the training side');
  const change: QuestionEdit = { kind: 'set-split', at: question.range.start, split };
  return [new QuestionAction(title, kind, folder, question.file, change)];
}

/** The best placed snippet of the question's first missed answer. */
function missedSnippet(folder: Folder, question: QuestionState) {
  const k = folder.state.figures?.primaryK ?? 5;
  const [missed] = missedAnswers(question, k);
  return missed && folder.state.snippets.get(missed.snippetId);
}

function argumentOf(folder: Folder, argument: unknown) {
  const { questionId, snippetId, text, split } = (argument ?? {}) as Record<string, unknown>;
  const named = typeof questionId === 'string' ? folder.state.questions.get(questionId) : undefined;
  const cursor = cursorIn(folder);
  return {
    question: named ?? (cursor && questionAt(folder, cursor.file, cursor.position)),
    snippetId: typeof snippetId === 'string' ? snippetId : undefined,
    text: typeof text === 'string' ? text : undefined,
    split: split === 'train' || split === 'test' ? (split as Split) : undefined,
  };
}

async function openSideBySide(folder: Folder, argument: unknown): Promise<void> {
  const { question } = argumentOf(folder, argument);
  if (!question) return;
  const winner = question.outcome?.beatenBy[0]?.id;
  const winning = winner === undefined ? undefined : folder.state.snippets.get(winner);
  const expected =
    missedSnippet(folder, question) ?? folder.state.snippets.get(question.outcome?.expected[0]?.id ?? '');
  await revealBeside(folder, expected, winning);
}

async function linkAnswer(services: Services, folder: Folder, argument: unknown): Promise<void> {
  const { question, snippetId } = argumentOf(folder, argument);
  // The panel names the question only: it means the winner.
  const id = snippetId ?? question?.outcome?.beatenBy[0]?.id;
  if (!question || id === undefined) return;
  const reference = await services.engine.call('reference', {
    workspace: folder.key,
    id,
    fromFile: question.file,
  });
  const at = question.range.start;
  const missed = missedReference(folder, question);
  // Beside the missed answer, so that either will do: a further answer would be wanted as well, and the question would go on failing.
  const beside: QuestionEdit | undefined = missed && { kind: 'add-alternative', at, of: missed, reference };
  const edit = beside && (await questionEdit(services, folder, question.file, beside));
  await applyAndSave(
    services,
    edit ?? (await questionEdit(services, folder, question.file, { kind: 'add-answer', at, reference })),
  );
}

/** Where the first missed answer is written; undefined for a page that is the answer of its own questions. */
function missedReference(folder: Folder, question: QuestionState): Position | undefined {
  const [missed] = missedAnswers(question, folder.state.figures?.primaryK ?? 5);
  return question.answers.find(({ reference }) => reference === missed?.reference)?.range.start;
}

async function addVariant(services: Services, folder: Folder, argument: unknown): Promise<void> {
  const { question, text } = argumentOf(folder, argument);
  if (!question) return;
  const wording =
    text ??
    (await vscode.window.showInputBox({
      title: vscode.l10n.t('Another wording of "{0}"', short(question.text)),
      prompt: vscode.l10n.t('Variants are learnt from; they are not measured.'),
    }));
  if (!wording?.trim()) return;
  const edit = await questionEdit(services, folder, question.file, {
    kind: 'add-variant',
    at: question.range.start,
    text: wording.trim(),
  });
  await applyAndSave(services, edit);
}

async function setSplit(services: Services, folder: Folder, argument: unknown): Promise<void> {
  const { question, split } = argumentOf(folder, argument);
  if (!question) return;
  const edit = await questionEdit(services, folder, question.file, {
    kind: 'set-split',
    at: question.range.start,
    split: split ?? (question.split === 'train' ? 'test' : 'train'),
  });
  await applyAndSave(services, edit);
}

/** The question leaves its file for the front matter of the page that answers it, in one edit that one undo takes back. */
async function moveToPage(services: Services, folder: Folder, argument: unknown): Promise<void> {
  const { question } = argumentOf(folder, argument);
  const snippet = question && missedSnippet(folder, question);
  if (!question || !snippet) return;
  const { engine } = services;
  const text = async (file: string): Promise<string> =>
    (await vscode.workspace.openTextDocument(folder.files.uri(file))).getText();
  const answers = await Promise.all(
    question.answers.flatMap(({ snippetIds, group, relevance }) => {
      const [id] = snippetIds;
      if (id === undefined) return [];
      const written = engine.call('reference', { workspace: folder.key, id, fromFile: snippet.file });
      return written.then((reference) => ({ reference, group, relevance }));
    }),
  );
  const { variants, declaredSplit } = question;
  const added = await engine.call('edit', {
    document: { file: snippet.file, text: await text(snippet.file) },
    edit: {
      kind: 'add-question',
      question: { text: question.text, answers, variants, ...(declaredSplit && { split: declaredSplit }) },
    },
  });
  const removed = await engine.call('edit', {
    document: { file: question.file, text: await text(question.file) },
    edit: { kind: 'remove-question', at: question.range.start },
  });
  const edit =
    added &&
    removed &&
    workspaceEdit(folder, [
      { file: snippet.file, edits: added },
      { file: question.file, edits: removed },
    ]);
  await applyAndSave(services, edit);
}
