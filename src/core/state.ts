// A knowledge base as views need it: where snippets stand, how questions fared. Plain data that crosses between processes.
import type { Cause } from './causes/cause.ts';
import type { Answer, Split } from './question.ts';
import type { Range } from './range.ts';
import type { ExpectedSnippet, ScoredSnippet } from './report.ts';

/** A snippet as views need it: where it stands, not what it says. */
export interface SnippetPlace {
  id: string;
  file: string;
  title: string;
  /** Headings down to this one. */
  path: string[];
  range: Range;
  headingRange: Range;
}

/** A measured question's result; `recall` is at the primary k, below 1 for a failure. */
export interface Outcome {
  answerRanks: number[];
  expected: ExpectedSnippet[];
  top: ScoredSnippet[];
  recall: number;
  /** Not expected, and above the best placed missed answer. */
  beatenBy: ScoredSnippet[];
}

/** A question as views need it. */
export interface QuestionState {
  id: string;
  text: string;
  variants: string[];
  tags: string[];
  file: string;
  range: Range;
  answers: Answer[];
  /** As the author wrote it. */
  declaredSplit?: Split;
  /** The side it stands on; absent without an existing answer. */
  split?: Split;
  /** Absent until measured. */
  outcome?: Outcome;
  /** Of a failure, and of a question left out because no answer exists: the main cause first. */
  causes?: Cause[];
}
