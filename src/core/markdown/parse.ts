// Markdown text -> top-level blocks with their places. The only reader of mdast and micromark; write.ts goes the other way.
import type { Heading, Nodes, Root, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import {
  definedLabels,
  definitionsFor,
  isBlankLine,
  labelKey,
  nextCut,
  nextLine,
  openUntil,
  plainBlock,
} from './scan.ts';

export type { Nodes, RootContent } from 'mdast';

/** A top-level block of a Markdown file; offsets count from the beginning of the file. */
export interface Block {
  node: RootContent;
  start: number;
  end: number;
}

const micromarkExtensions = [
  gfm(),
  // Bare URLs are the same text whether they are links or not, and looking for them costs a third of the time.
  { disable: { null: ['wwwAutolink', 'protocolAutolink', 'emailAutolink'] } },
];
const mdastExtensions = gfmFromMarkdown().filter((extension) => !('transforms' in extension));

function parsePart(markdown: string): Root {
  return fromMarkdown(markdown, { extensions: micromarkExtensions, mdastExtensions });
}

/** Long enough to spread the parser's fixed cost, short enough to stay where its time is linear. */
const PART = 4096;
/** A markup-free block of this length is worth ending a part for. */
const LONG_PLAIN = 200;

/**
 * Parses CommonMark with tables, footnotes, task lists and strikethrough from `from` on, in time linear in the length.
 * Nesting beyond what the parser can bear comes back as one block of code, so that no text is lost.
 */
export function parseMarkdown(source: string, from = 0, partLength = PART): Block[] {
  // A lone CR ends a line in Markdown; the replacement keeps every offset.
  const text = source.replace(/\r(?!\n)/g, '\n');
  const labels = definedLabels(text);
  const blocks = parseParts(text, from, labels, partLength);
  if (labels.size === 0) return blocks;
  // The labels were found by their looks; one that turns out to stand in code must not make references elsewhere.
  const real = new Set(blocks.flatMap(({ node }) => definitionsIn(node)));
  const wrong = [...labels.keys()].filter((label) => !real.has(label));
  for (const label of wrong) labels.delete(label);
  return wrong.length > 0 ? parseParts(text, from, labels, partLength) : blocks;
}

function parseParts(text: string, from: number, labels: Map<string, string>, partLength: number): Block[] {
  const blocks: Block[] = [];
  let offset = from;
  while (offset < text.length) {
    if (isBlankLine(text, offset)) {
      offset = nextLine(text, offset);
      continue;
    }
    const plain = plainBlock(text, offset);
    if (plain) {
      blocks.push({ node: plainNode(plain.depth, plain.value), start: plain.start, end: plain.end });
      offset = plain.next;
      continue;
    }
    offset = parseFrom(text, offset, labels, partLength, blocks);
  }
  return blocks;
}

function plainNode(depth: number, value: string): RootContent {
  const children: [{ type: 'text'; value: string }] = [{ type: 'text', value }];
  if (depth > 0) return { type: 'heading', depth: depth as 1 | 2 | 3 | 4 | 5 | 6, children };
  return { type: 'paragraph', children };
}

/** Parses one part that begins at `start` (top level, nothing open); returns where the next begins. */
function parseFrom(
  text: string,
  start: number,
  labels: Map<string, string>,
  partLength: number,
  blocks: Block[],
): number {
  let end = start;
  do {
    end = nextCut(text, nextLine(text, end), start);
  } while (end < text.length && end - start < partLength && !isLongPlain(text, end));
  for (;;) {
    const part = parseBlocks(text.slice(start, end), start, labels);
    const last = part.at(-1);
    const open = last && openUntil(text, text.slice(last.start, last.end), last.node.type, end);
    if (open === undefined) {
      for (const block of part) blocks.push(block);
      return end;
    }
    end = nextCut(text, open, start);
  }
}

function isLongPlain(text: string, offset: number): boolean {
  const plain = plainBlock(text, offset);
  return plain !== undefined && (plain.depth > 0 || plain.end - plain.start >= LONG_PLAIN);
}

/** Quotes and lists in one another hundreds deep: no text that anyone wrote, and cubic time in the parser. */
const TOO_NESTED = /^(?:[ \t]*[-*+>]){500}/m;

/**
 * A line, or a block that nothing cuts, beyond these lengths is a dump and no text that anyone wrote. The parser's time for markup in one line is
 * quadratic: 64 KB take a second, 600 KB minutes.
 */
const LONGEST_LINE = 64 * 1024;
const LONGEST_BLOCK = 1024 * 1024;
/** Pictures inside their page, which the parser runs over quickly and which are no text. */
const BASE64 = /[A-Za-z0-9+/=]{500,}/g;

function isTooLong(part: string): boolean {
  if (part.length <= LONGEST_LINE) return false;
  const rest = part.replace(BASE64, '');
  return rest.length > LONGEST_BLOCK || rest.split('\n').some((line) => line.length > LONGEST_LINE);
}

function parseBlocks(part: string, base: number, labels: Map<string, string>): Block[] {
  const unparsed: Block = { node: { type: 'code', value: part }, start: base, end: base + part.trimEnd().length };
  if (TOO_NESTED.test(part) || isTooLong(part)) return [unparsed];
  const definitions = definitionsFor(part, labels);
  try {
    const blocks: Block[] = [];
    for (const node of parsePart(definitions + part).children) {
      const start = (node.position?.start.offset ?? 0) - definitions.length;
      const end = (node.position?.end.offset ?? 0) - definitions.length;
      // An empty list item reaches beyond its line where the text ends there; blanks at the end never count.
      if (start >= 0) blocks.push({ node, start: base + start, end: base + part.slice(0, end).trimEnd().length });
    }
    return blocks;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [unparsed];
  }
}

/** Headings below the top level (in quotes and lists), in order: no sections, but they take their slugs. */
export function nestedHeadings(node: Nodes): Heading[] {
  return node.type === 'heading' ? [node] : containerChildren(node).flatMap(nestedHeadings);
}

function definitionsIn(node: Nodes): string[] {
  const inside = containerChildren(node).flatMap(definitionsIn);
  if (node.type === 'definition') inside.push(labelKey(node.label ?? node.identifier));
  if (node.type === 'footnoteDefinition') inside.push(labelKey(`^${node.label ?? node.identifier}`));
  return inside;
}

function containerChildren(node: Nodes): readonly Nodes[] {
  switch (node.type) {
    case 'blockquote':
    case 'list':
    case 'listItem':
    case 'footnoteDefinition':
      return node.children;
    default:
      return [];
  }
}
