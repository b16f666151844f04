// The comparison of two runs as the command line prints it.
import { oneLine, points } from '../figureText.ts';
import { worstRank } from '../metrics.ts';
import { powerText } from '../power.ts';
import type { ChangeKind, RunDiff } from './diff.ts';

/** A rank for people. */
export const rankText = (rank: number): string => (rank === 0 ? 'none' : String(rank));

/** Figures, warnings and the questions that changed. */
export function diffText(diff: RunDiff): string {
  const lines = diff.warnings.map((warning) => `Note: ${warning}`);
  lines.push(
    `${diff.questions} held-out questions in both runs; difference in points, 95 % interval, p (Holm over k)`,
    ...diff.metrics.map(({ metric, before, after, difference, adjustedPValue }) => {
      const range = `[${points(difference.low)}, ${points(difference.high)}]`;
      const values = `${(before * 100).toFixed(1).padStart(5)} -> ${(after * 100).toFixed(1).padStart(5)} %`;
      return `  ${metric.padEnd(11)} ${values}  ${points(difference.value).padStart(6)} ${range}  p = ${adjustedPValue.toFixed(4)}`;
    }),
    powerText(diff.power, `hit@${diff.k}`),
  );
  for (const kind of ['fixed', 'broken', 'still failing'] as const) lines.push('', ...changesText(diff, kind));
  lines.push('', `Unchanged: ${diff.changes.filter((each) => each.kind === 'unchanged').length}`);
  return `${lines.join('\n')}\n`;
}

function changesText(diff: RunDiff, kind: ChangeKind): string[] {
  const changes = diff.changes.filter((each) => each.kind === kind);
  const title = kind[0]!.toUpperCase() + kind.slice(1);
  return [
    `${title} (${changes.length})`,
    ...changes.map(({ before, after }) => {
      const places = `${rankText(worstRank(before.answerRanks)).padStart(5)} -> ${rankText(worstRank(after.answerRanks)).padEnd(5)}`;
      return `  ${places} ${oneLine(after.question)}  (${after.file}:${after.line})`;
    }),
  ];
}
