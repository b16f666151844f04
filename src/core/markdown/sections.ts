// Top-level blocks -> sections: each heading with the text up to the next heading of any level.
import GithubSlugger from 'github-slugger';
import { type Block, nestedHeadings, type RootContent } from './parse.ts';
import { anchorText, headingText } from './plainText.ts';

/** A heading with the blocks below it; the text before the first heading is a section without heading. */
export interface Section {
  /** As GitHub makes it, unique in the file; undefined without heading. */
  slug: string | undefined;
  /** The heading as plain text; empty without heading or heading text. */
  title: string;
  /** Headings down to and including this one, as plain text; headings without text left out. */
  headingPath: string[];
  heading: Block | undefined;
  blocks: RootContent[];
  /** Offsets of the whole section, heading included, blank lines at its end not. */
  start: number;
  end: number;
}

/** Cuts a file's blocks at its top-level headings; headings in quotes and lists only count for the slugs. */
export function splitSections(blocks: readonly Block[]): Section[] {
  const slugger = new GithubSlugger();
  const sections: Section[] = [];
  const above: { depth: number; title: string }[] = [];
  let current: Section | undefined;
  for (const block of blocks) {
    const { node } = block;
    if (node.type === 'heading') {
      while (above.length > 0 && (above.at(-1)?.depth ?? 0) >= node.depth) above.pop();
      const title = headingText(node);
      above.push({ depth: node.depth, title });
      current = {
        slug: slugger.slug(anchorText(node)),
        title,
        headingPath: above.map((heading) => heading.title).filter((text) => text !== ''),
        heading: block,
        blocks: [],
        start: block.start,
        end: block.end,
      };
      sections.push(current);
      continue;
    }
    for (const heading of nestedHeadings(node)) slugger.slug(anchorText(heading));
    if (!current) {
      current = {
        slug: undefined,
        title: '',
        headingPath: [],
        heading: undefined,
        blocks: [],
        start: block.start,
        end: block.end,
      };
      sections.push(current);
    }
    current.blocks.push(node);
    current.end = block.end;
  }
  return sections;
}
