// The parts of a training step: optimizer against PyTorch's (test/reference/training_golden.py), schedule, row gradients, batches.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type BertConfig, bertWeightShapes, buildBert } from '../../../src/engine/graphs/bert.ts';
import { lengthSortedBatches, packTokens } from '../../../src/engine/tokenBatch.ts';
import { AdamW } from '../../../src/engine/training/adamw.ts';
import { GradientSet, RowAccumulator } from '../../../src/engine/training/gradients.ts';
import { makeParameters, restore, snapshot } from '../../../src/engine/training/parameters.ts';
import { warmupCosine } from '../../../src/engine/training/schedule.ts';
import { type StepBatch, TrainingStep } from '../../../src/engine/training/step.ts';
import { randomFrom } from '../../gradients/harness.ts';

interface Optimizers {
  adamw: {
    matrix: number[][];
    bias: number[];
    weightDecay: number;
    clip: number;
    rates: number[];
    steps: { gradients: { matrix: number[][]; bias: number[] }; norm: number; matrix: number[][]; bias: number[] }[];
  };
  sparseAdam: {
    table: number[][];
    rates: number[];
    steps: { rows: number[]; gradient: number[][]; table: number[][] }[];
  };
}

const golden = JSON.parse(
  readFileSync(new URL('../../golden/gradients/optimizers.json', import.meta.url), 'utf8'),
) as Optimizers;
const flat = (values: number[][]): Float32Array => Float32Array.from(values.flat());

function assertNear(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number, what: string): void {
  assert.equal(actual.length, wanted.length, what);
  Array.from(wanted).forEach((value, i) => {
    assert.ok(Math.abs(actual[i]! - value) <= tolerance, `${what}[${i}] is ${actual[i]}, expected ${value}`);
  });
}

