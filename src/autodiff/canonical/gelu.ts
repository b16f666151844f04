// Finds GELU that an exporter wrote out, in whatever order it multiplied. Hendrycks and Gimpel 2016 (arXiv 1606.08415).
import type { Graph, Node } from '../graph.ts';
import { View, withReplaced } from './view.ts';

/** A value as a polynomial in one other value: coefficients by rising power, at most of degree 3. */
interface Polynomial {
  /** Undefined for a constant. */
  base: string | undefined;
  terms: number[];
}

const CUBIC = 0.044715;
const ROOT = Math.sqrt(2 / Math.PI);
/** What the inner function is applied to, in x. */
const ARGUMENTS: Record<string, number[]> = { Erf: [0, Math.SQRT1_2], Tanh: [0, ROOT, 0, ROOT * CUBIC] };
const HALF = [0, 0.5];
// Constants are written with five digits and more.
const TOLERANCE = 1e-4;

/**
 * x/2 (1 + erf(x / sqrt 2)) and x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) become com.microsoft.Gelu and com.microsoft.FastGelu,
 * which the runtime has for every operator set.
 */
export function fuseGelu(graph: Graph): Graph {
  const view = new View(graph);
  const replaced = new Map<Node, Node[]>();
  for (const inner of graph.nodes) {
    const wanted = ARGUMENTS[inner.op];
    if (!wanted) continue;
    const argument = polynomial(view, inner.inputs[0]!);
    if (!argument.base || !equal(argument.terms, wanted)) continue;
    const last = halfOfSum(view, inner, argument.base);
    if (!last) continue;
    replaced.set(last, [
      {
        op: inner.op === 'Erf' ? 'Gelu' : 'FastGelu',
        domain: 'com.microsoft',
        name: last.name,
        inputs: [argument.base],
        outputs: [last.outputs[0]!],
        attributes: new Map(),
      },
    ]);
  }
  if (replaced.size === 0) return graph;
  const opsets = new Map([...graph.opsets, ['com.microsoft', 1] as const]);
  return withReplaced({ ...graph, opsets }, replaced);
}

/**
 * Follows the inner function's value t through additions and products, as factor(x) t + rest(x), to the node at which both are x/2;
 * undefined where another thing is made of it.
 */
function halfOfSum(view: View, inner: Node, base: string): Node | undefined {
  let value = inner.outputs[0]!;
  let factor = [1];
  let rest = [0];
  for (let steps = 0; steps < 4; steps++) {
    const node = view.soleReader(value);
    if (node?.inputs.length !== 2 || node.inputs[0] === node.inputs[1]) return undefined;
    const other = polynomial(view, View.other(node, value));
    if (!other || (other.base !== undefined && other.base !== base)) return undefined;
    if (node.op === 'Add') rest = plus(rest, other.terms);
    else if (node.op === 'Mul') {
      factor = times(factor, other.terms);
      rest = times(rest, other.terms);
    } else if (node.op === 'Div' && node.inputs[0] === value && other.base === undefined) {
      factor = times(factor, [1 / other.terms[0]!]);
      rest = times(rest, [1 / other.terms[0]!]);
    } else return undefined;
    if (equal(factor, HALF) && equal(rest, HALF)) return node;
    value = node.outputs[0]!;
  }
  return undefined;
}

/** A value as a polynomial; a value that is computed by something else is the base itself. */
function polynomial(view: View, value: string, depth = 6): Polynomial {
  const number = view.scalar(value);
  if (number !== undefined) return { base: undefined, terms: [number] };
  const node = depth > 0 ? view.maker(value, 'Add', 'Mul', 'Div', 'Pow') : undefined;
  const computed =
    node && combined(node, polynomial(view, node.inputs[0]!, depth - 1), polynomial(view, node.inputs[1]!, depth - 1));
  return computed && computed.terms.length <= 4 ? computed : { base: value, terms: [0, 1] };
}

/** Two polynomials under a node's operator; undefined where the result is none in one value. */
function combined({ op }: Node, a: Polynomial, b: Polynomial): Polynomial | undefined {
  const base = a.base ?? b.base;
  if (base === undefined || (a.base !== undefined && b.base !== undefined && a.base !== b.base)) return undefined;
  if (op === 'Add') return { base, terms: plus(a.terms, b.terms) };
  if (op === 'Mul') return { base, terms: times(a.terms, b.terms) };
  if (b.base !== undefined) return undefined;
  const [number] = b.terms as [number];
  if (op === 'Div') return { base, terms: times(a.terms, [1 / number]) };
  if (number === 2) return { base, terms: times(a.terms, a.terms) };
  return number === 3 ? { base, terms: times(a.terms, times(a.terms, a.terms)) } : undefined;
}

const plus = (a: readonly number[], b: readonly number[]): number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + (b[i] ?? 0));

function times(a: readonly number[], b: readonly number[]): number[] {
  const product = new Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      product[i + j]! += x * y;
    });
  });
  return product;
}

const equal = (a: readonly number[], b: readonly number[]): boolean =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => Math.abs((a[i] ?? 0) - (b[i] ?? 0))).every(
    (difference, i) => difference <= TOLERANCE * Math.max(Math.abs(b[i] ?? 0), 1e-2),
  );
