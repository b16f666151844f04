// The scripts that make the embedded model: layers that change nothing yet, and batches that a resumed run meets again.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadCheckpoint, saveCheckpoint } from '../../../models/build/checkpoint.ts';
import { dealBlocks, dealSimilar, negativesOf, PairData, queriesOf } from '../../../models/build/pairs.ts';
import { bagOf } from '../../../models/build/saturate.ts';
import { APART, encoderOnWords, shapeOf } from '../../../models/build/shape.ts';
import { encodeModel } from '../../../src/autodiff/proto.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { buildBert } from '../../../src/engine/graphs/bert.ts';
import { buildForwardGraph } from '../../../src/engine/graphs/trainingGraphs.ts';
import { Session } from '../../../src/engine/runtime.ts';
import { packTokens, towerFeeds } from '../../../src/engine/tokenBatch.ts';
import { AdamW } from '../../../src/engine/training/adamw.ts';
import { GradientSet } from '../../../src/engine/training/gradients.ts';
import { makeParameters } from '../../../src/engine/training/parameters.ts';

const VOCABULARY = 50;
const WIDTH = 126;
/** Repeats, as documentation has them. */
const REPEATED = [2, 44, 7, 7, 9, 7, 44, 7, 21, 22, 23, 24, 25, 26, 3];

for (const layers of [0, 1, 2])
  test(`an encoder of ${layers} layers starts as the sum of the words' vectors, repeated ones ${layers > 0 ? 'saturated' : 'as often as they stand there'}`, async () => {
    const random = seededRandom(3);
    // Words of very different lengths (0.2 to 2.4): normalisation must not even them out.
    const data = Float32Array.from(
      { length: VOCABULARY * WIDTH },
      (_, i) => random.normal() * (0.02 + Math.floor(i / WIDTH) / 250),
    );
    const shape = shapeOf([VOCABULARY, WIDTH], layers);
    const parameters = makeParameters(encoderOnWords({ dims: [VOCABULARY, WIDTH], data }, shape, random));
    const forward = buildForwardGraph({ graph: buildBert(shape), weights: new Set(parameters.keys()) });
    const session = await Session.open(encodeModel(forward.graph));
    const texts = [[2, 5, 9, 30, 3], REPEATED];
    const batch = packTokens(
      texts.map((ids) => Int32Array.from(ids)),
      0,
      'mean',
    );
    const weights = Object.fromEntries([...parameters].map(([name, { wrapped }]) => [name, wrapped]));
    const results = await session.run({ ...weights, ...towerFeeds(forward.tower, batch) });
    const vectors = results[forward.embedding]!.data as Float32Array;
    texts.forEach((text, t) => {
      const words = text.slice(1, -1);
      const { ids, weights: counted } = layers > 0 ? bagOf(words) : { ids: words, weights: words.map(() => 1) };
      const sum = Array.from({ length: WIDTH }, (_, d) =>
        ids.reduce((total, id, i) => total + counted[i]! * data[id * WIDTH + d]!, 0),
      );
      const length = Math.hypot(...sum);
      const row = vectors.subarray(t * shape.hidden, (t + 1) * shape.hidden);
      assert.ok(row.subarray(0, APART).every((value) => value === 0));
      const cosine = sum.reduce((total, value, d) => total + (value / length) * row[APART + d]!, 0);
      // The attention that goes to other words leaves a trace.
      assert.ok(Math.abs(cosine - 1) < (layers > 0 ? 2e-3 : 1e-5), `cosine ${cosine}`);
    });
    await session.close();
  });

/** Pairs of three sources; each heading is one id, each section two. */
function madeData(): { data: PairData; done: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'kb-recall-pairs-'));
  const pairs = 600;
  const ids = Uint16Array.from({ length: pairs * 3 }, (_, i) => 4 + (i % 40));
  const index = Uint32Array.from({ length: pairs }, (_, i) => i).reduce<number[]>((all, i) => {
    all.push(i * 3, 1, i * 3 + 1, 2, i % 3, i % 2);
    return all;
  }, []);
  writeFileSync(join(folder, 'ids.u16'), new Uint8Array(ids.buffer));
  writeFileSync(join(folder, 'index.u32'), new Uint8Array(Uint32Array.from(index).buffer));
  writeFileSync(join(folder, 'templates.json'), JSON.stringify({ en: [[[1], [2, 3]]], zh: [[[], [9]]] }));
  return { data: new PairData(folder), done: () => rmSync(folder, { recursive: true }) };
}

