// Which values have equally many rows.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GraphBuilder } from '../../../src/autodiff/builder.ts';
import type { ValueFacts } from '../../../src/autodiff/graph.ts';
import { rowCounts } from '../../../src/autodiff/rowCounts.ts';

/** Facts of float values by their dimensions; null varies. */
const facts = (dims: Record<string, (number | null)[]>): Map<string, ValueFacts> =>
  new Map(Object.entries(dims).map(([name, of]) => [name, { type: 'float32', dims: of }]));

describe('rowCounts', () => {
  it('follows products and additions from both sides, and stops where rows are mixed anew', () => {
    const b = GraphBuilder.empty('layers');
    for (const name of ['x', 'weight', 'bias']) b.input(name, 'float32', []);
    const product = b.gemm('x', 'weight', false, true);
    const shifted = b.add(product, 'bias');
    const heads = b.reshapeTo(shifted, [-1, 2]);
    const back = b.reshapeTo(heads, [-1, 4]);
    const sum = b.add(b.gemm(back, 'weight', false, true), 'x');
    const outputs = b.graph.nodes.map((node): [string, (number | null)[]] => [node.outputs[0]!, [null, 4]]);
    const same = rowCounts(
      b.graph.nodes,
      facts({ ...Object.fromEntries(outputs), x: [null, 4], weight: [4, 4], bias: [4], [heads]: [null, 2] }),
    );
    assert.equal(same(product), same('x'));
    assert.equal(same(shifted), same('x'));
    assert.notEqual(same(heads), same('x'));
    // Only the addition tells that what was reshaped back has the rows of x.
    assert.equal(same(back), same('x'));
    assert.equal(same(sum), same('x'));
    assert.notEqual(same('weight'), same('x'));
  });

  it('takes a turned left side for what it is: its columns become the rows', () => {
    const b = GraphBuilder.empty('turned');
    b.input('x', 'float32', []);
    b.input('y', 'float32', []);
    const turned = b.fusedMatMul('x', 'y', true, false);
    const same = rowCounts(b.graph.nodes, facts({ x: [null, null], y: [null, 3], [turned]: [null, 3] }));
    assert.notEqual(same(turned), same('x'));
  });
});
