// The comparison of two runs as JUnit XML: a question is a test case, one that is no longer recalled or asked a failure.
import { worstRank } from '../metrics.ts';
import type { QuestionChange, RunDiff } from './diff.ts';
import { rankText } from './text.ts';
import { type VanishedQuestion, vanishedPlace, vanishedReason } from './vanished.ts';

/**
 * One suite. Questions that missed an answer in the baseline already are skipped, so that only what broke is red; those that vanished
 * are failures, or skipped where they may (`allowsVanished`).
 */
export function junitXml(diff: RunDiff, allowsVanished = false): string {
  const count = (kind: string): number => diff.changes.filter((each) => each.kind === kind).length;
  const vanished = diff.vanished.length;
  const failures = count('broken') + (allowsVanished ? 0 : vanished);
  const skipped = count('still failing') + (allowsVanished ? vanished : 0);
  const totals = `tests="${diff.questions + vanished}" failures="${failures}" errors="0" skipped="${skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="kb-recall" ${totals}>`,
    `  <testsuite name="recall@${diff.k}" ${totals}>`,
    ...diff.changes.map((change) => testCase(change, diff.k)),
    ...diff.vanished.map((each) => vanishedCase(each, allowsVanished)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase({ kind, before, after }: QuestionChange, k: number): string {
  const head = headOf(after.question, after);
  if (kind === 'still failing')
    return `${head}><skipped message="misses an answer in the baseline already"/></testcase>`;
  if (kind !== 'broken') return `${head}/>`;
  const places = `${rankText(worstRank(before.answerRanks))} to ${rankText(worstRank(after.answerRanks))}`;
  const expected = after.expected.map(({ id, rank }) => `expected ${id} at ${rankText(rank)}`);
  const top = after.top.slice(0, k).map(({ id }, i) => `${i + 1}. ${id}`);
  return `${head}><failure message="${xml(`fell from rank ${places}`)}">${xml([...expected, ...top].join('\n'))}</failure></testcase>`;
}

function vanishedCase(each: VanishedQuestion, isAllowed: boolean): string {
  const tag = isAllowed ? 'skipped' : 'failure';
  const head = headOf(each.before.question, vanishedPlace(each));
  return `${head}><${tag} message="${xml(`the question ${vanishedReason(each)}`)}"/></testcase>`;
}

function headOf(name: string, { file, line }: { file: string; line: number }): string {
  return `    <testcase name="${xml(name)}" classname="${xml(file)}" file="${xml(file)}" line="${line}"`;
}

/** Escapes for text and attributes; characters that XML 1.0 cannot hold are replaced. */
function xml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"]/g, (mark) => names[mark]!);
}
