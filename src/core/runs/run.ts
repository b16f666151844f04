// Runs: an evaluation kept as a file, so that a later one can be held against it.
import { errors } from '../errors.ts';
import { contentHash } from '../hash.ts';
import type { QuestionOutcome, RecallReport, Retrieval } from '../report.ts';

/** Version of the file's shape; raised when an older reader would misread it. */
export const RUN_VERSION = 1;

/** A measured question with the hash of its wording and of the snippets expected. */
export interface RunQuestion extends QuestionOutcome {
  hash: string;
}

/** An evaluation as kept on disk. */
export interface RunFile {
  kind: 'kb-recall-run';
  version: number;
  model: string;
  /** Hash of the model's weights. */
  modelHash: string;
  /** Hash over all windows of the index, hence over the text of all snippets; empty where another program ranked, which does not say. */
  indexHash: string;
  snippets: number;
  /** How passages were ranked. */
  retrieval: Retrieval | 'another program';
  /** What is held out, where it is not answers. */
  heldOut?: 'wordings';
  ks: number[];
  primaryK: number;
  /** Figures of the held-out, the training and all questions. */
  metrics: Record<string, RecallReport['slices']['all']>;
  questions: RunQuestion[];
}

/** The run of a report; hashes as the engine gives them. */
export function runOf(report: RecallReport, hashes: { modelHash: string; indexHash: string }): RunFile {
  const { model, retrieval, heldOut, snippets, ks, primaryK, slices, outcomes } = report;
  return {
    kind: 'kb-recall-run',
    version: RUN_VERSION,
    model,
    ...hashes,
    snippets,
    retrieval,
    ...(heldOut === 'wordings' && { heldOut }),
    ks,
    primaryK,
    metrics: slices,
    questions: outcomes.map((each) => ({ ...each, hash: questionHash(each) })),
  };
}

/** Of alternatives and grades only where there are some, so that older runs stay comparable. */
function questionHash({ question, expected, alternatives, relevance }: QuestionOutcome): string {
  const wanted: unknown[] = [question, expected.map(({ id }) => id).sort()];
  if (alternatives || relevance) wanted.push(alternatives?.map((ids) => [...ids].sort()) ?? null, relevance ?? null);
  return contentHash(JSON.stringify(wanted));
}

/** Reads a run file. Throws a UserError that names `file` and what is wrong. */
export function parseRun(text: string, file: string): RunFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw errors.runUnreadable(file, 'it is not JSON');
  }
  const run = value as Partial<RunFile> | null;
  if (typeof run !== 'object' || run === null || run.kind !== 'kb-recall-run')
    throw errors.runUnreadable(file, 'it has no "kind": "kb-recall-run"');
  if (run.version !== RUN_VERSION)
    throw errors.runUnreadable(
      file,
      `its version is ${JSON.stringify(run.version)}, this program reads ${RUN_VERSION}`,
    );
  if (typeof run.model !== 'string' || typeof run.primaryK !== 'number')
    throw errors.runUnreadable(file, 'it lacks its model or primaryK');
  if (!Array.isArray(run.ks) || !run.ks.every(Number.isInteger))
    throw errors.runUnreadable(file, 'its ks are no list of whole numbers');
  if (!Array.isArray(run.questions)) throw errors.runUnreadable(file, 'it has no list of questions');
  run.questions.forEach((each, i) => {
    if (!isQuestion(each)) throw errors.runUnreadable(file, `question ${i + 1} lacks its id, side, hash or ranks`);
  });
  return run as RunFile;
}

function isQuestion(value: unknown): value is RunQuestion {
  const each = value as Partial<RunQuestion> | null;
  return (
    typeof each === 'object' &&
    each !== null &&
    [each.id, each.question, each.file, each.hash].every((text) => typeof text === 'string') &&
    (each.split === 'test' || each.split === 'train') &&
    Number.isInteger(each.line) &&
    Array.isArray(each.answerRanks) &&
    each.answerRanks.every((rank) => Number.isInteger(rank) && rank >= 0) &&
    (each.relevance === undefined ||
      (Array.isArray(each.relevance) && each.relevance.length === each.answerRanks.length)) &&
    Array.isArray(each.expected) &&
    Array.isArray(each.top)
  );
}
