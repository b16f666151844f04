// Hub snippets: among the first k of far more questions than chance gives (Radovanović, Nanopoulos, Ivanović, JMLR 2010, "Hubs in space").
import { pushTo } from '../multimap.ts';
import { jaccard } from '../nearDuplicates.ts';
import type { QuestionState } from '../state.ts';
import type { Detector, Hub } from './cause.ts';

/** Standard deviations above the mean k-occurrence from which a snippet is a hub; the source takes two, which small bases reach by chance. */
const DEVIATIONS = 3;
/** Questions about different things that a hub takes at least: fewer may well be about one thing. */
const LEAST = 4;
/** Up to which share of common words two questions are about different things. */
const UNRELATED = 0.34;

/**
 * The hubs among `snippets` snippets, by id. N_k, the k-occurrence, counts the questions that have a snippet among their first k. Of a
 * hub those alone that do not expect it and have hardly a word in common with each other are more than mean + 3 deviations of the others'
 * N_k, and four at least: a snippet that takes many questions about its own subject is none.
 */
export function findHubs(
  questions: readonly QuestionState[],
  k: number,
  snippets: number,
  wordsOf: (question: string) => readonly string[],
): Map<string, Hub> {
  const occurrences = new Map<string, number>();
  const wrong = new Map<string, QuestionState[]>();
  let measured = 0;
  for (const question of questions) {
    const { outcome } = question;
    if (!outcome) continue;
    measured++;
    const expected = new Set(outcome.expected.map(({ id }) => id));
    for (const { id } of outcome.top.slice(0, k)) {
      occurrences.set(id, (occurrences.get(id) ?? 0) + 1);
      if (!expected.has(id)) pushTo(wrong, id, question);
    }
  }
  const counts = [...occurrences.values()];
  const size = Math.max(snippets, counts.length);
  const skewness = skewnessOf(counts, size);
  const thresholdOf = outlierThreshold(counts, size);
  const hubs = new Map<string, Hub>();
  for (const [id, lost] of wrong) {
    const threshold = thresholdOf(occurrences.get(id)!);
    const isHub = (count: number): boolean => count >= LEAST && count > threshold;
    // Told apart by their words, which costs more, only where there are enough at all.
    const unrelated = isHub(lost.length) ? mutuallyUnrelated(lost, wordsOf) : 0;
    if (isHub(unrelated))
      hubs.set(id, { wins: lost.length, unrelated, expected: (measured * k) / Math.max(1, snippets), skewness });
  }
  return hubs;
}

/**
 * Mean + 3 deviations of N_k over the other snippets, given a snippet's own: that one would raise the bar that it has to pass. `counts` are those
 * of `size` snippets that are not zero.
 */
function outlierThreshold(counts: readonly number[], size: number): (own: number) => number {
  const total = (power: number): number => counts.reduce((sum, count) => sum + count ** power, 0);
  const [sum, squares] = [total(1), total(2)];
  const others = Math.max(1, size - 1);
  return (own) => {
    const mean = (sum - own) / others;
    const variance = (squares - own ** 2) / others - mean ** 2;
    return mean + DEVIATIONS * Math.sqrt(Math.max(0, variance));
  };
}

/** Skewness of N_k over `size` snippets, of which `counts` are not zero; 0 where every count is the same. */
function skewnessOf(counts: readonly number[], size: number): number {
  const n = Math.max(size, 1);
  const mean = counts.reduce((sum, count) => sum + count, 0) / n;
  const central = (power: number): number =>
    (counts.reduce((sum, count) => sum + (count - mean) ** power, 0) + (n - counts.length) * (-mean) ** power) / n;
  const deviation = Math.sqrt(central(2));
  return deviation === 0 ? 0 : central(3) / deviation ** 3;
}

/** How many of the questions, taken greedily, have hardly a word in common and answers of their own. */
function mutuallyUnrelated(
  questions: readonly QuestionState[],
  wordsOf: (question: string) => readonly string[],
): number {
  const taken: ReadonlySet<string>[] = [];
  const answered = new Set<string>();
  for (const { text, answers } of questions) {
    const ids = answers.flatMap(({ snippetIds }) => snippetIds);
    const words = new Set(wordsOf(text));
    if (ids.some((id) => answered.has(id)) || taken.some((each) => jaccard(each, words) > UNRELATED)) continue;
    taken.push(words);
    for (const id of ids) answered.add(id);
  }
  return taken.length;
}

/** Evidence: the winner's title, the questions about different things that it takes, what chance gives, and the skewness. */
export const hub: Detector = ({ winner, around }) => {
  const found = winner && around.hubs.get(winner.id);
  if (!found) return undefined;
  return [winner.title, String(found.unrelated), found.expected.toFixed(1), found.skewness.toFixed(1)];
};
