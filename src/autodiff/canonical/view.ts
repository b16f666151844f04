// A graph as patterns are sought in it: who makes a value, who reads it, which values are constant.
import { type Graph, integersOf, intsAttribute, leadingTo, type Node, type Tensor } from '../graph.ts';

/** Looks values of one graph up; the graph must not change meanwhile. */
export class View {
  private readonly makers = new Map<string, Node>();
  private readonly readers = new Map<string, Node[]>();
  private readonly outputs: ReadonlySet<string>;

  constructor(readonly graph: Graph) {
    for (const node of graph.nodes) {
      for (const output of node.outputs) this.makers.set(output, node);
      for (const input of new Set(node.inputs)) {
        const known = this.readers.get(input);
        if (known) known.push(node);
        else this.readers.set(input, [node]);
      }
    }
    this.outputs = new Set(graph.outputs.map(({ name }) => name));
  }

  /** The node that makes a value, where it is of one of these operators (or of any). */
  maker(value: string | undefined, ...ops: string[]): Node | undefined {
    const node = value === undefined ? undefined : this.makers.get(value);
    return node && (ops.length === 0 || ops.includes(node.op)) ? node : undefined;
  }

  /** The nodes that read a value. */
  readersOf(value: string): readonly Node[] {
    return this.readers.get(value) ?? [];
  }

  /** The node that alone reads a value that is no output of the graph. */
  soleReader(value: string): Node | undefined {
    const readers = this.readersOf(value);
    return readers.length === 1 && !this.outputs.has(value) ? readers[0] : undefined;
  }

  /** The tensor of an initializer. */
  constant(value: string | undefined): Tensor | undefined {
    return value === undefined ? undefined : this.graph.initializers.get(value);
  }

  /** The number in a constant of one element. */
  scalar(value: string | undefined): number | undefined {
    const tensor = this.constant(value);
    return tensor?.data.length === 1 ? Number(tensor.data[0]) : undefined;
  }

  /** The dimensions of an initializer or of a graph input. */
  dims(value: string | undefined): readonly (number | string | null)[] | undefined {
    return this.constant(value)?.dims ?? this.graph.inputs.find(({ name }) => name === value)?.dims;
  }

  /** The other input of a node of two inputs. */
  static other(node: Node, value: string): string {
    return node.inputs[node.inputs[0] === value ? 1 : 0]!;
  }

  /** A list that newer operator sets take as second input and older ones as an attribute. */
  list(node: Node, attribute: string): number[] | undefined {
    const tensor = this.constant(node.inputs[1]);
    return tensor ? integersOf(tensor) : intsAttribute(node, attribute);
  }
}

/** A graph in which some nodes stand for new ones, and nodes that nothing reads any more are gone. */
export function withReplaced(graph: Graph, replaced: ReadonlyMap<Node, Node[]>): Graph {
  return withoutDead({ ...graph, nodes: graph.nodes.flatMap((node) => replaced.get(node) ?? [node]) });
}

/** A graph without the nodes and the small constants that lead to no output; inputs stay. */
export function withoutDead(graph: Graph): Graph {
  const outputs = graph.outputs.map(({ name }) => name);
  const nodes = leadingTo(graph.nodes, outputs);
  const needed = new Set([...outputs, ...nodes.flatMap(({ inputs }) => inputs)]);
  // Tables of weights stay even where nothing reads them (a pooler, say), so that a model is saved as whole as it came.
  const initializers = new Map([...graph.initializers].filter(([name, t]) => needed.has(name) || t.data.length > 1));
  return { ...graph, nodes, initializers };
}
