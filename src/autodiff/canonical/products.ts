// Draws factors and transposes into matrix products: com.microsoft.FusedMatMul has both for nothing.
import { float, type Graph, int, ints, intsAttribute, type Node } from '../graph.ts';
import { View, withReplaced } from './view.ts';

/**
 * alpha A B and A B' become one node each: constants that a product, or one side of it, is multiplied with alone; and a transposed right side,
 * which attention's keys are. Where a right side's other axes move too, a transpose remains that moves whole rows.
 */
export function fuseProducts(graph: Graph): Graph {
  const view = new View(graph);
  const replaced = new Map<Node, Node[]>();
  const unscaled = (value: string): { value: string; factor: number } => {
    const found = scalingBefore(view, value);
    // A factor that the product before has taken is in its result already.
    return found && !replaced.has(found.node) ? found : { value, factor: 1 };
  };
  for (const node of graph.nodes) {
    if (node.op !== 'MatMul') continue;
    const left = unscaled(node.inputs[0]!);
    const outer = unscaled(node.inputs[1]!);
    const turn = turned(view, outer.value);
    const right = turn ? unscaled(turn.value) : outer;
    let alpha = left.factor * outer.factor * (turn ? right.factor : 1);
    const scaling = factorOf(view, view.soleReader(node.outputs[0]!), node.outputs[0]!);
    const last = scaling ? scaling.node : node;
    alpha *= scaling?.factor ?? 1;
    if (alpha === 1 && !turn) continue;
    const made: Node[] = [];
    let rightSide = right.value;
    if (turn?.perm) {
      rightSide = `${node.outputs[0]}/right`;
      made.push(plain('Transpose', '', [right.value], rightSide, new Map([['perm', ints(turn.perm)]])));
    }
    const attributes = new Map([
      ['transA', int(0)],
      ['transB', int(turn ? 1 : 0)],
      ['alpha', float(alpha)],
    ]);
    made.push(plain('FusedMatMul', 'com.microsoft', [left.value, rightSide], last.outputs[0]!, attributes, node.name));
    // The product must stay where its inputs are made, which is anywhere before its reader.
    replaced.set(last, made);
    if (last !== node) replaced.set(node, []);
  }
  if (replaced.size === 0) return graph;
  const opsets = new Map([...graph.opsets, ['com.microsoft', 1] as const]);
  return withReplaced({ ...graph, opsets }, replaced);
}

const plain = (
  op: string,
  domain: string,
  inputs: string[],
  output: string,
  attributes: Node['attributes'],
  name = output,
): Node => ({ op, domain, name, inputs, outputs: [output], attributes });

/** The multiplication by a constant that makes a value which one node alone reads. */
function scalingBefore(view: View, value: string): { node: Node; value: string; factor: number } | undefined {
  const node = view.soleReader(value) && view.maker(value, 'Mul', 'Div');
  for (const inner of node?.inputs ?? []) {
    const found = factorOf(view, node, inner);
    if (found) return { ...found, value: inner };
  }
  return undefined;
}

/** The number by which `node` multiplies `value`. */
function factorOf(view: View, node: Node | undefined, value: string): { node: Node; factor: number } | undefined {
  if (!node || (node.op !== 'Mul' && node.op !== 'Div') || node.inputs[0] === node.inputs[1]) return undefined;
  if (node.op === 'Div' && node.inputs[0] !== value) return undefined;
  const other = View.other(node, value);
  const number = view.scalar(other);
  // A constant of higher rank than the value would widen it.
  if (number === undefined || !Number.isFinite(number) || number === 0 || view.constant(other)!.dims.length > 1)
    return undefined;
  return view.constant(other)!.type === 'float32'
    ? { node, factor: node.op === 'Mul' ? number : 1 / number }
    : undefined;
}

/** What a transposed value was before its last two axes changed places; `perm` is the turn that remains, if any. */
function turned(view: View, value: string): { value: string; perm?: number[] } | undefined {
  const node = view.soleReader(value) && view.maker(value, 'Transpose');
  const perm = node && intsAttribute(node, 'perm');
  if (!perm || perm.length < 2) return undefined;
  const rest = [...perm.slice(0, -2), perm.at(-1)!, perm.at(-2)!];
  if (rest.every((axis, i) => axis === i)) return { value: node!.inputs[0]! };
  return rest.at(-1) === perm.length - 1 ? { value: node!.inputs[0]!, perm: rest } : undefined;
}
