// What other tools keep of a knowledge base: questions, the passages that answer them, and the texts of those passages.
import type { SourceDocument } from '../document.ts';
import type { Finding } from '../finding.ts';
import type { Relevance, Split } from '../question.ts';

/** A text that can be recalled; ids are unique in a dataset. */
export interface Passage {
  id: string;
  /** Empty where there is none. */
  title: string;
  text: string;
}

/** One right answer: any of these passages will do. */
export interface ExchangeAnswer {
  /** Ids; they need not be among the dataset's passages. */
  passages: string[];
  /** Left out: 1. */
  relevance?: Relevance;
}

/** A question as exchanged; texts have no blanks around them. */
export interface ExchangeQuestion {
  id?: string;
  text: string;
  /** All are wanted. */
  answers: ExchangeAnswer[];
  variants: string[];
  split?: Split;
  tags: string[];
}

export interface Dataset {
  questions: ExchangeQuestion[];
  passages: Passage[];
}

/** What reading gives: all that could be read, and why the rest could not. */
export interface ReadDataset extends Dataset {
  findings: Finding[];
}

/** What writing gives: files with paths below the target (empty: the target itself), and what they cannot carry, in sentences. */
export interface WrittenDataset {
  files: SourceDocument[];
  warnings: string[];
}

/** What a format may be able to carry beside the texts of questions. `breaks` are tabs and line breaks inside them. */
export type Feature =
  | 'ids'
  | 'variants'
  | 'tags'
  | 'split'
  | 'relevance'
  | 'alternatives'
  | 'passages'
  | 'titles'
  | 'breaks';

/** A way other tools write questions and passages down. */
export interface ExchangeFormat {
  /** Files of a folder it reads, or undefined when it is a single file. */
  folder?: string;
  carries: readonly Feature[];
  /** Never throws; `documents` are those of the folder or the one file. */
  read(documents: readonly SourceDocument[]): ReadDataset;
  /** Writes what the format carries; `target` is the path that the author named. */
  write(dataset: Dataset, target: string): WrittenDataset;
}

/** Title and text as one text, as a snippet's text has its headings above it. */
export function passageText({ title, text }: Passage): string {
  return title === '' ? text : `${title}\n${text}`;
}
