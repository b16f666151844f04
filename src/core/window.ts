// Long snippets -> windows that fit the model's tokens. Nothing is cut away: the windows' stretches cover the body.
import type { Snippet } from './snippet.ts';

/** Changes whenever the same snippet would be split differently: part of the index stamp. */
export const SPLITTER_VERSION = 1;

/** A part of a snippet, embedded by itself; the snippet's score is that of its best window. */
export interface Window {
  /** Heading path (shortened where it is long) and the body's stretch. */
  text: string;
  snippetId: string;
  /** Offsets into the snippet's body; the first window starts at 0, each next where the one before ends. */
  start: number;
  end: number;
}

export interface WindowLimits {
  /** The most tokens of a window's whole text, special tokens included if `count` includes them. */
  maxTokens: number;
  /** Tokens of a text, for example of the model's tokenizer with its special tokens. */
  count: (text: string) => number;
}

/**
 * Whole paragraphs packed greedily; a paragraph too long by itself is split at line or sentence ends, else at clauses,
 * words, characters. Throws when not even one character fits `maxTokens`.
 */
export function splitWindows(snippet: Snippet, limits: WindowLimits): Window[] {
  const { id: snippetId, body } = snippet;
  if (limits.count(snippet.text) <= limits.maxTokens) {
    return [{ text: snippet.text, snippetId, start: 0, end: body.length }];
  }
  return new Splitter(snippet, limits).split();
}

/** A paragraph, or what is left of one, with the blank lines behind it. */
interface Piece {
  start: number;
  end: number;
  /** Estimated tokens. */
  cost: number;
}

class Splitter {
  readonly #body: string;
  readonly #snippetId: string;
  readonly #limits: WindowLimits;
  /** Tokens that `count` adds to every text. */
  readonly #overhead: number;
  readonly #prefix: string;
  /** Tokens left for the body. */
  readonly #budget: number;

  constructor(snippet: Snippet, limits: WindowLimits) {
    this.#body = snippet.body;
    this.#snippetId = snippet.id;
    this.#limits = limits;
    this.#overhead = limits.count('');
    const half = this.#overhead + Math.floor((limits.maxTokens - this.#overhead) / 2);
    this.#prefix = shortenedPath(snippet.headingPath, half, limits.count);
    this.#budget = limits.maxTokens - limits.count(this.#prefix);
  }

