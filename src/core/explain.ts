// Why a question does not find its answer: ranks and scores side by side, words in common, and what would most likely help.
import { missedAnswers } from './diagnosis.ts';
import { plainly, words } from './lexical/words.ts';
import { likeness } from './nearDuplicates.ts';
import type { Snippet } from './snippet.ts';
import type { Advice, QuestionState } from './state.ts';

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
}

export interface Explanation {
  question: string;
  k: number;
  expected: ExplainedSnippet[];
  top: ExplainedSnippet[];
  /** Score of the last snippet inside the first k less that of the missed answer; 0 when recalled. */
  gap: number;
  advice: Advice[];
}

/** How alike two texts are at least to be look-alikes: Jaccard of their trigrams. */
const LOOK_ALIKE = 0.6;

/** Explains a measured question; undefined for one that was not measured. `windows` counts the windows of a snippet. */
export function explainQuestion(
  question: QuestionState,
  k: number,
  snippets: ReadonlyMap<string, Snippet>,
  windows: (snippetId: string) => number,
): Explanation | undefined {
  const { outcome } = question;
  if (!outcome) return undefined;
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
    advice: adviseOn(question, k, snippets, windows),
  };
}

/**
 * The advice of {@link explainQuestion} alone: it reads two snippets rather than all that were found, for every failing question is
 * asked about after each measurement. None for a question that was not measured.
 */
export function adviseOn(
  question: QuestionState,
  k: number,
  snippets: ReadonlyMap<string, Snippet>,
  windows: (snippetId: string) => number,
): Advice[] {
  const { outcome } = question;
  if (!outcome) return [];
  const missed = missedAnswers(question, k);
  const worst = outcome.expected.find(({ id }) => id === missed[0]?.snippetId);
  if (!worst) return ['recalled'];
  const explained = explainer(question, snippets);
  const first = outcome.top.findIndex(({ id }) => !outcome.expected.some((each) => each.id === id));
  const winner = outcome.top[first];
  return adviceOn(
    explained(worst.id, worst.rank, worst.score),
    winner && explained(winner.id, first + 1, winner.score),
    k,
    snippets,
    windows,
  );
}

/** Puts a snippet beside the question. */
function explainer({ text: asked, outcome }: QuestionState, snippets: ReadonlyMap<string, Snippet>) {
  const askedWords = wordsOf(asked);
  const wanted = new Set(outcome?.expected.map(({ id }) => id));
  return (id: string, rank: number, score: number): ExplainedSnippet => {
    const snippet = snippets.get(id);
    const text = plainly(snippet?.text ?? '');
    const has = (word: string): boolean => text.includes(word);
    return {
      id,
      title: snippet?.headingPath.join(' > ') || snippet?.title || id,
      rank,
      score,
      expected: wanted.has(id),
      shared: askedWords.filter(has),
      lacking: askedWords.filter((word) => !has(word)),
    };
  };
}

function adviceOn(
  missed: ExplainedSnippet,
  winner: ExplainedSnippet | undefined,
  k: number,
  snippets: ReadonlyMap<string, Snippet>,
  windows: (snippetId: string) => number,
): Advice[] {
  const advice: Advice[] = [];
  if (winner) {
    const lacking = new Set(missed.lacking);
    if (winner.shared.some((word) => lacking.has(word))) advice.push('other-words');
    const alike = likeness(snippets.get(missed.id)?.text ?? '', snippets.get(winner.id)?.text ?? '');
    if (alike >= LOOK_ALIKE) advice.push('look-alike');
  }
  if (windows(missed.id) > 1) advice.push('long');
  if (missed.rank > 0 && missed.rank <= 3 * k) advice.push('near-miss');
  return advice.length > 0 ? advice : ['far'];
}

const STOP = new Set(
  'a an and are as at be by can could did do does for from get got good has have how i if in is it its me my of on or our should that the their there this to up was we what when where which who why will with would you your'.split(
    ' ',
  ),
);
const STOP_HAN = /^[的了吗呢吧是我你他她它们在有和与就都也要会能可以么什怎哪多少为请问把被给对从到及或]+$/;

/** The words that carry a question's meaning, each once: without stop words, and a code without its parts. */
export function wordsOf(text: string): string[] {
  const found = [...new Set(words(text))].filter((word) =>
    /\p{Script=Han}/u.test(word) ? !STOP_HAN.test(word) : word.length > 1 && !STOP.has(word),
  );
  const codes = found.filter((word) => /[\p{L}\p{N}][-_./#+:]/u.test(word));
  return found.filter((word) => !codes.some((code) => code !== word && code.split(/[-_./#+:]+/).includes(word)));
}
