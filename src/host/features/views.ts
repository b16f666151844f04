// The side bar: questions (failing first), snippets by file, models. Views of the folders' states.
import * as vscode from 'vscode';
import { decidingRank, isFailing } from '../../core/diagnosis.ts';
import { pushTo } from '../../core/multimap.ts';
import type { QuestionState, SnippetPlace } from '../../core/state.ts';
import type { ModelInfo } from '../../protocol/engine.ts';
import { short, toRange } from '../convert.ts';
import type { Folder } from '../folder.ts';
import type { Services } from '../services.ts';
import { trainingText } from './models.ts';
import { rankText } from './search.ts';

/** Redrawn so often at most while patches stream in, in milliseconds. */
const QUIET_MS = 150;

/** A node of a tree: an item that knows its children. Commands find folder, question, snippet and model in it. */
interface Node {
  item: vscode.TreeItem;
  children?: () => Node[] | Promise<Node[]>;
  folderKey?: string;
  questionId?: string;
  snippetId?: string;
  modelId?: string;
}

export function activateViews(context: vscode.ExtensionContext, services: Services): void {
  const { folders } = services;
  const trees = {
    questions: new Tree(() => perFolder(services, questionGroups)),
    snippets: new Tree(() => perFolder(services, snippetFiles)),
    models: new Tree(() => perFolder(services, (folder) => modelNodes(services, folder))),
  };
  const views = Object.entries(trees).map(([name, tree]) =>
    vscode.window.createTreeView(`kbRecall.${name}`, { treeDataProvider: tree, showCollapseAll: name !== 'models' }),
  );
  const drawAll = (): void => Object.values(trees).forEach((tree) => void tree.draw());
  const showBadge = (): void => {
    const failing = folders.all.reduce((sum, folder) => sum + folder.state.failures().length, 0);
    const [questions] = views;
    if (questions) {
      questions.badge =
        failing > 0 ? { value: failing, tooltip: vscode.l10n.t('{0} failing questions', failing) } : undefined;
    }
  };
  context.subscriptions.push(
    ...views,
    ...Object.values(trees),
    folders.onDidChange(drawAll),
    folders.each((folder) =>
      folder.state.onDidChange(({ questions, snippets, figures, job, training }) => {
        if (questions) {
          trees.questions.draw();
          showBadge();
        }
        if (snippets || questions) trees.snippets.draw();
        if (figures || training || job) trees.models.draw();
      }),
    ),
  );
}

class Tree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly roots: () => Node[] | Promise<Node[]>) {}

  draw(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#changed.fire(undefined);
    }, QUIET_MS);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.item;
  }

  getChildren(node?: Node): Node[] | Promise<Node[]> {
    return node ? (node.children?.() ?? []) : this.roots();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#changed.dispose();
  }
}

/** One folder's nodes at the top, several folders' below the folders. */
function perFolder(
  { folders }: Services,
  nodes: (folder: Folder) => Node[] | Promise<Node[]>,
): Node[] | Promise<Node[]> {
  const [first, ...more] = folders.all;
  if (!first) return [];
  if (more.length === 0) return nodes(first);
  return folders.all.map((folder) => {
    const item = new vscode.TreeItem(folder.name, vscode.TreeItemCollapsibleState.Expanded);
    item.id = folder.key;
    item.iconPath = vscode.ThemeIcon.Folder;
    item.contextValue = 'folder';
    return { item, folderKey: folder.key, children: () => nodes(folder) };
  });
}

/** Failing held-out questions, failing training questions, found ones, and those that cannot be measured. */
function questionGroups(folder: Folder): Node[] {
  const all = [...folder.state.questions.values()];
  const failing = folder.state.failures();
  const group = (title: string, icon: string, questions: QuestionState[], expanded: boolean): Node[] => {
    if (questions.length === 0) return [];
    const item = new vscode.TreeItem(
      title,
      expanded ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed,
    );
    item.id = `${folder.key}\n${title}`;
    item.description = String(questions.length);
    item.iconPath = new vscode.ThemeIcon(icon);
    return [
      { item, folderKey: folder.key, children: () => questions.sort(byRank).map((each) => questionNode(each, folder)) },
    ];
  };
  return [
    ...group(
      vscode.l10n.t('Held-out, failing'),
      'error',
      failing.filter(({ split }) => split !== 'train'),
      true,
    ),
    ...group(
      vscode.l10n.t('Training, failing'),
      'warning',
      failing.filter(({ split }) => split === 'train'),
      true,
    ),
    ...group(
      vscode.l10n.t('Found'),
      'pass',
      all.filter(({ outcome }) => outcome?.recall === 1),
      false,
    ),
    ...group(
      vscode.l10n.t('Not measured'),
      'circle-outline',
      all.filter(({ outcome }) => !outcome),
      failing.length === 0,
    ),
  ];
}

