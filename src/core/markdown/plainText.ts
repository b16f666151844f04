// mdast -> plain text for embedding: what a reader sees, without the marks that lay it out.
import { htmlText } from './html.ts';
import type { Nodes } from './parse.ts';

/** Blocks as text, separated by blank lines; blocks without text leave no trace. */
export function plainText(nodes: readonly Nodes[]): string {
  return nodes
    .map(blockText)
    .filter((text) => text.trim() !== '')
    .join('\n\n');
}

/** A heading's text on one line. */
export function headingText(node: Nodes): string {
  return inlineText(node).replace(/\s+/g, ' ').trim();
}

/** A heading's text as its anchor is made of: without images and HTML, blanks at the ends kept, as GitHub does. */
export function anchorText(node: Nodes): string {
  if (node.type === 'image' || node.type === 'imageReference' || node.type === 'html') return '';
  if (node.type === 'footnoteReference') return '';
  if ('children' in node) return (node.children as Nodes[]).map(anchorText).join('');
  return 'value' in node ? node.value : '';
}

function blockText(node: Nodes): string {
  switch (node.type) {
    case 'root':
    case 'blockquote':
    case 'footnoteDefinition':
      return plainText(node.children);
    case 'paragraph':
    case 'heading':
      return inlineText(node).trim();
    case 'code':
      return node.value.replace(/\r\n?/g, '\n').trimEnd();
    case 'list':
      return node.children.map(blockText).filter(Boolean).join('\n');
    case 'listItem':
      return node.children.map(blockText).filter(Boolean).join('\n');
    case 'table':
      return node.children
        .map((row) => row.children.map((cell) => inlineText(cell).replace(/\s+/g, ' ').trim()).join(' | '))
        .join('\n');
    case 'html':
      return htmlText(node.value);
    case 'definition':
    case 'thematicBreak':
    case 'yaml':
      return '';
    default:
      return inlineText(node);
  }
}

function inlineText(node: Nodes): string {
  switch (node.type) {
    case 'text':
      return joinLines(node.value);
    case 'inlineCode':
      return node.value;
    case 'image':
    case 'imageReference':
      return node.alt ?? '';
    case 'break':
      return '\n';
    case 'html':
      return /^<br\b/i.test(node.value) ? '\n' : htmlText(node.value);
    default:
      return 'children' in node ? (node.children as Nodes[]).map(inlineText).join('') : '';
  }
}

const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]/u;

/** A line break inside a paragraph is a blank, except between characters of scripts written without blanks. */
export function joinLines(text: string): string {
  if (!/[\r\n]/.test(text)) return text;
  return text.replace(/[ \t]*(?:\r\n|\n|\r)[ \t]*/g, (found, offset: number) => {
    const before = text[offset - 1];
    const after = text[offset + found.length];
    return before && after && WIDE.test(before) && WIDE.test(after) ? '' : ' ';
  });
}