test('a run that goes on after some batches deals the same ones as an unbroken run', () => {
  const { data, done } = madeData();
  for (const deal of [
    (skip: number) => dealBlocks(data, 7, 64, skip),
    (skip: number) => dealSimilar(data, 7, 20, 64, skip),
  ]) {
    const whole = deal(0);
    const batches = Array.from({ length: 25 }, () => whole.next().value);
    const resumed = deal(11);
    assert.deepEqual(
      Array.from({ length: 14 }, () => resumed.next().value),
      batches.slice(11),
    );
  }
  done();
});

test('a batch mixes blocks of one source, and a pass deals no pair twice', () => {
  const { data, done } = madeData();
  const dealt = dealBlocks(data, 1, 100);
  const pass = Array.from({ length: 6 }, () => dealt.next().value).flat();
  assert.equal(new Set(pass).size, 600);
  const changes = pass.filter((pair, i) => i > 0 && data.source(pair) !== data.source(pass[i - 1]!)).length;
  assert.ok(changes < 6, `${changes} changes of source`);
  done();
});

test('some headings are put as questions of their language, and pairs of one heading are no negatives of each other', () => {
  const { data, done } = madeData();
  const pairs = Array.from({ length: 200 }, (_, i) => i);
  const queries = queriesOf(data, pairs, seededRandom(5)).map((ids) => [...Array.from(ids)]);
  const asked = queries.filter(({ length }) => length > 1);
  assert.ok(asked.length > 40 && asked.length < 100, `${asked.length} of 200`);
  queries.forEach((ids, i) => {
    const [subject] = data.queryIds(i);
    const ways = i % 2 === 0 ? [[subject], [1, subject, 2, 3]] : [[subject], [subject, 9]];
    assert.ok(ways.some((way) => way.join() === ids.join()));
  });
  const bias = negativesOf(data, pairs);
  // Headings repeat every 40 pairs.
  assert.equal(bias[0], 0);
  assert.equal(bias[40], Math.fround(-1e4));
  assert.equal(bias[2], 0);
  done();
});

test('a step after a checkpoint is the step of a run that was not interrupted, bit by bit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kb-recall-checkpoint-'));
  const path = join(folder, 'run.safetensors');
  const made = () => {
    const parameters = makeParameters([
      ['words', { dims: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ['bias', { dims: [2], data: Float32Array.of(0.5, -0.5) }],
    ]);
    return { parameters, optimizer: new AdamW(parameters) };
  };
  const advance = ({ parameters, optimizer }: ReturnType<typeof made>, by: number): void => {
    const gradients = new GradientSet(parameters);
    gradients.addRows('words', [2, 0], Float32Array.of(by, 0.1, -by, 0.3));
    gradients.addDense('bias', Float32Array.of(by, 0.7));
    optimizer.step(gradients, () => 0.01);
  };
  const state = ({ parameters, optimizer }: ReturnType<typeof made>) => [
    optimizer.steps,
    [...parameters.values()].map(({ data }) => [...data]),
    new Map([...optimizer.moments].map(([name, { first, second }]) => [name, [[...first], [...second]]])),
  ];
  const unbroken = made();
  assert.equal(await loadCheckpoint(path, unbroken.parameters, unbroken.optimizer), 0);
  advance(unbroken, 0.2);
  await saveCheckpoint(path, unbroken.parameters, unbroken.optimizer);
  advance(unbroken, -0.4);
  const resumed = made();
  assert.equal(await loadCheckpoint(path, resumed.parameters, resumed.optimizer), 1);
  advance(resumed, -0.4);
  assert.deepEqual(state(resumed), state(unbroken));
  rmSync(folder, { recursive: true });
});
