// Places of snippets by words for the questions of a knowledge base, kept from one measurement to the next.
import { countsOf, WordIndex } from '../core/lexical/bm25.ts';
import { terms } from '../core/lexical/terms.ts';
import { rankOf } from '../core/ranking.ts';
import type { Snippet } from '../core/snippet.ts';
import { changedStretch } from '../core/stretch.ts';

interface Open {
  snippets: readonly Snippet[];
  /** The questions' texts, which decide what is indexed. */
  asked: string;
  index: WordIndex;
  ids: string[];
  places: Map<string, number>;
}

export class WordRanking {
  #open: Open | undefined;

  /**
   * The place by words of a snippet for a question, or for words of one; 0 where they have nothing in common. The index is made when a
   * question first needs it, of the questions' own terms, since one of all terms takes four times as long, and then follows edits.
   */
  over(snippets: readonly Snippet[], questions: readonly { text: string }[]): (question: string, id: string) => number {
    let current: Open | undefined;
    return (question, id) => {
      current ??= this.#brought(snippets, questions);
      const { index, ids, places } = current;
      const place = places.get(id);
      if (place === undefined) return 0;
      const scores = index.scores(question);
      return scores[place]! > 0 ? rankOf(scores, ids, place) : 0;
    };
  }

  #brought(snippets: readonly Snippet[], questions: readonly { text: string }[]): Open {
    const asked = JSON.stringify(questions.map(({ text }) => text));
    const before = this.#open;
    if (before?.asked === asked && before.snippets.length === snippets.length) {
      const { start, endBefore, endAfter } = changedStretch(before.snippets, snippets);
      const [old, now] = [before.snippets.slice(start, endBefore), snippets.slice(start, endAfter)];
      if (old.every(({ id }, i) => id === now[i]!.id)) {
        before.index.replace(start, old.map(countsOf), now.map(countsOf));
        before.snippets = snippets;
        return before;
      }
    }
    const ids = snippets.map(({ id }) => id);
    const vocabulary = new Set(questions.flatMap(({ text }) => terms(text)));
    const index = new WordIndex(snippets.map(countsOf), vocabulary);
    this.#open = { snippets, asked, index, ids, places: new Map(ids.map((id, place) => [id, place])) };
    return this.#open;
  }
}
