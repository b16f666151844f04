// Where a measured knowledge base is published for a bot to search: what is written, what is asked, whatever the database.
import type { JobContext } from '../../core/progress.ts';
import type { Snippet } from '../../core/snippet.ts';
import type { IndexStamp, WindowEntry } from '../vectorStore.ts';

/** A knowledge base with the vectors that were measured. */
export interface Publication {
  /** Name in the store, as `core/storeName.ts` allows it. */
  name: string;
  /** The model and how it is used; a bot must embed its questions the same way. */
  stamp: IndexStamp;
  /** Hash over all windows. */
  indexHash: string;
  snippets: readonly Pick<Snippet, 'id' | 'file' | 'title' | 'headingPath' | 'text' | 'hash'>[];
  windows: readonly Pick<WindowEntry, 'key' | 'snippetId' | 'start' | 'end'>[];
  /** Of the windows, row-major, L2-normalised. */
  vectors: Float32Array;
}

/** What a store says of a published knowledge base. */
export interface Published {
  name: string;
  /** Counts the publications of this name, from 1. */
  version: number;
  stamp: IndexStamp;
  indexHash: string;
  snippets: number;
  windows: number;
  publishedAt: Date;
}

/** A snippet as the store ranks it. */
export interface ServedSnippet {
  id: string;
  /** 1-based. */
  rank: number;
  /** Cosine of its best window. */
  score: number;
}

/** A database that can be published to and searched. Every method throws a UserError where the database refuses. */
export interface SnippetStore {
  /** For messages: where it is, without secrets. */
  readonly place: string;
  /** Replaces what is published under the name, all or nothing: a reader sees the old or the new. Returns the new version. */
  publish(publication: Publication, context?: JobContext): Promise<number>;
  /** Undefined where nothing was published under the name. */
  published(name: string): Promise<Published | undefined>;
  /** The first `limit` snippets for a question's vector, and those named wherever they rank. */
  search(name: string, vector: Float32Array, limit: number, ids: readonly string[]): Promise<ServedSnippet[]>;
  close(): Promise<void>;
}
