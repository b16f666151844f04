// Answer ids as a language: completion, definition, references, rename, and the outline of question files.
import * as vscode from 'vscode';
import { answerPrefix } from '../../core/answerContext.ts';
import { shortReference } from '../../core/references.ts';
import type { SnippetPlace } from '../../core/state.ts';
import { short, toRange } from '../convert.ts';
import type { Folder } from '../folder.ts';
import { answerAt, located, QUESTION_FILE_SELECTOR, questionAt, questionsFor, SELECTOR } from '../lookup.ts';
import type { Services } from '../services.ts';
import { workspaceEdit } from '../writeQuestion.ts';
import { rankText } from './search.ts';

/** Proposals at a time; typing on narrows them. */
const PROPOSALS = 200;

export function activateLanguage(context: vscode.ExtensionContext, services: Services): void {
  const { folders, engine } = services;
  const at = (document: vscode.TextDocument) => located(folders, document.uri);
  context.subscriptions.push(
    vscode.languages.registerCompletionItemProvider(
      SELECTOR,
      {
        provideCompletionItems(document, position) {
          const place = at(document);
          return place && completions(document, position, place.folder, place.file);
        },
      },
      '/',
      '#',
      '"',
      '|',
      '[',
    ),
    vscode.languages.registerDefinitionProvider(SELECTOR, {
      provideDefinition(document, position) {
        const place = at(document);
        const found = place && answerAt(place.folder, place.file, position);
        if (!place || !found) return undefined;
        const { folder } = place;
        return found.answer.snippetIds.flatMap((id): vscode.LocationLink[] => {
          const snippet = folder.state.snippets.get(id);
          if (!snippet) return [];
          return [
            {
              originSelectionRange: toRange(found.answer.range),
              targetUri: folder.files.uri(snippet.file),
              targetRange: toRange(snippet.range),
              targetSelectionRange: toRange(snippet.headingRange),
            },
          ];
        });
      },
    }),
    vscode.languages.registerReferenceProvider(SELECTOR, {
      provideReferences(document, position, { includeDeclaration }) {
        const place = at(document);
        const snippet = place && snippetNamedAt(place.folder, place.file, position);
        return place && snippet ? referencesTo(snippet, place.folder, includeDeclaration) : undefined;
      },
    }),
    vscode.languages.registerRenameProvider(SELECTOR, {
      prepareRename(document, position) {
        const place = at(document);
        const snippet = place && snippetNamedAt(place.folder, place.file, position);
        if (!place || !snippet) throw new Error(vscode.l10n.t('Only headings and answers can be renamed here.'));
        const answer = answerAt(place.folder, place.file, position);
        return { range: toRange(answer?.answer.range ?? snippet.headingRange), placeholder: snippet.title };
      },
      async provideRenameEdits(document, position, title) {
        const place = at(document);
        const snippet = place && snippetNamedAt(place.folder, place.file, position);
        if (!place || !snippet) return undefined;
        const files = await engine.call('rename', { workspace: place.folder.key, id: snippet.id, title });
        if (!files) throw new Error(vscode.l10n.t('This section has no heading that could be renamed.'));
        return workspaceEdit(place.folder, files);
      },
    }),
    vscode.languages.registerDocumentSymbolProvider(
      QUESTION_FILE_SELECTOR,
      {
        provideDocumentSymbols(document) {
          const place = at(document);
          if (!place) return [];
          const questions = place.folder.state.questionsOf(place.file);
          questions.sort(
            (a, b) => a.range.start.line - b.range.start.line || a.range.start.column - b.range.start.column,
          );
          return questions.map((question) => {
            const range = toRange(question.range);
            const symbol = new vscode.DocumentSymbol(
              short(question.text) || '–',
              rankText(question),
              vscode.SymbolKind.String,
              // Answers may stand before the question in its row.
              question.answers.reduce((whole, answer) => whole.union(toRange(answer.range)), range),
              range,
            );
            symbol.children = question.answers.map(
              (answer) =>
                new vscode.DocumentSymbol(
                  answer.reference || '–',
                  '',
                  vscode.SymbolKind.Key,
                  toRange(answer.range),
                  toRange(answer.range),
                ),
            );
            return symbol;
          });
        },
      },
      { label: 'KB Recall' },
    ),
  );
}

/** The one snippet that is named by an answer, or by a heading, at a place. */
function snippetNamedAt(folder: Folder, file: string, position: vscode.Position): SnippetPlace | undefined {
  const ids = answerAt(folder, file, position)?.answer.snippetIds;
  if (ids) return ids.length === 1 ? folder.state.snippets.get(ids[0]!) : undefined;
  if (questionAt(folder, file, position)) return undefined;
  return folder.state.snippetsOf(file).find(({ headingRange }) => toRange(headingRange).contains(position));
}

function referencesTo(snippet: SnippetPlace, folder: Folder, withHeading: boolean): vscode.Location[] {
  const locations = questionsFor(folder, snippet.id).flatMap((question) =>
    question.answers
      .filter(({ snippetIds }) => snippetIds.includes(snippet.id))
      .map(({ range }) => new vscode.Location(folder.files.uri(question.file), toRange(range))),
  );
  if (withHeading)
    locations.unshift(new vscode.Location(folder.files.uri(snippet.file), toRange(snippet.headingRange)));
  return locations;
}

function completions(
  document: vscode.TextDocument,
  position: vscode.Position,
  folder: Folder,
  file: string,
): vscode.CompletionList | undefined {
  const before = document.lineAt(position.line).text.slice(0, position.character);
  const isPage = /\.(?:md|markdown)$/i.test(file);
  if (isPage && !/^---\s*$/.test(document.lineAt(0).text)) return undefined;
  const above: string[] = [];
  // Far enough for any list of answers; the first line is the header of a CSV file.
  const from = Math.max(0, position.line - 60);
  if (from > 0) above.push(document.lineAt(0).text);
  for (let line = from; line < position.line; line++) above.push(document.lineAt(line).text);
  if (isPage && above.slice(1).some((line) => /^---\s*$/.test(line))) return undefined;
  const prefix = answerPrefix(file, before, above);
  if (!prefix) return undefined;
  const wanted = prefix.written.toLowerCase();
  const items: vscode.CompletionItem[] = [];
  let isIncomplete = false;
  for (const snippet of folder.state.snippets.values()) {
    const reference = shortReference(snippet.id, file);
    const text = `${reference} ${snippet.title}`;
    if (!text.toLowerCase().includes(wanted)) continue;
    if (items.length === PROPOSALS) {
      isIncomplete = true;
      break;
    }
    const item = new vscode.CompletionItem(
      { label: reference, description: short(snippet.title, 40) },
      vscode.CompletionItemKind.Reference,
    );
    item.insertText = prefix.quoted ? reference : `"${reference}"`;
    item.filterText = text;
    item.sortText = `${reference.startsWith('#') ? 0 : reference === snippet.id ? 2 : 1}${reference}`;
    item.documentation = snippet.path.join(' > ');
    item.range = new vscode.Range(position.line, prefix.start, position.line, position.character);
    items.push(item);
  }
  return new vscode.CompletionList(items, isIncomplete);
}
