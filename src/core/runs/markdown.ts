// The comparison of two runs as Markdown, for the comment under a pull request.
import { points } from '../figureText.ts';
import { worstRank } from '../metrics.ts';
import { powerText } from '../power.ts';
import { code, inline } from '../reportMarkdown.ts';
import type { RunDiff } from './diff.ts';
import { rankText } from './text.ts';

/** The summary; `regression` is why the check failed, if it did. */
export function diffMarkdown(diff: RunDiff, regression?: string): string {
  const lines = [
    `# Recall ${regression ? 'fell' : 'held'}`,
    '',
    regression ?? `recall@${diff.k} did not fall by more than allowed.`,
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
    if (changes.length === 0) continue;
    lines.push(`## ${kind[0]!.toUpperCase()}${kind.slice(1)} (${changes.length})`, '');
    for (const { before, after } of changes) {
      const places = `${rankText(worstRank(before.answerRanks))} → ${rankText(worstRank(after.answerRanks))}`;
      lines.push(`- ${places}: ${inline(after.question)} (${code(`${after.file}:${after.line}`)})`);
    }
    lines.push('');
  }
  return lines.join('\n');
}
