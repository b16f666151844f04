// Word ranking: BM25 over an inverted index of the snippets' terms.
import type { Snippet } from '../snippet.ts';
import { terms } from './terms.ts';

/** The usual constants (Robertson and Zaragoza 2009, "The probabilistic relevance framework"): saturation of repeats, weight of length. */
const K1 = 1.5;
const B = 0.75;

/** How often each term occurs in one text, and how many terms there are. */
export interface TermCounts {
  counts: ReadonlyMap<string, number>;
  length: number;
}

export function termCounts(text: string): TermCounts {
  const counts = new Map<string, number>();
  const found = terms(text);
  for (const term of found) counts.set(term, (counts.get(term) ?? 0) + 1);
  return { counts, length: found.length };
}

/** Terms of a snippet; snippets of unchanged files are the same objects, so that an edit costs what it touches. */
const counted = new WeakMap<Snippet, TermCounts>();

/** The term counts of a snippet's text, kept as long as the snippet. */
export function countsOf(snippet: Snippet): TermCounts {
  let counts = counted.get(snippet);
  if (!counts) {
    counts = termCounts(snippet.text);
    counted.set(snippet, counts);
  }
  return counts;
}

/** The texts that have a term, with how often. */
interface Posting {
  texts: number[];
  counts: number[];
}

/** An index of texts by their terms; texts are named by their position. */
export class WordIndex {
  readonly #postings = new Map<string, Posting>();
  readonly #lengths: Float64Array;
  /** k1 (1 - b + b length / mean length) of each text. */
  #norms: Float64Array;

  /** `vocabulary` are the only terms that are indexed, for a caller who knows what will be asked; all without it. */
  constructor(
    texts: readonly TermCounts[],
    private readonly vocabulary?: ReadonlySet<string>,
  ) {
    this.#lengths = Float64Array.from(texts, ({ length }) => length);
    this.#norms = normsOf(this.#lengths);
    texts.forEach((each, text) => {
      this.#add(text, each);
    });
  }

  /** Puts other texts in the places from `at` on; `before` are those that stood there, as they were given. */
  replace(at: number, before: readonly TermCounts[], after: readonly TermCounts[]): void {
    if (before.length !== after.length) throw new Error(`${after.length} texts for ${before.length} places.`);
    before.forEach(({ counts }, i) => {
      for (const term of counts.keys()) this.#remove(term, at + i);
    });
    after.forEach((each, i) => {
      this.#add(at + i, each);
      this.#lengths[at + i] = each.length;
    });
    this.#norms = normsOf(this.#lengths);
  }

  #add(text: number, { counts }: TermCounts): void {
    for (const [term, count] of counts) {
      if (this.vocabulary && !this.vocabulary.has(term)) continue;
      const posting = this.#postings.get(term);
      if (posting) {
        posting.texts.push(text);
        posting.counts.push(count);
      } else this.#postings.set(term, { texts: [text], counts: [count] });
    }
  }

  #remove(term: string, text: number): void {
    const posting = this.#postings.get(term);
    const at = posting?.texts.indexOf(text) ?? -1;
    if (!posting || at < 0) return;
    posting.texts.splice(at, 1);
    posting.counts.splice(at, 1);
    if (posting.texts.length === 0) this.#postings.delete(term);
  }

  /**
   * A score of at least 0 for each text: the sum over the query's terms of idf tf (k1 + 1) / (tf + norm), with
   * idf = ln(1 + (N - df + 0.5) / (df + 0.5)), which is never negative. A term repeated in the query counts as often.
   */
  scores(query: string): Float32Array {
    const all = this.#norms.length;
    const sums = new Float64Array(all);
    for (const term of terms(query)) {
      const posting = this.#postings.get(term);
      if (!posting) continue;
      const { texts, counts } = posting;
      const weight = Math.log(1 + (all - texts.length + 0.5) / (texts.length + 0.5)) * (K1 + 1);
      for (let i = 0; i < texts.length; i++) {
        const text = texts[i]!;
        sums[text]! += (weight * counts[i]!) / (counts[i]! + this.#norms[text]!);
      }
    }
    return Float32Array.from(sums);
  }
}

function normsOf(lengths: Float64Array): Float64Array {
  const mean = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length);
  return lengths.map((length) => K1 * (1 - B + (B * length) / Math.max(1, mean)));
}