  split(): Window[] {
    const windows: Window[] = [];
    // Reversed, so that the next piece is popped and a remainder pushed back.
    const pieces = this.#paragraphs().reverse();
    while (pieces.length > 0) {
      const packed = this.#pack(pieces);
      const last = packed.at(-1);
      if (packed[0] && last) windows.push(this.#window(packed[0].start, last.end));
      else windows.push(this.#cut(pieces));
    }
    return windows;
  }

  #paragraphs(): Piece[] {
    const pieces: Piece[] = [];
    let start = 0;
    for (const match of this.#body.matchAll(/\n\s*\n\s*|$/g)) {
      const end = match.index + match[0].length;
      if (end === start) continue;
      pieces.push({ start, end, cost: this.#limits.count(this.#body.slice(start, end)) - this.#overhead });
      start = end;
    }
    return pieces;
  }

  /** Takes as many pieces as fit off the stack; none when the next is too long by itself. */
  #pack(pieces: Piece[]): Piece[] {
    const packed: Piece[] = [];
    let cost = 0;
    for (let next = pieces.at(-1); next && cost + next.cost <= this.#budget; next = pieces.at(-1)) {
      packed.push(next);
      pieces.pop();
      cost += next.cost;
    }
    // The sum is an estimate; the whole decides.
    let first = packed[0];
    while (first) {
      const tokens = this.#count(first.start, (packed.at(-1) ?? first).end);
      let excess = tokens - this.#limits.maxTokens;
      if (excess <= 0) break;
      while (excess > 0 && packed.length > 0) {
        const last = packed.pop() as Piece;
        pieces.push(last);
        excess -= Math.max(1, last.cost);
      }
      first = packed[0];
    }
    return packed;
  }

  /** Cuts a window off the piece on top of the stack and leaves the rest there. */
  #cut(pieces: Piece[]): Window {
    const piece = pieces.pop() as Piece;
    const { start } = piece;
    const length = piece.end - start;
    const tokensPerUnit = Math.max(piece.cost, 1) / length;
    let end = this.#boundary(start, this.#longestFit(piece, tokensPerUnit));
    // Token counts need not grow with the text (an over-long word is one unknown token), so the shorter one may not fit.
    while (this.#count(start, end) > this.#limits.maxTokens) {
      const shorter = this.#boundary(start, start + Math.floor((end - start) / 2));
      if (shorter >= end) throw new RangeError(`A window of ${this.#limits.maxTokens} tokens holds no text.`);
      end = shorter;
    }
    if (end < piece.end) pieces.push({ start: end, end: piece.end, cost: tokensPerUnit * (piece.end - end) });
    return this.#window(start, end);
  }

  /** An end at which the window is nearly full: a search by token counts of about one window's length each. */
  #longestFit(piece: Piece, tokensPerUnit: number): number {
    const { start, end } = piece;
    const fits = (length: number) => this.#count(start, start + length) <= this.#limits.maxTokens;
    let good = 0;
    let bad = end - start + 1;
    let guess = Math.max(1, Math.min(end - start, Math.floor(this.#budget / tokensPerUnit)));
    while (bad - good > 1 + good / 32) {
      if (fits(guess)) good = guess;
      else bad = guess;
      const grown = good === 0 ? Math.floor(bad / 2) : Math.min(Math.ceil(good * 1.25), (good + bad) >> 1);
      guess = Math.max(good + 1, Math.min(bad - 1, grown));
    }
    return start + Math.max(1, good);
  }

  /** The last good place to end a window that starts at `start` and may reach `limit`. */
  #boundary(start: number, limit: number): number {
    const body = this.#body;
    // A boundary in the first quarter would waste most of the window.
    const enough = start + Math.ceil((limit - start) / 4);
    for (const isBoundary of [isSentenceEnd, isClauseEnd, isWordEnd]) {
      for (let at = limit; at >= enough && at > start; at--) {
        if (isBoundary(body, at)) return this.#skipBlanks(at);
      }
    }
    let at = Math.max(limit, start + 1);
    while (at > start && !isCharacterEnd(body, at)) at--;
    if (at > start) return this.#skipBlanks(at);
    at = Math.max(limit, start + 1);
    return isInsidePair(body, at) ? start + Math.max(2, at - 1 - start) : at;
  }

  /** Blanks behind a window belong to it; they are not part of its text. */
  #skipBlanks(at: number): number {
    let end = at;
    while (end < this.#body.length && /\s/.test(this.#body[end] as string)) end++;
    return end;
  }

  #text(start: number, end: number): string {
    return windowText(this.#prefix, this.#body, start, end);
  }

  #count(start: number, end: number): number {
    return this.#limits.count(this.#text(start, end));
  }

  #window(start: number, end: number): Window {
    return { text: this.#text(start, end), snippetId: this.#snippetId, start, end };
  }
}

/** The text of a window: what stands before the body in each of a snippet's windows, and its stretch of the body. */
export function windowText(prefix: string, body: string, start: number, end: number): string {
  return prefix + body.slice(start, end).trim();
}

/** The heading path from one of its headings on, with a line break; empty where none is left. */
export function pathPrefix(headingPath: readonly string[], from: number): string {
  return from < headingPath.length ? `${headingPath.slice(from).join(' > ')}\n` : '';
}

/** The heading path with its line break; if it takes more than `most` tokens, without its beginning. */
function shortenedPath(headingPath: readonly string[], most: number, count: (text: string) => number): string {
  for (let from = 0; from < headingPath.length; from++) {
    const prefix = pathPrefix(headingPath, from);
    if (count(prefix) <= most) return prefix;
  }
  const words = [...(headingPath.at(-1) ?? '').matchAll(/\s+|(?<=[^\p{L}\p{N}])|(?<=\p{Script=Han})/gu)];
  const ends = words.map((match) => match.index + match[0].length);
  let low = 0;
  let high = ends.length;
  const title = headingPath.at(-1) ?? '';
  // The first word border behind which the rest fits.
  while (low < high) {
    const middle = (low + high) >> 1;
    if (count(`${title.slice(ends[middle])}\n`) <= most) high = middle;
    else low = middle + 1;
  }
  const rest = low < ends.length ? title.slice(ends[low]) : '';
  return rest === '' ? '' : `${rest}\n`;
}

const CLOSERS = `"'”’」』）)】》]`;

/** The last character before `at`, blanks and closing quotes passed over; and whether there were blanks. */
function markBefore(text: string, at: number): { mark: string; blanks: boolean } {
  let index = at - 1;
  while (index >= 0 && /\s/.test(text[index] as string)) index--;
  const blanks = index < at - 1;
  while (index >= 0 && CLOSERS.includes(text[index] as string)) index--;
  return { mark: text[index] ?? '', blanks };
}

/** Only where neither a blank nor a closing quote follows: both stay with the text before them. */
function startsText(text: string, at: number): boolean {
  if (at >= text.length) return true;
  if (/\s/.test(text[at] as string)) return false;
  return !CLOSERS.includes(text[at] as string) || /\s/.test(text[at - 1] as string);
}

/** Whether a sentence of `text` ends right before `at`: behind a line break, a closing mark and the blanks or quotes after it. */
export function isSentenceEnd(text: string, at: number): boolean {
  if (at >= text.length || text[at - 1] === '\n') return true;
  if (!startsText(text, at)) return false;
  const { mark, blanks } = markBefore(text, at);
  return mark !== '' && ('。！？；｡'.includes(mark) || (blanks && '.!?…;'.includes(mark)));
}

function isClauseEnd(text: string, at: number): boolean {
  if (!startsText(text, at)) return false;
  const { mark, blanks } = markBefore(text, at);
  return mark !== '' && ('，、：'.includes(mark) || (blanks && ',:—–'.includes(mark)));
}

const UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]{2}$/u;

/** Behind a blank, or between two characters of a script that has none. */
function isWordEnd(text: string, at: number): boolean {
  return startsText(text, at) && (/\s/.test(text[at - 1] as string) || UNSPACED.test(text.slice(at - 1, at + 1)));
}

function isInsidePair(text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1));
}

/** Not inside a surrogate pair, nor between a letter and its accents or the joined parts of an emoji. */
function isCharacterEnd(text: string, at: number): boolean {
  if (at >= text.length) return true;
  if (isInsidePair(text, at) || text[at - 1] === '\u200d') return false;
  return text[at] !== '\u200d' && !/^\p{M}/u.test(text.slice(at, at + 2));
}
