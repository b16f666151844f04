// Formats of other tools for questions and passages, by the names that the command line knows them by.
import { autoRag } from './autoRag.ts';
import { beir } from './beir.ts';
import type { ExchangeFormat } from './dataset.ts';
import { flagEmbedding } from './flagEmbedding.ts';
import { list } from './list.ts';
import { llamaIndex } from './llamaIndex.ts';
import { table } from './table.ts';
import { trec } from './trec.ts';
import { uniem } from './uniem.ts';

export const FORMATS = {
  beir,
  llamaindex: llamaIndex,
  flagembedding: flagEmbedding,
  uniem,
  autorag: autoRag,
  trec,
  table,
  list,
} as const satisfies Record<string, ExchangeFormat>;

export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];
