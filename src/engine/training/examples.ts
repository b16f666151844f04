// Training examples: authored questions with their answers and mined hard negatives, and titles with the bodies under them.
import type { Random } from '../../core/random.ts';
import type { StepBatch } from './step.ts';

/** A text to be recalled, as the model reads it. */
export interface Passage {
  /** Number of the snippet it belongs to. */
  snippet: number;
  tokens: Int32Array;
}

/** A query and what answers it; numbers are places in one list of passages. */
export interface Example {
  query: Int32Array;
  /** Snippets that answer it; none of their passages is ever a negative of it. */
  accepted: ReadonlySet<number>;
  /** Passages that answer it, best first: the windows of the answer snippets. */
  positives: readonly number[];
  /** Passages that rank high without answering, best first. */
  hardNegatives: readonly number[];
  /** How much its loss counts. */
  weight: number;
}

/** What a batch is made of. */
export interface BatchPlan {
  examples: readonly Example[];
  hardNegativesPerExample: number;
  /** Vectors of passages as the base model made them (row-major, one per passage that has one), for negatives that cost no encoding. */
  baseVectors?: { vectors: Float32Array; dimension: number };
  /** How many of each example's hard negatives are added by their base vectors. */
  fixedPerExample?: number;
}

// A large negative number rather than -Infinity: 0 * -Infinity in the loss would be NaN.
const MASKED = -1e4;

/** Orders of examples for one epoch, cut into batches in which no positive snippet occurs twice; leftovers go to later batches. */
export function dealExamples(
  examples: readonly Example[],
  passages: readonly Passage[],
  size: number,
  random: Random,
): Example[][] {
  let waiting = random.shuffle([...examples]);
  const batches: Example[][] = [];
  while (waiting.length > 0) {
    const batch: Example[] = [];
    const taken = new Set<number>();
    const later: Example[] = [];
    for (const example of waiting) {
      const snippets = new Set(example.positives.map((passage) => passages[passage]!.snippet));
      const repeats = [...snippets].some((snippet) => taken.has(snippet));
      if (batch.length >= size || repeats) {
        later.push(example);
        continue;
      }
      batch.push(example);
      for (const snippet of snippets) taken.add(snippet);
    }
    batches.push(batch);
    waiting = later;
  }
  return batches;
}

/** The tensors' content of one batch: each example's chosen positive, its hard negatives, every passage once. */
export function assemble(plan: BatchPlan, passages: readonly Passage[], random: Random): StepBatch {
  const chosen: number[] = [];
  const places = new Map<number, number>();
  const place = (passage: number): number => {
    let at = places.get(passage);
    if (at === undefined) {
      at = chosen.length;
      places.set(passage, at);
      chosen.push(passage);
    }
    return at;
  };
  // The best window most of the time: a question is usually answered in one place, yet every window must keep being found.
  const targetPlaces = plan.examples.map(({ positives }) =>
    place(positives[positives.length === 1 || random.next() < 0.7 ? 0 : random.below(positives.length)]!),
  );
  for (const { hardNegatives } of plan.examples) {
    const pool = [...hardNegatives];
    for (let n = 0; n < plan.hardNegativesPerExample && pool.length > 0; n++) {
      // Squaring favours the ones ranked highest.
      const at = Math.floor(random.next() ** 2 * pool.length);
      place(pool.splice(at, 1)[0]!);
    }
  }
  const encoded = chosen.length;
  const { baseVectors, fixedPerExample = 0 } = plan;
  if (baseVectors && fixedPerExample > 0)
    for (const { hardNegatives } of plan.examples)
      for (const passage of hardNegatives.slice(0, fixedPerExample)) place(passage);
  const width = chosen.length;
  const targets = new Float32Array(plan.examples.length * width);
  const bias = new Float32Array(plan.examples.length * width);
  plan.examples.forEach((example, row) => {
    chosen.forEach((passage, column) => {
      if (column === targetPlaces[row]) targets[row * width + column] = example.weight;
      else if (example.accepted.has(passages[passage]!.snippet)) bias[row * width + column] = MASKED;
    });
  });
  return {
    queries: plan.examples.map((example) => example.query),
    passages: chosen.slice(0, encoded).map((passage) => passages[passage]!.tokens),
    fixedPassages: baseVectors && gather(baseVectors, chosen.slice(encoded)),
    targets,
    bias,
  };
}

function gather(
  { vectors, dimension }: { vectors: Float32Array; dimension: number },
  rows: readonly number[],
): Float32Array {
  const picked = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => {
    picked.set(vectors.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  return picked;
}
