// BM25 baseline for the benchmark tables: how far shared words alone carry. Not part of the product.
import { type RankedSnippet, topSnippets } from '../src/core/ranking.ts';

/** The usual constants (Robertson and Zaragoza, 2009): saturation of repeated words, weight of text length. */
const K1 = 1.5;
const B = 0.75;

// A run of Chinese characters, or a word, identifier or number of any other script.
const TOKEN = /(?<han>\p{sc=Han}+)|(?:(?!\p{sc=Han})[\p{L}\p{N}\p{M}_])+/gu;

/**
 * Words, identifiers and numbers in lower case; a run of Chinese characters as its character pairs and, with `singleCharacters`,
 * its characters (a lone character always).
 */
export function tokenise(text: string, singleCharacters = true): string[] {
  const tokens: string[] = [];
  for (const match of text.normalize('NFKC').toLowerCase().matchAll(TOKEN)) {
    if (match.groups?.han === undefined) {
      tokens.push(match[0]);
      continue;
    }
    const characters = [...match[0]];
    characters.forEach((character, i) => {
      if (singleCharacters || characters.length === 1) tokens.push(character);
      const next = characters[i + 1];
      if (next !== undefined) tokens.push(character + next);
    });
  }
  return tokens;
}

export interface Bm25Options {
  /** Length of `top`. */
  k?: number;
  /**
   * Chinese characters beside their pairs. Pairs alone did better on 30,000 snippets (make_kb.py, zh, 600 questions): recall@5 .652
   * against .627, so a table should show the better of the two.
   */
  singleCharacters?: boolean;
}

export interface Bm25Result {
  /** One score per snippet, >= 0. */
  scores: Float32Array;
  /** The best `k`, by the product's order. */
  top: RankedSnippet[];
}

/** The snippets that have a token, with how often. */
interface Posting {
  snippets: number[];
  counts: number[];
}

/**
 * score(q, d) = sum over tokens t of q of idf(t) * tf (k1 + 1) / (tf + k1 (1 - b + b |d| / mean |d|)),
 * idf(t) = ln(1 + (N - df + 0.5) / (df + 0.5)), which is never negative. A token repeated in the query counts as often.
 */
export function rankBm25(
  snippetTexts: readonly string[],
  ids: readonly string[],
  queries: readonly string[],
  options: Bm25Options = {},
): Bm25Result[] {
  const { k = 10, singleCharacters = true } = options;
  const lengths = new Float64Array(snippetTexts.length);
  const postings = new Map<string, Posting>();
  let total = 0;
  snippetTexts.forEach((text, snippet) => {
    const counts = new Map<string, number>();
    const tokens = tokenise(text, singleCharacters);
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
    for (const [token, count] of counts) {
      let posting = postings.get(token);
      if (!posting) {
        posting = { snippets: [], counts: [] };
        postings.set(token, posting);
      }
      posting.snippets.push(snippet);
      posting.counts.push(count);
    }
    lengths[snippet] = tokens.length;
    total += tokens.length;
  });
  const meanLength = total / snippetTexts.length;
  const norms = lengths.map((length) => K1 * (1 - B + (B * length) / meanLength));
  return queries.map((query) => {
    const sums = new Float64Array(snippetTexts.length);
    for (const token of tokenise(query, singleCharacters)) {
      const posting = postings.get(token);
      if (!posting) continue;
      const found = posting.snippets.length;
      const idf = Math.log(1 + (snippetTexts.length - found + 0.5) / (found + 0.5));
      for (let i = 0; i < found; i++) {
        const snippet = posting.snippets[i]!;
        const count = posting.counts[i]!;
        sums[snippet]! += (idf * count * (K1 + 1)) / (count + norms[snippet]!);
      }
    }
    const scores = Float32Array.from(sums);
    return { scores, top: topSnippets(scores, ids, k) };
  });
}
