// Two runs question by question: what was fixed and broken, and which figures moved by more than chance.
import { hitOfRanks, ndcgOfRanks, recallOfRanks, reciprocalOfRanks } from '../metrics.ts';
import { type Power, powerOf } from '../power.ts';
import { holm, type Interval, mean, pairedInterval, pairedRandomisation } from '../statistics.ts';
import type { RunFile, RunQuestion } from './run.ts';
import { pairQuestions, type VanishedQuestion, vanishedQuestions } from './vanished.ts';

export type ChangeKind = 'fixed' | 'broken' | 'still failing' | 'unchanged';

/** One question in both runs. */
export interface QuestionChange {
  kind: ChangeKind;
  before: RunQuestion;
  after: RunQuestion;
}

/** One figure in both runs, over the compared questions. */
export interface MetricChange {
  metric: string;
  before: number;
  after: number;
  /** After minus before, with the 95 % paired bootstrap interval. */
  difference: Interval;
  /** Two-sided paired randomisation test. */
  pValue: number;
  /** The same by Holm over all k of this metric. */
  adjustedPValue: number;
}

export interface RunDiff {
  before: Pick<RunFile, 'model' | 'modelHash' | 'snippets'>;
  after: Pick<RunFile, 'model' | 'modelHash' | 'snippets'>;
  k: number;
  /** Held-out questions of both runs with the same wording and answers, on which everything below is counted. */
  questions: number;
  /** Empty without questions. */
  metrics: MetricChange[];
  /** In the order of the later run. */
  changes: QuestionChange[];
  /** Held-out questions of the earlier run that cannot be compared, in its order. */
  vanished: VanishedQuestion[];
  /** What makes the two runs differ in more than the ranks, in sentences. */
  warnings: string[];
  /** Which changes of hit@k, which is 0 or 1 for each question, so many questions can tell from chance. */
  power: Power;
}

/** Compares the held-out questions of two runs, at the later one's k. */
export function diffRuns(before: RunFile, after: RunFile, seed = 0): RunDiff {
  const k = after.primaryK;
  const pairs = pairQuestions(before, after);
  const changes = alike(after, pairs)
    .filter(({ after: { split } }) => split === 'test')
    .map(({ before: was, after: is }): QuestionChange => ({ kind: kindOf(was, is, k), before: was, after: is }));
  return {
    before: { model: before.model, modelHash: before.modelHash, snippets: before.snippets },
    after: { model: after.model, modelHash: after.modelHash, snippets: after.snippets },
    k,
    questions: changes.length,
    metrics: changes.length === 0 ? [] : metricChanges(changes, commonKs(before, after), seed),
    changes,
    vanished: vanishedQuestions(before, pairs),
    warnings: runWarnings(before, after, changes.length),
    power: powerOf(changes.length, discordance(changes, k)),
  };
}

/** The questions that both runs ask with the same wording and answers, on the same side; in the order of the later run. */
export function sharedQuestions(
  before: Pick<RunFile, 'questions'>,
  after: Pick<RunFile, 'questions'>,
): { before: RunQuestion; after: RunQuestion }[] {
  return alike(after, pairQuestions(before, after));
}

/** Of pairs from earlier to later, those that are asked alike. */
function alike(
  after: Pick<RunFile, 'questions'>,
  pairs: ReadonlyMap<RunQuestion, RunQuestion>,
): { before: RunQuestion; after: RunQuestion }[] {
  const earlier = new Map([...pairs].map(([was, is]) => [is, was]));
  return after.questions.flatMap((is) => {
    const was = earlier.get(is);
    return was && was.hash === is.hash && was.split === is.split ? [{ before: was, after: is }] : [];
  });
}

function kindOf(was: RunQuestion, is: RunQuestion, k: number): ChangeKind {
  const found = [was, is].map(({ answerRanks }) => recallOfRanks(answerRanks, k) === 1);
  if (found[0] === found[1]) return found[0] ? 'unchanged' : 'still failing';
  return found[0] ? 'broken' : 'fixed';
}

/** Share of the questions whose hit@k changed. */
function discordance(changes: readonly QuestionChange[], k: number): number {
  const hit = ({ answerRanks }: RunQuestion) => hitOfRanks(answerRanks, k);
  const changed = changes.filter(({ before, after }) => hit(before) !== hit(after)).length;
  return changes.length === 0 ? 0 : changed / changes.length;
}

function commonKs(before: RunFile, after: RunFile): number[] {
  return [...new Set([...after.ks.filter((k) => before.ks.includes(k)), after.primaryK])].sort((a, b) => a - b);
}

function metricChanges(changes: readonly QuestionChange[], ks: readonly number[], seed: number): MetricChange[] {
  type Family = [string, (ranks: readonly number[], relevance?: readonly number[]) => number][];
  const families: Family[] = [
    ks.map((k) => [`recall@${k}`, (ranks) => recallOfRanks(ranks, k)]),
    ks.map((k) => [`hit@${k}`, (ranks) => hitOfRanks(ranks, k)]),
    [['mrr', (ranks) => reciprocalOfRanks(ranks)]],
    [['ndcg@10', (ranks, relevance) => ndcgOfRanks(ranks, 10, relevance)]],
  ];
  return families.flatMap((family) => {
    const tested = family.map(([metric, score]) => {
      const was = changes.map(({ before }) => score(before.answerRanks, before.relevance));
      const is = changes.map(({ after }) => score(after.answerRanks, after.relevance));
      const difference = pairedInterval(was, is, { seed });
      return { metric, before: mean(was), after: mean(is), difference, pValue: pairedRandomisation(was, is, { seed }) };
    });
    const adjusted = holm(tested.map(({ pValue }) => pValue));
    return tested.map((each, i) => ({ ...each, adjustedPValue: adjusted[i]! }));
  });
}

/** What makes two runs differ in more than the ranks, in sentences; `compared` held-out questions are alike in both. */
export function runWarnings(before: RunFile, after: RunFile, compared: number): string[] {
  const said: string[] = [];
  if (before.model !== after.model || before.modelHash !== after.modelHash)
    said.push(
      `The models differ: ${before.model} and ${after.model}${before.model === after.model ? ' with other weights' : ''}.`,
    );
  if (before.retrieval !== after.retrieval)
    said.push(`The ranking differs: by ${before.retrieval} then, by ${after.retrieval} now.`);
  if (before.heldOut !== after.heldOut)
    said.push(
      `What is held out differs: ${before.heldOut ?? 'answers'} then, ${after.heldOut ?? 'answers'} now; the figures are not of the same kind.`,
    );
  if (before.indexHash !== after.indexHash && before.indexHash !== '' && after.indexHash !== '')
    said.push(`The snippets differ: ${before.snippets} then, ${after.snippets} now, or other text.`);
  const held = (run: RunFile) => run.questions.filter(({ split }) => split === 'test').length;
  if (held(before) !== compared || held(after) !== compared)
    said.push(
      `The questions differ: ${held(before)} held-out then, ${held(after)} now; ${compared} with the same wording and answers are compared.`,
    );
  return said;
}
