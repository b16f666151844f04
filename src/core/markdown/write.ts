// Text -> Markdown that reads as that very text. The only importer of mdast-util-to-markdown.

import { gfmToMarkdown } from 'mdast-util-gfm';
import { toMarkdown } from 'mdast-util-to-markdown';
import { parseMarkdown } from './parse.ts';
import { joinLines, plainText } from './plainText.ts';

/** Paragraphs and a heading above them, if any; marks that Markdown would take for its own are escaped. */
export function markdownOf(title: string, text: string): string {
  const heading = title === '' ? [] : [`# ${written(title.replace(/\s+/g, ' '))}`];
  return [...heading, ...text.split(/\n\s*\n/).map(bodyOf)].join('\n\n');
}

/** As it stands, where Markdown reads it as the same text. */
function bodyOf(paragraph: string): string {
  const trimmed = paragraph.trim();
  const blocks = parseMarkdown(trimmed, 0);
  const isPlain =
    blocks.every(({ node }) => node.type === 'paragraph') &&
    blanksAside(plainText(blocks.map(({ node }) => node))) === blanksAside(trimmed);
  return isPlain ? trimmed : written(trimmed);
}

function written(text: string): string {
  const paragraph = { type: 'paragraph' as const, children: [{ type: 'text' as const, value: text }] };
  return toMarkdown({ type: 'root', children: [paragraph] }, { extensions: [gfmToMarkdown()] }).trim();
}

/** A text but for its blanks, which Markdown keeps as it likes. */
export function blanksAside(text: string): string {
  return joinLines(text.normalize('NFC')).replace(/\s+/g, ' ').trim();
}
