// Scores of questions against all windows, as one matrix product per block instead of one search per question.
import { GraphBuilder } from '../autodiff/builder.ts';
import { encodeModel } from '../autodiff/proto.ts';
import { type JobContext, throwIfAborted } from '../core/progress.ts';
import type { Question } from '../core/question.ts';
import { type Place, questionResult } from '../core/questionResult.ts';
import { bestWindows, rankOf, topSnippets } from '../core/ranking.ts';
import type { QuestionResult } from '../core/report.ts';
import type { Stretch } from '../core/stretch.ts';
import { windowPart } from './indexer.ts';
import { Session } from './runtime.ts';
import type { WindowEntry } from './vectorStore.ts';

/** Scores kept in memory at a time: questions of a block times windows. */
const BLOCK_SCORES = 8_000_000;

/** Makes a question's final scores out of its vector scores, one per snippet in the order of {@link Scorer.ids}. */
export type Reranking = (question: string, vectorScores: Float32Array) => Float32Array;

/** Vectors of an index together with who owns each row. */
export interface SearchSpace {
  /** Row-major, one row per window. */
  vectors: Float32Array;
  dimension: number;
  /** Snippet id of each row. */
  owners: readonly string[];
  /** Which window of its snippet each row is, from 0. */
  parts: readonly number[];
}

/** Who owns each row of a matrix. */
interface Rows {
  vectors: Float32Array;
  /** Place of each row's snippet in the ids. */
  owner: Int32Array;
  part: (row: number) => number;
}

type Window = Pick<WindowEntry, 'snippetId' | 'key'>;

/** Ranks whole sets of questions over one search space. */
export class Scorer {
  private constructor(
    private readonly session: Session,
    private readonly dimension: number,
    /** Snippet ids in code-unit order; positions are what `owner` holds. */
    readonly ids: readonly string[],
    private readonly places: ReadonlyMap<string, number>,
    private readonly rows: Rows,
  ) {}

  /** `threads` as in `SessionOptions`. */
  static async open({ vectors, dimension, owners, parts }: SearchSpace, threads?: number): Promise<Scorer> {
    const b = GraphBuilder.empty('scores');
    b.input('queries', 'float32', ['q', dimension]);
    b.input('windows', 'float32', ['w', dimension]);
    const scores = b.fusedMatMul('queries', 'windows', false, true);
    b.output(scores, 'float32', ['q', 'w']);
    const session = await Session.open(encodeModel(b.graph), { threads });
    const { ids, places, owner } = ownership(owners);
    return new Scorer(session, dimension, ids, places, { vectors, owner, part: (row) => parts[row]! });
  }

  /** Over the windows of an index, their vectors row-major in the same order. */
  static ofWindows(
    windows: readonly Window[],
    vectors: Float32Array,
    dimension: number,
    threads?: number,
  ): Promise<Scorer> {
    const owners = windows.map(({ snippetId }) => snippetId);
    const parts = windows.map(({ key }) => windowPart(key));
    return Scorer.open({ vectors, dimension, owners, parts }, threads);
  }

  /**
   * The scorer of windows that differ from this one's in `stretch` only, all windows of a snippet inside or outside of it. It takes this
   * one's session over: only the new one may be used and closed.
   */
  next(windows: readonly Window[], vectors: Float32Array, stretch: Stretch): Scorer {
    const { start, endBefore, endAfter } = stretch;
    const part = (row: number): number => windowPart(windows[row]!.key);
    const { owner: before } = this.rows;
    const gone = new Set(before.subarray(start, endBefore));
    const came = windows.slice(start, endAfter).map(({ snippetId }) => this.places.get(snippetId));
    const sameSnippets =
      new Set(came).size === gone.size && came.every((place) => place !== undefined && gone.has(place));
    if (!sameSnippets) {
      const { ids, places, owner } = ownership(windows.map(({ snippetId }) => snippetId));
      return new Scorer(this.session, this.dimension, ids, places, { vectors, owner, part });
    }
    const owner = new Int32Array(windows.length);
    owner.set(before.subarray(0, start));
    owner.set(came as number[], start);
    owner.set(before.subarray(endBefore), endAfter);
    return new Scorer(this.session, this.dimension, this.ids, this.places, { vectors, owner, part });
  }

  /** Place of a snippet in {@link ids}; undefined when it is not in the search space. */
  place(id: string): number | undefined {
    return this.places.get(id);
  }

  /** Which window of its snippet a row is. */
  part(row: number): number {
    return this.rows.part(row);
  }

  /** Calls `visit` with each query's scores per snippet (best window); the array is reused for the next query. */
  async forEach(
    queries: Float32Array,
    visit: (query: number, scores: Float32Array, windows: Int32Array) => void,
    context: JobContext = {},
  ): Promise<void> {
    const { dimension } = this;
    const { vectors, owner } = this.rows;
    const count = queries.length / dimension;
    if (owner.length === 0) {
      for (let q = 0; q < count; q++) visit(q, new Float32Array(0), new Int32Array(0));
      return;
    }
    const block = Math.max(1, Math.floor(BLOCK_SCORES / owner.length));
    const windows = { type: 'float32' as const, dims: [owner.length, dimension], data: vectors };
    let best: ReturnType<typeof bestWindows> | undefined;
    for (let from = 0; from < count; from += block) {
      throwIfAborted(context.signal);
      const rows = Math.min(block, count - from);
      const data = queries.subarray(from * dimension, (from + rows) * dimension);
      const results = await this.session.run({ queries: { type: 'float32', dims: [rows, dimension], data }, windows });
      const scores = Object.values(results)[0]!.data as Float32Array;
      for (let row = 0; row < rows; row++) {
        const line = scores.subarray(row * owner.length, (row + 1) * owner.length);
        best = bestWindows(line, owner, this.ids.length, best);
        visit(from + row, best.scores, best.windows);
      }
      context.onProgress?.({ stage: 'rank', done: from + rows, total: count });
    }
  }

  /** Ranks of every expected snippet, and the best `depth` snippets, for questions whose vectors are given in order. */
  async rank(
    questions: readonly Question[],
    queries: Float32Array,
    depth: number,
    context: JobContext = {},
    rerank?: Reranking,
  ): Promise<QuestionResult[]> {
    const results: QuestionResult[] = [];
    await this.forEach(
      queries,
      (q, vectorScores) => {
        const question = questions[q]!;
        const scores = rerank ? rerank(question.text, vectorScores) : vectorScores;
        const placeOf = (id: string): Place => {
          const place = this.places.get(id);
          return place === undefined
            ? { rank: 0, score: 0 }
            : { rank: rankOf(scores, this.ids, place), score: scores[place]! };
        };
        results.push(questionResult(question, placeOf, topSnippets(scores, this.ids, depth)));
      },
      context,
    );
    return results;
  }

  async close(): Promise<void> {
    await this.session.close();
  }
}

function ownership(owners: readonly string[]): { ids: string[]; places: Map<string, number>; owner: Int32Array } {
  const ids = [...new Set(owners)].sort();
  const places = new Map(ids.map((id, i) => [id, i]));
  return { ids, places, owner: Int32Array.from(owners, (id) => places.get(id)!) };
}