describe('AdamW', () => {
  test('five steps with decay of matrices, clipping and a changing rate, as in PyTorch', () => {
    const { matrix, bias, weightDecay, clip, rates, steps } = golden.adamw;
    const parameters = makeParameters([
      ['matrix', { dims: [3, 4], data: flat(matrix) }],
      ['bias', { dims: [4], data: Float32Array.from(bias) }],
    ]);
    const optimizer = new AdamW(parameters, { weightDecay, clip });
    assert.ok(steps.some(({ norm }) => norm > clip) && steps.some(({ norm }) => norm < clip), 'steps of both kinds');
    steps.forEach((step, n) => {
      const gradients = new GradientSet(parameters);
      gradients.addDense('matrix', flat(step.gradients.matrix));
      gradients.addDense('bias', Float32Array.from(step.gradients.bias));
      assertNear([optimizer.step(gradients, () => rates[n]!)], [step.norm], 1e-5, `norm of step ${n}`);
      assertNear(parameters.get('matrix')!.data, flat(step.matrix), 1e-6, `matrix after step ${n}`);
      assertNear(parameters.get('bias')!.data, step.bias, 1e-6, `bias after step ${n}`);
    });
  });

  test('rows without gradient keep weights and moments, as in SparseAdam', () => {
    const { table, rates, steps } = golden.sparseAdam;
    const parameters = makeParameters([['table', { dims: [6, 2], data: flat(table) }]]);
    const optimizer = new AdamW(parameters, { weightDecay: 0.5, clip: 0 });
    const gradients = new GradientSet(parameters);
    steps.forEach(({ rows, gradient, table: after }, n) => {
      const before = parameters.get('table')!.data.slice();
      gradients.clear();
      gradients.addRows('table', rows, flat(gradient));
      optimizer.step(gradients, () => rates[n]!);
      const { data } = parameters.get('table')!;
      assertNear(data, flat(after), 1e-6, `table after step ${n}`);
      for (let row = 0; row < 6; row++)
        if (!rows.includes(row))
          assert.deepEqual(
            data.slice(row * 2, row * 2 + 2),
            before.slice(row * 2, row * 2 + 2),
            `row ${row} in step ${n}`,
          );
    });
    const { first, second } = optimizer.moments.get('table')!;
    for (const row of [1, 3, 5])
      assert.deepEqual([...first.slice(row * 2, row * 2 + 2), ...second.slice(row * 2, row * 2 + 2)], [0, 0, 0, 0]);
  });

  test('parts of a row move at their shares of the rate, as they would alone; one with 0 stays to the last bit', () => {
    const table = (width: number, more = {}) =>
      makeParameters([['table', { dims: [3, width], data: new Float32Array(3 * width).fill(0.5) }]], {
        byRows: () => true,
        ...more,
      });
    const columnRates = [
      [2, 0],
      [4, 1],
      [5, 0.5],
    ];
    const [whole, alone, slow] = [table(5, { columnRates }), table(2), table(1)];
    const optimizers = [whole, alone, slow].map((parameters) => new AdamW(parameters, { clip: 0 }));
    for (let step = 0; step < 3; step++) {
      const gradients = [whole, alone, slow].map((parameters) => new GradientSet(parameters));
      gradients[0]!.addRows('table', [1], Float32Array.of(9, -9, 0.3, -step, 7));
      gradients[1]!.addRows('table', [1], Float32Array.of(0.3, -step));
      gradients[2]!.addRows('table', [1], Float32Array.of(7));
      optimizers.forEach((optimizer, i) => void optimizer.step(gradients[i]!, () => (i === 2 ? 0.05 : 0.1)));
    }
    const { data } = whole.get('table')!;
    assert.deepEqual([data[5], data[6]], [0.5, 0.5]);
    assert.equal(data[9], slow.get('table')!.data[1]);
    assert.deepEqual(data.slice(7, 9), alone.get('table')!.data.slice(2, 4));
    assert.notEqual(data[7], 0.5);
  });

  test('the rate may differ per weight, and a rate of 0 leaves a weight alone', () => {
    const parameters = makeParameters(
      ['moved', 'still'].map((name) => [name, { dims: [2, 2], data: new Float32Array(4).fill(1) }]),
    );
    const gradients = new GradientSet(parameters);
    for (const name of parameters.keys()) gradients.addDense(name, Float32Array.of(1, 1, -1, -1));
    new AdamW(parameters).step(gradients, (name) => (name === 'moved' ? 0.1 : 0));
    assert.deepEqual([...parameters.get('still')!.data], [1, 1, 1, 1]);
    assertNear(parameters.get('moved')!.data, [0.899, 0.899, 1.099, 1.099], 1e-6, 'moved');
  });

  test('clipping counts rows and dense gradients together', () => {
    const parameters = makeParameters([
      ['table', { dims: [4, 2], data: new Float32Array(8) }],
      ['bias', { dims: [2], data: new Float32Array(2) }],
    ]);
    const gradients = new GradientSet(parameters);
    gradients.addRows('table', [3], Float32Array.of(0, 3));
    gradients.addDense('bias', Float32Array.of(4, 0));
    const optimizer = new AdamW(parameters, { clip: 1 });
    assert.equal(
      optimizer.step(gradients, () => 0.1),
      5,
    );
    assertNear(optimizer.moments.get('bias')!.first, [0.08, 0], 1e-7, 'first moment of bias');
    assertNear(optimizer.moments.get('table')!.first, [0, 0, 0, 0, 0, 0, 0, 0.06], 1e-7, 'first moment of table');
  });
});

describe('warmupCosine', () => {
  test('rises in a line, turns at 1 and falls to the floor', () => {
    assertNear(
      [0, 1, 2, 3].map((step) => warmupCosine(step, 12, 4)),
      [0.25, 0.5, 0.75, 1],
      1e-12,
      'warm-up',
    );
    assertNear(
      [4, 6, 8, 10, 12].map((step) => warmupCosine(step, 12, 4)),
      [1, 0.5 + Math.SQRT1_2 / 2, 0.5, 0.5 - Math.SQRT1_2 / 2, 0],
      1e-12,
      'decay',
    );
    assertNear(
      [8, 12, 99].map((step) => warmupCosine(step, 12, 4, 0.2)),
      [0.6, 0.2, 0.2],
      1e-12,
      'floor',
    );
  });

  test('without warm-up, and with nothing but warm-up, it stays finite and in range', () => {
    assert.equal(warmupCosine(0, 10, 0), 1);
    for (const [total, warmup] of [
      [1, 0],
      [5, 5],
      [3, 9],
      [0, 0],
    ] as const)
      for (let step = 0; step < 12; step++) {
        const factor = warmupCosine(step, total, warmup);
        assert.ok(factor >= 0 && factor <= 1, `${factor} at step ${step} of ${total} with warm-up ${warmup}`);
      }
  });
});

