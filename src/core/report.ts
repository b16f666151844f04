// The recall report: per question the ranks of its answers and what beat them, per split the figures with their intervals.
import type { Cause } from './causes/cause.ts';
import { causeCounts } from './causes/count.ts';
import { tell } from './causes/text.ts';
import { hitOfRanks, ndcgOfRanks, recallOfRanks, reciprocalOfRanks } from './metrics.ts';
import { answerGroups, answerSnippets, gradesOf, type Question, type Split } from './question.ts';
import type { HeldOut } from './split.ts';
import { bootstrapIntervals, type Interval } from './statistics.ts';

/** How snippets are ranked: by the model's vectors, by words (BM25), or by both (reciprocal rank fusion). */
export const RETRIEVALS = ['vectors', 'words', 'hybrid'] as const;
export type Retrieval = (typeof RETRIEVALS)[number];

/** A group of questions that figures are given for. */
export type Slice = Split | 'all';

export interface ScoredSnippet {
  id: string;
  score: number;
}

/** An expected snippet's place: 1-based rank in the whole list, 0 when it is not ranked at all. */
export interface ExpectedSnippet extends ScoredSnippet {
  rank: number;
}

/** What ranking one question gave. */
export interface QuestionResult {
  questionId: string;
  /** Best rank of each of the question's answers, alternatives counting as one (`answerGroups`), in their order; 0 (or Infinity) for none. */
  answerRanks: number[];
  /** Relevance of each of them; absent when all are 1. */
  relevance?: number[];
  /** The best max(ks, 10) snippets, best first. */
  top: ScoredSnippet[];
  /** Every snippet of every answer. */
  expected: ExpectedSnippet[];
}

/** One measured question. */
export interface QuestionOutcome {
  id: string;
  question: string;
  file: string;
  /** 1-based. */
  line: number;
  split: Split;
  /** As in QuestionResult, answers that point nowhere and repeated answers left out. */
  answerRanks: number[];
  /** Relevance of each of them; absent when all are 1. */
  relevance?: number[];
  /** Snippets of each of them; absent where no answer has alternatives. */
  alternatives?: string[][];
  expected: ExpectedSnippet[];
  top: ScoredSnippet[];
}

/** A question with an answer outside the first `primaryK`. */
export interface RecallFailure extends QuestionOutcome {
  /** recall at `primaryK`, below 1. */
  recall: number;
  /** Snippets of `top` that are not expected and stand above the best placed missed answer. */
  beatenBy: ScoredSnippet[];
  /** Why, the main cause first; absent where it was not asked for. */
  causes?: Cause[];
}

/** A question that could not be measured, for no answer of it exists. */
export interface UnmeasuredQuestion extends Pick<QuestionOutcome, 'id' | 'question' | 'file' | 'line'> {
  causes: Cause[];
}

/** The figures of one slice. */
export interface SliceReport {
  slice: Slice;
  /** Number of questions measured. */
  questions: number;
  /** Which questions, for display beside every figure: `62 held-out questions`. */
  measuredOn: string;
  /** Of held-out questions that are other wordings of trained answers. */
  heldOut?: 'wordings';
  /** `recall@k`, `hit@k`, `mrr`, `ndcg@10`: mean over the questions, 95 % bootstrap interval. Empty without questions. */
  metrics: Record<string, Interval>;
}

export interface RecallReport {
  model: string;
  retrieval: Retrieval;
  heldOut: HeldOut;
  /** Size of the index that was searched. */
  snippets: number;
  ks: number[];
  /** The k that decides what a failure is. */
  primaryK: number;
  slices: Record<Slice, SliceReport>;
  /** Every measured question, in the given order. */
  outcomes: QuestionOutcome[];
  failures: RecallFailure[];
  /** Questions left out because no answer exists, and answers left out of measured questions because they point nowhere. */
  leftOut: { questions: number; answers: number };
  /** The questions left out, each with the reason; absent where it was not asked for. */
  unmeasured?: UnmeasuredQuestion[];
}

