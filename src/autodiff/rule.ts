// What a gradient rule is: for one node, the gradients of its inputs out of the gradients of its outputs, as new nodes.
import type { GraphBuilder } from './builder.ts';
import type { Node, Tensor, ValueFacts } from './graph.ts';

/** What a rule may ask while it writes the gradient of one node. */
export interface RuleContext {
  readonly b: GraphBuilder;
  readonly node: Node;
  /** Gradients of the node's outputs; null where none flows. At least one is not null. */
  readonly outputGradients: readonly (string | null)[];
  /** Whether the gradient of input `i` is wanted. */
  needs(i: number): boolean;
  /** Facts of a value of the forward graph. Throws when unknown. */
  facts(value: string): ValueFacts;
  /** The forward node that alone reads a value, and reads it once; undefined where several do, or none. */
  onlyReader(value: string): Node | undefined;
  /** The forward node that makes a value; undefined for inputs and initializers. */
  maker(value: string): Node | undefined;
  /** Gradient of a forward value whose readers have all been differentiated (anything after this node); null where none flows. */
  gradientOf(value: string): string | null;
  /** The constant behind a value, if it is one. */
  constant(value: string | undefined): Tensor | undefined;
  /** Sums a gradient of the shape of `from` down to the shape of `to` (the reverse of broadcasting). */
  unbroadcast(gradient: string, from: string, to: string): string;
  /** Registers a row gradient of a table (a trainable weight): rows `indices` receive `gradient`; see {@link RowGradient}. */
  rows(table: string, indices: string, gradient: string): void;
  /** True when the value is a trainable weight. */
  isParameter(value: string): boolean;
}

/** Gradient of a table that is known by rows: `gradient[n, ...]` belongs to row `indices[n]`; rows may repeat and then add up. */
export interface RowGradient {
  parameter: string;
  /** int64 value, any shape. */
  indices: string;
  /** float32 value, shape of `indices` followed by the row's shape. */
  gradient: string;
}

/** Returns one gradient (or null) per input. */
export type Rule = (context: RuleContext) => (string | null)[];

/** Thrown before any training when the graph holds something that cannot be differentiated; names op and node. */
export class DifferentiationError extends Error {
  constructor(
    readonly op: string,
    readonly node: string,
    detail: string,
  ) {
    super(`${detail} (operator ${op}, node ${node})`);
    this.name = 'DifferentiationError';
  }
}
