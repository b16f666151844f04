// Findings: what is wrong in the knowledge base, as data. Diagnostics, panel rows and CLI lines are views of the same list.
import type { Range } from './range.ts';

export type Severity = 'error' | 'warning' | 'information';

/** One thing worth telling the author. */
export interface Finding {
  /** Stable kebab-case code, for example `unknown-answer`. */
  code: string;
  severity: Severity;
  /** One sentence: what was expected, what came. */
  message: string;
  /** What to do next, one sentence; for an unknown answer it names the nearest existing id. */
  suggestion?: string;
  /** What to write at `range` instead, where one text is the likely meaning. */
  replacement?: string;
  /** Workspace-relative POSIX path. */
  file: string;
  range: Range;
}

/** Order by file and place. */
export function byPlace(a: Finding, b: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.range.start.line - b.range.start.line || a.range.start.column - b.range.start.column;
}
