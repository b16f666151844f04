// Checks gradient rules against central differences: a case is a small graph, its loss a fixed weighted sum of the outputs.
import assert from 'node:assert/strict';
import { differentiate, type Gradients } from '../../src/autodiff/backward.ts';
import { GraphBuilder } from '../../src/autodiff/builder.ts';
import { type Graph, int, type Tensor } from '../../src/autodiff/graph.ts';
import { encodeModel } from '../../src/autodiff/proto.ts';
import { probeFacts } from '../../src/engine/probe.ts';
import { Session, type Value } from '../../src/engine/runtime.ts';

/** Where an input's values lie. Kinks of `signed` (at 0) and between the two grids are further away than the differences reach. */
export type Values = 'signed' | 'positive' | 'evenGrid' | 'oddGrid';

/** One check of one operator. */
export interface Case {
  op: string;
  variant: string;
  /** Trainable inputs: dimensions (numbers, or the symbols `batch` and `sequence`) and where their values lie. */
  inputs: Record<string, Dims | { dims: Dims; values: Values }>;
  /** Writes the graph; returns the values that the loss weighs. Inputs are there under their own names. */
  build: (b: GraphBuilder) => string | string[];
  opset?: number;
}

type Dims = (number | string)[];

/** Sizes of the symbols in the measured run: other than the two sizes at which the probe runs. */
const SIZES: Record<string, number> = { batch: 4, sequence: 2 };
/** Steps of the differences; with the values a multiple of it, so that every sum is exact in float32. */
const STEP = 2 ** -5;
const GRAIN = 2 ** -12;

/** Largest difference allowed, as a share of the largest gradient of that input (or of 1 where all are smaller). */
export const TOLERANCE = 2e-4;

/** Largest difference seen per operator, as a share as in {@link TOLERANCE}. */
export const largestErrors = new Map<string, number>();

/** Pseudo-random numbers in [0, 1) (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function fill(length: number, values: Values, random: () => number): Float32Array {
  const value = (): number => {
    const r = random();
    if (values === 'positive') return 0.5 + r;
    if (values === 'signed') return (random() < 0.5 ? -1 : 1) * (0.2 + r);
    return Math.floor(random() * 5) * 0.5 - 1 + (values === 'oddGrid' ? 0.25 : 0) + 0.08 * (r - 0.5);
  };
  return Float32Array.from({ length }, () => Math.round(value() / GRAIN) * GRAIN);
}

/** The loss's weight of element `i` of output `n`: fixed, different everywhere, of both signs. */
const weight = (n: number, i: number): number => Math.fround(Math.cos(Math.fround(i * 1.7 + n + 0.3)));

/** sum over outputs of output * weight, with the weights made in the graph, since an output's size may vary. */
function appendLoss(b: GraphBuilder, outputs: readonly string[]): string {
  const losses = outputs.map((output, n) => {
    const places = b.op('Range', [b.integer(0), b.op('Size', [output]), b.integer(1)]);
    const angle = b.add(b.scale(b.op('Cast', [places], { to: int(1) }), 1.7), b.scalar(n + 0.3));
    const weights = b.reshape(b.op('Cos', [angle]), b.shapeOf(output));
    return b.op('ReduceSum', [b.mul(output, weights)], { keepdims: int(0) });
  });
  return losses.length === 1 ? losses[0]! : b.op('Sum', losses);
}

/** A float32 constant for graphs of cases. */
export const tensor = (dims: number[], data: number[]): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(data),
});

/** The gradient of each parameter as a full array; rows are added up at their places. */
export function collect(
  gradients: Gradients,
  results: Record<string, Value>,
  feeds: Record<string, Value>,
  graph: Graph,
): Map<string, Float32Array> {
  const found = new Map<string, Float32Array>();
  for (const [parameter, name] of gradients.dense) {
    assert.deepEqual(
      results[name]!.dims,
      feeds[parameter]!.dims,
      `the gradient of ${parameter} has the shape of ${parameter}`,
    );
    found.set(parameter, (results[name]!.data as Float32Array).slice());
  }
  for (const { parameter, indices, gradient } of gradients.rows) {
    const table = feeds[parameter]!;
    const width = table.data.length / table.dims[0]!;
    const sum = found.get(parameter) ?? new Float32Array(table.data.length);
    found.set(parameter, sum);
    const rows = (results[indices] ?? feeds[indices] ?? graph.initializers.get(indices)!).data;
    const values = results[gradient]!.data as Float32Array;
    assert.equal(values.length, rows.length * width, `row gradients of ${parameter}`);
    Array.from(rows, Number).forEach((row, n) => {
      const at = row < 0 ? row + table.dims[0]! : row;
      for (let d = 0; d < width; d++) sum[at * width + d]! += values[n * width + d]!;
    });
  }
  return found;
}

