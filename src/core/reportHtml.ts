// The report as one HTML page that needs nothing else: no script, no picture, no address; to send by mail or put on a share.
import { intervalText } from './figureText.ts';
import type { Finding } from './finding.ts';
import type { RecallFailure, RecallReport } from './report.ts';
import { type ReportTexts, reportTexts } from './reportTexts.ts';

// Forbids in the reader's browser what the page has no use for, should a text ever get past the escaping.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35em 1em .35em 0; border-bottom: 1px solid #8886; font-variant-numeric: tabular-nums; }
code { overflow-wrap: anywhere; }
li { margin-bottom: .6em; }
.quiet { opacity: .8; }
@media print { body { margin: 0; max-width: none; } }
`;

/** The whole report: figures of both sides, every failing question with what won, findings. */
export function reportHtml(
  report: RecallReport,
  findings: readonly Finding[],
  title: string,
  texts: ReportTexts = reportTexts('en'),
): string {
  const { failures, primaryK } = report;
  const of = (side: RecallFailure['split']): RecallFailure[] => failures.filter(({ split }) => split === side);
  return `<!DOCTYPE html>
<html lang="${texts.tag}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${texts.head(code(report.model), report.snippets)}</p>
${figureTable(report, texts)}
${failureList(texts.missedHeldOut(primaryK), of('test'), texts)}
${failureList(texts.missedTraining(primaryK), of('train'), texts)}
${findingList(findings, texts)}
</main>
</body>
</html>
`;
}

function figureTable({ slices }: RecallReport, texts: ReportTexts): string {
  const measured = [slices.test, slices.train].filter(({ questions }) => questions > 0);
  const head = measured.map((slice) => `<th scope="col">${escapeHtml(texts.measuredOn(slice))}</th>`).join('');
  const rows = Object.keys(measured[0]?.metrics ?? {}).map(
    (name) =>
      `<tr><th scope="row">${escapeHtml(name)}</th>${measured.map(({ metrics }) => `<td>${intervalText(metrics[name])}</td>`).join('')}</tr>`,
  );
  return `<table>\n<thead><tr><th scope="col">${texts.figure}</th>${head}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`;
}

function failureList(title: string, failures: readonly RecallFailure[], texts: ReportTexts): string {
  if (failures.length === 0) return '';
  const items = failures.map(({ question, file, line, expected, beatenBy, causes }) => {
    const places = expected.map(({ id, rank }) => texts.place(code(id), rank)).join(texts.comma);
    const winner = beatenBy[0] ? texts.semicolon + texts.first(code(beatenBy[0].id)) : '';
    const why = texts.why(causes);
    const cause = why === undefined ? '' : `<br>${escapeHtml(why)}`;
    return `<li>${escapeHtml(question)} <span class="quiet">(${code(`${file}:${line}`)})</span><br>${texts.expected(places)}${winner}${cause}</li>`;
  });
  return section(title, items);
}

function findingList(findings: readonly Finding[], texts: ReportTexts): string {
  if (findings.length === 0) return '';
  const items = findings.map(({ file, range, severity, message, suggestion }) => {
    const hint = suggestion ? ` ${escapeHtml(suggestion)}` : '';
    return `<li>${code(`${file}:${range.start.line + 1}`)} ${texts.severity[severity]}: ${escapeHtml(message)}${hint}</li>`;
  });
  return section(texts.findings, items);
}

function section(title: string, items: readonly string[]): string {
  return `<h2>${escapeHtml(title)} (${items.length})</h2>\n<ul>\n${items.join('\n')}\n</ul>`;
}

function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => ENTITIES[mark]!);
}
