// The comparison of two runs as Markdown, for the comment under a pull request.
import { points } from '../figureText.ts';
import { worstRank } from '../metrics.ts';
import { powerText } from '../power.ts';
import { code, inline } from '../reportMarkdown.ts';
import type { RunDiff } from './diff.ts';
import { rankText } from './text.ts';
import { vanishedPlace, vanishedReason } from './vanished.ts';

/** Items of one list: GitHub takes no step summary above 1 MiB. */
const LISTED = 200;

/** The summary, short enough for $GITHUB_STEP_SUMMARY; `regressions` are why the check failed, one sentence each. */
export function diffMarkdown(diff: RunDiff, regressions: readonly string[] = []): string {
  const lines = [
    `# ${regressions.length > 0 ? 'Recall check failed' : 'Recall held'}`,
    '',
    regressions.length > 0
      ? regressions.map(inline).join('\n\n')
      : `recall@${diff.k} did not fall by more than allowed.`,
    '',
    ...diff.warnings.map((warning) => `> ${inline(warning)}\n`),
    `| ${diff.questions} held-out questions | before | after | points | 95 % interval | p (Holm) |`,
    '| --- | --- | --- | --- | --- | --- |',
    ...diff.metrics.map(
      ({ metric, before, after, difference, adjustedPValue }) =>
        `| ${metric} | ${(before * 100).toFixed(1)} % | ${(after * 100).toFixed(1)} % | ${points(difference.value)} | ` +
        `[${points(difference.low)}, ${points(difference.high)}] | ${adjustedPValue.toFixed(4)} |`,
    ),
    '',
    powerText(diff.power, `hit@${diff.k}`),
    '',
  ];
  for (const kind of ['broken', 'fixed', 'still failing'] as const) {
    const changes = diff.changes.filter((each) => each.kind === kind);
    const items = changes.map(({ before, after }) => {
      const places = `${rankText(worstRank(before.answerRanks))} → ${rankText(worstRank(after.answerRanks))}`;
      return `- ${places}: ${inline(after.question)} (${placeCode(after)})`;
    });
    lines.push(...section(kind[0]!.toUpperCase() + kind.slice(1), items));
  }
  const vanished = diff.vanished.map(
    (each) => `- ${inline(each.before.question)} ${inline(vanishedReason(each))} (${placeCode(vanishedPlace(each))})`,
  );
  return [...lines, ...section('Vanished', vanished)].join('\n');
}

function section(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const more = items.length > LISTED ? [`- and ${items.length - LISTED} more`] : [];
  return [`## ${title} (${items.length})`, '', ...items.slice(0, LISTED), ...more, ''];
}

const placeCode = ({ file, line }: { file: string; line: number }): string => code(`${file}:${line}`);
