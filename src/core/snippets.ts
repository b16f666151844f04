// Markdown file -> snippets: each heading section with text of its own, ready for embedding.
import type { SourceDocument } from './document.ts';
import type { Finding } from './finding.ts';
import { contentHash } from './hash.ts';
import { LineIndex } from './lines.ts';
import { type FrontMatterId, frontMatterId, readFrontMatter } from './markdown/frontMatter.ts';
import { parseMarkdown } from './markdown/parse.ts';
import { plainText } from './markdown/plainText.ts';
import { type Section, splitSections } from './markdown/sections.ts';
import type { Snippet } from './snippet.ts';

/** A heading of the file and where a reference to it leads. */
export interface Anchor {
  /** `file.md#slug`, also for the snippet that front matter names otherwise. */
  id: string;
  /** Undefined for a heading without text of its own. */
  snippetId: string | undefined;
}

/** A Markdown file taken apart. */
export interface ParsedSnippets {
  snippets: Snippet[];
  /** Every heading in order, empty ones included, and the text before the first. */
  anchors: Anchor[];
  /** The name that front matter gives to the first snippet. */
  name?: FrontMatterId;
  findings: Finding[];
}

/** The snippets of one Markdown file, in order. Nothing in a file makes this throw; what is wrong is a finding. */
export function parseSnippets(document: SourceDocument): ParsedSnippets {
  const { file, text } = document;
  const lines = new LineIndex(text);
  const frontMatter = readFrontMatter(document, lines);
  const { name, findings } = frontMatterId(frontMatter, file, lines);
  const snippets: Snippet[] = [];
  const anchors: Anchor[] = [];
  for (const section of splitSections(parseMarkdown(text, frontMatter.bodyStart))) {
    const anchor = section.slug === undefined ? file : `${file}#${section.slug}`;
    const snippet = toSnippet(section, anchor, file, lines);
    if (snippet && snippets.length === 0 && name) snippet.id = name.id;
    if (snippet) snippets.push(snippet);
    anchors.push({ id: anchor, snippetId: snippet?.id });
  }
  return { snippets, anchors, name, findings: [...frontMatter.findings, ...findings] };
}

function toSnippet(section: Section, id: string, file: string, lines: LineIndex): Snippet | undefined {
  const { heading, headingPath, start, end } = section;
  const body = sectionBody(section, lines.text);
  if (body === '') return undefined;
  const text = headingPath.length > 0 ? `${headingPath.join(' > ')}\n${body}` : body;
  return {
    id,
    file,
    title: section.title || fileTitle(file),
    headingPath,
    body,
    text,
    range: lines.range(start, end),
    headingRange: heading ? lines.range(heading.start, heading.end) : lines.restOfLine(start),
    hash: contentHash(text),
  };
}

function sectionBody(section: Section, source: string): string {
  try {
    return plainText(section.blocks).replace(/^\n+|\s+$/g, '');
  } catch (error) {
    // Nesting deeper than the stack: the source as it stands loses nothing.
    if (!(error instanceof RangeError)) throw error;
    return source.slice(section.heading?.end ?? section.start, section.end).trim();
  }
}

function fileTitle(file: string): string {
  const name = file.slice(file.lastIndexOf('/') + 1);
  return name.replace(/(?<=.)\.[^.]*$/, '');
}
