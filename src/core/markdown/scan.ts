// Line scanning for the Markdown parser: where a file can be cut so that the parts parse as the whole would.
// micromark's time grows faster than its input (1 MB at once takes 20 s, in parts of 4 KB 2 s), hence the cuts.

/** Runs up to the end of a line, its break included. */
export function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

const HEADING = /#{1,6}(?=[ \t\r\n]|$)/y;
const LIST_ITEM = /(?:[-*+]|\d{1,9}[.)])(?=[ \t\r\n]|$)/y;
const BLANK = /[ \t]*\r?(?:\n|$)/y;
const PROSE_LINE = /[\p{L}\p{N}][^\r\n|]*\r?(?:\n|$)/uy;

function matchesAt(pattern: RegExp, text: string, offset: number): boolean {
  pattern.lastIndex = offset;
  return pattern.test(text);
}

/** True where a blank line begins (the end of the text counts as one). */
export function isBlankLine(text: string, offset: number): boolean {
  return matchesAt(BLANK, text, offset);
}

/** How long a part may grow before a cut inside a list or a paragraph of prose is accepted. */
const OVERLONG = 16 * 1024;

/**
 * The first place at or after `from` (a line start) where a new top-level block begins, provided nothing that swallows
 * lines (a code fence, an HTML block) is open: a heading in the first column, or text in the first column after a blank
 * line. List items do not count, for they would tear a list apart.
 */
export function nextCut(text: string, from: number, partStart: number): number {
  let afterBlank = from > 0 && isBlankLine(text, lineBefore(text, from));
  let afterProse = false;
  for (let offset = from; offset < text.length; offset = nextLine(text, offset)) {
    if (isBlankLine(text, offset)) {
      afterBlank = true;
      continue;
    }
    if (matchesAt(HEADING, text, offset)) return offset;
    const first = text.charCodeAt(offset);
    if (afterBlank && first !== 32 && first !== 9 && !matchesAt(LIST_ITEM, text, offset)) return offset;
    // Rare enough to accept that a list falls into two.
    if (offset - partStart > OVERLONG && matchesAt(LIST_ITEM, text, offset)) return offset;
    const prose = offset - partStart > OVERLONG && matchesAt(PROSE_LINE, text, offset);
    if (prose && afterProse) return offset;
    afterProse = prose;
    afterBlank = false;
  }
  return text.length;
}

function lineBefore(text: string, offset: number): number {
  return offset < 2 ? 0 : text.lastIndexOf('\n', offset - 2) + 1;
}

/** A heading or paragraph without any markup, which needs no parser. */
export interface PlainBlock {
  /** 0 for a paragraph. */
  depth: number;
  value: string;
  start: number;
  end: number;
  /** The next line. */
  next: number;
}

// Anything that could begin inline markup, an entity, an escape, a hard break or a table. Not: `snake_case`, `2 * 3`,
// `a < b`, `R & D` and backslashes before letters, which no rule of CommonMark gives a meaning.
const MARKUP =
  /[`[\]|~\t]|(?<![\p{L}\p{N}_])_|_(?![\p{L}\p{N}_])|\*(?! )|(?<! )\*|<(?=[a-z/!?])|&(?=[#a-z])|\\(?=[!-/:-@[-`{-~\r\n]|$)| {2}\r?\n/iu;
const PLAIN_HEADING = /(#{1,6}) +([^\r\n#]*[^\r\n# ]) *(?=\r?\n|$)/y;
const PLAIN_START = /[\p{L}\p{N}"'“‘（「《【]/uy;

/** The markup-free heading or paragraph that begins at this line, if it is one; must stand at the top level. */
export function plainBlock(text: string, start: number): PlainBlock | undefined {
  PLAIN_HEADING.lastIndex = start;
  const heading = PLAIN_HEADING.exec(text);
  if (heading) {
    const [all, marks, value] = heading as unknown as [string, string, string];
    if (MARKUP.test(value)) return undefined;
    const end = start + marks.length + all.slice(marks.length).trimEnd().length;
    return { depth: marks.length, value, start, end, next: nextLine(text, start) };
  }
  let next = start;
  while (next < text.length && !isBlankLine(text, next) && !matchesAt(HEADING, text, next)) {
    if (!matchesAt(PLAIN_START, text, next) || matchesAt(LIST_ITEM, text, next)) return undefined;
    const lineEnd = nextLine(text, next);
    if (MARKUP.test(text.slice(next, lineEnd))) return undefined;
    next = lineEnd;
  }
  if (next === start) return undefined;
  const value = text.slice(start, next).trimEnd();
  return { depth: 0, value, start, end: start + value.length, next };
}

/** Labels of link and footnote definitions in the whole text: a part that uses one must know that it exists. */
export function definedLabels(text: string): Map<string, string> {
  const labels = new Map<string, string>();
  for (const match of text.matchAll(/^[ >]{0,9}\[(\^?[^[\]\\\r\n]{1,200})\]:/gm)) {
    const label = match[1] as string;
    labels.set(labelKey(label), label);
  }
  return labels;
}

/** Definitions to put before a part, so that its references parse as they do in the whole file; empty for most parts. */
export function definitionsFor(part: string, labels: Map<string, string>): string {
  if (labels.size === 0) return '';
  const used = new Set<string>();
  for (const match of part.matchAll(/\[(\^?[^[\]]{1,200})\]/g)) {
    const label = labels.get(labelKey(match[1] as string));
    if (label !== undefined) used.add(label);
  }
  if (used.size === 0) return '';
  const ordered = [...used].sort((a, b) => Number(b.startsWith('^')) - Number(a.startsWith('^')));
  // The comment ends the last footnote, which would else take an indented first paragraph as its own.
  return `${ordered.map((label) => `[${label}]: #\n\n`).join('')}<!-- -->\n\n`;
}

/** Labels are equal when they differ in case and blanks only. */
export function labelKey(label: string): string {
  return label.replace(/\s+/g, ' ').trim().toLowerCase();
}

const FENCE = /^(?:`{3,}|~{3,})/;
const HTML_ENDS: [RegExp, RegExp][] = [
  [/^ {0,3}<!--/, /-->/g],
  [/^ {0,3}<\?/, /\?>/g],
  [/^ {0,3}<!\[CDATA\[/, /\]\]>/g],
  [/^ {0,3}<![a-z]/i, />/g],
  [/^ {0,3}<(?:script|pre|style|textarea)(?=[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/gi],
];

/**
 * Where the part's last block, `source`, really ends if it is still open at `partEnd`: behind the closing fence or HTML
 * end mark, or at the end of the text. Undefined when it is closed.
 */
export function openUntil(text: string, source: string, kind: string, partEnd: number): number | undefined {
  if (partEnd >= text.length) return undefined;
  if (kind === 'code') {
    const fence = FENCE.exec(source)?.[0];
    if (!fence) return undefined;
    const closing = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}[ \\t]*\\r?$`, 'gm');
    closing.lastIndex = fence.length;
    return closing.test(source) ? undefined : endOfMatch(text, closing, partEnd);
  }
  if (kind !== 'html') return undefined;
  const end = HTML_ENDS.find(([start]) => start.test(source))?.[1];
  if (end) {
    end.lastIndex = 0;
    return end.test(source.slice(2)) ? undefined : endOfMatch(text, end, partEnd);
  }
  // Every other HTML block ends at a blank line.
  if (isBlankLine(text, lineBefore(text, partEnd))) return undefined;
  return endOfMatch(text, /\n[ \t]*\r?\n/g, partEnd);
}

function endOfMatch(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? nextLine(text, pattern.lastIndex - 1) : text.length;
}
