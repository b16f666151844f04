// Rewrites an exported graph into the few fused operators that the runtime is fast at and the gradients are short for.
import type { Graph, Tensor, ValueFacts } from '../graph.ts';
import { fuseGelu } from './gelu.ts';
import { fuseLayerNorm } from './layerNorm.ts';
import { fuseProducts } from './products.ts';
import { constantsOut, withoutCopies } from './simplify.ts';

/** What is known of a graph that was run, see `engine/probe.ts`; nothing of it is needed. */
export interface Known {
  /** Computed values that are the same for every batch. */
  constants: ReadonlyMap<string, Tensor>;
  facts: ReadonlyMap<string, ValueFacts>;
}

/**
 * A graph with the same inputs and outputs, in which copies are gone, and LayerNormalization, Gelu and products with factor and transpose
 * are one node each. Weights keep their names; what fits no pattern stays as it is. The input graph is not changed.
 */
export function canonicalise(graph: Graph, known?: Known): Graph {
  const simple = withoutCopies(constantsOut(graph, known?.constants));
  const rankOf = (value: string): number | undefined => known?.facts.get(value)?.dims.length;
  return fuseProducts(fuseGelu(fuseLayerNorm(simple, rankOf)));
}