/** Worst first; not ranked at all is the worst. */
function byRank(a: QuestionState, b: QuestionState): number {
  const rank = (question: QuestionState): number => decidingRank(question) || Number.MAX_SAFE_INTEGER;
  return rank(b) - rank(a) || (a.file < b.file ? -1 : a.file > b.file ? 1 : a.range.start.line - b.range.start.line);
}

function questionNode(question: QuestionState, folder: Folder): Node {
  const item = new vscode.TreeItem(short(question.text, 120));
  item.id = `${folder.key}\n${question.id}`;
  item.description = rankText(question);
  item.tooltip = `${question.text}\n${question.file}:${question.range.start.line + 1}`;
  item.contextValue = isFailing(question) ? 'question.failing' : 'question';
  item.command = openCommand(folder, question.file, toRange(question.range));
  return { item, folderKey: folder.key, questionId: question.id };
}

function snippetFiles(folder: Folder): Node[] {
  const byFile = new Map<string, SnippetPlace[]>();
  for (const snippet of folder.state.snippets.values()) pushTo(byFile, snippet.file, snippet);
  const questions = new Map<string, QuestionState[]>();
  for (const question of folder.state.questions.values()) {
    for (const id of new Set(question.answers.flatMap(({ snippetIds }) => snippetIds))) pushTo(questions, id, question);
  }
  return [...byFile.keys()].sort().map((file) => {
    const snippets = byFile.get(file)!;
    const item = new vscode.TreeItem(folder.files.uri(file), vscode.TreeItemCollapsibleState.Collapsed);
    item.id = `${folder.key}\n${file}`;
    item.label = file;
    item.iconPath = vscode.ThemeIcon.File;
    const untested = snippets.filter(({ id }) => !questions.has(id)).length;
    item.description =
      untested === 0 ? String(snippets.length) : vscode.l10n.t('{0}, {1} without question', snippets.length, untested);
    return {
      item,
      folderKey: folder.key,
      children: () =>
        [...snippets]
          .sort((a, b) => a.range.start.line - b.range.start.line)
          .map((snippet) => snippetNode(snippet, questions.get(snippet.id) ?? [], folder)),
    };
  });
}

function snippetNode(snippet: SnippetPlace, questions: readonly QuestionState[], folder: Folder): Node {
  const item = new vscode.TreeItem(short(snippet.title, 100) || snippet.id);
  item.id = `${folder.key}\n${snippet.id}`;
  item.tooltip = snippet.path.join(' > ') || snippet.id;
  item.contextValue = 'snippet';
  const failing = questions.filter(isFailing).length;
  item.iconPath = new vscode.ThemeIcon(questions.length === 0 ? 'circle-outline' : failing > 0 ? 'error' : 'pass');
  item.description = questions.length === 0 ? '' : vscode.l10n.t('{0} questions', questions.length);
  item.command = openCommand(folder, snippet.file, toRange(snippet.headingRange));
  return { item, folderKey: folder.key, snippetId: snippet.id };
}

async function modelNodes(services: Services, folder: Folder): Promise<Node[]> {
  // Listing needs the engine, and a look at the side bar must not start it anew after a crash.
  if (!services.engine.isRunning) return [];
  const models: ModelInfo[] = await folder.models().catch((error: unknown) => {
    services.messages.logError(error);
    return [];
  });
  const current = folder.model();
  return models.map((model) => {
    const item = new vscode.TreeItem(model.id);
    item.id = `${folder.key}\nmodel ${model.id}`;
    item.description = model.id === current ? vscode.l10n.t('in use') : '';
    item.iconPath = new vscode.ThemeIcon(model.id === current ? 'check' : model.baseModel ? 'sparkle' : 'package');
    item.tooltip = [model.path, model.baseModel && vscode.l10n.t('from {0}', model.baseModel), trainingText(model)]
      .filter(Boolean)
      .join('\n');
    item.contextValue = model.id === current ? 'model.current' : 'model';
    return { item, folderKey: folder.key, modelId: model.id };
  });
}

function openCommand(folder: Folder, file: string, range: vscode.Range): vscode.Command {
  const options: vscode.TextDocumentShowOptions = { selection: new vscode.Range(range.start, range.start) };
  return { title: '', command: 'vscode.open', arguments: [folder.files.uri(file), options] };
}
