// Whether there is anything to fine-tune, a model that can be and questions enough, asked before anything is computed.
import { missingRules } from '../../autodiff/backward.ts';
import { DifferentiationError } from '../../autodiff/rule.ts';
import { errors } from '../../core/errors.ts';
import { acceptedIds, type Question } from '../../core/question.ts';
import { buildBackwardGraph } from '../graphs/trainingGraphs.ts';
import type { ModelFolder } from '../modelFolder.ts';
import type { ModelWeights } from '../modelWeights.ts';
import { asValues, probeFacts } from '../probe.ts';

/**
 * Throws a UserError when the model in `folder` cannot be trained: its weights are quantised, or an operator on the way from a weight has
 * no gradient rule, or is used in a way that its rule does not know. Of a graph from elsewhere all gradients are made once, for nothing.
 */
export async function requireTrainable(
  { id, path, config }: Pick<ModelFolder, 'id' | 'path' | 'config'>,
  model: ModelWeights,
): Promise<void> {
  if (model.quantised !== undefined) throw errors.modelQuantised(path, model.quantised);
  const { graph } = model;
  const weights = new Set(model.weights.keys());
  if (weights.size === 0) throw errors.notTrainable(id, 'its file holds no weights in single or half precision');
  const missing = missingRules(graph, weights)[0];
  if (missing)
    throw errors.notTrainable(id, `no gradient rule is known for operator ${missing.op} (node ${missing.name})`);
  if (model.bert) return;
  await buildBackwardGraph({ graph, weights, trainable: weights, dimension: config.hidden_size }, (forward) =>
    probeFacts(forward, asValues(model.weights)),
  ).catch((error) => {
    throw asNotTrainable(id, error);
  });
}

/** Throws the `too-few-questions` UserError when there is too little to learn from, or nothing to check on. */
export function requireQuestions(train: readonly Question[], development: readonly Question[]): void {
  if (train.length >= 2 && development.length >= 1) return;
  const all = [...train, ...development];
  throw errors.tooFewQuestions(all.length, new Set(all.flatMap(acceptedIds)).size);
}

/** The `not-trainable` UserError for what a gradient rule refused, any other error as it is. */
export function asNotTrainable(id: string, error: unknown): unknown {
  return error instanceof DifferentiationError ? errors.notTrainable(id, error.message) : error;
}
