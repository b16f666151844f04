// Shingles: the overlapping runs of a text's words, as numbers, for finding texts that share most of their wording.
import { normaliseWording } from './nearDuplicates.ts';

const UNIT = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]|[^\s\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]+/gu;

/** The words of a text in their order, normalised as wordings are; each Chinese or Japanese character is one. */
export function unitsOf(text: string): string[] {
  return normaliseWording(text).match(UNIT) ?? [];
}

/**
 * Hashes of the runs of `size` units, each once, ascending, as 32-bit numbers (w-shingling; Broder 1997, "On the resemblance and
 * containment of documents"). A shorter text is one run. Different runs share a number once in billions of pairs.
 */
export function shinglesOf(units: readonly string[], size: number): Uint32Array {
  const hashes = units.map(hashOf);
  const found = new Set<number>();
  const last = Math.max(0, units.length - size);
  for (let at = 0; at <= last && units.length > 0; at++) {
    let hash = 0;
    for (let i = at; i < Math.min(at + size, units.length); i++)
      hash = (Math.imul(hash, 0x01000193) ^ hashes[i]!) >>> 0;
    found.add(mixed(hash));
  }
  return Uint32Array.from(found).sort();
}

/** 32-bit FNV-1a over UTF-16 code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mixed(hash);
}

/** MurmurHash3's finaliser: near inputs must not get near numbers. */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Buckets that shingles are counted in; a shared bucket makes a rare shingle look less rare, which costs time and no result. */
const BUCKETS = 1 << 22;
const MOST = 0xffff;
/** Above every shingle: the count goes before the hash. */
const COUNT_UNIT = 2 ** 32;

/** The sets with their rarest shingles first, for {@link forEachSimilarPair}: count times 2^32 plus hash, ascending. */
export function rarestShinglesFirst(sets: readonly Uint32Array[]): Float64Array[] {
  const counts = new Uint16Array(BUCKETS);
  for (const set of sets) for (const item of set) if (counts[item % BUCKETS]! < MOST) counts[item % BUCKETS]!++;
  return sets.map((set) => Float64Array.from(set, (item) => counts[item % BUCKETS]! * COUNT_UNIT + item).sort());
}

/** False for a ranked shingle that one set alone has. */
export const isSharedShingle = (ranked: number): boolean => ranked >= 2 * COUNT_UNIT;
