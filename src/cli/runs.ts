// Run files on disk: keeping one, comparing two, checking an evaluation against a baseline.
import { relative } from 'node:path';
import { errors } from '../core/errors.ts';
import { writeTrecRun } from '../core/exchange/trecRun.ts';
import { oneLine } from '../core/figureText.ts';
import { diffRuns, type RunDiff } from '../core/runs/diff.ts';
import { junitXml } from '../core/runs/junit.ts';
import { diffMarkdown } from '../core/runs/markdown.ts';
import { type RunFile, runOf } from '../core/runs/run.ts';
import { sarifLog } from '../core/runs/sarif.ts';
import { diffText } from '../core/runs/text.ts';
import { vanishedPlace, vanishedReason } from '../core/runs/vanished.ts';
import { writeFileAtomic } from '../engine/atomicFile.ts';
import { readRunFile, writeRunFile } from '../engine/runFile.ts';
import type { EvaluateAnswer } from '../protocol/engine.ts';
import type { CheckOptions } from './options.ts';

/** Points below this are rounding of means. */
export const ROUNDING = 1e-9;

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
  const { maxDrop, allowVanished } = options;
  const diff = diffRuns(before, runOf(answer.report, answer.index), seed);
  if (diff.questions === 0) throw errors.runsShareNothing(options.baseline);
  const regressions = [fallOf(diff, maxDrop), allowVanished ? [] : vanishedOf(diff)].flat();
  const below = relative(process.cwd(), folder).replaceAll('\\', '/');
  const inRepository = (file: string): string => (below === '' ? file : `${below}/${file}`);
  const sarif = {
    uri: inRepository,
    placeOf: (id: string) => answer.places[id],
    allowsVanished: allowVanished,
  };
  if (options.junit) await writeFileAtomic(options.junit, junitXml(diff, allowVanished));
  if (options.sarif) await writeFileAtomic(options.sarif, `${JSON.stringify(sarifLog(diff, sarif), null, 2)}\n`);
  if (options.markdown) await writeFileAtomic(options.markdown, diffMarkdown(diff, regressions));
  const verdict =
    regressions.length > 0 ? '' : `\nGood: recall@${diff.k} did not fall by more than ${maxDrop} points.\n`;
  return {
    text: diffText(diff) + verdict,
    json: { ...diff, maxDrop, allowVanished, regressions },
    regressions,
  };
}

function vanishedOf({ vanished }: RunDiff): string[] {
  if (vanished.length === 0) return [];
  const first = vanished[0]!;
  const { file, line } = vanishedPlace(first);
  const what = `“${oneLine(first.before.question)}” (${file}:${line}) ${vanishedReason(first)}`;
  return [
    `Vanished: ${vanished.length} held-out questions of the baseline are not asked and answered as they were; the first: ${what}. ` +
      'Mend them, allow it with --allow-vanished, or write a new baseline with evaluate --save-run.',
  ];
}

function fallOf(diff: RunDiff, maxDrop: number): string[] {
  const recall = diff.metrics.find(({ metric }) => metric === `recall@${diff.k}`)!;
  const drop = -recall.difference.value * 100;
  if (drop <= maxDrop + ROUNDING) return [];
  const sentence = `Regression: recall@${diff.k} fell by ${drop.toFixed(1)} points on ${diff.questions} held-out questions; ${maxDrop} are allowed.`;
  return [sentence];
}
