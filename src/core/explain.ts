// Why a question does not find its answer: ranks and scores side by side, words in common, and the causes.
import type { Cause } from './causes/cause.ts';
import { sharedWords, wordsOf } from './causes/words.ts';
import { missedAnswers } from './diagnosis.ts';
import type { Snippet } from './snippet.ts';
import type { QuestionState } from './state.ts';

/** The part of a snippet that a question matched. */
export interface MatchedWindow {
  /** Without its headings. */
  text: string;
  /** From 1. */
  part: number;
  parts: number;
}

/** A snippet beside the question. */
export interface ExplainedSnippet {
  id: string;
  title: string;
  /** 1-based; 0 when it is not ranked. */
  rank: number;
  /** Cosine. */
  score: number;
  expected: boolean;
  /** Words of the question that the snippet's text has, and that it lacks. */
  shared: string[];
  lacking: string[];
  /** Where the engine was asked for it. */
  matched?: MatchedWindow;
}

export interface Explanation {
  question: string;
  k: number;
  expected: ExplainedSnippet[];
  top: ExplainedSnippet[];
  /** Score of the last snippet inside the first k less that of the missed answer; 0 when recalled. */
  gap: number;
  /** Why it misses an answer, the main cause first; none where it finds them all. */
  causes: Cause[];
}

/**
 * Explains a measured question, its causes as they were found with the measurement; undefined for one that
 * was neither measured nor left out.
 */
export function explainQuestion(
  question: QuestionState,
  k: number,
  snippets: ReadonlyMap<string, Snippet>,
): Explanation | undefined {
  const { outcome, causes = [] } = question;
  if (!outcome)
    return causes.length > 0 ? { question: question.text, k, expected: [], top: [], gap: 0, causes } : undefined;
  const explained = explainer(question, snippets);
  const expected = outcome.expected.map(({ id, rank, score }) => explained(id, rank, score));
  const top = outcome.top.map(({ id, score }, i) => explained(id, i + 1, score));
  const missed = missedAnswers(question, k);
  const worst = expected.find(({ id }) => id === missed[0]?.snippetId);
  const border = top[Math.min(k, top.length) - 1];
  return {
    question: question.text,
    k,
    expected,
    top,
    gap: worst && border ? Math.max(0, border.score - worst.score) : 0,
    causes,
  };
}

/** Puts a snippet beside the question. */
function explainer({ text: asked, outcome }: QuestionState, snippets: ReadonlyMap<string, Snippet>) {
  const askedWords = wordsOf(asked);
  const wanted = new Set(outcome?.expected.map(({ id }) => id));
  return (id: string, rank: number, score: number): ExplainedSnippet => {
    const snippet = snippets.get(id);
    const shared = snippet ? sharedWords(askedWords, snippet) : [];
    return {
      id,
      title: snippet?.headingPath.join(' > ') || snippet?.title || id,
      rank,
      score,
      expected: wanted.has(id),
      shared,
      lacking: askedWords.filter((word) => !shared.includes(word)),
    };
  };
}
