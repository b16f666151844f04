// Snippets: what the answer bot can recall. One heading section of a Markdown file each.
import type { Range } from './range.ts';

/** A heading section of a Markdown file, ready for embedding. */
export interface Snippet {
  /** `path/to/file.md#github-slug`; a file without headings is `path/to/file.md`; front matter `id:` names the first snippet. */
  id: string;
  file: string;
  /** The section's own heading as plain text; the file name without extension where there is none. */
  title: string;
  /** Headings from the top of the file down to and including this one, as plain text. */
  headingPath: string[];
  /** The section's text without its heading, Markdown syntax gone; paragraphs separated by a blank line. */
  body: string;
  /** Heading path and body: what is embedded (before splitting into windows). */
  text: string;
  /** The section in the file, heading included. */
  range: Range;
  /** The heading in the file; the first line where there is none. */
  headingRange: Range;
  /** Hash of `text`: changes when and only when what is embedded changes. */
  hash: string;
}
