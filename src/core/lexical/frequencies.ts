// In how many snippets each term stands, kept up to date from one set of snippets to the next.
import type { Snippet } from '../snippet.ts';
import { changedStretch } from '../stretch.ts';
import { countsOf } from './bm25.ts';
import { terms } from './terms.ts';

/** Document frequencies; an update costs what has changed, since snippets of unchanged files are the same objects. */
export class DocumentFrequencies {
  readonly #counts = new Map<string, number>();
  #snippets: readonly Snippet[] = [];

  /** Counts these snippets from now on. */
  update(snippets: readonly Snippet[]): void {
    const { start, endBefore, endAfter } = changedStretch(this.#snippets, snippets);
    const before = new Set(this.#snippets.slice(start, endBefore));
    const after = new Set(snippets.slice(start, endAfter));
    for (const snippet of before) if (!after.has(snippet)) this.#add(snippet, -1);
    for (const snippet of after) if (!before.has(snippet)) this.#add(snippet, 1);
    this.#snippets = snippets;
  }

  /** Share of the snippets that have every term of a word, in 0..1, as far as single terms tell: that of its rarest one. */
  share(word: string): number {
    const counts = terms(word).map((term) => this.#counts.get(term) ?? 0);
    return counts.length === 0 ? 0 : Math.min(...counts) / Math.max(1, this.#snippets.length);
  }

  #add(snippet: Snippet, by: 1 | -1): void {
    for (const term of countsOf(snippet).counts.keys()) {
      const count = (this.#counts.get(term) ?? 0) + by;
      if (count > 0) this.#counts.set(term, count);
      else this.#counts.delete(term);
    }
  }
}