export interface ReportInput {
  model: string;
  /** Default `vectors`. */
  retrieval?: Retrieval;
  /** What `splits` holds out; default `answers`. */
  heldOut?: HeldOut;
  snippetCount: number;
  questions: readonly Question[];
  /** Side of each question (`splitQuestions`); one without a side is left out. */
  splits: ReadonlyMap<string, Split>;
  results: readonly QuestionResult[];
  /** Default 1, 3, 5, 10. */
  ks?: readonly number[];
  /** Default 5 where `ks` has it, else the largest of `ks`. */
  primaryK?: number;
  /** Of the bootstrap. */
  seed?: number;
}

/** The questions of a report, before any figure is taken of them. */
export type MeasuredQuestions = Pick<RecallReport, 'ks' | 'primaryK' | 'outcomes' | 'failures' | 'leftOut'>;

/**
 * Builds the report. An answer that points nowhere is a finding already and counts neither way; a question with a side but
 * without a result counts as nothing found. Throws on a result whose `answerRanks` are not one per answer.
 */
export function buildReport(input: ReportInput): RecallReport {
  const { model, retrieval = 'vectors', heldOut = 'answers', snippetCount, seed = 0 } = input;
  const measured = measuredQuestions(input);
  const slices = sliceReports(measured, seed, heldOut);
  return { model, retrieval, heldOut, snippets: snippetCount, ...measured, slices };
}

/** The outcomes of {@link buildReport} alone, which cost little. */
export function measuredQuestions(
  input: Pick<ReportInput, 'questions' | 'splits' | 'results' | 'ks' | 'primaryK'>,
): MeasuredQuestions {
  const { questions, splits, results } = input;
  const ks = [...new Set(input.ks ?? [1, 3, 5, 10])].sort((a, b) => a - b);
  const primaryK = input.primaryK ?? (ks.includes(5) ? 5 : ks[ks.length - 1]);
  if (primaryK === undefined || !ks.every((k) => Number.isInteger(k) && k >= 1)) {
    throw new Error(`A report needs whole numbers k >= 1, got [${ks.join(', ')}].`);
  }
  const resultOf = new Map(results.map((result) => [result.questionId, result]));
  const outcomes: QuestionOutcome[] = [];
  const leftOut = { questions: 0, answers: 0 };
  for (const question of questions) {
    const split = splits.get(question.id);
    const counted = countedAnswers(answerSnippets(question.answers));
    if (split === undefined || counted.length === 0) {
      leftOut.questions++;
      continue;
    }
    leftOut.answers += question.answers.filter((answer) => answer.snippetIds.length === 0).length;
    outcomes.push(outcome(question, split, counted, resultOf.get(question.id)));
  }
  return { ks, primaryK, outcomes, failures: outcomes.flatMap((each) => failure(each, primaryK) ?? []), leftOut };
}

/** The figures of measured questions with their intervals, `seed` of the bootstrap. */
export function sliceReports(
  { outcomes, ks }: Pick<MeasuredQuestions, 'outcomes' | 'ks'>,
  seed: number,
  heldOut: HeldOut,
): Record<Slice, SliceReport> {
  const slice = (name: Slice): SliceReport => {
    const members = outcomes.filter((each) => name === 'all' || each.split === name);
    return {
      slice: name,
      questions: members.length,
      measuredOn: measuredOn(name, members, heldOut),
      ...(name === 'test' && heldOut === 'wordings' && { heldOut }),
      metrics: figures(members, ks, seed),
    };
  };
  return { test: slice('test'), train: slice('train'), all: slice('all') };
}

/**
 * The object that `evaluate --json` prints, less its findings: figures and failures of one slice, and where the causes are known each failure's and how many
 * questions have which main cause, those left out included.
 */
export function reportJson(report: RecallReport, slice: Slice) {
  const { questions, measuredOn, metrics } = report.slices[slice];
  const { unmeasured } = report;
  const failures = report.failures.filter((each) => slice === 'all' || each.split === slice);
  return {
    model: report.model,
    retrieval: report.retrieval,
    heldOut: report.heldOut,
    snippets: report.snippets,
    questions,
    split: slice,
    measuredOn,
    metrics,
    failures: failures.map(
      ({ id, question, file, line, split, recall, alternatives, expected, top, beatenBy, causes }) => {
        const more = { ...(alternatives && { alternatives }), ...(causes && { causes: causes.map(tell) }) };
        return { id, question, file, line, split, recall, expected, top, beatenBy, ...more };
      },
    ),
    ...(unmeasured && {
      unmeasured: unmeasured.map((each) => ({ ...each, causes: each.causes.map(tell) })),
      causes: causeCounts([...failures, ...unmeasured]),
    }),
  };
}

