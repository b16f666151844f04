// Problems: questions that miss their answers, headings that are missed, findings. A view of the folder's state.
import * as vscode from 'vscode';
import {
  diagnoseQuestions,
  diagnoseSnippets,
  type MissedAnswer,
  type QuestionDiagnosis,
  type SnippetDiagnosis,
} from '../../core/diagnosis.ts';
import type { Finding } from '../../core/finding.ts';
import { pushTo } from '../../core/multimap.ts';
import { Breath } from '../breath.ts';
import { causeLine } from '../causeTexts.ts';
import { short, toRange } from '../convert.ts';
import { engineText } from '../engineTexts.ts';
import type { Folder } from '../folder.ts';
import { questionAt } from '../lookup.ts';
import type { Services } from '../services.ts';
import { type DiagnosticLevel, readSettings, type Settings } from '../settings.ts';

export const SOURCE = 'KB Recall';
/** Codes of the diagnostics about recall; findings have their own codes. */
export const CODES = { heldOut: 'missed-held-out', training: 'missed-training', snippet: 'missed-snippet' } as const;

/** While a job runs patches come in a stream: drawn so often, in milliseconds. */
const BUSY_MS = 250;
/** Questions named at a heading; more would hide the text. */
const NAMED = 5;

export function activateDiagnostics(context: vscode.ExtensionContext, { folders }: Services): void {
  const collection = vscode.languages.createDiagnosticCollection('kbRecall');
  context.subscriptions.push(
    collection,
    folders.each((folder) => new FolderDiagnostics(folder, collection)),
  );
}

class FolderDiagnostics implements vscode.Disposable {
  /** What each file shows, as text: setting the same again would make VS Code draw anew. */
  readonly #shown = new Map<string, string>();
  readonly #subscriptions: vscode.Disposable[];
  #timer: NodeJS.Timeout | undefined;
  /** Counts the drawings begun; one that is no longer the latest ends without showing anything more. */
  #drawing = 0;

