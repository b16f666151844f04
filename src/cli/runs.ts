// Run files on disk: keeping one, comparing two, checking an evaluation against a baseline.
import { relative } from 'node:path';
import { errors } from '../core/errors.ts';
import { writeTrecRun } from '../core/exchange/trecRun.ts';
import { diffRuns, type RunDiff } from '../core/runs/diff.ts';
import { junitXml } from '../core/runs/junit.ts';
import { diffMarkdown } from '../core/runs/markdown.ts';
import { type RunFile, runOf } from '../core/runs/run.ts';
import { sarifLog } from '../core/runs/sarif.ts';
import { diffText } from '../core/runs/text.ts';
import { writeFileAtomic } from '../engine/atomicFile.ts';
import { readRunFile, writeRunFile } from '../engine/runFile.ts';
import type { EvaluateAnswer } from '../protocol/engine.ts';
import type { CheckOptions } from './options.ts';

/** Points below this are rounding of means. */
const ROUNDING = 1e-9;

/** Keeps an evaluation as a run file, as a TREC run where its name says so. */
export async function saveRun(file: string, { report, index }: EvaluateAnswer): Promise<void> {
  const run = runOf(report, index);
  if (/\.trec$/i.test(file)) await writeFileAtomic(file, writeTrecRun(run));
  else await writeRunFile(file, run);
}

/** `diff`: two run files. */
export async function diffFiles(first: string, second: string, seed: number) {
  const diff = diffRuns(await readRunFile(first), await readRunFile(second), seed);
  return { text: diffText(diff), json: diff };
}

/** `check`: writes the reports asked for and says whether recall at the baseline's k fell by more than allowed. */
export async function checkRun(
  options: CheckOptions,
  folder: string,
  before: RunFile,
  answer: EvaluateAnswer,
  seed: number,
) {
  const diff = diffRuns(before, runOf(answer.report, answer.index), seed);
  if (diff.questions === 0) throw errors.runsShareNothing(options.baseline);
  const regression = regressionOf(diff, options.maxDrop);
  const below = relative(process.cwd(), folder).replaceAll('\\', '/');
  const inRepository = (file: string): string => (below === '' ? file : `${below}/${file}`);
  if (options.junit) await writeFileAtomic(options.junit, junitXml(diff));
  if (options.sarif) await writeFileAtomic(options.sarif, `${JSON.stringify(sarifLog(diff, inRepository), null, 2)}\n`);
  if (options.markdown) await writeFileAtomic(options.markdown, diffMarkdown(diff, regression));
  const verdict = regression ? '' : `\nGood: recall@${diff.k} did not fall by more than ${options.maxDrop} points.\n`;
  return {
    text: diffText(diff) + verdict,
    json: { ...diff, maxDrop: options.maxDrop, regression: regression ?? null },
    regression,
  };
}

function regressionOf(diff: RunDiff, maxDrop: number): string | undefined {
  const recall = diff.metrics.find(({ metric }) => metric === `recall@${diff.k}`)!;
  const drop = -recall.difference.value * 100;
  if (drop <= maxDrop + ROUNDING) return undefined;
  return `Regression: recall@${diff.k} fell by ${drop.toFixed(1)} points on ${diff.questions} held-out questions; ${maxDrop} are allowed.`;
}
