// Beside the text: code lenses and hovers on headings, the rank beside each question.
import * as vscode from 'vscode';
import { answerPlaces, decidingRank, isFailing } from '../../core/diagnosis.ts';
import type { QuestionState, SnippetPlace } from '../../core/state.ts';
import { short, toRange } from '../convert.ts';
import type { Folder } from '../folder.ts';
import { answerAt, located, MARKDOWN_SELECTOR, questionAt, questionsFor, SELECTOR } from '../lookup.ts';
import type { Services } from '../services.ts';
import { readSettings } from '../settings.ts';

/** Ranks named in a lens. */
const NAMED = 8;
const EXCERPT = 600;
const ADD = 'kbRecall.addQuestion';

export function activateLenses(context: vscode.ExtensionContext, services: Services): void {
  const { folders, engine } = services;
  const changed = new vscode.EventEmitter<void>();
  const hinted = new WeakMap<vscode.InlayHint, { question: QuestionState; folder: Folder }>();
  context.subscriptions.push(
    changed,
    folders.each((folder) =>
      folder.state.onDidChange(({ questions, snippets }) => (questions || snippets) && changed.fire()),
    ),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('kbRecall') && changed.fire()),
    vscode.languages.registerCodeLensProvider(MARKDOWN_SELECTOR, {
      onDidChangeCodeLenses: changed.event,
      provideCodeLenses(document) {
        const place = located(folders, document.uri);
        if (!place || !readSettings(document.uri).codeLens) return [];
        const { folder, file } = place;
        const lenses = folder.state.snippetsOf(file).map((snippet) => lensOf(snippet, folder, document.uri));
        // In a page that no question is about, a lens on every heading would be noise.
        return lenses.some(({ command }) => command?.command !== ADD) ? lenses : [];
      },
    }),
    vscode.languages.registerInlayHintsProvider(SELECTOR, {
      onDidChangeInlayHints: changed.event,
      provideInlayHints(document, range) {
        const place = located(folders, document.uri);
        if (!place || !readSettings(document.uri).inlayHints) return [];
        return place.folder.state
          .questionsOf(place.file)
          .filter((question) => range.intersection(toRange(question.range)))
          .flatMap((question) => {
            const hint = hintOf(question);
            if (hint) hinted.set(hint, { question, folder: place.folder });
            return hint ?? [];
          });
      },
      // VS Code parses every tooltip that it is given, so each is made when it is looked at.
      resolveInlayHint(hint) {
        const known = hinted.get(hint);
        if (known) hint.tooltip = questionText(known.question, known.folder);
        return hint;
      },
    }),
    vscode.languages.registerHoverProvider(SELECTOR, {
      async provideHover(document, position) {
        const place = located(folders, document.uri);
        if (!place) return undefined;
        const { folder, file } = place;
        const answer = answerAt(folder, file, position);
        const [snippetId] = answer?.answer.snippetIds ?? [];
        if (answer && snippetId !== undefined) {
          const text = await engine.call('snippetText', { workspace: folder.key, id: snippetId });
          return text === undefined ? undefined : new vscode.Hover(plain(text), toRange(answer.answer.range));
        }
        const question = questionAt(folder, file, position);
        if (question && toRange(question.range).contains(position)) {
          return new vscode.Hover(questionText(question, folder), toRange(question.range));
        }
        const snippet = folder.state
          .snippetsOf(file)
          .find(({ headingRange }) => toRange(headingRange).contains(position));
        return snippet && new vscode.Hover(snippetHover(snippet, folder), toRange(snippet.headingRange));
      },
    }),
  );
}

function lensOf(snippet: SnippetPlace, folder: Folder, uri: vscode.Uri): vscode.CodeLens {
  const range = toRange(snippet.headingRange);
  const questions = questionsFor(folder, snippet.id);
  if (questions.length === 0) {
    return new vscode.CodeLens(range, {
      title: vscode.l10n.t('No standard question; add one'),
      command: ADD,
      arguments: [{ folderKey: folder.key, snippetId: snippet.id }],
    });
  }
  const ranks = questions.slice(0, NAMED).map((question) => rankMark(question, snippet.id));
  const count = questions.length === 1 ? vscode.l10n.t('1 question') : vscode.l10n.t('{0} questions', questions.length);
  const locations = questions.map(
    (question) => new vscode.Location(folder.files.uri(question.file), toRange(question.range)),
  );
  return new vscode.CodeLens(range, {
    title: `${count} · ${ranks.join(' ')}${questions.length > NAMED ? ' …' : ''}`,
    command: 'editor.action.showReferences',
    arguments: [uri, range.start, locations],
  });
}

