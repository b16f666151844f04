// The authoring lint over a measured knowledge base: gives the pure rules the windows, vectors and rankings that are there already.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Corpus } from '../core/corpus.ts';
import { lintRemarks } from '../core/lint/index.ts';
import type { SplitSnippet } from '../core/lint/longSnippets.ts';
import type { Remark } from '../core/lint/remark.ts';
import { throwIfAborted } from '../core/progress.ts';
import type { Question, Split } from '../core/question.ts';
import type { QuestionResult } from '../core/report.ts';
import type { Snippet } from '../core/snippet.ts';
import type { HeldOut } from '../core/split.ts';
import type { Embedder } from './embedder.ts';
import { type IndexedWindow, windowTokens } from './indexer.ts';
import type { Scorer } from './scorer.ts';

/** Snippets ranked for each question: a rival stands next to the answer. */
const DEPTH = 10;

/** What the rules are told about; vectors in the order of the windows, row-major. */
export interface Linted {
  corpus: Corpus;
  sides: ReadonlyMap<string, Split>;
  heldOut?: HeldOut;
  windows: readonly IndexedWindow[];
  vectors: Float32Array;
  scorer: Scorer;
}

/** Remarks on all snippets and questions. Lets other work of the process through, and ends with the signal's AbortError. */
export async function lintCorpus(
  { corpus, sides, heldOut, windows, vectors, scorer }: Linted,
  queries: (questions: readonly Question[]) => Promise<Float32Array>,
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<Remark[]> {
  const breathe = async (): Promise<void> => {
    await nextTurn();
    throwIfAborted(signal);
  };
  await breathe();
  const questions = corpus.questions.filter(({ id }) => sides.has(id));
  // By vectors whatever ranks for the bot: how near two answers are is a matter of cosines.
  const results: QuestionResult[] =
    questions.length === 0 ? [] : await scorer.rank(questions, await queries(questions), DEPTH, { signal });
  const { dimension } = embedder.profile;
  return lintRemarks(
    {
      corpus,
      sides,
      heldOut,
      vectors: snippetVectors(corpus.snippets, windows, vectors, dimension),
      dimension,
      split: splitSnippets(corpus.snippets, windows, embedder),
      results,
    },
    breathe,
  );
}

/** One row of unit length a snippet: the mean of its windows. */
function snippetVectors(
  snippets: readonly Snippet[],
  windows: readonly IndexedWindow[],
  vectors: Float32Array,
  dimension: number,
): Float32Array {
  const rows = new Map(snippets.map(({ id }, row) => [id, row]));
  const sums = new Float32Array(snippets.length * dimension);
  windows.forEach(({ snippetId }, window) => {
    const at = rows.get(snippetId)! * dimension;
    for (let i = 0; i < dimension; i++) sums[at + i]! += vectors[window * dimension + i]!;
  });
  for (let at = 0; at < sums.length; at += dimension) {
    const row = sums.subarray(at, at + dimension);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1;
    row.forEach((value, i) => {
      row[i] = value / length;
    });
  }
  return sums;
}

function splitSnippets(
  snippets: readonly Snippet[],
  windows: readonly IndexedWindow[],
  embedder: Embedder,
): SplitSnippet[] {
  const counts = new Map<string, { windows: number; firstEnd: number }>();
  for (const { snippetId, start, end } of windows) {
    const known = counts.get(snippetId) ?? { windows: 0, firstEnd: 0 };
    counts.set(snippetId, { windows: known.windows + 1, firstEnd: start === 0 ? end : known.firstEnd });
  }
  const maxTokens = windowTokens(embedder);
  return snippets.flatMap((snippet) => {
    const count = counts.get(snippet.id);
    return count && count.windows > 1
      ? [{ snippet, tokens: embedder.tokenizer.count(snippet.text), maxTokens, ...count }]
      : [];
  });
}
