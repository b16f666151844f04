// From a place in an editor to what is known there: the question, the answer, the snippet under the cursor.
import * as vscode from 'vscode';
import { QUESTION_FILES } from '../core/files.ts';
import type { Answer } from '../core/question.ts';
import type { QuestionState, SnippetPlace } from '../core/state.ts';
import { toRange } from './convert.ts';
import type { Folder } from './folder.ts';
import type { Folders } from './folders.ts';

/** The files that the extension has something to say about. */
export const QUESTION_FILE_SELECTOR: vscode.DocumentFilter = { pattern: QUESTION_FILES[0] };
export const MARKDOWN_SELECTOR: vscode.DocumentFilter = { pattern: '**/*.{md,markdown}' };
export const SELECTOR: vscode.DocumentSelector = [QUESTION_FILE_SELECTOR, MARKDOWN_SELECTOR];

/** A document's folder and its name there; undefined for one that belongs to no knowledge base. */
export function located(folders: Folders, uri: vscode.Uri): { folder: Folder; file: string } | undefined {
  const folder = folders.of(uri);
  const file = folder?.files.member(uri);
  return folder && file !== undefined ? { folder, file } : undefined;
}

/** Where the cursor stands in a file of the folder; undefined when another file, or none, has it. */
export function cursorIn(folder: Folder): { file: string; position: vscode.Position } | undefined {
  const editor = vscode.window.activeTextEditor;
  const file = editor && folder.files.member(editor.document.uri);
  return editor && file !== undefined ? { file, position: editor.selection.active } : undefined;
}

/** The question whose text is at a place; on a line with one question only, anywhere on that line. */
export function questionAt(folder: Folder, file: string, position: vscode.Position): QuestionState | undefined {
  const questions = folder.state.questionsOf(file);
  const exact = questions.find(({ range }) => toRange(range).contains(position));
  if (exact) return exact;
  const onLine = questions.filter(({ range }) => range.start.line <= position.line && range.end.line >= position.line);
  return onLine.length === 1 ? onLine[0] : undefined;
}

/** The answer written at a place. */
export function answerAt(
  folder: Folder,
  file: string,
  position: vscode.Position,
): { question: QuestionState; answer: Answer } | undefined {
  for (const question of folder.state.questionsOf(file)) {
    for (const answer of question.answers) {
      const range = toRange(answer.range);
      // Without answers of its own, a question's own place stands for its answer.
      if (range.contains(position) && !range.isEqual(toRange(question.range))) return { question, answer };
    }
  }
  return undefined;
}

/** The snippet whose section is at a place. */
export function snippetAt(folder: Folder, file: string, position: vscode.Position): SnippetPlace | undefined {
  const inside = folder.state.snippetsOf(file).filter(({ range }) => toRange(range).contains(position));
  return inside.sort((a, b) => b.range.start.line - a.range.start.line)[0];
}

/** The questions that a snippet answers, in the order of files and lines. */
export function questionsFor(folder: Folder, snippetId: string): QuestionState[] {
  return [...folder.state.questions.values()].filter(({ answers }) =>
    answers.some(({ snippetIds }) => snippetIds.includes(snippetId)),
  );
}

/** Shows a stretch of a file, selected. */
export async function reveal(
  folder: Folder,
  place: { file: string; range: SnippetPlace['range'] },
  options: vscode.TextDocumentShowOptions = {},
): Promise<void> {
  const range = toRange(place.range);
  await vscode.window.showTextDocument(folder.files.uri(place.file), {
    ...options,
    selection: new vscode.Range(range.start, range.start),
  });
}

/** Snippets at their headings. */
export function headingOf({ file, headingRange }: SnippetPlace): { file: string; range: SnippetPlace['range'] } {
  return { file, range: headingRange };
}

/** Two snippets side by side; what is missing leaves its side as it is. */
export async function revealBeside(
  folder: Folder,
  first: SnippetPlace | undefined,
  second: SnippetPlace | undefined,
): Promise<void> {
  if (first) await reveal(folder, headingOf(first), { viewColumn: vscode.ViewColumn.One, preview: false });
  if (second) await reveal(folder, headingOf(second), { viewColumn: vscode.ViewColumn.Two, preview: false });
}
