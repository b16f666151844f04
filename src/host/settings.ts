// The settings of `kbRecall.*`, typed and read for one folder; values out of range fall back to the default.
import * as vscode from 'vscode';
import { DEFAULT_INCLUDE } from '../core/files.ts';
import type { Severity } from '../core/finding.ts';
import { RETRIEVALS, type Retrieval } from '../core/report.ts';
import { HELD_OUT, type HeldOut } from '../core/split.ts';

export type DiagnosticLevel = Severity | 'hint' | 'off';

export interface Settings {
  model: string;
  modelsFolder: string;
  include: string[];
  exclude: string[];
  k: number;
  seed: number;
  trainShare: number;
  heldOutKind: HeldOut;
  retrieval: Retrieval;
  epochs: number;
  /** Undefined: one per core. */
  threads: number | undefined;
  liveUpdates: 'onType' | 'onSave' | 'off';
  measureOnOpen: 'whenMeasured' | 'always' | 'never';
  heldOut: DiagnosticLevel;
  training: DiagnosticLevel;
  snippets: DiagnosticLevel;
  findings: boolean;
  /** Of the lint's advice. */
  lint: DiagnosticLevel;
  codeLens: boolean;
  inlayHints: boolean;
}

/** Settings as they are for `scope`, usually a workspace folder. */
export function readSettings(scope?: vscode.Uri): Settings {
  const values = vscode.workspace.getConfiguration('kbRecall', scope);
  const number = (name: string, standard: number, least: number, most: number): number => {
    const value = values.get<number>(name, standard);
    return typeof value === 'number' && value >= least && value <= most ? value : standard;
  };
  const threads = number('threads', 0, 0, 256);
  return {
    model: values.get('model', '').trim() || DEFAULT_MODEL,
    modelsFolder: values.get('modelsFolder', '').trim(),
    include: texts(values.get('include'), [...DEFAULT_INCLUDE]),
    exclude: texts(values.get('exclude'), []),
    k: Math.round(number('k', 5, 1, 100)),
    seed: Math.round(number('seed', 0, 0, 1e9)),
    trainShare: number('training.share', 0.6, 0, 1),
    heldOutKind: HELD_OUT.find((each) => each === values.get('training.heldOut')) ?? 'answers',
    retrieval: RETRIEVALS.find((each) => each === values.get('retrieval')) ?? 'vectors',
    epochs: Math.round(number('training.epochs', 10, 1, 100)),
    threads: threads === 0 ? undefined : Math.round(threads),
    liveUpdates: values.get('liveUpdates', 'onType'),
    measureOnOpen: values.get('measureOnOpen', 'whenMeasured'),
    heldOut: values.get('diagnostics.heldOut', 'warning'),
    training: values.get('diagnostics.training', 'hint'),
    snippets: values.get('diagnostics.snippets', 'information'),
    findings: values.get('diagnostics.findings', true),
    lint: values.get('diagnostics.lint', 'hint'),
    codeLens: values.get('codeLens', true),
    inlayHints: values.get('inlayHints', true),
  };
}

/** The model that ships with the extension. */
export const DEFAULT_MODEL = 'kb-recall-small';

/** Globs that `files.exclude` and `kbRecall.exclude` leave out in a folder. */
export function excludedGlobs(scope: vscode.Uri): string[] {
  const files = vscode.workspace.getConfiguration('files', scope).get<Record<string, unknown>>('exclude', {});
  const hidden = Object.keys(files).filter((glob) => files[glob] === true);
  return [...hidden, ...readSettings(scope).exclude];
}

function texts(value: unknown, standard: string[]): string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : standard;
}
