// Reads a half-precision export as single precision, in which everything here is computed and trained.
import { type Attribute, type Graph, int, type Tensor } from '../../autodiff/graph.ts';
import { TYPE_CODES } from '../../autodiff/proto.ts';
import { fromHalf } from '../halfFloat.ts';

const widened = (tensor: Tensor): Tensor =>
  tensor.type === 'float16' ? { ...tensor, type: 'float32', data: fromHalf(tensor.data as Uint16Array) } : tensor;

/** A graph with float32 wherever float16 stood, in weights, constants and casts; the same graph where nothing is float16. */
export function widenHalf(graph: Graph): Graph {
  const isHalf =
    [...graph.initializers.values()].some(({ type }) => type === 'float16') ||
    graph.nodes.some((node) => [...node.attributes.values()].some(holdsHalf));
  if (!isHalf) return graph;
  const attribute = (name: string, value: Attribute): Attribute => {
    if (value.kind === 'tensor') return { kind: 'tensor', value: widened(value.value) };
    return name === 'to' && value.kind === 'int' && value.value === TYPE_CODES.float16
      ? int(TYPE_CODES.float32)
      : value;
  };
  const single = ({ type, ...value }: Graph['inputs'][number]) => ({
    ...value,
    type: type === 'float16' ? ('float32' as const) : type,
  });
  return {
    ...graph,
    inputs: graph.inputs.map(single),
    outputs: graph.outputs.map(single),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [name, widened(tensor)])),
    nodes: graph.nodes.map((node) => ({
      ...node,
      attributes: new Map([...node.attributes].map(([name, value]) => [name, attribute(name, value)])),
    })),
  };
}

const holdsHalf = (value: Attribute): boolean => value.kind === 'tensor' && value.value.type === 'float16';
