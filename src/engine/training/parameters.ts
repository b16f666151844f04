// The weights of a model in training: where they live, how they enter the graph, which are trained, and what they were before.
import { type Graph, intAttribute } from '../../autodiff/graph.ts';
import type { ColumnRates } from '../modelFolder.ts';
import { type Wrapped, wrap } from '../runtime.ts';
import { TouchedRows } from './touchedRows.ts';

/** One weight; `data` is changed in place by the optimizer and seen by every session that was given `wrapped`. */
export interface Parameter {
  name: string;
  dims: number[];
  data: Float32Array;
  wrapped: Wrapped;
  /** Weight decay applies to matrices, not to biases and normalisation (Loshchilov and Hutter 2019, arXiv 1711.05101). */
  decay: boolean;
  trainable: boolean;
  /** How fast each part of a row moves; all of it at the whole rate where it is left out. */
  columnRates?: ColumnRates;
  /** Of a trained table that only changes row by row: the rows that were changed. */
  touched?: TouchedRows;
}

export type Parameters = ReadonlyMap<string, Parameter>;

/** What {@link makeParameters} is told about the weights, each by its name. */
export interface ParameterKinds {
  /** Stay as they are. */
  frozen?: (name: string) => boolean;
  /** Get gradients by rows only, see {@link rowTables}: kept and saved by the rows that were met, since most words never are. */
  byRows?: (name: string) => boolean;
  /** How fast each part of such a table's rows moves; all of it at the whole rate where it is left out. */
  columnRates?: ColumnRates;
}

/** Takes weights over (without copying). */
export function makeParameters(
  weights: Iterable<[string, { dims: number[]; data: Float32Array }]>,
  { frozen = () => false, byRows = () => false, columnRates }: ParameterKinds = {},
): Parameters {
  const parameters = new Map<string, Parameter>();
  for (const [name, { dims, data }] of weights) {
    const trainable = !frozen(name);
    parameters.set(name, {
      name,
      dims,
      data,
      wrapped: wrap({ type: 'float32', dims, data }),
      decay: dims.length > 1,
      trainable,
      ...(trainable && byRows(name) && { touched: new TouchedRows(dims[1]!), columnRates }),
    });
  }
  return parameters;
}

/** Matrices that a graph reads in no other way than by looking rows up: word, position and kind vectors, as a rule. */
export function rowTables(
  graph: Graph,
  weights: ReadonlyMap<string, { dims: readonly number[] }>,
): ReadonlySet<string> {
  const tables = new Set([...weights].filter(([, { dims }]) => dims.length === 2).map(([name]) => name));
  for (const node of graph.nodes) {
    const looksUp = node.op === 'Gather' && intAttribute(node, 'axis', 0) === 0;
    node.inputs.forEach((input, i) => {
      if (!looksUp || i > 0) tables.delete(input);
    });
  }
  return tables;
}

/** Copies of all trainable weights by name; of a table by rows only the rows touched so far, in the order of their touching. */
export type Snapshot = Map<string, Float32Array>;

/** The trainable weights as they are, for the best checkpoint. */
export function snapshot(parameters: Parameters): Snapshot {
  const copy: Snapshot = new Map();
  for (const p of parameters.values())
    if (p.trainable) copy.set(p.name, p.touched ? p.touched.current(p.data) : p.data.slice());
  return copy;
}

/** Writes a snapshot back in place; rows that were touched after it become what they were in the beginning. */
export function restore(parameters: Parameters, saved: Snapshot): void {
  for (const [name, data] of saved) {
    const { data: into, touched } = parameters.get(name)!;
    if (touched) touched.write(into, data, 1);
    else into.set(data);
  }
}

/** Writes what lies `share` of the way from snapshot `base`, taken before the first step, to `to`: 0 is the one, 1 the other. */
export function blend(parameters: Parameters, base: Snapshot, to: Snapshot, share: number): void {
  for (const [name, from] of base) {
    const { data, touched } = parameters.get(name)!;
    if (touched) touched.write(data, to.get(name)!, share);
    else mix(data, from, to.get(name)!, share);
  }
}

/** Writes what lies that share of the way between two arrays into `data`, which may be one of them. */
export function mix(data: Float32Array, from: Float32Array, to: Float32Array, share: number): void {
  // Exactly, since from + (to - from) is rounded.
  if (share === 1) data.set(to);
  else for (let i = 0; i < data.length; i++) data[i] = from[i]! + share * (to[i]! - from[i]!);
}
