// The Test Explorer: files and their standard questions, run, run again on every change, and the sections that no question tests.
import * as vscode from 'vscode';
import { answerPlaces, isFailing, missedAnswers } from '../../core/diagnosis.ts';
import { pushTo } from '../../core/multimap.ts';
import type { QuestionState } from '../../core/state.ts';
import { Breath } from '../breath.ts';
import { short, toRange } from '../convert.ts';
import type { Folder } from '../folder.ts';
import type { Services } from '../services.ts';
import { missedText } from './diagnostics.ts';

const TOP_SHOWN = 5;

export function activateTests(context: vscode.ExtensionContext, { folders, messages }: Services): void {
  const controller = vscode.tests.createTestController('kbRecall', 'KB Recall');
  const suites = new Map<Folder, FolderSuite>();
  const run = async (
    request: vscode.TestRunRequest,
    token: vscode.CancellationToken,
    coverage: boolean,
  ): Promise<void> => {
    if (request.continuous) {
      watch(request, token);
      return;
    }
    const testRun = controller.createTestRun(request);
    const abort = new AbortController();
    const subscription = token.onCancellationRequested(() => abort.abort());
    try {
      for (const suite of suites.values()) await suite.run(testRun, request, abort.signal);
      if (coverage) for (const { folder } of suites.values()) addCoverage(testRun, folder);
    } catch (error) {
      await messages.showError(error);
    } finally {
      subscription.dispose();
      testRun.end();
    }
  };
  /** Every change of an outcome is a run of its own, until the user ends the watching. */
  const watch = (request: vscode.TestRunRequest, token: vscode.CancellationToken): void => {
    const subscription = vscode.Disposable.from(
      ...[...suites.values()].map((suite) =>
        suite.watch((items) => {
          const testRun = controller.createTestRun(
            new vscode.TestRunRequest(items, request.exclude, request.profile, true),
          );
          suite.report(testRun, items);
          testRun.end();
        }, request),
      ),
    );
    token.onCancellationRequested(() => subscription.dispose());
  };
  const profile = controller.createRunProfile(
    vscode.l10n.t('Evaluate'),
    vscode.TestRunProfileKind.Run,
    (request, token) => run(request, token, false),
    true,
    undefined,
    true,
  );
  const coverage = controller.createRunProfile(
    vscode.l10n.t('Evaluate, and show which sections are tested'),
    vscode.TestRunProfileKind.Coverage,
    (request, token) => run(request, token, true),
    true,
  );
  coverage.loadDetailedCoverage = async (_run, file) => (file instanceof SectionCoverage ? file.details : []);
  controller.refreshHandler = async () => {
    for (const folder of folders.all) await folder.rescan();
  };
  context.subscriptions.push(
    controller,
    profile,
    coverage,
    folders.each((folder) => {
      const suite = new FolderSuite(folder, controller, () => folders.all.length > 1);
      suites.set(folder, suite);
      return new vscode.Disposable(() => {
        suites.delete(folder);
        suite.dispose();
      });
    }),
  );
}

/** The tests of one folder, kept equal to its state. */
class FolderSuite implements vscode.Disposable {
  readonly #root: vscode.TestItem;
  readonly #items = new Map<string, vscode.TestItem>();
  readonly #subscription: vscode.Disposable;
  #syncing: Promise<void> | undefined;
  #isStale = false;
  #isDisposed = false;

  constructor(
    readonly folder: Folder,
    private readonly controller: vscode.TestController,
    private readonly isOneOfMany: () => boolean,
  ) {
    this.#root = controller.createTestItem(folder.key, folder.name, folder.uri);
    this.#subscription = folder.state.onDidChange(({ questions }) => questions && this.#sync());
    this.#sync();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#subscription.dispose();
    for (const file of this.#files()) this.controller.items.delete(file.id);
    this.controller.items.delete(this.#root.id);
  }

  /** Measures where a test of this folder is asked for, and tells the results. */
  async run(testRun: vscode.TestRun, request: vscode.TestRunRequest, signal: AbortSignal): Promise<void> {
    await this.#syncing;
    const items = this.#asked(request);
    if (items.length === 0) return;
    for (const item of items) testRun.started(item);
    try {
      await this.folder.measure({ signal });
    } catch (error) {
      for (const item of items) testRun.skipped(item);
      throw error;
    }
    this.report(testRun, items);
  }

  report(testRun: vscode.TestRun, items: readonly vscode.TestItem[]): void {
    for (const item of items) {
      const question = this.folder.state.questions.get(questionId(item));
      if (!question?.outcome) testRun.skipped(item);
      else if (isFailing(question)) testRun.failed(item, failureMessage(question, this.folder));
      else testRun.passed(item);
    }
  }

  /** Calls back with the asked tests whose results changed. */
  watch(onChange: (items: vscode.TestItem[]) => void, request: vscode.TestRunRequest): vscode.Disposable {
    const seen = new Map<string, string>();
    const changed = (): vscode.TestItem[] =>
      this.#asked(request).filter((item) => {
        const outcome = this.folder.state.questions.get(questionId(item))?.outcome;
        const signature = outcome ? `${outcome.recall} ${outcome.answerRanks.join()}` : '';
        const isNew = seen.get(item.id) !== signature;
        seen.set(item.id, signature);
        return isNew && outcome !== undefined;
      });
    changed();
    return this.folder.state.onDidChange(({ questions }) => {
      const items = questions ? changed() : [];
      if (items.length > 0) onChange(items);
    });
  }

