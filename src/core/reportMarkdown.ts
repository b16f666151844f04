// Reports as Markdown: what the author files, sends or puts beside the pages.
import { mainCauseText } from './causes/text.ts';
import type { Comparison, RankChange } from './comparison.ts';
import { intervalText, oneLine, points } from './figureText.ts';
import type { Finding } from './finding.ts';
import type { RecallFailure, RecallReport, SliceReport } from './report.ts';

/** The whole report: figures of both sides, every failing question with what won, findings. */
export function reportMarkdown(report: RecallReport, findings: readonly Finding[], title: string): string {
  const { test, train } = report.slices;
  const held = report.failures.filter(({ split }) => split === 'test');
  const trained = report.failures.filter(({ split }) => split === 'train');
  return [
    `# ${title}`,
    '',
    `Model ${code(report.model)}, ${report.snippets} snippets. Mean and 95 % interval.`,
    '',
    ...figureTable([test, train]),
    '',
    ...failureSection(`Held-out questions that miss an answer in the first ${report.primaryK}`, held),
    ...failureSection(`Training questions that miss an answer in the first ${report.primaryK}`, trained),
    ...findingSection(findings),
  ].join('\n');
}

/** Two models over the same held-out questions. */
export function comparisonMarkdown(
  before: { model: string; slice: SliceReport },
  after: { model: string; slice: SliceReport },
  comparison: Comparison,
): string {
  const { difference, k, pValue, fixed, broken, stillFailing } = comparison;
  const lines = [
    `# ${before.model} and ${after.model}`,
    '',
    `Measured on ${after.slice.measuredOn}. Mean and 95 % interval.`,
    '',
    `| | ${inline(before.model)} | ${inline(after.model)} |`,
    '| --- | --- | --- |',
    ...Object.entries(after.slice.metrics).map(
      ([name, figure]) => `| ${name} | ${intervalText(before.slice.metrics[name])} | ${intervalText(figure)} |`,
    ),
    '',
  ];
  if (difference) {
    lines.push(
      `recall@${k} changes by ${points(difference.value)} points [${points(difference.low)}, ${points(difference.high)}], p = ${pValue.toFixed(4)}.`,
      '',
    );
  }
  return [
    ...lines,
    ...changeSection('Fixed', fixed),
    ...changeSection('Broken', broken),
    ...changeSection('Still failing', stillFailing),
  ].join('\n');
}

function figureTable(slices: readonly SliceReport[]): string[] {
  const measured = slices.filter(({ questions }) => questions > 0);
  const names = Object.keys(measured[0]?.metrics ?? {});
  return [
    `| | ${measured.map(({ measuredOn }) => measuredOn).join(' | ')} |`,
    `| --- |${' --- |'.repeat(measured.length)}`,
    ...names.map((name) => `| ${name} | ${measured.map(({ metrics }) => intervalText(metrics[name])).join(' | ')} |`),
  ];
}

function failureSection(title: string, failures: readonly RecallFailure[]): string[] {
  if (failures.length === 0) return [];
  return [
    `## ${title} (${failures.length})`,
    '',
    ...failures.flatMap(({ question, file, line, expected, beatenBy, causes }) => [
      `- ${inline(question)} (${code(`${file}:${line}`)})`,
      `  - expected ${expected.map(({ id, rank }) => `${code(id)} ${rank === 0 ? 'not ranked' : `at ${rank}`}`).join(', ')}`,
      ...(beatenBy[0] ? [`  - first is ${code(beatenBy[0].id)}`] : []),
      ...[mainCauseText(causes) ?? []].flat().map((text) => `  - ${inline(text)}`),
    ]),
    '',
  ];
}

function findingSection(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  return [
    `## Findings (${findings.length})`,
    '',
    ...findings.map(
      ({ file, range, severity, message, suggestion }) =>
        `- ${code(`${file}:${range.start.line + 1}`)} ${severity}: ${inline(message)}${suggestion ? ` ${inline(suggestion)}` : ''}`,
    ),
    '',
  ];
}

function changeSection(title: string, changes: readonly RankChange[]): string[] {
  if (changes.length === 0) return [];
  const rank = (value: number): string => (value === 0 ? 'not ranked' : String(value));
  return [
    `## ${title} (${changes.length})`,
    '',
    ...changes.map(
      ({ question, file, line, before, after }) =>
        `- ${rank(before)} → ${rank(after)}: ${inline(question)} (${code(`${file}:${line}`)})`,
    ),
    '',
  ];
}

/** Text of the author's in a line of Markdown: on one line, its marks shown as they are. */
export function inline(text: string): string {
  return oneLine(text).replace(/[\\`*_<>[\]|]/g, '\\$&');
}

/** Inline code that may hold a backtick. */
export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
