// Scores of questions against all windows, as one matrix product per block instead of one search per question.
import { GraphBuilder } from '../autodiff/builder.ts';
import { encodeModel } from '../autodiff/proto.ts';
import { type JobContext, throwIfAborted } from '../core/progress.ts';
import type { Question } from '../core/question.ts';
import { type Place, questionResult } from '../core/questionResult.ts';
import { bestWindows, rankOf, topSnippets } from '../core/ranking.ts';
import type { QuestionResult } from '../core/report.ts';
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

/** Ranks whole sets of questions over one search space. */
export class Scorer {
  /** Snippet ids in code-unit order; positions are what `owner` holds. */
  readonly ids: readonly string[];
  private readonly owner: Int32Array;
  private readonly places: ReadonlyMap<string, number>;

  private constructor(
    private readonly space: SearchSpace,
    private readonly session: Session,
  ) {
    this.ids = [...new Set(space.owners)].sort();
    this.places = new Map(this.ids.map((id, i) => [id, i]));
    this.owner = Int32Array.from(space.owners, (id) => this.places.get(id)!);
  }

  static async open(space: SearchSpace): Promise<Scorer> {
    const b = GraphBuilder.empty('scores');
    b.input('queries', 'float32', ['q', space.dimension]);
    b.input('windows', 'float32', ['w', space.dimension]);
    const scores = b.fusedMatMul('queries', 'windows', false, true);
    b.output(scores, 'float32', ['q', 'w']);
    return new Scorer(space, await Session.open(encodeModel(b.graph)));
  }

  /** Over the windows of an index, their vectors row-major in the same order. */
  static ofWindows(
    windows: readonly Pick<WindowEntry, 'snippetId' | 'key'>[],
    vectors: Float32Array,
    dimension: number,
  ): Promise<Scorer> {
    return Scorer.open({
      vectors,
      dimension,
      owners: windows.map(({ snippetId }) => snippetId),
      parts: windows.map(({ key }) => windowPart(key)),
    });
  }

  /** Place of a snippet in {@link ids}; undefined when it is not in the search space. */
  place(id: string): number | undefined {
    return this.places.get(id);
  }

  /** Which window of its snippet a row is. */
  part(row: number): number {
    return this.space.parts[row]!;
  }

  /** Calls `visit` with each query's scores per snippet (best window); the array is reused for the next query. */
  async forEach(
    queries: Float32Array,
    visit: (query: number, scores: Float32Array, windows: Int32Array) => void,
    context: JobContext = {},
  ): Promise<void> {
    const { vectors, dimension, owners } = this.space;
    const count = queries.length / dimension;
    if (owners.length === 0) {
      for (let q = 0; q < count; q++) visit(q, new Float32Array(0), new Int32Array(0));
      return;
    }
    const block = Math.max(1, Math.floor(BLOCK_SCORES / owners.length));
    const windows = { type: 'float32' as const, dims: [owners.length, dimension], data: vectors };
    let best: ReturnType<typeof bestWindows> | undefined;
    for (let from = 0; from < count; from += block) {
      throwIfAborted(context.signal);
      const rows = Math.min(block, count - from);
      const data = queries.subarray(from * dimension, (from + rows) * dimension);
      const results = await this.session.run({ queries: { type: 'float32', dims: [rows, dimension], data }, windows });
      const scores = Object.values(results)[0]!.data as Float32Array;
      for (let row = 0; row < rows; row++) {
        const line = scores.subarray(row * owners.length, (row + 1) * owners.length);
        best = bestWindows(line, this.owner, this.ids.length, best);
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