/** Indexes of the groups of answers that count: they exist, and no earlier one names the same snippets. */
function countedAnswers(answers: readonly string[][]): number[] {
  const seen = new Set<string>();
  const counted: number[] = [];
  answers.forEach((snippetIds, i) => {
    const key = JSON.stringify([...snippetIds].sort());
    if (snippetIds.length > 0 && !seen.has(key)) counted.push(i);
    seen.add(key);
  });
  return counted;
}

function outcome(
  question: Question,
  split: Split,
  counted: readonly number[],
  result: QuestionResult | undefined,
): QuestionOutcome {
  const answers = answerSnippets(question.answers);
  const given = result?.answerRanks.length ?? answers.length;
  if (given !== answers.length) {
    throw new Error(`Question ${question.id} has ${answers.length} answers, its result has ${given} ranks.`);
  }
  const expected = result?.expected ?? counted.flatMap((i) => answers[i]!.map((id) => ({ id, rank: 0, score: 0 })));
  const grades = gradesOf(question.answers);
  const grouped = answerGroups(question.answers).some((group) => group.answers.length > 1);
  return {
    id: question.id,
    question: question.text,
    file: question.file,
    line: question.range.start.line + 1,
    split,
    answerRanks: counted.map((i) => plainRank(result?.answerRanks[i])),
    ...(grades && { relevance: counted.map((i) => grades[i]!) }),
    ...(grouped && { alternatives: counted.map((i) => answers[i]!) }),
    expected: expected.map((each) => ({ ...each, rank: plainRank(each.rank) })),
    top: result?.top ?? [],
  };
}

/** Infinity has no JSON, so that "not ranked" is 0 in a report. */
function plainRank(rank: number | undefined): number {
  return rank !== undefined && Number.isFinite(rank) ? rank : 0;
}

function failure(each: QuestionOutcome, k: number): RecallFailure | undefined {
  const recall = recallOfRanks(each.answerRanks, k);
  if (recall === 1) return undefined;
  const missed = each.answerRanks.filter((rank) => recallOfRanks([rank], k) === 0 && rank > 0);
  const expected = new Set(each.expected.map((snippet) => snippet.id));
  const above = each.top.slice(0, Math.min(...missed) - 1);
  return { ...each, recall, beatenBy: above.filter((snippet) => !expected.has(snippet.id)) };
}

function figures(members: readonly QuestionOutcome[], ks: readonly number[], seed: number): Record<string, Interval> {
  if (members.length === 0) return {};
  const columns: [string, number[]][] = [
    ...ks.map((k): [string, number[]] => [`recall@${k}`, members.map((each) => recallOfRanks(each.answerRanks, k))]),
    ...ks.map((k): [string, number[]] => [`hit@${k}`, members.map((each) => hitOfRanks(each.answerRanks, k))]),
    ['mrr', members.map((each) => reciprocalOfRanks(each.answerRanks))],
    ['ndcg@10', members.map((each) => ndcgOfRanks(each.answerRanks, 10, each.relevance))],
  ];
  const values = columns.map(([, column]) => column);
  const intervals = bootstrapIntervals(values, { seed });
  return Object.fromEntries(columns.map(([name], i) => [name, intervals[i]!]));
}

function measuredOn(slice: Slice, members: readonly QuestionOutcome[], heldOut: HeldOut): string {
  const count = (amount: number, kind: string) => `${amount} ${kind}question${amount === 1 ? '' : 's'}`;
  if (slice === 'test')
    return count(members.length, 'held-out ') + (heldOut === 'wordings' ? ', other wordings of trained answers' : '');
  if (slice === 'train') return count(members.length, 'training ');
  const test = members.filter((each) => each.split === 'test').length;
  return `all ${count(members.length, '')} (${members.length - test} training, ${test} held-out)`;
}
