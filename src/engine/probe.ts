// Finds type and shape of every value in a graph by running it twice at tiny sizes: what is equal in both runs is fixed.
// This replaces shape inference, whose rules would have to be written for every operator and would still miss computed shapes.

import type { Known } from '../autodiff/canonical/index.ts';
import type { DataType, Graph, Tensor, TensorArray, ValueFacts } from '../autodiff/graph.ts';
import { allocate, encodeModel } from '../autodiff/proto.ts';
import { TOWERS } from './graphs/trainingGraphs.ts';
import { Session, type Value } from './runtime.ts';

/** Sizes of the symbolic dimensions in one trial run; names not listed take `other`. */
type Sizes = (symbol: string) => number;

// No size is 1, so that an axis of 1 in both runs is a broadcast axis and nothing else.
// `texts` are those of all towers together, `candidates` the passages together with the fixed ones, so their sizes add up.
const sized =
  (sequence: number, other: number): Sizes =>
  (symbol) =>
    symbol.endsWith('sequence')
      ? sequence
      : symbol === 'texts'
        ? TOWERS * other
        : symbol === 'candidates'
          ? 2 * other
          : other;
const FIRST = sized(3, 2);
const SECOND = sized(5, 6);

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
  return (await probeGraph(graph, weights)).facts;
}

/** Weights as the values that a probe is given. */
export function asValues(
  weights: Iterable<[string, { dims: readonly number[]; data: Float32Array }]>,
): Map<string, Value> {
  return new Map([...weights].map(([name, { dims, data }]) => [name, { type: 'float32', dims, data }]));
}

/** {@link probeFacts}, and with them the values that are computed from fixed sizes alone, for example a head's width. */
export async function probeGraph(graph: Graph, weights: ReadonlyMap<string, Value>): Promise<Known> {
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
  return { facts, constants: fixedValues(graph, first, second) };
}

/** Most elements of a computed value that is taken for a constant. */
const FIXED_ELEMENTS = 1024;

/**
 * Values that follow from constants and from fixed sizes only. Of what depends on a varying size nothing is taken, though it be equal in
 * both runs: a comparison or a limit may come out otherwise at larger sizes.
 */
function fixedValues(
  graph: Graph,
  first: ReadonlyMap<string, Value>,
  second: ReadonlyMap<string, Value>,
): Map<string, Tensor> {
  const fixed = new Map<string, Tensor>();
  const isFixed = (value: string): boolean => value === '' || fixed.has(value) || graph.initializers.has(value);
  const shapes = new Set<string>();
  for (const node of graph.nodes) {
    const [output] = node.outputs as [string];
    if (node.op === 'Shape') shapes.add(output);
    const [source, ...places] = node.inputs as [string, ...string[]];
    // Part of a shape is fixed where those sizes are.
    const isPart = /^(Gather|Slice)$/.test(node.op) && shapes.has(source) && places.every(isFixed);
    // Only the type of what it is cast like counts, and that is fixed.
    const isCast = node.op === 'CastLike' && isFixed(source);
    if (
      !shapes.has(output) &&
      !isPart &&
      !isCast &&
      !(node.inputs.every(isFixed) && !/^Random|^Multinomial/.test(node.op))
    )
      continue;
    const values = node.outputs.map((name) => [first.get(name), second.get(name)] as const);
    if (!values.every(([a, b]) => a && b && a.data.length <= FIXED_ELEMENTS && sameValue(a, b))) continue;
    node.outputs.forEach((name, i) => {
      const { type, dims, data } = values[i]![0]!;
      fixed.set(name, { type, dims: [...dims], data });
    });
  }
  return fixed;
}

const sameValue = (a: Value, b: Value): boolean =>
  a.dims.join() === b.dims.join() && [...a.data].every((value, i) => Object.is(value, b.data[i]));
