// Standard questions: what users ask, and the snippets that must be recalled for each.
import type { Range } from './range.ts';

export type Split = 'train' | 'test';

/** One right answer of a question: recalled when any of its snippets is recalled. */
export interface Answer {
  /** As the author wrote it. */
  reference: string;
  /** Snippets that satisfy it (several when the reference names a whole file); empty when it points nowhere. */
  snippetIds: string[];
  /** The reference in the question's file. */
  range: Range;
}

/** A standard question with its resolved answers. */
export interface Question {
  /** The author's `id`, else derived from file and text, stable under reordering. */
  id: string;
  text: string;
  /** Other wordings; training material, always on the same side of the split as the question. */
  variants: string[];
  answers: Answer[];
  /** The author's explicit choice, if any. */
  split?: Split;
  tags: string[];
  file: string;
  /** The question's text in its file. */
  range: Range;
}
