// A graph with int8 weights beside the one it was made of, in the runtime.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GraphBuilder } from '../../../src/autodiff/builder.ts';
import type { Graph } from '../../../src/autodiff/graph.ts';
import { encodeModel } from '../../../src/autodiff/proto.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { quantised } from '../../../src/engine/graphs/quantise.ts';
import { toInt8 } from '../../../src/engine/int8Rows.ts';
import { Session, type Value } from '../../../src/engine/runtime.ts';

const random = seededRandom(7);
const normal = (...dims: number[]) => ({
  type: 'float32' as const,
  dims,
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()),
});

/** Looks tokens up, adds places from a short table, and multiplies by a matrix in either form. */
function encoder(): Graph {
  const b = GraphBuilder.empty('small');
  const ids = b.input('ids', 'int64', [null]);
  const words = b.op('Gather', [b.initializer('words', normal(300, 16)), ids]);
  const kinds = b.op('Gather', [b.initializer('kinds', normal(2, 16)), b.integers([1])]);
  const x = b.add(words, kinds);
  const left = b.gemm(x, b.initializer('left', normal(8, 16)), false, true, 1, b.initializer('bias', normal(8)));
  const right = b.matmul(x, b.initializer('right', normal(16, 8)));
  b.emit('Concat', [left, right], { axis: { kind: 'int', value: 1 } }, { outputs: ['out'] });
  b.output('out', 'float32', [null, 16]);
  return b.graph;
}

async function run(graph: Graph): Promise<Float32Array> {
  const session = await Session.open(encodeModel(graph));
  try {
    const ids: Value = { type: 'int64', dims: [4], data: BigInt64Array.from([3n, 299n, 0n, 41n]) };
    return (await session.run({ ids })).out!.data as Float32Array;
  } finally {
    await session.close();
  }
}

describe('quantised', () => {
  it('gives about the same, with products and big tables on bytes and everything else as it was', async () => {
    const graph = encoder();
    const small = quantised(graph, 0);
    const [full, int8] = [await run(graph), await run(small)];
    const error = Math.sqrt(full.reduce((sum, value, i) => sum + (value - int8[i]!) ** 2, 0) / full.length);
    const scale = Math.sqrt(full.reduce((sum, value) => sum + value ** 2, 0) / full.length);
    assert.ok(error > 0 && error < 0.02 * scale, `error ${error} of ${scale}`);
    const types = Object.fromEntries([...small.initializers].map(([name, { type }]) => [name, type]));
    assert.deepEqual(
      [types['words.int8'], types['left.int8'], types['right.int8'], types.kinds],
      ['int8', 'int8', 'int8', 'float32'],
    );
    for (const name of ['words', 'left', 'right']) assert.ok(!small.initializers.has(name), `${name} is still there`);
    const count = (op: string): number => small.nodes.filter((node) => node.op === op).length;
    assert.deepEqual(
      [count('MatMulInteger'), count('DynamicQuantizeLinear'), count('Gemm'), count('MatMul')],
      [2, 1, 0, 0],
    );
  });

  it('leaves the inputs of a small encoder as they are, nearer to the whole', async () => {
    const graph = encoder();
    const [full, dynamic, weights] = [await run(graph), await run(quantised(graph, 0)), await run(quantised(graph))];
    const error = (values: Float32Array): number => full.reduce((sum, value, i) => sum + (value - values[i]!) ** 2, 0);
    assert.ok(error(weights) > 0 && error(weights) < error(dynamic), `${error(weights)} and ${error(dynamic)}`);
    const { initializers, nodes } = quantised(graph);
    assert.ok(['left', 'right'].every((name) => !initializers.has(name) && initializers.has(`${name}.int8`)));
    assert.ok(!nodes.some(({ op }) => op === 'DynamicQuantizeLinear'));
  });

  it('leaves the graph that it was given as it was', async () => {
    const graph = encoder();
    const before = [graph.nodes.length, graph.initializers.size];
    quantised(graph);
    assert.deepEqual([graph.nodes.length, graph.initializers.size], before);
  });
});

describe('toInt8', () => {
  it('has one scale a row, the largest value at 127, and keeps a row of zeros', () => {
    const { bytes, scales } = toInt8(Float32Array.of(0.5, -1, 0, 254, 127, 2, 0, 0, 0), 3, 3);
    assert.deepEqual([...bytes], [64, -127, 0, 127, 64, 1, 0, 0, 0]);
    assert.deepEqual([...scales], [Math.fround(1 / 127), 2, 1]);
  });
});