describe('RowAccumulator', () => {
  test('adds repeated rows and keeps the order of first use', () => {
    const rows = new RowAccumulator(2);
    rows.add([7, 3, 7], Float32Array.of(1, 2, 10, 20, 100, 200));
    rows.add(BigInt64Array.of(3n, 0n), Float32Array.of(5, 5, 9, 9));
    assert.deepEqual(rows.rows, [7, 3, 0]);
    assert.deepEqual([...rows.data], [101, 202, 15, 25, 9, 9]);
  });

  test('grows beyond its first buffer and starts from zero after clear', () => {
    const rows = new RowAccumulator(3);
    const many = Array.from({ length: 1000 }, (_, i) => i);
    for (let round = 0; round < 2; round++) {
      rows.add(
        many,
        Float32Array.from({ length: 3000 }, (_, i) => i),
      );
      rows.add([999], Float32Array.of(1, 1, 1));
      assert.equal(rows.rows.length, 1000);
      assert.deepEqual([...rows.data.subarray(0, 3), ...rows.data.subarray(2997)], [0, 1, 2, 2998, 2999, 3000]);
      rows.clear();
      assert.deepEqual([rows.rows, rows.data.length], [[], 0]);
    }
  });
});

test('GradientSet sums dense gradients over micro-batches and forgets them when cleared', () => {
  const parameters = makeParameters([['w', { dims: [2], data: new Float32Array(2) }]]);
  const gradients = new GradientSet(parameters);
  gradients.addDense('w', Float32Array.of(1, 2));
  gradients.addDense('w', Float32Array.of(2, 2));
  assert.deepEqual([...gradients.dense.get('w')!], [3, 4]);
  assert.equal(gradients.norm(), 5);
  gradients.clear();
  assert.equal(gradients.norm(), 0);
});

test('snapshot and restore keep trained weights and leave frozen ones out', () => {
  const parameters = makeParameters(
    ['a', 'frozen'].map((name) => [name, { dims: [2], data: Float32Array.of(1, 2) }]),
    { frozen: (name) => name === 'frozen' },
  );
  const saved = snapshot(parameters);
  for (const { data } of parameters.values()) data.fill(9);
  restore(parameters, saved);
  assert.deepEqual(
    [...parameters.values()].map(({ data }) => [...data]),
    [
      [1, 2],
      [9, 9],
    ],
  );
  assert.deepEqual([...saved.keys()], ['a']);
});

describe('lengthSortedBatches', () => {
  test('every item once, in ascending length, within budget and row limit, none needlessly small', () => {
    const random = randomFrom(4);
    for (let trial = 0; trial < 200; trial++) {
      const lengths = Array.from({ length: Math.floor(random() * 40) }, () => 1 + Math.floor(random() * 30));
      const budget = 1 + Math.floor(random() * 100);
      const maxRows = 1 + Math.floor(random() * 10);
      const batches = lengthSortedBatches(lengths, budget, maxRows);
      const order = batches.flat();
      assert.deepEqual(
        order.toSorted((a, b) => a - b),
        lengths.map((_, i) => i),
      );
      order.slice(1).forEach((index, i) => {
        const previous = order[i]!;
        assert.ok(lengths[previous]! < lengths[index]! || (lengths[previous] === lengths[index] && previous < index));
      });
      batches.forEach((batch, n) => {
        const longest = lengths[batch.at(-1)!]!;
        assert.ok(batch.length === 1 || batch.length * longest <= budget);
        assert.ok(batch.length > 0 && batch.length <= maxRows);
        const next = batches[n + 1]?.[0];
        if (next !== undefined) assert.ok(batch.length === maxRows || (batch.length + 1) * lengths[next]! > budget);
      });
    }
  });

  test('nothing gives no batch', () => {
    assert.deepEqual(lengthSortedBatches([], 10), []);
  });
});

