// One training step: a batch of queries and passages in, loss and gradients out, by whichever graph costs fewer tokens.

import type { Gradients } from '../../autodiff/backward.ts';
import { encodeModel } from '../../autodiff/proto.ts';
import type { JobContext } from '../../core/progress.ts';
import type { Pooling } from '../encoder.ts';
import {
  type BackwardGraph,
  buildBackwardGraph,
  buildDirectGraph,
  buildForwardGraph,
  buildLossGraph,
  type DirectGraph,
  type ForwardGraph,
  type LossGraph,
  type Probe,
  TOWERS,
  type TrainableEncoder,
} from '../graphs/trainingGraphs.ts';
import { withoutShapes } from '../graphs/withoutShapes.ts';
import { asValues, probeFacts } from '../probe.ts';
import { Session, type Value, type Wrapped } from '../runtime.ts';
import {
  leastPaddedGroups,
  lengthSortedBatches,
  MICRO_BATCH,
  packStates,
  packTokens,
  type TokenBatch,
  towerFeeds,
  vectorsInBatches,
} from '../tokenBatch.ts';
import type { Activations } from './activations.ts';
import { GradientSet } from './gradients.ts';
import type { Parameters } from './parameters.ts';

/** One batch: token ids, and which passage answers which query. */
export interface StepBatch {
  queries: readonly Int32Array[];
  passages: readonly Int32Array[];
  /** Vectors that only serve as negatives, row-major; they get no gradient. */
  fixedPassages?: Float32Array;
  /** queries x (passages, then fixed passages), rows sum to the query's weight. */
  targets: Float32Array;
  /** Of the same shape: 0, or a large negative number where a passage is another right answer. */
  bias: Float32Array;
}

/** How batches are run. */
export interface StepOptions {
  pooling: Pooling;
  padId: number;
  threads?: number;
  temperature: number;
  /** Most tokens, padding included, of a direct step; above it the gradient cache is used. */
  tokenBudget?: number;
  /** Gives the inputs of an encoder that is an upper part only, see `graphs/cut.ts`. */
  activations?: Activations;
  /** Forces one of the two ways, for tests and measurements; direct needs at least {@link TOWERS} texts. */
  mode?: 'direct' | 'cached';
}

interface Opened<T> {
  built: T;
  session: Session;
  /** Fed to every run. */
  constants: Record<string, Value>;
}

/** Computes losses and gradients; owns its sessions. */
export class TrainingStep {
  readonly gradients: GradientSet;
  private direct?: Opened<DirectGraph>;
  private forward?: Opened<ForwardGraph>;
  private backward?: Opened<BackwardGraph>;
  private loss?: Opened<LossGraph>;
  private readonly weightFeeds: Record<string, Wrapped>;
  private readonly tokenBudget: number;
  private readonly probe: Probe;

  constructor(
    private readonly encoder: TrainableEncoder,
    parameters: Parameters,
    private readonly options: StepOptions,
  ) {
    this.gradients = new GradientSet(parameters);
    const read = new Set(encoder.graph.inputs.map(({ name }) => name));
    const fed = [...parameters.values()].filter(({ name }) => read.has(name));
    this.weightFeeds = Object.fromEntries(fed.map(({ name, wrapped }) => [name, wrapped]));
    this.probe = (graph) => probeFacts(graph, asValues(parameters));
    this.tokenBudget = options.tokenBudget ?? DEFAULT_TOKEN_BUDGET;
  }

  /** Runs a batch: leaves its gradients in {@link gradients} and returns the loss. */
  async run(batch: StepBatch): Promise<number> {
    this.gradients.clear();
    const { mode } = this.options;
    const texts = [...batch.queries, ...batch.passages];
    const groups = mode === 'direct' ? dealt(texts) : mode === 'cached' ? undefined : this.directGroups(texts);
    return groups ? this.runDirect(batch, texts, groups) : this.runCached(batch, texts);
  }

  /**
   * The groups of a direct step where it is the cheaper way: it costs one forward and backward, with the padding of its few groups; the cached one
   * one more forward, but on batches of equal length.
   */
  private directGroups(texts: readonly Int32Array[]): number[][] | undefined {
    const real = tokens(texts);
    if (texts.length < TOWERS || real > this.tokenBudget) return undefined;
    const groups = dealt(texts);
    const padded = groups
      .map((group) => paddedTokens(group.map((i) => texts[i]!)))
      .reduce((sum, count) => sum + count, 0);
    return padded > this.tokenBudget || padded * 3 > real * 4 * 1.05 ? undefined : groups;
  }

