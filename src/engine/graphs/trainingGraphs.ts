// The graphs of one training step. Direct: both towers, loss and gradients at once. Cached: loss on stored vectors, then the
// encoder's gradients micro-batch by micro-batch (gradient cache, Gao et al. 2021, arXiv 2101.06983). Both give the same gradients.
import { differentiate, type Gradients } from '../../autodiff/backward.ts';
import { GraphBuilder } from '../../autodiff/builder.ts';
import { type Graph, int, type ValueFacts } from '../../autodiff/graph.ts';
import { appendContrastiveLoss, type LossInputs } from '../../autodiff/loss.ts';
import { shareGelu } from '../../autodiff/shareGelu.ts';
import { splitAddends } from '../../autodiff/splitAddends.ts';
import { appendTower, type Tower, type TowerInputs } from './tower.ts';

/** Finds the facts of every value by running the forward graph, see `probe.ts`. */
export type Probe = (graph: Graph) => Promise<ReadonlyMap<string, ValueFacts>>;

/**
 * Into how many towers the texts of a batch are dealt by length. Groups waste less padding, and what one layer hands to the next
 * stays in the processor's cache: 13 % faster than one tower even where all texts are equally long (bench/training_step.ts).
 */
export const TOWERS = 8;

/** Forward and backward of a whole batch. */
export interface DirectGraph {
  graph: Graph;
  /** {@link TOWERS} groups of texts, queries and passages alike, each padded to its own length; none may be empty. */
  towers: TowerInputs[];
  /** float32, queries x texts in the order of the groups: 1 where the query is that text, else 0. */
  queryRows: string;
  /** float32, passages x texts, likewise. */
  passageRows: string;
  lossInputs: LossInputs;
  /** float32, fixed x hidden, at least one row: vectors that only serve as negatives. */
  fixedPassages: string;
  loss: string;
  gradients: Gradients;
}

/** Forward and backward of a micro-batch whose vectors' gradients are given. */
export interface BackwardGraph {
  graph: Graph;
  tower: TowerInputs;
  /** float32, batch x hidden: d loss / d vector. */
  embeddingGradient: string;
  gradients: Gradients;
}

/** Loss and the gradients of the vectors. */
export interface LossGraph {
  graph: Graph;
  queries: string;
  passages: string;
  lossInputs: LossInputs;
  loss: string;
  queryGradient: string;
  passageGradient: string;
}

/** The encoder with its weights as inputs, and which of them are trained. */
export interface TrainableEncoder {
  /** Weights are graph inputs under their names. */
  graph: Graph;
  weights: ReadonlySet<string>;
  trainable: ReadonlySet<string>;
  /** Width of the vectors. */
  dimension: number;
}

function withWeights(encoder: Pick<TrainableEncoder, 'graph' | 'weights'>): GraphBuilder {
  const b = GraphBuilder.empty('step');
  for (const input of encoder.graph.inputs)
    if (encoder.weights.has(input.name)) b.input(input.name, input.type, input.dims);
  return b;
}

/** Gradients as graph outputs, and the row numbers too where they are not inputs that the caller knows. */
function declareGradients(b: GraphBuilder, gradients: Gradients): void {
  const known = new Set(b.graph.inputs.map((input) => input.name));
  const wanted = [...gradients.dense.values()];
  for (const row of gradients.rows) wanted.push(row.gradient, ...(known.has(row.indices) ? [] : [row.indices]));
  for (const name of new Set(wanted)) b.output(name);
}

/** Sentence vectors alone. */
export interface ForwardGraph {
  graph: Graph;
  tower: TowerInputs;
  /** float32, batch x hidden, L2-normalised. */
  embedding: string;
}

/** The encoder with pooling and normalisation; weights are inputs. */
export function buildForwardGraph(encoder: Pick<TrainableEncoder, 'graph' | 'weights'>): ForwardGraph {
  const b = withWeights(encoder);
  const tower = appendTower(b, encoder.graph, 'text', encoder.weights);
  b.output(tower.embedding, 'float32', ['text.batch', null]);
  return { graph: b.graph, tower: tower.inputs, embedding: tower.embedding };
}

export async function buildDirectGraph(encoder: TrainableEncoder, probe: Probe): Promise<DirectGraph> {
  const b = withWeights(encoder);
  const encoderGraph = shareGelu(encoder.graph);
  const towers = Array.from({ length: TOWERS }, (_, i) => appendTower(b, encoderGraph, `texts${i}`, encoder.weights));
  const fixedPassages = b.input('fixed_passages', 'float32', ['fixed', encoder.dimension]);
  const vectors = b.op(
    'Concat',
    towers.map((tower) => tower.embedding),
    { axis: int(0) },
  );
  // Picking rows by a product needs no rule for gradients of gathered values, and costs nothing beside the encoder.
  const queryRows = b.input('query_rows', 'float32', ['queries', 'texts']);
  const passageRows = b.input('passage_rows', 'float32', ['passages', 'texts']);
  const passages = b.op('Concat', [b.matmul(passageRows, vectors), fixedPassages], { axis: int(0) });
  const { loss, ...lossInputs } = appendContrastiveLoss(b, b.matmul(queryRows, vectors), passages);
  b.output(loss);
  const gradients = differentiate(b, { loss, parameters: encoder.trainable, facts: await probe(b.graph) });
  declareGradients(b, gradients);
  return {
    graph: splitAddends(b.graph),
    towers: towers.map((tower) => tower.inputs),
    ...{ queryRows, passageRows, lossInputs, fixedPassages, loss, gradients },
  };
}

export async function buildBackwardGraph(encoder: TrainableEncoder, probe: Probe): Promise<BackwardGraph> {
  const b = withWeights(encoder);
  const tower: Tower = appendTower(b, shareGelu(encoder.graph), 'text', encoder.weights);
  const embeddingGradient = b.input('embedding_gradient', 'float32', ['text.batch', encoder.dimension]);
  // The gradient of sum(vector * g) with constant g is exactly g carried back through the encoder.
  const surrogate = b.reduceSum(b.mul(tower.embedding, embeddingGradient), [0, 1], false);
  const gradients = differentiate(b, { loss: surrogate, parameters: encoder.trainable, facts: await probe(b.graph) });
  declareGradients(b, gradients);
  return { graph: splitAddends(b.graph), tower: tower.inputs, embeddingGradient, gradients };
}

export async function buildLossGraph(probe: Probe): Promise<LossGraph> {
  const b = GraphBuilder.empty('loss');
  const queries = b.input('queries', 'float32', ['queries', 'hidden']);
  const passages = b.input('passages', 'float32', ['candidates', 'hidden']);
  const { loss, ...lossInputs } = appendContrastiveLoss(b, queries, passages);
  b.output(loss);
  const { dense } = differentiate(b, {
    loss,
    parameters: new Set([queries, passages]),
    facts: await probe(b.graph),
  });
  const queryGradient = dense.get(queries)!;
  const passageGradient = dense.get(passages)!;
  b.output(queryGradient);
  b.output(passageGradient);
  return { graph: b.graph, queries, passages, lossInputs, loss, queryGradient, passageGradient };
}
