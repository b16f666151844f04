// Finds type and shape of every value in a graph by running it twice at tiny sizes: what is equal in both runs is fixed.
// This replaces shape inference, whose rules would have to be written for every operator and would still miss computed shapes.

import type { DataType, Graph, TensorArray, ValueFacts } from '../autodiff/graph.ts';
import { allocate, encodeModel } from '../autodiff/proto.ts';
import { PASSAGE_TOWERS } from './graphs/trainingGraphs.ts';
import { Session, type Value } from './runtime.ts';

/** Sizes of the symbolic dimensions in one trial run; names not listed take `other`. */
type Sizes = (symbol: string) => number;

// No size is 1, so that an axis of 1 in both runs is a broadcast axis and nothing else.
// `candidates` are the passages of all towers together with the fixed ones, so their sizes add up.
const FIRST: Sizes = (symbol) =>
  symbol.endsWith('sequence') ? 3 : symbol === 'candidates' ? 4 * PASSAGE_TOWERS + 2 : /^passage/.test(symbol) ? 4 : 2;
const SECOND: Sizes = (symbol) =>
  symbol.endsWith('sequence') ? 5 : symbol === 'candidates' ? 7 * PASSAGE_TOWERS + 6 : /^passage/.test(symbol) ? 7 : 6;

/** A feed value that any encoder accepts: whole numbers of `id`, floats that differ. */
function plain(id: bigint, type: DataType, dims: number[]): Value {
  const length = dims.reduce((a, b) => a * b, 1);
  const data: TensorArray = allocate(type, length);
  if (data instanceof BigInt64Array) data.fill(id);
  else if (data instanceof Float32Array) for (let i = 0; i < length; i++) data[i] = 0.5 + ((i * 7) % 13) / 26;
  else data.fill(1);
  return { type, dims, data };
}

/**
 * Runs `graph` twice and returns the facts of all its values. `weights` feeds the inputs it names (once per name, not copied);
 * the other inputs get plain values by their symbolic dimensions. Throws what the runtime throws when the graph does not run.
 */
export async function probeFacts(
  graph: Graph,
  weights: ReadonlyMap<string, Value>,
): Promise<ReadonlyMap<string, ValueFacts>> {
  const produced = graph.nodes.flatMap((node) => node.outputs.filter((output) => output !== ''));
  const everything: Graph = {
    ...graph,
    outputs: produced.map((name) => ({ name, type: undefined, dims: [] })),
  };
  const session = await Session.open(encodeModel(everything), { optimize: 'none' });
  const trial = async (sizes: Sizes): Promise<Map<string, Value>> => {
    const feeds: Record<string, Value> = {};
    for (const input of graph.inputs)
      feeds[input.name] =
        weights.get(input.name) ??
        plain(
          // A model may know a single token type.
          input.name.endsWith('token_type_ids') ? 0n : 1n,
          input.type ?? 'float32',
          input.dims.map((dim) => (typeof dim === 'number' ? dim : sizes(dim ?? 'batch'))),
        );
    const results = await session.run(feeds);
    return new Map([...Object.entries(feeds), ...Object.entries(results)]);
  };
  const first = await trial(FIRST);
  const second = await trial(SECOND);
  await session.close();
  const facts = new Map<string, ValueFacts>();
  for (const [name, value] of first) {
    const other = second.get(name)!;
    facts.set(name, {
      type: value.type,
      dims: value.dims.map((dim, axis) => (other.dims[axis] === dim ? dim : null)),
    });
  }
  for (const [name, tensor] of graph.initializers) facts.set(name, { type: tensor.type, dims: tensor.dims });
  return facts;
}
