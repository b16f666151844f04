// "Did you mean": the existing name nearest to a wrong one, fast enough for tens of thousands of names.
import { pushTo } from './multimap.ts';

/** Levenshtein distance in UTF-16 code units, or `limit + 1` as soon as it must be more than `limit`. */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const value = Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1);
      next.push(value);
      if (value < least) least = value;
    }
    if (least > limit) return limit + 1;
    row = next;
  }
  return row[b.length] as number;
}

/** Names compared in full after the trigrams have chosen among all. */
const CANDIDATES = 40;

/** Finds the nearest of many names; the index is built on the first search. */
export class NearestNames {
  readonly #names: readonly string[];
  #postings: Map<string, number[]> | undefined;

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** The nearest name (the first of equals); undefined when none has even half of its characters in place. */
  find(wrong: string): string | undefined {
    const query = wrong.toLowerCase();
    let best: string | undefined;
    let least = Math.floor(query.length / 2) + 1;
    for (const index of this.#candidates(query)) {
      const name = this.#names[index] as string;
      const distance = editDistance(query, name.toLowerCase(), least);
      if (distance < least) {
        least = distance;
        best = name;
      }
    }
    return best;
  }

  #candidates(query: string): number[] {
    if (this.#names.length <= CANDIDATES) return [...this.#names.keys()];
    this.#postings ??= postings(this.#names);
    const shared = new Map<number, number>();
    for (const gram of trigrams(query)) {
      const list = this.#postings.get(gram) ?? [];
      // What many names share (".md", a common folder) tells them apart least and costs most.
      if (list.length > 1000 && list.length > this.#names.length / 5) continue;
      for (const index of list) shared.set(index, (shared.get(index) ?? 0) + 1);
    }
    const score = ([index, count]: [number, number]) =>
      (2 * count) / (query.length + (this.#names[index]?.length ?? 0));
    return [...shared]
      .map((entry) => ({ index: entry[0], score: score(entry) }))
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, CANDIDATES)
      .map(({ index }) => index);
  }
}

function postings(names: readonly string[]): Map<string, number[]> {
  const map = new Map<string, number[]>();
  names.forEach((name, index) => {
    for (const gram of trigrams(name.toLowerCase())) {
      pushTo(map, gram, index);
    }
  });
  return map;
}

function trigrams(text: string): Set<string> {
  const padded = `  ${text} `;
  const grams = new Set<string>();
  for (let i = 0; i + 3 <= padded.length; i++) grams.add(padded.slice(i, i + 3));
  return grams;
}
