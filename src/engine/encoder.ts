// The contract between models and everything that embeds text: tokens in, vectors out.
import type { JobContext } from '../core/progress.ts';

/** How a sentence vector is made out of token vectors. */
export type Pooling = 'mean' | 'cls';

/** What must be known to use a model rightly; read from its files, completed by a built-in profile. */
export interface ModelProfile {
  /** Put before every question. */
  queryPrefix: string;
  /** Put before every snippet window. */
  passagePrefix: string;
  pooling: Pooling;
  /** Longest input in tokens, special tokens included. */
  maxTokens: number;
  /** Width of the vectors. */
  dimension: number;
}

/** Text to token ids, special tokens included, prefix not included. */
export interface Tokenizer {
  /** Token ids of one text, cut to `maxTokens` (special tokens kept) where given. */
  encode(text: string, maxTokens?: number): Int32Array;
  /** Number of tokens without special tokens. */
  count(text: string): number;
  /** Special tokens added to one text. */
  readonly overhead: number;
  readonly padId: number;
  readonly vocabularySize: number;
}

/** Token ids to L2-normalised vectors. */
export interface Encoder {
  readonly profile: ModelProfile;
  readonly tokenizer: Tokenizer;
  /** Rows in the order of `texts`; row-major `texts.length x dimension`. */
  embed(texts: readonly string[], side: 'query' | 'passage', context?: JobContext): Promise<Float32Array>;
  close(): Promise<void>;
}
