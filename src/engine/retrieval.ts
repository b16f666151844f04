// How snippets are ranked for a question: by vectors, by words, or by both; one path for command line, editor and panel.
import { keptWith } from '../core/keptWith.ts';
import { type TermCounts, termCounts, WordIndex } from '../core/lexical/bm25.ts';
import { fuseRanks } from '../core/lexical/fusion.ts';
import type { Retrieval } from '../core/report.ts';
import type { Snippet } from '../core/snippet.ts';
import type { Reranking } from './scorer.ts';

/** Terms of a snippet, kept with it, so that an edit costs what it touches. */
const countsOf = keptWith((snippet: Snippet): TermCounts => termCounts(snippet.text));

/**
 * What makes the scores of `retrieval` out of a question's text and its vector scores, over snippets in the order of `ids`; undefined
 * where vectors alone count. Builds the index of words, so it is made once for a set of snippets.
 */
export function reranking(
  retrieval: Retrieval | undefined,
  snippets: readonly Snippet[],
  ids: readonly string[],
): Reranking | undefined {
  if (retrieval === undefined || retrieval === 'vectors') return undefined;
  const byId = new Map(snippets.map((snippet) => [snippet.id, snippet]));
  const words = new WordIndex(
    ids.map((id) => {
      const snippet = byId.get(id);
      return snippet ? countsOf(snippet) : { counts: new Map(), length: 0 };
    }),
  );
  return (question, vectorScores) => {
    const scores = words.scores(question);
    return retrieval === 'words' ? scores : fuseRanks(vectorScores, scores, ids);
  };
}
