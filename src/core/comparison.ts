// Two reports of the same questions side by side: did recall rise, and which questions were fixed, broken or still fail.
import { recallOfRanks, worstRank } from './metrics.ts';
import type { Split } from './question.ts';
import type { QuestionOutcome, RecallReport, Slice } from './report.ts';
import { type Interval, pairedInterval, pairedRandomisation } from './statistics.ts';

/** A question's place before and after. */
export interface RankChange {
  id: string;
  question: string;
  file: string;
  /** 1-based. */
  line: number;
  split: Split;
  /** Rank of its worst placed answer, which decides whether recall@k is 1; 0 when not ranked. */
  before: number;
  after: number;
}

export interface Comparison {
  split: Slice;
  k: number;
  /** Questions compared: those that both reports measured on this slice. */
  questions: number;
  /** Questions of the slice that only one report measured, or that changed sides: compared with nothing. */
  notCompared: number;
  /** Mean recall@k after minus before, with the 95 % paired bootstrap interval; absent without questions. */
  difference?: Interval;
  /** Two-sided paired randomisation test of recall@k; 1 without questions. */
  pValue: number;
  /** recall@k below 1 before and 1 after. */
  fixed: RankChange[];
  /** recall@k 1 before and below 1 after. */
  broken: RankChange[];
  /** recall@k below 1 both times. */
  stillFailing: RankChange[];
  /** Worst answer moved up, the largest ratio of ranks first. */
  improved: RankChange[];
  /** Worst answer moved down, the largest ratio of ranks first. */
  worsened: RankChange[];
}

/** What a comparison reads of a report. */
export type Compared = Pick<RecallReport, 'outcomes' | 'primaryK'>;

/** Compares two reports on one slice at one k, question by question; both must have measured `split` the same way to be fully compared. */
export function compareReports(
  before: Compared,
  after: Compared,
  split: Slice = 'test',
  k: number = before.primaryK,
  options: { seed?: number } = {},
): Comparison {
  const { seed = 0 } = options;
  const pairs = pairsOf(before, after, split);
  const all = new Set([before, after].flatMap((report) => members(report, split).map(({ id }) => id)));
  const recallBefore = pairs.map(({ was }) => recallOfRanks(was.answerRanks, k));
  const recallAfter = pairs.map(({ is }) => recallOfRanks(is.answerRanks, k));
  const changes = pairs.map(({ was, is }) => rankChange(was, is));
  const pick = (wanted: (before: number, after: number) => boolean) =>
    changes.filter((_, i) => wanted(recallBefore[i]!, recallAfter[i]!));
  return {
    split,
    k,
    questions: pairs.length,
    notCompared: all.size - pairs.length,
    difference: pairs.length > 0 ? pairedInterval(recallBefore, recallAfter, { seed }) : undefined,
    pValue: pairedRandomisation(recallBefore, recallAfter, { seed }),
    fixed: pick((was, is) => was < 1 && is === 1),
    broken: pick((was, is) => was === 1 && is < 1),
    stillFailing: pick((was, is) => was < 1 && is < 1),
    improved: moved(changes, (change) => factor(change.before, change.after)),
    worsened: moved(changes, (change) => factor(change.after, change.before)),
  };
}

/** Every question of the slice that both reports measured on the same side, with its place in each. */
export function rankChanges(before: Compared, after: Compared, split: Slice): RankChange[] {
  return pairsOf(before, after, split).map(({ was, is }) => rankChange(was, is));
}

function pairsOf(before: Compared, after: Compared, split: Slice): { was: QuestionOutcome; is: QuestionOutcome }[] {
  const later = new Map(members(after, split).map((each) => [each.id, each]));
  return members(before, split).flatMap((was) => {
    const is = later.get(was.id);
    return is?.split === was.split ? [{ was, is }] : [];
  });
}

function members(report: Compared, split: Slice): QuestionOutcome[] {
  return report.outcomes.filter((each) => split === 'all' || each.split === split);
}

function rankChange(was: QuestionOutcome, is: QuestionOutcome): RankChange {
  const { id, question, file, line, split } = is;
  return { id, question, file, line, split, before: worstRank(was.answerRanks), after: worstRank(is.answerRanks) };
}

/** How many times further down the list `from` is than `to`: from 6 to 1 says more than from 300 to 250. 0 stands below all. */
function factor(from: number, to: number): number {
  if (from === to) return 1;
  return (from === 0 ? Infinity : from) / (to === 0 ? Infinity : to);
}

/** Changes whose factor is above 1, largest first, equals in the order of the report. */
function moved(changes: readonly RankChange[], size: (change: RankChange) => number): RankChange[] {
  return changes.filter((change) => size(change) > 1).sort((a, b) => (size(a) === size(b) ? 0 : size(b) - size(a)));
}
