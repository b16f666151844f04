// The authoring lint: what in snippets and questions makes recall hard or figures wrong. Pure rules, one file each, over what the engine measured.
import type { Corpus } from '../corpus.ts';
import type { Split } from '../question.ts';
import type { QuestionResult } from '../report.ts';
import type { HeldOut } from '../split.ts';
import { ambiguousQuestionRemarks } from './ambiguousQuestions.ts';
import { boilerplateRemarks, countedSentences } from './boilerplate.ts';
import { copiedQuestionRemarks } from './copiedQuestions.ts';
import { duplicateLeakRemarks, wordingLeakRemarks } from './leaks.ts';
import { longSnippetRemarks, type SplitSnippet } from './longSnippets.ts';
import { nearDuplicateRemarks } from './nearDuplicates.ts';
import type { Remark } from './remark.ts';
import { type SimilarPair, similarSnippets } from './similarSnippets.ts';
import { untestedSnippetRemarks } from './untestedSnippets.ts';

/** Snippets taken apart between two breaths. */
const CHUNK = 512;

export interface LintInput {
  corpus: Corpus;
  sides: ReadonlyMap<string, Split>;
  heldOut?: HeldOut;
  /** A row of unit length for each snippet, in their order. */
  vectors: Float32Array;
  dimension: number;
  split: readonly SplitSnippet[];
  /** Rankings by cosine of the questions that have an answer. */
  results: readonly QuestionResult[];
}

/** Runs all rules. Calls `breathe` between steps: it may let other work through, or throw to end the lint. */
export async function lintRemarks(
  { corpus, sides, heldOut, vectors, dimension, split, results }: LintInput,
  breathe: () => Promise<void>,
): Promise<Remark[]> {
  const { snippets, questions } = corpus;
  const byId = new Map(snippets.map((snippet) => [snippet.id, snippet]));
  const pairs = await similarSnippets(snippets, vectors, dimension, breathe);
  for (const [i, snippet] of snippets.entries()) {
    if (i % CHUNK === 0) await breathe();
    countedSentences(snippet);
  }
  const boilerplate = boilerplateRemarks(snippets);
  const dominated = new Set(boilerplate.map(({ at }) => ('snippet' in at ? at.snippet : '')));
  // What makes five sections alike is told once, as boilerplate.
  const isOwnText = ({ a, b }: SimilarPair): boolean =>
    !dominated.has(snippets[a]!.id) || !dominated.has(snippets[b]!.id);
  const rules: (() => Remark[])[] = [
    () => boilerplate,
    () => nearDuplicateRemarks(snippets, pairs.filter(isOwnText)),
    // Where wordings are held out their answers are trained on, and so may the twins of these be.
    ...(heldOut === 'wordings' ? [] : [() => duplicateLeakRemarks(questions, sides, snippets, pairs)]),
    () => wordingLeakRemarks(questions, sides),
    () => ambiguousQuestionRemarks(questions, results, byId),
    () => copiedQuestionRemarks(questions, byId),
    () => longSnippetRemarks(split),
    () => untestedSnippetRemarks(snippets, questions),
  ];
  const remarks: Remark[] = [];
  for (const rule of rules) {
    await breathe();
    for (const remark of rule()) remarks.push(remark);
  }
  return remarks;
}
