// Appends the training loss to a graph of query and passage vectors.
import type { GraphBuilder } from './builder.ts';
import { int } from './graph.ts';

/** Extra inputs of the loss. */
export interface LossInputs {
  /** float32, queries x passages, rows sum to 1: which passage answers which query. */
  targets: string;
  /** float32, queries x passages, added to the scores: 0, or a large negative number for other right answers. */
  bias: string;
  /** float32 scalar: what cosines are divided by. */
  temperature: string;
}

/**
 * Multiple-negatives ranking loss (Henderson et al. 2017, arXiv 1705.00652; InfoNCE, van den Oord et al. 2018, arXiv 1807.03748):
 * the mean over queries of the cross entropy between `targets` and softmax(cosine / temperature + bias) over all passages.
 * `queries` and `passages` are L2-normalised, rows x hidden. Returns the name of the scalar loss.
 */
export function appendContrastiveLoss(
  b: GraphBuilder,
  queries: string,
  passages: string,
): LossInputs & { loss: string } {
  const targets = b.input('targets', 'float32', ['queries', 'candidates']);
  const bias = b.input('bias', 'float32', ['queries', 'candidates']);
  const temperature = b.input('temperature', 'float32', []);
  const scores = b.add(b.div(b.fusedMatMul(queries, passages, false, true), temperature), bias);
  const logProbabilities = b.op('LogSoftmax', [scores], { axis: int(-1) });
  const perQuery = b.reduceSum(b.mul(logProbabilities, targets), [1], false);
  const loss = b.neg(b.op('ReduceMean', [perQuery, b.integers([0])], { keepdims: int(0) }));
  return { targets, bias, temperature, loss };
}