  #asked({ include, exclude }: vscode.TestRunRequest): vscode.TestItem[] {
    const out = new Set(exclude?.flatMap((item) => leaves(item)));
    const all = include ? include.flatMap((item) => leaves(item)) : [...this.#items.values()];
    return all.filter((item) => this.#items.get(questionId(item)) === item && !out.has(item));
  }

  *#files(): Generator<vscode.TestItem> {
    for (const collection of [this.controller.items, this.#root.children]) {
      for (const [, item] of collection) if (item.id.startsWith(`${this.folder.key}\n`)) yield item;
    }
  }

  /** Many questions make many items, each of which VS Code takes note of: in slices, and once for all changes meanwhile. */
  #sync(): void {
    this.#isStale = true;
    this.#syncing ??= this.#syncAll().finally(() => {
      this.#syncing = undefined;
    });
  }

  async #syncAll(): Promise<void> {
    const breath = new Breath();
    while (this.#isStale && !this.#isDisposed) {
      this.#isStale = false;
      await this.#syncFiles(breath);
    }
  }

  async #syncFiles(breath: Breath): Promise<void> {
    const { state } = this.folder;
    const top = this.isOneOfMany() ? this.#root.children : this.controller.items;
    if (this.isOneOfMany()) this.controller.items.add(this.#root);
    const byFile = new Map<string, QuestionState[]>();
    for (const question of state.questions.values()) pushTo(byFile, question.file, question);
    for (const item of [...this.#files()]) {
      if (byFile.has(item.label)) continue;
      for (const [, child] of item.children) this.#items.delete(questionId(child));
      top.delete(item.id);
    }
    for (const [file, questions] of byFile) {
      const id = `${this.folder.key}\n${file}`;
      let item = top.get(id);
      if (!item) {
        item = this.controller.createTestItem(id, file, this.folder.files.uri(file));
        top.add(item);
      }
      await this.#syncFile(item, questions, breath);
    }
  }

  async #syncFile(parent: vscode.TestItem, questions: readonly QuestionState[], breath: Breath): Promise<void> {
    const present = new Set(questions.map(({ id }) => `${parent.id}\n${id}`));
    for (const [id, child] of parent.children) {
      if (present.has(id)) continue;
      parent.children.delete(id);
      this.#items.delete(questionId(child));
    }
    for (const question of questions) {
      await breath.take();
      // A newer state is drawn anew, by the loop that called.
      if (this.#isStale || this.#isDisposed) return;
      const id = `${parent.id}\n${question.id}`;
      let item = parent.children.get(id);
      if (!item) {
        item = this.controller.createTestItem(id, short(question.text), parent.uri);
        parent.children.add(item);
      }
      this.#items.set(question.id, item);
      const label = short(question.text);
      if (item.label !== label) item.label = label;
      const range = toRange(question.range);
      if (!item.range?.isEqual(range)) item.range = range;
      const side = question.split === 'train' ? vscode.l10n.t('training') : '';
      if ((item.description ?? '') !== side) item.description = side;
      const line = String(question.range.start.line).padStart(7, '0');
      if (item.sortText !== line) item.sortText = line;
    }
  }
}

/** Ids are folder, file and question. */
function questionId(item: vscode.TestItem): string {
  return item.id.slice(item.id.lastIndexOf('\n') + 1);
}

function leaves(item: vscode.TestItem): vscode.TestItem[] {
  if (item.children.size === 0) return [item];
  return [...item.children].flatMap(([, child]) => leaves(child));
}

function failureMessage(question: QuestionState, folder: Folder): vscode.TestMessage {
  const k = folder.state.figures?.primaryK ?? 5;
  const { top = [] } = question.outcome ?? {};
  const places = answerPlaces(question);
  const expected = places.map(({ snippetId }) => snippetId).join('\n');
  const actual = top
    .slice(0, Math.max(k, TOP_SHOWN))
    .map(({ id, score }, i) => `${i + 1}. ${id}  ${score.toFixed(3)}`)
    .join('\n');
  const missed = missedAnswers(question, k).map(missedText);
  const message = vscode.TestMessage.diff(
    vscode.l10n.t('Not in the first {0}: {1}.', k, missed.join(', ')),
    expected,
    actual,
  );
  message.location = new vscode.Location(folder.files.uri(question.file), toRange(question.range));
  return message;
}

/** A page's sections as statements: covered when a standard question is answered there. */
class SectionCoverage extends vscode.FileCoverage {
  constructor(
    uri: vscode.Uri,
    readonly details: vscode.StatementCoverage[],
  ) {
    super(uri, new vscode.TestCoverageCount(details.filter(({ executed }) => executed).length, details.length));
  }
}

function addCoverage(testRun: vscode.TestRun, folder: Folder): void {
  const byFile = new Map<string, vscode.StatementCoverage[]>();
  const tested = new Map<string, number>();
  for (const { answers } of folder.state.questions.values()) {
    for (const id of new Set(answers.flatMap(({ snippetIds }) => snippetIds)))
      tested.set(id, (tested.get(id) ?? 0) + 1);
  }
  for (const { id, file, headingRange } of folder.state.snippets.values()) {
    pushTo(byFile, file, new vscode.StatementCoverage(tested.get(id) ?? 0, toRange(headingRange)));
  }
  for (const [file, details] of byFile) testRun.addCoverage(new SectionCoverage(folder.files.uri(file), details));
}
