// In how many snippets each term stands, kept up to date from one set of snippets to the next.
import type { Snippet } from '../snippet.ts';
import { countsOf } from './bm25.ts';
import { terms } from './terms.ts';

/** Document frequencies; an update costs what has changed, since snippets of unchanged files are the same objects. */
export class DocumentFrequencies {
  readonly #counts = new Map<string, number>();
  #snippets: ReadonlySet<Snippet> = new Set();

  /** Counts these snippets from now on. */
  update(snippets: readonly Snippet[]): void {
    const next = new Set(snippets);
    for (const snippet of this.#snippets) if (!next.has(snippet)) this.#add(snippet, -1);
    for (const snippet of next) if (!this.#snippets.has(snippet)) this.#add(snippet, 1);
    this.#snippets = next;
  }

  /** Share of the snippets that have every term of a word, in 0..1, as far as single terms tell: that of its rarest one. */
  share(word: string): number {
    const counts = terms(word).map((term) => this.#counts.get(term) ?? 0);
    return counts.length === 0 ? 0 : Math.min(...counts) / Math.max(1, this.#snippets.size);
  }

  #add(snippet: Snippet, by: 1 | -1): void {
    for (const term of countsOf(snippet).counts.keys()) {
      const count = (this.#counts.get(term) ?? 0) + by;
      if (count > 0) this.#counts.set(term, count);
      else this.#counts.delete(term);
    }
  }
}
