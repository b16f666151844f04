// Takes the shapes out of a big graph before the runtime opens it. For each value whose rank it knows, onnxruntime (up to 1.30 at least)
// looks for a buffer to use again among all that were freed, by name and dimension by dimension: in a training graph, whose dimensions vary
// and so never match, that takes time by the square of the graph, 8 of 10 s for five towers of six layers. Values of unknown rank are left to
// its allocator at once, where the varying ones end anyway.
import type { Graph, Tensor } from '../../autodiff/graph.ts';

/** A graph with the same outputs, and what it must be fed besides. */
export interface Shapeless {
  graph: Graph;
  /** By input: constants that would have told a rank. */
  constants: Map<string, Tensor>;
}

/** Leaves inputs other than `weights` without dimensions, and makes inputs of the constants that values are reshaped to. `graph` is not changed. */
export function withoutShapes(graph: Graph, weights: ReadonlySet<string>): Shapeless {
  const constants = new Map<string, Tensor>();
  for (const { op, inputs } of graph.nodes) {
    const shape = op === 'Reshape' ? graph.initializers.get(inputs[1]!) : undefined;
    if (shape) constants.set(inputs[1]!, shape);
  }
  const given = [...constants].map(([name, { type, dims }]) => ({ name, type, dims }));
  return {
    graph: {
      ...graph,
      inputs: [...graph.inputs, ...given].map((input) =>
        weights.has(input.name) ? input : { ...input, isUnshaped: true },
      ),
      initializers: new Map([...graph.initializers].filter(([name]) => !constants.has(name))),
    },
    constants,
  };
}