describe('packTokens', () => {
  const sequences = [Int32Array.of(5, 6, 7), Int32Array.of(8)];

  test('pads to the longest, masks padding, token types 0', () => {
    const batch = packTokens(sequences, 1, 'mean');
    assert.deepEqual([batch.rows, batch.length], [2, 3]);
    assert.deepEqual(batch.ids, { type: 'int64', dims: [2, 3], data: BigInt64Array.of(5n, 6n, 7n, 8n, 1n, 1n) });
    assert.deepEqual(batch.mask, { type: 'int64', dims: [2, 3], data: BigInt64Array.of(1n, 1n, 1n, 1n, 0n, 0n) });
    assert.deepEqual(batch.types, { type: 'int64', dims: [2, 3], data: new BigInt64Array(6) });
  });

  test('pooling weights: the mean over real tokens, or the first one', () => {
    const third = Math.fround(1 / 3);
    assert.deepEqual(packTokens(sequences, 0, 'mean').pool, {
      type: 'float32',
      dims: [2, 1, 3],
      data: Float32Array.of(third, third, third, 1, 0, 0),
    });
    assert.deepEqual([...packTokens(sequences, 0, 'cls').pool.data], [1, 0, 0, 1, 0, 0]);
  });

  test('an empty sequence is a row of padding', () => {
    const batch = packTokens([new Int32Array(0)], 3, 'mean');
    assert.deepEqual([...batch.ids.data, ...batch.mask.data, ...batch.pool.data], [3n, 0n, 0]);
  });
});

describe('training steps', () => {
  const config: BertConfig = {
    hidden: 16,
    layers: 1,
    heads: 2,
    feedForward: 24,
    vocabulary: 50,
    positions: 16,
    tokenTypes: 2,
    layerNormEpsilon: 1e-12,
    activation: 'gelu',
    positionsFromMask: false,
    padId: 0,
  };

  /** A batch of four queries, of which each has its own passage. */
  function randomBatch(random: () => number): StepBatch {
    const text = (): Int32Array =>
      Int32Array.from({ length: 2 + Math.floor(random() * 8) }, () => 1 + Math.floor(random() * 49));
    const targets = new Float32Array(16);
    for (let i = 0; i < 4; i++) targets[i * 5] = 1;
    return {
      queries: [text(), text(), text(), text()],
      passages: [text(), text(), text(), text()],
      targets,
      bias: new Float32Array(16),
    };
  }

  async function fiveSteps(
    seed: number,
    mode: 'direct' | 'cached',
  ): Promise<{ losses: number[]; weights: Map<string, Float32Array> }> {
    const random = randomFrom(seed);
    const parameters = makeParameters(
      [...bertWeightShapes(config)].map(([name, dims]) => [
        name,
        {
          dims,
          data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () =>
            name.endsWith('LayerNorm.weight') ? 1 : random() - 0.5,
          ),
        },
      ]),
    );
    const names = new Set(parameters.keys());
    const step = new TrainingStep(
      { graph: buildBert(config), weights: names, trainable: names, dimension: config.hidden },
      parameters,
      { pooling: 'mean', padId: 0, temperature: 0.05, mode, tokenBudget: 20 },
    );
    const optimizer = new AdamW(parameters);
    const batch = randomBatch(random);
    const losses: number[] = [];
    for (let n = 0; n < 5; n++) {
      losses.push(await step.run(batch));
      optimizer.step(step.gradients, () => 0.01);
    }
    await step.close();
    return { losses, weights: snapshot(parameters) };
  }

  for (const mode of ['direct', 'cached'] as const)
    test(`the same seed gives the same bits, and the loss falls, ${mode}`, async () => {
      const first = await fiveSteps(1, mode);
      const second = await fiveSteps(1, mode);
      assert.deepEqual(second, first);
      assert.ok(first.losses.at(-1)! < 0.5 * first.losses[0]!, `losses ${first.losses.join(' ')}`);
      assert.notDeepEqual((await fiveSteps(2, mode)).weights, first.weights);
    });
});
