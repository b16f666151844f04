// TREC run files: `query Q0 passage rank score tag`, one ranked passage a line, as trec_eval and ranx read them.
import type { SourceDocument } from '../document.ts';
import type { Finding } from '../finding.ts';
import { contentHash } from '../hash.ts';
import { answerRanks } from '../metrics.ts';
import { answerSnippets, type Question } from '../question.ts';
import { topSnippets } from '../ranking.ts';
import { buildReport, type QuestionResult, type ReportInput } from '../report.ts';
import { type RunFile, type RunQuestion, runOf } from '../runs/run.ts';
import { plainId } from './loss.ts';
import { Source, shown } from './source.ts';

/** Blanks separate the columns, so ids have them as %20. */
const BLANKS = /\s/g;
/** How many of a question's snippets are kept in the run beside the ranks, as an evaluation keeps them. */
const KEPT = 10;

/** The first snippets of each question as a run, with the model's name as its tag. */
export function writeTrecRun({
  model,
  questions,
}: {
  model: string;
  questions: readonly Pick<RunQuestion, 'id' | 'top'>[];
}): string {
  const tag = plainId(model, BLANKS);
  const lines = questions.flatMap(({ id, top }) =>
    top.map((each, i) => `${plainId(id, BLANKS)} Q0 ${plainId(each.id, BLANKS)} ${i + 1} ${each.score} ${tag}\n`),
  );
  return lines.join('');
}

type Scores = Map<string, number>;

/** A run as read: scores of passages by query id, the tag of its last line, and what could not be read. */
export interface TrecRun {
  scores: Map<string, Scores>;
  tag: string;
  findings: Finding[];
}

/** Reads a run. As in trec_eval the scores order the passages, not the ranks written. */
export function readTrecRun(document: SourceDocument): TrecRun {
  const run: TrecRun = { scores: new Map(), tag: 'run', findings: [] };
  const source = new Source(document, run.findings);
  for (const row of source.tabRows()) {
    const line = row.cells.join(' ').trim();
    const [query, , passage, , score, tag, ...more] = line.split(/\s+/);
    if (!query || !passage || tag === undefined || more.length > 0)
      source.expected(
        row,
        'A line',
        'query id, Q0, passage id, rank, score and tag with blanks between them',
        shown(line),
      );
    else if (!Number.isFinite(Number(score))) source.expected(row, 'The score', 'a number', shown(score!));
    else {
      const list = run.scores.get(query) ?? new Map<string, number>();
      if (list.has(passage)) source.expected(row, 'The passage id', 'one that this query has not had', shown(passage));
      else list.set(passage, Number(score));
      run.scores.set(query, list);
      run.tag = tag;
    }
  }
  return run;
}

/**
 * The run of another program as a run of ours, for `diff` and `check`: its lists are held against the answers of the knowledge base by our
 * own rules. Questions are known by id; one that the run lacks counts as nothing found. `unknown` counts queries and passages that the
 * knowledge base lacks.
 */
export function runOfTrec(
  { scores, tag }: TrecRun,
  kb: { questions: readonly Question[]; snippetIds: readonly string[] },
  settings: Pick<ReportInput, 'splits' | 'ks' | 'seed' | 'heldOut'>,
): { run: RunFile; asked: number; unknown: { queries: number; passages: number } } {
  const idOf = new Map(kb.snippetIds.map((id) => [plainId(id, BLANKS), id]));
  const questionOf = new Map(kb.questions.map((question) => [plainId(question.id, BLANKS), question]));
  const unknown = { queries: 0, passages: new Set<string>() };
  const results: QuestionResult[] = [];
  for (const [query, list] of scores) {
    const question = questionOf.get(query);
    for (const id of list.keys()) if (!idOf.has(id)) unknown.passages.add(id);
    if (question) results.push(resultOf(question, list, idOf));
    else unknown.queries++;
  }
  const report = buildReport({
    model: tag,
    snippetCount: kb.snippetIds.length,
    questions: kb.questions,
    results,
    ...settings,
  });
  const modelHash = contentHash(JSON.stringify([...scores].map(([query, list]) => [query, ...list])));
  const run: RunFile = { ...runOf(report, { modelHash, indexHash: '' }), retrieval: 'another program' };
  return { run, asked: results.length, unknown: { queries: unknown.queries, passages: unknown.passages.size } };
}

/** Passages that the knowledge base lacks keep their places, as they had them in the other program. */
function resultOf(question: Question, list: Scores, idOf: ReadonlyMap<string, string>): QuestionResult {
  const ids = [...list.keys()].map((id) => idOf.get(id) ?? id);
  const ranked = topSnippets([...list.values()], ids, ids.length);
  const order = ranked.map(({ id }) => id);
  const groups = answerSnippets(question.answers);
  const expected = [...new Set(groups.flat())].map((id) => {
    const index = order.indexOf(id);
    return { id, rank: index + 1, score: ranked[index]?.score ?? 0 };
  });
  const top = ranked.slice(0, KEPT).map(({ id, score }) => ({ id, score }));
  return { questionId: question.id, answerRanks: answerRanks(groups, order), expected, top };
}
