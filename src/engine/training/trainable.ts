// Whether a model can be fine-tuned, asked before anything is computed for it.
import { missingRules } from '../../autodiff/backward.ts';
import { DifferentiationError } from '../../autodiff/rule.ts';
import { errors } from '../../core/errors.ts';
import type { ModelWeights } from '../modelWeights.ts';

/** Throws the `not-trainable` UserError when the graph of model `id` holds an operator without a gradient rule on the way from a weight. */
export function requireTrainable(id: string, model: Pick<ModelWeights, 'graph' | 'weights'>): void {
  const missing = missingRules(model.graph, new Set(model.weights.keys()))[0];
  if (missing)
    throw errors.notTrainable(id, `no gradient rule is known for operator ${missing.op} (node ${missing.name})`);
}

/** The `not-trainable` UserError for what a gradient rule refused, any other error as it is. */
export function asNotTrainable(id: string, error: unknown): unknown {
  return error instanceof DifferentiationError ? errors.notTrainable(id, error.message) : error;
}
