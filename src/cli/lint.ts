// `kb-recall lint`: all findings by file, and whether they fail the command.
import type { Finding, Severity } from '../core/finding.ts';
import type { LintAnswer } from '../protocol/engine.ts';
import type { FailLevel } from './options.ts';
import { indexText } from './text.ts';

/** From the gravest on. */
const LEVELS: readonly Severity[] = ['error', 'warning', 'information'];

/** Text, object and the sentence why the command exits with 2, if a finding is as grave as `failOn` or graver. */
export function lintOutcome({ index, findings }: LintAnswer, failOn: FailLevel) {
  const counts = Object.fromEntries(LEVELS.map((level) => [level, countOf(findings, level)]));
  // `never` stands in no place, so that nothing is as grave.
  const grave = LEVELS.slice(0, LEVELS.indexOf(failOn as Severity) + 1);
  const failing = grave.reduce((sum, level) => sum + counts[level]!, 0);
  const summary = `${LEVELS.map((level) => `${counts[level]} ${level}`).join(', ')}.`;
  return {
    text: `${indexText(index)}${listText(findings)}\n${findings.length} findings: ${summary}\n`,
    json: { model: index.model, snippets: index.snippets, counts, findings },
    misses: failing > 0 ? [`Lint: ${failing} findings of level ${failOn} or above.`] : [],
  };
}

const countOf = (findings: readonly Finding[], level: Severity): number =>
  findings.filter(({ severity }) => severity === level).length;

/** Every finding under its file: a list that is cut could not be worked off. */
function listText(findings: readonly Finding[]): string {
  const lines: string[] = [];
  let last: string | undefined;
  for (const { file, range, severity, code, message, suggestion } of findings) {
    if (file !== last) lines.push('', file);
    last = file;
    lines.push(`  ${range.start.line + 1}  ${severity}  ${message} [${code}]`);
    if (suggestion) lines.push(`      ${suggestion}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}
