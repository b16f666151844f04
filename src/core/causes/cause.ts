// Named causes of a missed answer, and the facts they are found from. Plain data that crosses between processes.
import type { Snippet } from '../snippet.ts';
import type { QuestionState } from '../state.ts';

/** In the order in which they are tried: the first that holds is a question's main cause (`decide.ts` says why in this order). */
export const CAUSES = [
  'not-indexed',
  'model-use',
  'wrong-language',
  'opposite-condition',
  'near-duplicate',
  'exact-term',
  'past-window',
  'hub',
  'heading-only',
  'vocabulary-gap',
  'second-answer',
  'near-miss',
  'far',
] as const;
export type CauseName = (typeof CAUSES)[number];

/** Why a question misses its answer. */
export interface Cause {
  name: CauseName;
  /** What shows it: fills the places of one of the cause's sentences in `text.ts`, which the first entry names where there are several. */
  evidence: string[];
}

/** How a model is used otherwise than its family asks for. */
export interface ModelMisuse {
  part: 'pooling' | 'query prefix' | 'passage prefix';
  used: string;
  expected: string;
}

/** A snippet that stands among the first k of many questions it does not answer. */
export interface Hub {
  /** Questions that have it among their first k without expecting it. */
  wins: number;
  /** How many of them, at least, are about different things. */
  unrelated: number;
  /** What chance would give: k times questions by snippets. */
  expected: number;
  /** Skewness of the k-occurrences of all snippets: far above 0 where few snippets take most places. */
  skewness: number;
}

/** A stretch of a snippet's body that is embedded by itself. */
export interface Stretch {
  start: number;
  end: number;
}

/** What is known beside the question. */
export interface Surroundings {
  /** The k that decides what a failure is. */
  k: number;
  snippets: ReadonlyMap<string, Snippet>;
  /** The windows of a snippet in their order. */
  windows(snippetId: string): readonly Stretch[];
  /** The words that carry the meaning of a question. */
  wordsOf(question: string): readonly string[];
  /** Share of all snippets that have every term of a word, in 0..1. */
  frequency(word: string): number;
  /**
   * 1-based place of a snippet for a question by words (BM25); 0 where they have no term in common. Absent where words alone rank:
   * they cannot find what they have just missed.
   */
  wordRank?(question: string, snippetId: string): number;
  hubs: ReadonlyMap<string, Hub>;
  misuses: readonly ModelMisuse[];
  /** Whether the model's tokens tell words of a script apart, by its Unicode name. */
  reads(script: string): boolean;
  /** Markdown files that exist and do not belong to the knowledge base. */
  excluded: ReadonlySet<string>;
}

/** A failing question beside its best placed missed answer and what stands above it. */
export interface Failure {
  question: QuestionState;
  /** The words that carry the question's meaning. */
  words: readonly string[];
  answer: Snippet;
  /** Of the answer, 1-based. */
  rank: number;
  /** The best placed snippet that is not expected. */
  winner: Snippet | undefined;
  around: Surroundings;
}

/** Finds one cause; its evidence, or undefined where it does not hold. */
export type Detector = (failure: Failure) => string[] | undefined;

/** The words as evidence: the first few, or a dash. */
export function listed(words: readonly string[]): string {
  return words.length === 0 ? '–' : words.slice(0, MOST_WORDS).join(', ');
}

/** More words would hide what they show. */
const MOST_WORDS = 8;
