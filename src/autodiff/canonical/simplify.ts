// Removes what exporters leave behind without meaning: copies, constants as nodes, dropout, guards against rows of nothing.
import type { Graph, Node, Tensor } from '../graph.ts';
import { View, withoutDead } from './view.ts';

/** Constant nodes as initializers; `known` adds values that are constant although they are computed. */
export function constantsOut(graph: Graph, known: ReadonlyMap<string, Tensor> = new Map()): Graph {
  const initializers = new Map([...graph.initializers, ...known]);
  const nodes = graph.nodes.filter((node) => {
    if (node.outputs.every((output) => known.has(output))) return false;
    if (node.op !== 'Constant') return true;
    const tensor = constantOf(node);
    if (tensor) initializers.set(node.outputs[0]!, tensor);
    return !tensor;
  });
  return { ...graph, nodes, initializers };
}

/** The value of a Constant node in the forms that exporters write. */
function constantOf(node: Node): Tensor | undefined {
  for (const [name, attribute] of node.attributes) {
    if (attribute.kind === 'tensor') return attribute.value;
    if (name === 'value_float' && attribute.kind === 'float')
      return { type: 'float32', dims: [], data: Float32Array.of(attribute.value) };
    if (name === 'value_int' && attribute.kind === 'int')
      return { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(attribute.value)) };
    if (name === 'value_ints' && attribute.kind === 'ints')
      return { type: 'int64', dims: [attribute.value.length], data: BigInt64Array.from(attribute.value, BigInt) };
    if (name === 'value_floats' && attribute.kind === 'floats')
      return { type: 'float32', dims: [attribute.value.length], data: Float32Array.from(attribute.value) };
  }
  return undefined;
}

/**
 * A graph without Identity, without Dropout (which does nothing at inference), and without the guard that replaces a softmax of an
 * entirely masked row by zeros: every text has tokens that are not masked, so no row is.
 */
export function withoutCopies(graph: Graph): Graph {
  const view = new View(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const sources = new Map<string, string>();
  const sourceOf = (value: string): string => sources.get(value) ?? value;
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const [output] = node.outputs as [string];
    const source = copied(view, node);
    // An output of the graph keeps its name, and so its copy.
    if (source !== undefined && !outputs.has(output)) sources.set(output, sourceOf(source));
    else nodes.push({ ...node, inputs: node.inputs.map(sourceOf) });
  }
  return withoutDead({ ...graph, nodes });
}

/** The value whose copy a node makes. */
function copied(view: View, node: Node): string | undefined {
  if (node.op === 'Identity') return node.inputs[0];
  if (node.op === 'Dropout') {
    const trains = node.inputs[2] !== undefined && view.scalar(node.inputs[2]) !== 0;
    const masked = node.outputs.slice(1).some((output) => view.readersOf(output).length > 0);
    return trains || masked ? undefined : node.inputs[0];
  }
  if (node.op === 'Where') {
    const [condition, instead, value] = node.inputs as [string, string, string];
    const test = view.maker(condition, 'IsNaN');
    const guards = test?.inputs[0] === value && view.maker(value, 'Softmax') && view.scalar(instead) === 0;
    return guards ? value : undefined;
  }
  return undefined;
}