/** Declares every gradient as an output of the graph. */
export function declareGradients(b: GraphBuilder, gradients: Gradients): void {
  const known = new Set([...b.graph.inputs.map((input) => input.name), ...b.graph.initializers.keys()]);
  const wanted = [...gradients.dense.values(), ...gradients.rows.flatMap((row) => [row.gradient, row.indices])];
  for (const name of new Set(wanted)) if (!known.has(name)) b.output(name);
}

/** Runs a case: every element of every input against a fourth-order central difference. */
export async function checkCase({ op, variant, inputs, build, opset }: Case): Promise<void> {
  const b = GraphBuilder.empty('case', opset ?? 20);
  const random = randomFrom([...`${op} ${variant}`].reduce((h, c) => Math.imul(h, 31) + c.charCodeAt(0), 7));
  const feeds: Record<string, Value> = {};
  for (const [name, given] of Object.entries(inputs)) {
    const { dims, values } = Array.isArray(given) ? { dims: given, values: 'signed' as const } : given;
    b.input(name, 'float32', dims);
    const sizes = dims.map((dim) => (typeof dim === 'number' ? dim : SIZES[dim]!));
    const length = sizes.reduce((product, size) => product * size, 1);
    feeds[name] = { type: 'float32', dims: sizes, data: fill(length, values, random) };
  }
  const outputs = [build(b)].flat();
  assert.ok(
    b.graph.nodes.some((node) => node.op === op),
    `the graph of the case holds ${op}`,
  );
  const forwardGraph: Graph = {
    ...b.graph,
    nodes: [...b.graph.nodes],
    outputs: outputs.map((name) => ({ name, type: undefined, dims: [] })),
  };
  const forward = await Session.open(encodeModel(forwardGraph), { optimize: 'basic', threads: 1 });
  const loss = async (): Promise<number> => {
    const results = await forward.run(feeds);
    let sum = 0;
    outputs.forEach((output, n) => {
      (results[output]!.data as Float32Array).forEach((value, i) => {
        sum += value * weight(n, i);
      });
    });
    return sum;
  };

  const value = appendLoss(b, outputs);
  b.output(value);
  const facts = await probeFacts(b.graph, new Map());
  const gradients = differentiate(b, { loss: value, parameters: new Set(Object.keys(inputs)), facts });
  declareGradients(b, gradients);
  const backward = await Session.open(encodeModel(b.graph), { optimize: 'basic', threads: 1 });
  const results = await backward.run(feeds);
  const measured = await loss();
  const computed = (results[value]!.data as Float32Array)[0]!;
  assert.ok(
    Math.abs(computed - measured) < 1e-4 * Math.max(1, Math.abs(measured)),
    `loss ${computed}, expected ${measured}`,
  );
  const found = collect(gradients, results, feeds, b.graph);

  for (const [name, feed] of Object.entries(feeds)) {
    const gradient = found.get(name);
    assert.ok(gradient, `${name} has a gradient`);
    const data = feed.data as Float32Array;
    const differences = new Float64Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const middle = data[i]!;
      const at = async (offset: number): Promise<number> => {
        data[i] = middle + offset * STEP;
        return loss();
      };
      const near = (await at(1)) - (await at(-1));
      const far = (await at(2)) - (await at(-2));
      differences[i] = (8 * near - far) / (12 * STEP);
      data[i] = middle;
    }
    const scale = Math.max(1, ...differences.map(Math.abs));
    for (let i = 0; i < data.length; i++) {
      const error = Math.abs(gradient[i]! - differences[i]!) / scale;
      largestErrors.set(op, Math.max(largestErrors.get(op) ?? 0, error));
      assert.ok(
        error <= TOLERANCE,
        `d loss / d ${name}[${i}] is ${gradient[i]}, expected ${differences[i]} (values ${[...data].join(' ')})`,
      );
    }
  }
  await forward.close();
  await backward.close();
}
