// Core places -> VS Code's, and the other way round.
import * as vscode from 'vscode';
import type { Range } from '../core/range.ts';

export function toRange({ start, end }: Range): vscode.Range {
  return new vscode.Range(start.line, start.column, end.line, end.column);
}

export function fromRange({ start, end }: vscode.Range): Range {
  return {
    start: { line: start.line, column: start.character },
    end: { line: end.line, column: end.character },
  };
}

/** A text on one line, cut where it is long. */
export function short(text: string, most = 80): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 1).trimEnd()}…`;
}