/** The rank that a question gives the snippet, marked when it is outside the first k. */
function rankMark(question: QuestionState, snippetId: string): string {
  const place = question.outcome?.expected.find(({ id }) => id === snippetId);
  if (!place) return '?';
  const rank = place.rank === 0 ? '–' : String(place.rank);
  return isFailing(question) ? `✗${rank}` : `✓${rank}`;
}

function hintOf(question: QuestionState): vscode.InlayHint | undefined {
  const rank = decidingRank(question);
  if (rank === undefined || !question.outcome) return undefined;
  const mark = isFailing(question) ? '✗' : '✓';
  const label = `${mark} ${rank === 0 ? '–' : rank}${question.split === 'train' ? ` · ${vscode.l10n.t('training')}` : ''}`;
  const hint = new vscode.InlayHint(toRange(question.range).end, label);
  hint.paddingLeft = true;
  return hint;
}

/** A question's standing: side, ranks, what wins, how it changed. */
function questionText(question: QuestionState, folder: Folder): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.isTrusted = { enabledCommands: ['kbRecall.explain', 'kbRecall.openSideBySide'] };
  const { outcome } = question;
  text.appendText(
    question.split === 'train'
      ? vscode.l10n.t('Training question')
      : question.split === 'test'
        ? vscode.l10n.t('Held-out question')
        : vscode.l10n.t('Not measured: no answer exists'),
  );
  text.appendMarkdown('\n\n');
  if (!outcome) return text;
  for (const { reference, rank } of answerPlaces(question)) {
    text.appendMarkdown('- ');
    text.appendText(`${reference}: ${rank === 0 ? vscode.l10n.t('not ranked') : vscode.l10n.t('rank {0}', rank)}`);
    text.appendMarkdown('\n');
  }
  const winner = outcome.beatenBy[0];
  if (winner) {
    text.appendMarkdown('\n');
    const title = folder.state.snippets.get(winner.id)?.title ?? winner.id;
    text.appendText(vscode.l10n.t('First is "{0}".', title));
    text.appendMarkdown('\n');
  }
  appendMove(text, question, folder);
  const argument = encodeURIComponent(JSON.stringify([{ folderKey: folder.key, questionId: question.id }]));
  if (isFailing(question)) {
    text.appendMarkdown(
      `\n\n[${vscode.l10n.t('Why?')}](command:kbRecall.explain?${argument}) · [${vscode.l10n.t('Side by side')}](command:kbRecall.openSideBySide?${argument})`,
    );
  }
  return text;
}

function snippetHover(snippet: SnippetPlace, folder: Folder): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const questions = questionsFor(folder, snippet.id);
  if (questions.length === 0) {
    text.appendText(vscode.l10n.t('No standard question tests this section.'));
    return text;
  }
  text.appendText(vscode.l10n.t('Standard questions answered here:'));
  text.appendMarkdown('\n\n');
  for (const question of questions.slice(0, 20)) {
    text.appendMarkdown('- ');
    text.appendText(`${rankMark(question, snippet.id)}  ${short(question.text, 120)}`);
    appendMove(text, question, folder);
    text.appendMarkdown('\n');
  }
  return text;
}

function appendMove(text: vscode.MarkdownString, { id }: QuestionState, folder: Folder): void {
  const move = folder.state.moves.get(id);
  if (!move) return;
  const rank = (value: number): string => (value === 0 ? '–' : String(value));
  text.appendText(` (${rank(move.before)} → ${rank(move.after)}, ${new Date(move.at).toLocaleTimeString()})`);
}

/** A snippet's beginning, as text. */
function plain(text: string): vscode.MarkdownString {
  const result = new vscode.MarkdownString();
  result.appendText(text.length > EXCERPT ? `${text.slice(0, EXCERPT).trimEnd()}…` : text);
  return result;
}
