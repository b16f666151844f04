// Two runs as two models are shown: figures of the questions that both ask alike, and every one of them with its two ranks.
import { type Comparison, compareReports, type RankChange, rankChanges } from '../comparison.ts';
import { errors } from '../errors.ts';
import { type SliceReport, sliceReports } from '../report.ts';
import { runWarnings, sharedQuestions } from './diff.ts';
import type { RunFile } from './run.ts';

export interface RunComparison {
  /** Of the held-out questions, at the later run's k. */
  comparison: Comparison;
  slices: { before: SliceReport; after: SliceReport };
  /** Of both sides. */
  questions: RankChange[];
  /** What makes the runs differ in more than the ranks. */
  warnings: string[];
}

/** Throws a UserError where the runs have no question in common. `seed` of the intervals. */
export function compareRuns(before: RunFile, after: RunFile, seed = 0): RunComparison {
  const shared = sharedQuestions(before, after);
  if (shared.length === 0) throw errors.runsApart(before.questions.length, after.questions.length);
  const { primaryK } = after;
  const ks = [...new Set([...after.ks, primaryK])].sort((a, b) => a - b);
  const [was, is] = (['before', 'after'] as const).map((side) => ({
    ks,
    primaryK,
    outcomes: shared.map((each) => each[side]),
  }));
  const comparison = compareReports(was!, is!, 'test', primaryK, { seed });
  return {
    comparison,
    slices: {
      before: sliceReports(was!, seed, before.heldOut ?? 'answers').test,
      after: sliceReports(is!, seed, after.heldOut ?? 'answers').test,
    },
    questions: rankChanges(was!, is!, 'all'),
    warnings: runWarnings(before, after, comparison.questions),
  };
}
