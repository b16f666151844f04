// Which two-dimensional values of a graph have equally many rows, though nobody knows how many.
import { intAttribute, type Node, type ValueFacts } from './graph.ts';

/** Operators whose output has the rows of their first input. */
const BY_FIRST = new Set([
  'Gemm',
  'MatMul',
  'FusedMatMul',
  'LayerNormalization',
  'Gelu',
  'Erf',
  'Tanh',
  'Relu',
  'Identity',
]);
/** Operators whose output has the rows of each input that has rows: no size of a trial run is 1, so what varies was not spread. */
const BY_ANY = new Set(['Add', 'Sub', 'Mul', 'Div', 'Sum']);

/**
 * A function from a value to a name that all values share which are known to have as many rows; a value of which nothing is known has its
 * own. `nodes` in topological order.
 */
export function rowCounts(nodes: readonly Node[], facts: ReadonlyMap<string, ValueFacts>): (value: string) => string {
  const parents = new Map<string, string>();
  const root = (value: string): string => {
    let at = value;
    for (let up = parents.get(at); up !== undefined; up = parents.get(at)) at = up;
    return at;
  };
  const hasRows = (value: string): boolean => {
    const dims = facts.get(value)?.dims;
    return dims?.length === 2 && dims[0] === null;
  };
  for (const node of nodes) {
    const [first] = node.inputs;
    const like = BY_ANY.has(node.op)
      ? node.inputs
      : BY_FIRST.has(node.op) && first !== undefined && intAttribute(node, 'transA', 0) === 0
        ? [first]
        : [];
    const [output] = node.outputs;
    if (output === undefined || !hasRows(output)) continue;
    for (const input of like) {
      if (!hasRows(input)) continue;
      const [a, b] = [root(input), root(output)];
      if (a !== b) parents.set(b, a);
    }
  }
  return root;
}