  private async open<T extends { graph: TrainableEncoder['graph'] }>(
    built: T,
    optimize: 'all' | 'basic' = 'basic',
  ): Promise<Opened<T>> {
    const { threads } = this.options;
    const { graph, constants } = withoutShapes(built.graph, this.encoder.weights);
    const session = await Session.open(encodeModel(graph), { threads, optimize });
    return { built, session, constants: Object.fromEntries(constants) };
  }

  private async openForward(): Promise<Opened<ForwardGraph>> {
    this.forward ??= await this.open(buildForwardGraph(this.encoder), 'all');
    return this.forward;
  }

  /** Token tensors of texts, and what the lower layers make of them where only the upper ones are trained. */
  private async pack(texts: readonly Int32Array[]): Promise<TokenBatch> {
    const { padId, pooling, activations } = this.options;
    const batch = packTokens(texts, padId, pooling);
    if (activations) batch.states = packStates(batch, await activations.of(texts), activations.width);
    return batch;
  }

  /** Vectors of token sequences under the weights as they are now, row-major, in the order given. */
  async embed(texts: readonly Int32Array[], { signal }: JobContext = {}): Promise<Float32Array> {
    const { built, session, constants } = await this.openForward();
    return vectorsInBatches(
      texts,
      { width: this.encoder.dimension, tokenBudget: MICRO_BATCH, signal },
      async (group) => {
        const results = await session.run({
          ...this.weightFeeds,
          ...constants,
          ...towerFeeds(built.tower, await this.pack(group)),
        });
        return results[built.embedding]!.data as Float32Array;
      },
    );
  }

  private lossFeeds(names: LossGraph['lossInputs'], batch: StepBatch): Record<string, Value> {
    const dims = [batch.queries.length, batch.targets.length / batch.queries.length];
    return {
      [names.targets]: { type: 'float32', dims, data: batch.targets },
      [names.bias]: { type: 'float32', dims, data: batch.bias },
      [names.temperature]: { type: 'float32', dims: [], data: new Float32Array([this.options.temperature]) },
    };
  }

  private async runDirect(batch: StepBatch, texts: readonly Int32Array[], groups: number[][]): Promise<number> {
    this.direct ??= await this.open(await buildDirectGraph(this.encoder, this.probe));
    const { built, session, constants } = this.direct;
    const { dimension } = this.encoder;
    // The graph wants at least one fixed row: a masked one stands in where there is none.
    const whole = batch.fixedPassages?.length ? batch : withMaskedRow(batch, dimension);
    const order = groups.flat();
    const feeds: Record<string, Value | Wrapped> = {
      ...this.weightFeeds,
      ...constants,
      ...this.lossFeeds(built.lossInputs, whole),
      [built.queryRows]: picks(order, 0, batch.queries.length),
      [built.passageRows]: picks(order, batch.queries.length, batch.passages.length),
      [built.fixedPassages]: matrix(whole.fixedPassages!, dimension),
    };
    for (const [i, group] of groups.entries())
      Object.assign(feeds, towerFeeds(built.towers[i]!, await this.pack(group.map((place) => texts[place]!))));
    const results = await session.run(feeds);
    this.collect(built.gradients, results, feeds);
    return (results[built.loss]!.data as Float32Array)[0]!;
  }

