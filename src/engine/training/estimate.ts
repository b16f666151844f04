// What a training will cost: steps, seconds and memory, told before it starts.

import { acceptedIds, answerSnippets, type Question } from '../../core/question.ts';
import { seededRandom } from '../../core/random.ts';
import type { Embedder } from '../embedder.ts';
import { layerCount } from '../graphs/cut.ts';
import type { ModelWeights } from '../modelWeights.ts';
import { dealExamples, type Example } from './examples.ts';
import { wordingsOf } from './prepare.ts';
import { tokenBudget, VALUES_PER_TOKEN } from './step.ts';
import { isWordTable, trainedLayers } from './trainedPart.ts';
import { batchSize, type TrainingSettings } from './trainer.ts';

/** Texts that the forward pass is timed on, spread over the knowledge base. */
const SAMPLE = 48;
/** A step against the forward pass of its tokens: forward and backward cost three (the backward pass has two products for each), the optimizer and padding the rest. */
const STEP_FACTOR = 3.6;
/** Of weights that change as a whole: gradients, their sums, two moments, the base, the best and one more checkpoint. */
const DENSE_COPIES = 7;
/** Of rows: gradients, two moments, the base, the best and one more checkpoint, in buffers that double. */
const ROW_COPIES = 9;
/** Words that a training meets, at most: knowledge bases repeat theirs. */
const MET_WORDS = 20_000;
/** The runtime, the tokenizer and node itself. */
const PROCESS_BYTES = 350e6;

/** Examples and steps of an epoch. */
export interface TrainingSize {
  pairs: number;
  stepsPerEpoch: number;
}

/** Counts without the model: one example per wording and answer, dealt as the training deals them. */
export function trainingSize(questions: readonly Question[], settings: TrainingSettings): TrainingSize {
  const numbers = new Map<string, number>();
  const examples = questions.flatMap((question) => {
    const ids = acceptedIds(question);
    for (const id of ids) if (!numbers.has(id)) numbers.set(id, numbers.size);
    const wordings = wordingsOf(question, settings.paraphrases).length;
    return answerSnippets(question.answers)
      .filter((snippetIds) => snippetIds.length > 0)
      .flatMap((snippetIds) =>
        Array.from(
          { length: wordings },
          (): Example => ({
            query: NO_TOKENS,
            accepted: NO_SNIPPETS,
            positives: [numbers.get(snippetIds[0]!)!],
            hardNegatives: [],
            weight: 1,
          }),
        ),
      );
  });
  const passages = [...numbers.values()].map((snippet) => ({ snippet, tokens: NO_TOKENS }));
  const size = batchSize(examples.length, settings);
  const batches = dealExamples(examples, passages, size, seededRandom(settings.seed));
  return { pairs: examples.length, stepsPerEpoch: batches.length };
}

const NO_TOKENS = new Int32Array(0);
const NO_SNIPPETS: ReadonlySet<number> = new Set();

/** Tokens of texts spread over the knowledge base, which stand for all of them. */
export interface TokenSample {
  queries: Int32Array[];
  passages: Int32Array[];
}

export function sampleTokens(embedder: Embedder, queries: readonly string[], passages: readonly string[]): TokenSample {
  return {
    queries: spread(queries).map((text) => embedder.tokens(text, 'query')),
    passages: spread(passages).map((text) => embedder.tokens(text, 'passage')),
  };
}

/** Tokens of a step over `pairs` examples in all, by the sample's mean lengths; `windows` bounds the titles. */
export function tokensPerStep(
  { queries, passages }: TokenSample,
  pairs: number,
  windows: number,
  settings: TrainingSettings,
): number {
  const size = batchSize(pairs, settings);
  const titles = Math.min(settings.titles, windows);
  return (
    (size + titles) * (total(queries) / queries.length) +
    (size * (1 + settings.hardNegatives) + titles) * (total(passages) / passages.length)
  );
}

/** Times a forward pass of the sample and models a step of so many tokens from it. */
export async function secondsPerStep(
  embedder: Embedder,
  { queries, passages }: TokenSample,
  tokens: number,
): Promise<number> {
  // The first run of a session sets its memory up.
  await embedder.embedTokens(passages.slice(0, 8));
  const started = performance.now();
  await embedder.embedTokens([...queries, ...passages]);
  const perToken = (performance.now() - started) / 1000 / (total(queries) + total(passages));
  return perToken * tokens * STEP_FACTOR;
}

/** Bytes of the process at the height of a run; `windows` are those of the knowledge base. */
export function trainingBytes({
  model,
  settings,
  tokensPerStep,
  windows,
}: {
  model: Pick<ModelWeights, 'graph' | 'weights'>;
  settings: Pick<TrainingSettings, 'mode' | 'topLayers'>;
  tokensPerStep: number;
  windows: number;
}): number {
  let all = 0;
  let words = 0;
  for (const [name, { dims, data }] of model.weights) {
    all += data.length;
    if (isWordTable(name, dims)) words += data.length;
  }
  const layers = layerCount(model.graph);
  const trained = trainedLayers(model, settings);
  const width = embeddingWidth(model);
  const changing = ((all - words) * trained) / layers;
  const rows = settings.mode === 'all' ? Math.min(words, MET_WORDS * width) : 0;
  const kept = Math.min(tokensPerStep, tokenBudget(trained, width)) * trained * width * VALUES_PER_TOKEN;
  const training = all + DENSE_COPIES * changing + ROW_COPIES * rows + kept;
  // Before and after it an encoder is opened: the weights, the model written out, and twice in the runtime while it is read.
  const opening = 4 * all;
  // Vectors of the index as read, in the order of the windows, and of the tuned model.
  return Math.round(PROCESS_BYTES + 4 * (Math.max(training, opening) + windows * width * 3));
}

function embeddingWidth({ weights }: Pick<ModelWeights, 'weights'>): number {
  const table = [...weights].find(([name, { dims }]) => isWordTable(name, dims));
  return table?.[1].dims[1] ?? 768;
}

function spread(texts: readonly string[]): string[] {
  const every = Math.max(1, texts.length / SAMPLE);
  return Array.from({ length: Math.min(SAMPLE, texts.length) }, (_, i) => texts[Math.floor(i * every)]!);
}

function total(sequences: readonly Int32Array[]): number {
  return sequences.reduce((sum, { length }) => sum + length, 0);
}
