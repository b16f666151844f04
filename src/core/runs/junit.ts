// The comparison of two runs as JUnit XML: a question is a test case, one that is no longer recalled a failure.
import { worstRank } from '../metrics.ts';
import type { QuestionChange, RunDiff } from './diff.ts';
import { rankText } from './text.ts';

/** One suite. Questions that missed an answer in the baseline already are skipped, so that only what broke is red. */
export function junitXml(diff: RunDiff): string {
  const count = (kind: string): number => diff.changes.filter((each) => each.kind === kind).length;
  const totals = `tests="${diff.questions}" failures="${count('broken')}" errors="0" skipped="${count('still failing')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="kb-recall" ${totals}>`,
    `  <testsuite name="recall@${diff.k}" ${totals}>`,
    ...diff.changes.map((change) => testCase(change, diff.k)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase({ kind, before, after }: QuestionChange, k: number): string {
  const head = `    <testcase name="${xml(after.question)}" classname="${xml(after.file)}" file="${xml(after.file)}" line="${after.line}"`;
  if (kind === 'still failing')
    return `${head}><skipped message="misses an answer in the baseline already"/></testcase>`;
  if (kind !== 'broken') return `${head}/>`;
  const places = `${rankText(worstRank(before.answerRanks))} to ${rankText(worstRank(after.answerRanks))}`;
  const expected = after.expected.map(({ id, rank }) => `expected ${id} at ${rankText(rank)}`);
  const top = after.top.slice(0, k).map(({ id }, i) => `${i + 1}. ${id}`);
  return `${head}><failure message="${xml(`fell from rank ${places}`)}">${xml([...expected, ...top].join('\n'))}</failure></testcase>`;
}

/** Escapes for text and attributes; characters that XML 1.0 cannot hold are replaced. */
function xml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"]/g, (mark) => names[mark]!);
}
