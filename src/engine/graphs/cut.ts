// Cuts an encoder in two where one value alone carries all that the lower layers have made of the text, so that the upper layers can be
// trained on kept values of the lower ones (feature-based training: Peters et al. 2019, arXiv 1903.05987).
import { GraphBuilder } from '../../autodiff/builder.ts';
import { type Graph, leadingTo, type Node, type ValueFacts } from '../../autodiff/graph.ts';
import { STATES, TOKEN_INPUTS } from './tower.ts';

/** An encoder in two parts. */
export interface Cut {
  /** Token inputs and weights -> the value at the cut, its one output. */
  lower: Graph;
  /** Token inputs, weights and {@link STATES} (batch x sequence x `width`) -> what the encoder gives. */
  upper: Graph;
  /** Weights that only the upper part reads. */
  upperWeights: ReadonlySet<string>;
  width: number;
  /** Layers in the upper part. */
  layers: number;
}

/** One of these stands in every layer. */
const ATTENTION = new Set(['Softmax', 'Attention', 'MultiHeadAttention']);

/** Layers of an encoder, by its attention operators. */
export function layerCount({ nodes }: Graph): number {
  return nodes.filter(({ op }) => ATTENTION.has(op)).length;
}

/** Gives the facts of all values of a graph, see `probe.ts`. */
type Facts = (graph: Graph) => Promise<ReadonlyMap<string, ValueFacts>>;

/**
 * Where to cut `graph` below its top `layers` layers (all, where it has fewer); undefined where no value alone carries the text there.
 */
export async function cutBelow(
  graph: Graph,
  weights: ReadonlySet<string>,
  layers: number,
  factsOf: Facts,
): Promise<Cut | undefined> {
  const wanted = Math.min(layers, layerCount(graph));
  const states = statesOf(graph, weights);
  for (const value of carriersBelow(graph, states, wanted)) {
    const lower = part(graph, leadingTo(graph.nodes, [value]), [{ name: value, type: 'float32', dims: [] }]);
    const below = new Set(lower.nodes.flatMap(({ outputs }) => outputs).filter((each) => states.has(each)));
    below.delete(value);
    const facts = await factsOf(lower);
    const { dims } = facts.get(value)!;
    const width = dims.at(-1);
    if ((dims.length !== 2 && dims.length !== 3) || typeof width !== 'number') continue;
    // Exported graphs take batch and length from the first states they have; those at the cut have the same.
    const nodes = graph.nodes.map((node) =>
      node.op === 'Shape' && below.has(node.inputs[0]!) && facts.get(node.inputs[0]!)!.dims.join() === dims.join()
        ? { ...node, inputs: [value] }
        : node,
    );
    const upperNodes = leadingTo(nodes, [graph.outputs[0]!.name], value);
    // The upper part may work out masks and shapes anew, but nothing that the lower layers made.
    if (upperNodes.some(({ inputs }) => inputs.some((input) => below.has(input)))) continue;
    const read = (of: readonly Node[]): Set<string> =>
      new Set(of.flatMap(({ inputs }) => inputs.filter((input) => weights.has(input))));
    const lowerWeights = read(lower.nodes);
    const upperWeights = new Set([...read(upperNodes)].filter((name) => !lowerWeights.has(name)));
    const upper = startingAt(part(graph, upperNodes, graph.outputs), value, dims.length, width);
    return { lower, upper, upperWeights, width, layers: wanted };
  }
  return undefined;
}

/** Values that depend on the text and on weights; a shape depends on neither in a way that matters. */
function statesOf(graph: Graph, weights: ReadonlySet<string>): Set<string> {
  const weighed = new Set(weights);
  const read = new Set(graph.inputs.map(({ name }) => name).filter((name) => !weights.has(name)));
  for (const node of graph.nodes) {
    const from = (known: ReadonlySet<string>): boolean => node.inputs.some((input) => known.has(input));
    const isWeighed = node.op !== 'Shape' && from(weighed);
    const isRead = from(read);
    for (const output of node.outputs) {
      if (isWeighed) weighed.add(output);
      if (isRead) read.add(output);
    }
  }
  return new Set([...weighed].filter((value) => read.has(value)));
}

/** Values that alone carry the text between two nodes with exactly `layers` attentions behind them; the last first. */
function carriersBelow(graph: Graph, states: ReadonlySet<string>, layers: number): string[] {
  const lastRead = new Map<string, number>();
  graph.nodes.forEach(({ inputs }, i) => {
    for (const input of inputs) if (states.has(input)) lastRead.set(input, i);
  });
  let above = layerCount(graph);
  const live = new Set<string>();
  const found: string[] = [];
  graph.nodes.forEach((node, i) => {
    for (const output of node.outputs) if ((lastRead.get(output) ?? -1) > i) live.add(output);
    for (const input of node.inputs) if (lastRead.get(input) === i) live.delete(input);
    if (ATTENTION.has(node.op)) above--;
    if (above === layers && live.size === 1) found.unshift(...live);
  });
  return [...new Set(found)];
}

/** A graph of some of the nodes; token inputs stay even where nothing reads them, so that both parts are fed alike. */
function part(graph: Graph, nodes: Node[], outputs: Graph['outputs']): Graph {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
    ...graph,
    nodes,
    outputs,
    inputs: graph.inputs.filter(({ name }) => read.has(name) || TOKEN_INPUTS.has(name)),
    initializers: new Map([...graph.initializers].filter(([name]) => read.has(name))),
  };
}

/** The upper part with `value` taken from its input, in the rank that its nodes expect. */
function startingAt(graph: Graph, value: string, rank: number, width: number): Graph {
  const b = GraphBuilder.rewriting({ ...graph, inputs: [...graph.inputs] });
  b.input(STATES, 'float32', ['batch', 'sequence', width]);
  if (rank === 2) b.emit('Reshape', [STATES, b.integers([-1, width])], {}, { outputs: [value] });
  else b.emit('Identity', [STATES], {}, { outputs: [value] });
  b.graph.nodes.push(...graph.nodes);
  return b.graph;
}