  private async runCached(batch: StepBatch, texts: readonly Int32Array[]): Promise<number> {
    this.backward ??= await this.open(await buildBackwardGraph(this.encoder, this.probe));
    this.loss ??= await this.open(await buildLossGraph(this.probe));
    const { dimension } = this.encoder;
    const groups = lengthSortedBatches(
      texts.map(({ length }) => length),
      Math.min(this.tokenBudget, MICRO_BATCH),
    );
    const fixed = batch.fixedPassages ?? new Float32Array(0);
    const vectors = new Float32Array(texts.length * dimension + fixed.length);
    vectors.set(fixed, texts.length * dimension);
    vectors.set(await this.embed(texts));
    const split = batch.queries.length * dimension;
    const loss = this.loss.built;
    const results = await this.loss.session.run({
      ...this.loss.constants,
      [loss.queries]: matrix(vectors.subarray(0, split), dimension),
      [loss.passages]: matrix(vectors.subarray(split), dimension),
      ...this.lossFeeds(loss.lossInputs, batch),
    });
    const gradient = new Float32Array(vectors.length);
    gradient.set(results[loss.queryGradient]!.data as Float32Array, 0);
    gradient.set(results[loss.passageGradient]!.data as Float32Array, split);
    for (const group of groups) {
      const { built, session, constants } = this.backward;
      const incoming = new Float32Array(group.length * dimension);
      group.forEach((text, row) => {
        incoming.set(gradient.subarray(text * dimension, (text + 1) * dimension), row * dimension);
      });
      const feeds = {
        ...this.weightFeeds,
        ...constants,
        ...towerFeeds(built.tower, await this.pack(group.map((i) => texts[i]!))),
        [built.embeddingGradient]: matrix(incoming, dimension),
      };
      this.collect(built.gradients, await session.run(feeds), feeds);
    }
    return (results[loss.loss]!.data as Float32Array)[0]!;
  }

  private collect(gradients: Gradients, results: Record<string, Value>, feeds: Record<string, Value | Wrapped>): void {
    for (const [parameter, name] of gradients.dense)
      this.gradients.addDense(parameter, results[name]!.data as Float32Array);
    for (const { parameter, indices, gradient } of gradients.rows) {
      const rows = (results[indices] ?? feeds[indices])!;
      this.gradients.addRows(parameter, rows.data as BigInt64Array, results[gradient]!.data as Float32Array);
    }
  }

  async close(): Promise<void> {
    for (const opened of [this.direct, this.forward, this.backward, this.loss]) await opened?.session.close();
  }
}

/** Tokens, padding included, above which a step is run in parts where memory sets no lower limit. */
export const DEFAULT_TOKEN_BUDGET = 16384;
/** What the values of one run that are kept for its gradients may take. */
const ACTIVATION_BYTES = 2e9;
/** Values of a layer kept for its gradients, in widths of the layer and by token. */
export const VALUES_PER_TOKEN = 40;
/** Every text fits. */
const LEAST_TOKENS = 512;

/** Tokens of one run by the layers that gradients pass through and their width. Of the model alone: the same on every machine. */
export function tokenBudget(layers: number, width: number): number {
  const budget = Math.floor(ACTIVATION_BYTES / (4 * layers * width * VALUES_PER_TOKEN));
  return Math.min(DEFAULT_TOKEN_BUDGET, Math.max(LEAST_TOKENS, budget));
}

const tokens = (sequences: readonly Int32Array[]): number => sequences.reduce((sum, s) => sum + s.length, 0);
const paddedTokens = (sequences: readonly Int32Array[]): number =>
  sequences.length * sequences.reduce((longest, s) => Math.max(longest, s.length), 0);

/** Places of a batch's texts, dealt to the towers of the direct graph. */
function dealt(texts: readonly Int32Array[]): number[][] {
  return leastPaddedGroups(
    texts.map(({ length }) => length),
    TOWERS,
  );
}

/** A row for each of `count` texts from the place `first` on, with a 1 where `order` has that text. */
function picks(order: readonly number[], first: number, count: number): Value {
  const data = new Float32Array(count * order.length);
  order.forEach((place, column) => {
    if (place >= first && place < first + count) data[(place - first) * order.length + column] = 1;
  });
  return matrix(data, order.length);
}

function withMaskedRow(batch: StepBatch, dimension: number): StepBatch {
  const rows = batch.queries.length;
  const width = batch.passages.length;
  const widen = (values: Float32Array, last: number): Float32Array => {
    const wide = new Float32Array(rows * (width + 1)).fill(last);
    for (let row = 0; row < rows; row++) wide.set(values.subarray(row * width, (row + 1) * width), row * (width + 1));
    return wide;
  };
  const fixedPassages = new Float32Array(dimension);
  return { ...batch, fixedPassages, targets: widen(batch.targets, 0), bias: widen(batch.bias, -1e4) };
}

const matrix = (data: Float32Array, width: number): Value => ({
  type: 'float32',
  dims: [data.length / width, width],
  data,
});