  constructor(
    private readonly folder: Folder,
    private readonly collection: vscode.DiagnosticCollection,
  ) {
    this.#subscriptions = [
      folder.state.onDidChange((change) => {
        if (!change.questions && !change.findings && !change.snippets && !change.job) return;
        if (!folder.state.job) void this.#draw();
        else this.#timer ??= setTimeout(() => void this.#draw(), BUSY_MS);
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('kbRecall.diagnostics', folder.uri)) void this.#draw();
      }),
    ];
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#drawing++;
    for (const subscription of this.#subscriptions) subscription.dispose();
    for (const file of this.#shown.keys()) this.collection.delete(this.folder.files.uri(file));
  }

  async #draw(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const drawing = ++this.#drawing;
    const breath = new Breath();
    const byFile = await diagnosticsOf(this.folder, breath);
    if (drawing !== this.#drawing) return;
    for (const file of [...this.#shown.keys()]) {
      if (byFile.has(file)) continue;
      this.#shown.delete(file);
      this.collection.delete(this.folder.files.uri(file));
    }
    for (const [file, diagnostics] of byFile) {
      await breath.take();
      if (drawing !== this.#drawing) return;
      const signature = JSON.stringify(
        diagnostics.map(({ range, message, severity, code, relatedInformation }) => [
          range,
          message,
          severity,
          code,
          relatedInformation?.map(({ location }) => [location.uri.path, location.range]),
        ]),
      );
      if (this.#shown.get(file) === signature) continue;
      this.#shown.set(file, signature);
      this.collection.set(this.folder.files.uri(file), diagnostics);
    }
  }
}

/** Where a missed answer stands, as part of a sentence. */
export function missedText({ reference, rank }: MissedAnswer): string {
  return rank === 0
    ? vscode.l10n.t('"{0}" is not ranked', reference)
    : vscode.l10n.t('"{0}" is number {1}', reference, rank);
}

/** All diagnostics of a folder, by file. */
async function diagnosticsOf(folder: Folder, breath: Breath): Promise<Map<string, vscode.Diagnostic[]>> {
  const { state } = folder;
  const settings = readSettings(folder.uri);
  const k = state.figures?.primaryK ?? settings.k;
  const byFile = new Map<string, vscode.Diagnostic[]>();
  const add = (file: string, diagnostic: vscode.Diagnostic | undefined): void => {
    if (diagnostic) pushTo(byFile, file, diagnostic);
  };
  if (settings.findings) {
    for (const [file, findings] of state.findings) {
      for (const finding of findings) add(file, ofFinding(finding, folder));
      await breath.take();
    }
  }
  const missed = diagnoseQuestions(state.questions.values(), k);
  for (const each of missed) {
    add(each.question.file, ofQuestion(each, folder, settings, k));
    await breath.take();
  }
  for (const each of diagnoseSnippets(missed)) {
    await breath.take();
    const place = state.snippets.get(each.snippetId);
    if (place) add(place.file, ofSnippet(each, toRange(place.headingRange), folder, settings, k));
  }
  return byFile;
}

function ofFinding({ range, message, suggestion, severity, code, file }: Finding, folder: Folder): vscode.Diagnostic {
  const text = suggestion ? `${engineText(message)} ${engineText(suggestion)}` : engineText(message);
  // A question left out has no diagnostic of its own: why it cannot be found is told with the finding about it.
  const causes =
    code === 'question-without-answer' ? questionAt(folder, file, toRange(range).start)?.causes : undefined;
  return diagnostic(
    toRange(range),
    [text, causeLine(causes)].filter(Boolean).join('\n'),
    severity,
    code,
  ) as vscode.Diagnostic;
}

function ofQuestion(
  { question, missed, winner }: QuestionDiagnosis,
  folder: Folder,
  settings: Settings,
  k: number,
): vscode.Diagnostic | undefined {
  const heldOut = question.split !== 'train';
  const places = missed.map(missedText);
  const title = winner && titleOf(folder, winner);
  const sentence = heldOut
    ? vscode.l10n.t('Not in the first {0}: {1}.', k, places.join(', '))
    : vscode.l10n.t('Not in the first {0}, although it is a training question: {1}.', k, places.join(', '));
  const first = title ? `${sentence} ${vscode.l10n.t('First is "{0}".', title)}` : sentence;
  const message = [first, causeLine(question.causes)].filter(Boolean).join('\n');
  const level = heldOut ? settings.heldOut : settings.training;
  const result = diagnostic(toRange(question.range), message, level, heldOut ? CODES.heldOut : CODES.training);
  if (!result) return undefined;
  const related = missed.flatMap(({ snippetId, rank }) =>
    relatedTo(
      folder,
      snippetId,
      rank === 0 ? vscode.l10n.t('Expected: not ranked') : vscode.l10n.t('Expected: number {0}', rank),
    ),
  );
  result.relatedInformation = [...related, ...(winner ? relatedTo(folder, winner, vscode.l10n.t('Wins instead')) : [])];
  return result;
}

function ofSnippet(
  { misses }: SnippetDiagnosis,
  range: vscode.Range,
  folder: Folder,
  settings: Settings,
  k: number,
): vscode.Diagnostic | undefined {
  const named = misses
    .slice(0, NAMED)
    .map(({ question, rank }) => (rank === 0 ? `"${short(question.text)}"` : `"${short(question.text)}" (${rank})`));
  const more = misses.length > NAMED ? vscode.l10n.t(' and {0} more', misses.length - NAMED) : '';
  const message =
    misses.length === 1
      ? vscode.l10n.t('A standard question does not find this section in the first {0}: {1}', k, named.join(', '))
      : vscode.l10n.t(
          '{0} standard questions do not find this section in the first {1}: {2}',
          misses.length,
          k,
          `${named.join(', ')}${more}`,
        );
  const isTold = misses.some(({ question }) => question.split !== 'train');
  const level = isTold ? settings.snippets : weaker(settings.snippets, settings.training);
  const result = diagnostic(range, message, level, CODES.snippet);
  if (!result) return undefined;
  result.relatedInformation = misses
    .slice(0, NAMED)
    .flatMap(({ question, winner }) => [
      new vscode.DiagnosticRelatedInformation(
        new vscode.Location(folder.files.uri(question.file), toRange(question.range)),
        short(question.text),
      ),
      ...(winner ? relatedTo(folder, winner, vscode.l10n.t('Wins instead')) : []),
    ]);
  return result;
}

function diagnostic(
  range: vscode.Range,
  message: string,
  level: DiagnosticLevel,
  code: string,
): vscode.Diagnostic | undefined {
  if (level === 'off') return undefined;
  const result = new vscode.Diagnostic(range, message, SEVERITIES[level]);
  result.source = SOURCE;
  result.code = code;
  return result;
}

const SEVERITIES = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
} as const;

/** Of two levels the less urgent one: a section that only training questions miss is told no louder than they are. */
function weaker(a: DiagnosticLevel, b: DiagnosticLevel): DiagnosticLevel {
  const order: DiagnosticLevel[] = ['error', 'warning', 'information', 'hint', 'off'];
  return order[Math.max(order.indexOf(a), order.indexOf(b))]!;
}

function titleOf(folder: Folder, snippetId: string): string {
  return folder.state.snippets.get(snippetId)?.path.join(' > ') || snippetId;
}

function relatedTo(folder: Folder, snippetId: string, what: string): vscode.DiagnosticRelatedInformation[] {
  const place = folder.state.snippets.get(snippetId);
  if (!place) return [];
  const location = new vscode.Location(folder.files.uri(place.file), toRange(place.headingRange));
  return [new vscode.DiagnosticRelatedInformation(location, `${what}: ${short(titleOf(folder, snippetId))}`)];
}
