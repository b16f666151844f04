// Reports as Markdown: what the author files, sends or puts beside the pages.
import type { Comparison, RankChange } from './comparison.ts';
import { intervalText, oneLine, points } from './figureText.ts';
import type { Finding } from './finding.ts';
import type { RecallFailure, RecallReport, SliceReport } from './report.ts';
import { type ReportTexts, reportTexts } from './reportTexts.ts';

/** The whole report: figures of both sides, every failing question with what won, findings. */
export function reportMarkdown(
  report: RecallReport,
  findings: readonly Finding[],
  title: string,
  texts: ReportTexts = reportTexts('en'),
): string {
  const { test, train } = report.slices;
  const { failures, primaryK } = report;
  const of = (side: RecallFailure['split']): RecallFailure[] => failures.filter(({ split }) => split === side);
  return [
    `# ${title}`,
    '',
    texts.head(code(report.model), report.snippets),
    '',
    ...figureTable([test, train], texts),
    '',
    ...failureSection(texts.missedHeldOut(primaryK), of('test'), texts),
    ...failureSection(texts.missedTraining(primaryK), of('train'), texts),
    ...findingSection(findings, texts),
  ].join('\n');
}

/** Two models over the same held-out questions. */
export function comparisonMarkdown(
  before: { model: string; slice: SliceReport },
  after: { model: string; slice: SliceReport },
  comparison: Comparison,
  texts: ReportTexts = reportTexts('en'),
): string {
  const { difference, k, pValue, fixed, broken, stillFailing } = comparison;
  const lines = [
    `# ${texts.and(before.model, after.model)}`,
    '',
    texts.measured(texts.measuredOn(after.slice)),
    '',
    `| | ${inline(before.model)} | ${inline(after.model)} |`,
    '| --- | --- | --- |',
    ...Object.entries(after.slice.metrics).map(
      ([name, figure]) => `| ${name} | ${intervalText(before.slice.metrics[name])} | ${intervalText(figure)} |`,
    ),
    '',
  ];
  if (difference) {
    const [value, low, high] = [difference.value, difference.low, difference.high].map(points);
    lines.push(texts.changes(k, value!, low!, high!, pValue.toFixed(4)), '');
  }
  return [
    ...lines,
    ...changeSection(texts.fixed, fixed, texts),
    ...changeSection(texts.broken, broken, texts),
    ...changeSection(texts.stillFailing, stillFailing, texts),
  ].join('\n');
}

function figureTable(slices: readonly SliceReport[], texts: ReportTexts): string[] {
  const measured = slices.filter(({ questions }) => questions > 0);
  const names = Object.keys(measured[0]?.metrics ?? {});
  return [
    `| | ${measured.map(texts.measuredOn).join(' | ')} |`,
    `| --- |${' --- |'.repeat(measured.length)}`,
    ...names.map((name) => `| ${name} | ${measured.map(({ metrics }) => intervalText(metrics[name])).join(' | ')} |`),
  ];
}

function failureSection(title: string, failures: readonly RecallFailure[], texts: ReportTexts): string[] {
  if (failures.length === 0) return [];
  return [
    `## ${title} (${failures.length})`,
    '',
    ...failures.flatMap(({ question, file, line, expected, beatenBy, causes }) => [
      `- ${inline(question)} (${code(`${file}:${line}`)})`,
      `  - ${texts.expected(expected.map(({ id, rank }) => texts.place(code(id), rank)).join(texts.comma))}`,
      ...(beatenBy[0] ? [`  - ${texts.first(code(beatenBy[0].id))}`] : []),
      ...[texts.why(causes) ?? []].flat().map((text) => `  - ${inline(text)}`),
    ]),
    '',
  ];
}

function findingSection(findings: readonly Finding[], texts: ReportTexts): string[] {
  if (findings.length === 0) return [];
  return [
    `## ${texts.findings} (${findings.length})`,
    '',
    ...findings.map(
      ({ file, range, severity, message, suggestion }) =>
        `- ${code(`${file}:${range.start.line + 1}`)} ${texts.severity[severity]}: ${inline(message)}${suggestion ? ` ${inline(suggestion)}` : ''}`,
    ),
    '',
  ];
}

function changeSection(title: string, changes: readonly RankChange[], texts: ReportTexts): string[] {
  if (changes.length === 0) return [];
  return [
    `## ${title} (${changes.length})`,
    '',
    ...changes.map(
      ({ question, file, line, before, after }) =>
        `- ${texts.rank(before)} → ${texts.rank(after)}: ${inline(question)} (${code(`${file}:${line}`)})`,
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
