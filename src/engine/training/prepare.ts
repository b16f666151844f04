// Turns a knowledge base into training examples: questions with mined hard negatives, titles with their bodies.

import { paraphrases } from '../../core/paraphrases.ts';
import { acceptedIds, answerSnippets, type Question } from '../../core/question.ts';
import { topSnippets } from '../../core/ranking.ts';
import type { Snippet } from '../../core/snippet.ts';
import type { Embedder } from '../embedder.ts';
import type { IndexedWindow } from '../indexer.ts';
import type { Scorer } from '../scorer.ts';
import type { Example, Passage } from './examples.ts';

/** How deep the ranking is searched for hard negatives. */
const MINING_DEPTH = 30;
/** In how many examples a snippet that answers no training question may be a mined negative. */
const UNANSWERED_NEGATIVES = 2;
/** Weight of a title's loss beside a question's. */
const TITLE_WEIGHT = 0.5;

/** All windows as passages, their places by snippet id, and each snippet's number. */
export interface PassageTable {
  passages: Passage[];
  /** Places of a snippet's windows. */
  windows: Map<string, number[]>;
  /** Number of a snippet. */
  numbers: Map<string, number>;
}

/** Numbers the windows; their tokens are made when first asked for, since most are never trained on. */
export function passageTable(windows: readonly IndexedWindow[], embedder: Embedder): PassageTable {
  const table: PassageTable = { passages: [], windows: new Map(), numbers: new Map() };
  for (const window of windows) {
    let number = table.numbers.get(window.snippetId);
    if (number === undefined) {
      number = table.numbers.size;
      table.numbers.set(window.snippetId, number);
      table.windows.set(window.snippetId, []);
    }
    table.windows.get(window.snippetId)!.push(table.passages.length);
    let tokens: Int32Array | undefined;
    table.passages.push({
      snippet: number,
      get tokens() {
        tokens ??= embedder.tokens(window.text, 'passage');
        return tokens;
      },
    });
  }
  return table;
}

/** What examples are made of. */
export interface ExampleOptions {
  /**
   * Share of the positive's score, in (0, 1], that a hard negative must stay below: what ranks about as high as the answer is often
   * a right answer that nobody labelled (positive-aware mining, NV-Retriever, Moreira et al. 2024, arXiv 2407.15831). 1: any that is not ranked higher; Infinity: no guard.
   */
  guard: number;
  /** Wordings made by rules are asked as well. */
  paraphrases: boolean;
}

/**
 * One example per wording and answer; hard negatives are what the model as it is ranks high without being an answer.
 * `queries` holds the questions' vectors, row-major. An answer of several snippets
 * (alternatives, a whole file) pulls its best ranked one.
 */
export async function questionExamples(
  questions: readonly Question[],
  queries: Float32Array,
  scorer: Scorer,
  table: PassageTable,
  embedder: Embedder,
  options: ExampleOptions,
): Promise<Example[]> {
  const examples: Example[] = [];
  await scorer.forEach(queries, (q, scores, windows) => {
    const question = questions[q]!;
    const ids = acceptedIds(question);
    const accepted = new Set(ids.map((id) => table.numbers.get(id)!));
    const isAnswer = new Set(ids);
    const others = topSnippets(scores, scorer.ids, MINING_DEPTH + isAnswer.size)
      .filter(({ id }) => !isAnswer.has(id))
      .slice(0, MINING_DEPTH);
    const wordings = wordingsOf(question, options.paraphrases).map((wording) => embedder.tokens(wording, 'query'));
    for (const snippetIds of answerSnippets(question.answers)) {
      const indexes = snippetIds.map((id) => scorer.place(id)).filter((index) => index !== undefined);
      if (indexes.length === 0) continue;
      const index = indexes.reduce((best, each) => (scores[each]! > scores[best]! ? each : best));
      const id = scorer.ids[index]!;
      const first = bestWindow(table, id, scorer, windows[index]!);
      const hardNegatives = others
        .filter(({ score }) => score < options.guard * scores[index]!)
        .map((other) => bestWindow(table, other.id, scorer, windows[other.index]!));
      const positives = [first, ...table.windows.get(id)!.filter((place) => place !== first)];
      for (const query of wordings)
        examples.push({ query, accepted, positives, hardNegatives, weight: 1 / Math.sqrt(wordings.length) });
    }
  });
  return sparingUnanswered(examples, table.passages);
}

/** Every wording a question is trained in: the author's, and those made of its text. */
export function wordingsOf(question: Pick<Question, 'text' | 'variants'>, withParaphrases: boolean): string[] {
  return [...new Set([question.text, ...question.variants, ...(withParaphrases ? paraphrases(question.text) : [])])];
}

/**
 * Drops mined negatives of snippets that answer no training question once they have been used a few times. In a small knowledge base
 * such a snippet is near almost every question; always pushed away and never pulled, it would lose the questions nobody trained,
 * which is what held-out questions are. On examples/helpdesk this turns a loss of held-out recall into a gain.
 */
export function sparingUnanswered(examples: readonly Example[], passages: readonly Passage[]): Example[] {
  const snippetOf = (passage: number): number => passages[passage]!.snippet;
  const answering = new Set(examples.flatMap(({ positives }) => positives.map(snippetOf)));
  const uses = new Map<number, number>();
  return examples.map((example) => ({
    ...example,
    hardNegatives: example.hardNegatives.filter((passage) => {
      const snippet = snippetOf(passage);
      if (answering.has(snippet)) return true;
      const used = uses.get(snippet) ?? 0;
      uses.set(snippet, used + 1);
      return used < UNANSWERED_NEGATIVES;
    }),
  }));
}

/** The passage of a snippet's best window; `row` is its row in the search space, whose order may differ from the passages'. */
function bestWindow(table: PassageTable, id: string, scorer: Scorer, row: number): number {
  const places = table.windows.get(id)!;
  return places[scorer.part(row)] ?? places[0]!;
}

/** Title -> body pairs of the knowledge base itself: they teach its vocabulary without any question. The body goes without its headings. */
export function titleExamples(
  snippets: readonly Snippet[],
  windows: readonly IndexedWindow[],
  table: PassageTable,
  embedder: Embedder,
  limit: number,
): { passages: Passage[]; examples: Example[] } {
  const bodies = new Map(snippets.map((snippet) => [snippet.id, snippet]));
  const passages: Passage[] = [];
  const examples: Example[] = [];
  const step = Math.max(1, windows.length / limit);
  for (let at = 0; at < windows.length; at += step) {
    const window = windows[Math.floor(at)]!;
    const snippet = bodies.get(window.snippetId)!;
    const title = snippet.headingPath.slice(-2).join(' ');
    const body = snippet.body.slice(window.start, window.end).trim();
    if (title.length < 4 || body.length < 20) continue;
    const number = table.numbers.get(snippet.id)!;
    let tokens: Int32Array | undefined;
    passages.push({
      snippet: number,
      get tokens() {
        tokens ??= embedder.tokens(body, 'passage');
        return tokens;
      },
    });
    examples.push({
      query: embedder.tokens(title, 'query'),
      accepted: new Set([number]),
      positives: [table.passages.length + passages.length - 1],
      hardNegatives: [],
      weight: TITLE_WEIGHT,
    });
  }
  return { passages, examples };
}
