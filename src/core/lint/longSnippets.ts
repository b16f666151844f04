// Lint rule: a section longer than the model reads is searched in parts, and a bot that does not split it loses all behind the first.
import { sentencesOf } from '../sentences.ts';
import type { Snippet } from '../snippet.ts';
import { quoted, type Remark } from './remark.ts';

/** How a snippet was split for the model; only of snippets with more than one window. */
export interface SplitSnippet {
  snippet: Snippet;
  /** Tokens of the whole snippet, and the most of one window. */
  tokens: number;
  maxTokens: number;
  windows: number;
  /** Offset into the body where the first window ends. */
  firstEnd: number;
}

/** One remark for each, with the sentence where the first window ends. */
export function longSnippetRemarks(split: readonly SplitSnippet[]): Remark[] {
  return split.map(({ snippet, tokens, maxTokens, windows, firstEnd }) => ({
    code: 'long-snippet',
    severity: 'information',
    message: `This section has ${tokens} tokens, and the model reads ${maxTokens} at a time: it is searched in ${windows} parts, ${cutText(snippet.body, firstEnd)}.`,
    suggestion: 'Divide it under headings of its own, so that each part is found by its name.',
    at: { snippet: snippet.id },
  }));
}

/** Characters shown on either side of a cut. */
const SHOWN = 40;

function cutText(body: string, end: number): string {
  const sentences = sentencesOf(body);
  const cut = sentences.find((each) => each.start < end && end < each.end);
  if (cut) {
    const before = body.slice(Math.max(cut.start, end - SHOWN), end);
    const after = body.slice(end, Math.min(cut.end, end + SHOWN));
    return `the first of which ends inside a sentence, at the bar: ${quoted(`${before} | ${after}`, 2 * SHOWN + 3)}`;
  }
  const last = sentences.findLast((each) => each.end <= end);
  return `the first of which ends behind ${quoted(last?.text ?? body.slice(0, end))}`;
}
