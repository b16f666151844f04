// Graphs as the runtime is given them: without the shapes that it would compare.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GraphBuilder } from '../../../src/autodiff/builder.ts';
import { encodeModel } from '../../../src/autodiff/proto.ts';
import { withoutShapes } from '../../../src/engine/graphs/withoutShapes.ts';
import { Session } from '../../../src/engine/runtime.ts';

describe('withoutShapes', () => {
  it('gives the same results, is fed what values are reshaped to, and leaves the weights their dimensions', async () => {
    const b = GraphBuilder.empty('shapes');
    b.input('x', 'float32', ['batch', 'length', 4]);
    b.input('weight', 'float32', [4, 4]);
    b.output(b.matmul(b.reshapeTo('x', [-1, 4]), 'weight'));
    const [output] = b.graph.outputs;
    const { graph, constants } = withoutShapes(b.graph, new Set(['weight']));
    assert.deepEqual(
      graph.inputs.map(({ name, isUnshaped }) => [name, isUnshaped === true]),
      [['x', true], ['weight', false], ...[...constants.keys()].map((name) => [name, true])],
    );
    assert.equal(constants.size, 1);
    assert.equal(b.graph.initializers.size, 1, 'the graph given stays as it was');
    const feeds = {
      x: { type: 'float32', dims: [2, 3, 4], data: Float32Array.from({ length: 24 }, (_, i) => i - 9) },
      weight: { type: 'float32', dims: [4, 4], data: Float32Array.from({ length: 16 }, (_, i) => (i % 5) - 2) },
    } as const;
    const results: (readonly [readonly number[], number[]])[] = [];
    for (const [of, more] of [[b.graph, {}] as const, [graph, Object.fromEntries(constants)] as const]) {
      const session = await Session.open(encodeModel(of), { threads: 1 });
      const { dims, data } = (await session.run({ ...feeds, ...more }))[output!.name]!;
      results.push([dims, [...data].map(Number)]);
      await session.close();
    }
    assert.deepEqual(results[1], results[0]);
    assert.deepEqual(results[0]![0], [6, 4]);
  });
});
