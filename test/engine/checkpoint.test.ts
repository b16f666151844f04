// A small random encoder of three layers trained in process: stopped and gone on with in every mode, checkpoints that do not fit or are
// broken, kept activations, and runs that do harm.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { seededRandom } from '../../src/core/random.ts';
import { TRAINING_MODES, type TrainingMode } from '../../src/core/trainingMode.ts';
import type { BertConfig } from '../../src/engine/graphs/bert.ts';
import { bertWeightShapes, buildBert } from '../../src/engine/graphs/bert.ts';
import type { ModelWeights } from '../../src/engine/modelWeights.ts';
import { unfinished, type WorkPlace } from '../../src/engine/training/checkpoint.ts';
import type { Example, Passage } from '../../src/engine/training/examples.ts';
import { type FittedSettings, type TrainingInput, train } from '../../src/engine/training/trainer.ts';

const root = mkdtempSync(join(tmpdir(), 'kb-checkpoint-'));
after(() => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

const CONFIG: BertConfig = {
  hidden: 32,
  layers: 3,
  heads: 4,
  feedForward: 64,
  vocabulary: 1200,
  positions: 40,
  tokenTypes: 2,
  layerNormEpsilon: 1e-12,
  activation: 'gelu',
  positionsFromMask: false,
  padId: 0,
};
const SETTINGS: FittedSettings = {
  mode: 'all',
  epochs: 3,
  batch: 8,
  leastBatches: 9,
  titles: 2,
  hardNegatives: 1,
  fixedNegatives: 0,
  guard: 0.95,
  poolWindows: 1500,
  // Where there is a way to mine them.
  remine: true,
  paraphrases: false,
  learningRate: 2e-3,
  rowRate: 2e-3,
  isSparse: false,
  temperature: 0.05,
  warmupShare: 0.1,
  weightDecay: 0.01,
  patience: 9,
  seed: 5,
};

function randomModel(): ModelWeights {
  const random = seededRandom(1);
  const weights = new Map<string, { dims: number[]; data: Float32Array }>();
  for (const [name, dims] of bertWeightShapes(CONFIG)) {
    const middle = name.endsWith('LayerNorm.weight') ? 1 : 0;
    weights.set(name, {
      dims,
      data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => middle + 0.1 * random.normal()),
    });
  }
  return { graph: buildBert(CONFIG), weights, bert: CONFIG };
}

/** Forty texts of words of their own, and questions of some of them: what an encoder can learn. */
function task(): Pick<TrainingInput, 'passages' | 'examples' | 'titleExamples' | 'baseVectors'> & {
  tokens: Int32Array[];
} {
  const random = seededRandom(2);
  const passages: Passage[] = Array.from({ length: 40 }, (_, snippet) => ({
    snippet,
    tokens: Int32Array.from({ length: 4 + random.below(20) }, () => 5 + random.below(1100)),
  }));
  const example = (snippet: number, weight: number): Example => ({
    query: passages[snippet]!.tokens.slice(0, 3),
    accepted: new Set([snippet]),
    positives: [snippet],
    hardNegatives: [(snippet + 1) % 40, (snippet + 7) % 40],
    weight,
  });
  return {
    passages,
    tokens: passages.map(({ tokens }) => tokens),
    examples: Array.from({ length: 32 }, (_, i) => example(i, 1)),
    titleExamples: Array.from({ length: 8 }, (_, i) => example(32 + i, 0.3)),
    baseVectors: new Float32Array(40 * CONFIG.hidden),
  };
}

/** Trains a fresh model; returns it with the outcome. */
async function run(settings: Partial<FittedSettings>, more: Partial<TrainingInput> & { stopAt?: number } = {}) {
  const model = randomModel();
  const { tokens, ...given } = task();
  const stop = new AbortController();
  const steps: number[] = [];
  const { stopAt, ...rest } = more;
  const outcome = await train(
    {
      model,
      profile: { pooling: 'mean', dimension: CONFIG.hidden } as TrainingInput['profile'],
      padId: 0,
      ...given,
      // Mean reciprocal rank of the passages that the questions were cut from.
      development: async (_, embed) => {
        const vectors = await embed(tokens);
        const queries = await embed(given.examples.map(({ query }) => query));
        const width = CONFIG.hidden;
        const score = (q: number, p: number): number => {
          let sum = 0;
          for (let i = 0; i < width; i++) sum += queries[q * width + i]! * vectors[p * width + i]!;
          return sum;
        };
        const ranks = given.examples.map(
          (_each, q) => 1 + tokens.filter((_text, p) => p !== q && score(q, p) > score(q, q)).length,
        );
        return ranks.reduce((sum, rank) => sum + 1 / rank, 0) / ranks.length;
      },
      ...rest,
    },
    { ...SETTINGS, ...settings },
    {
      signal: stop.signal,
      onProgress: ({ done, detail }) => {
        if (detail?.epochEnd !== undefined) return;
        steps.push(done);
        if (done === stopAt) stop.abort();
      },
    },
  ).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error;
    return undefined;
  });
  const curve = outcome?.history.map(({ epoch, loss, development }) => [epoch, loss, development]);
  return { model, outcome, steps, curve };
}

const place = (name: string, key: Partial<WorkPlace['key']> = {}): WorkPlace => ({
  folder: join(root, name),
  key: { model: 'm', settings: 's', questions: 'q', snippets: 'n', ...key },
  everySeconds: 0,
});
const data = ({ weights }: ModelWeights): Map<string, Float32Array> =>
  new Map([...weights].map(([name, w]) => [name, w.data]));

for (const mode of TRAINING_MODES)
  test(`stopped in the middle of an epoch and gone on with: the same bits, ${mode}`, async () => {
    const settings = { mode, ...(mode === 'top' && { topLayers: 1 }) };
    const whole = await run(settings);
    assert.ok(whole.outcome!.bestEpoch > 0, 'it learns');
    const perEpoch = whole.steps.length / SETTINGS.epochs;
    assert.ok(perEpoch >= 3);
    const work = place(`resume-${mode}`);
    // In the second epoch, so that a best checkpoint, titles half drawn and a loss half summed are carried over.
    const broken = await run(settings, { work, stopAt: perEpoch + 2 });
    assert.equal(broken.outcome, undefined);
    assert.deepEqual(data(broken.model), data(randomModel()), 'a stopped run leaves the base weights');
    const resumed = await run(settings, { work });
    assert.equal(resumed.steps[0], perEpoch + 3);
    assert.match(resumed.outcome!.notice!, /goes on after step \d+, in epoch 2 of 3/);
    assert.deepEqual(resumed.curve, whole.curve);
    assert.deepEqual(data(resumed.model), data(whole.model));
    assert.deepEqual(readdirSync(work.folder), ['checkpoint'], 'activations do not outlive their run');
  });

test('with examples that are mined anew each epoch, those of the epoch under way are carried over', async () => {
  const { examples } = task();
  /** Other negatives in every epoch; `epochs` counts them over the processes of a run. */
  const remine = (epochs: { count: number }) => async (): Promise<Example[]> => {
    const turn = ++epochs.count;
    return examples.map((each, i) => ({ ...each, hardNegatives: [(i + 3 * turn) % 32, (i + 11 * turn) % 32] }));
  };
  const whole = await run({}, { remine: remine({ count: 0 }) });
  const work = place('remine');
  const epochs = { count: 0 };
  const perEpoch = whole.steps.length / SETTINGS.epochs;
  await run({}, { work, remine: remine(epochs), stopAt: perEpoch + 2 });
  assert.equal(epochs.count, 1);
  const resumed = await run({}, { work, remine: remine(epochs) });
  assert.equal(epochs.count, 2, 'only the third epoch is mined again');
  assert.deepEqual(resumed.curve, whole.curve);
  assert.deepEqual(data(resumed.model), data(whole.model));
});

test('a training of another model, other settings, questions or snippets is told and not gone on with', async () => {
  const work = place('other');
  await run({}, { work, stopAt: 2 });
  for (const [part, words] of [
    ['model', /another model/],
    ['settings', /settings were others/],
    ['questions', /questions have changed/],
    ['snippets', /snippets have changed/],
  ] as const) {
    const { outcome, steps } = await run(
      { epochs: 1 },
      { work: { ...place('other', { [part]: 'x' }), everySeconds: 99 } },
    );
    assert.match(outcome!.notice!, words);
    assert.equal(steps[0], 1);
  }
  const anew = await run({ epochs: 1 }, { work: { ...work, startsAnew: true, everySeconds: 99 } });
  assert.deepEqual([anew.steps[0], anew.outcome!.notice], [1, undefined]);
  assert.equal(await unfinished(work), undefined);
});

test('a checkpoint or activations that are cut off are told, and the training starts anew from the base weights', async () => {
  const whole = await run({ mode: 'top', topLayers: 2, epochs: 1 });
  for (const what of ['checkpoint', 'activations'] as const) {
    const work = place(`cut-${what}`);
    await run({ mode: 'top', topLayers: 2, epochs: 1 }, { work, stopAt: 3 });
    const folder = readdirSync(work.folder).find((name) => name.startsWith(what))!;
    truncateSync(join(work.folder, folder, what === 'checkpoint' ? 'state.safetensors' : 'values.bin'), 900);
    const { outcome, steps, model } = await run({ mode: 'top', topLayers: 2, epochs: 1 }, { work });
    assert.match(outcome!.notice!, /cannot be read \(.*cut off.*\); this one starts anew/);
    assert.equal(steps[0], 1);
    assert.deepEqual(data(model), data(whole.model));
  }
});

/** Names of the weights that are not those of the fresh model. */
function changed(model: ModelWeights): string[] {
  const base = data(randomModel());
  const differing = [...data(model)].filter(([name, now]) => now.some((value, i) => value !== base.get(name)![i]));
  return differing.map(([name]) => name);
}

test('the rate of words is for words alone: places and kinds, met in every text, move as layers do', async () => {
  const { outcome, model } = await run({ learningRate: 0, epochs: 1 });
  assert.equal(outcome!.bestEpoch, 1);
  assert.deepEqual(changed(model), ['embeddings.word_embeddings.weight']);
});

test('parts of a row with a rate of 0 stay, and in a small base so do those that are to stay there', async () => {
  const columnRates = [
    [8, 0],
    [16, 1],
    [32, 0.3, 0],
  ] as const;
  for (const isSparse of [false, true]) {
    const model = { ...randomModel(), columnRates };
    await run({ isSparse, epochs: 1 }, { model });
    const [was, is] = [randomModel(), model].map((each) => each.weights.get('embeddings.word_embeddings.weight')!.data);
    const moved = new Set([...is!.keys()].filter((i) => is![i] !== was![i]).map((i) => i % CONFIG.hidden));
    const first = 8;
    const end = isSparse ? 16 : 32;
    assert.deepEqual(
      [...moved].sort((a, b) => a - b),
      Array.from({ length: end - first }, (_, i) => first + i),
    );
  }
});

test('training the top layer changes its weights and no other, as training with the rest frozen does', async () => {
  const { model } = await run({ mode: 'top', topLayers: 1 }, { work: place('top') });
  const names = changed(model);
  assert.equal(names.length, 16, names.join());
  assert.ok(names.every((name) => name.startsWith('encoder.layer.2.')));
});

test('the loss curve over kept activations is that of the whole graph', async () => {
  const modes: [TrainingMode, number][] = [
    ['top', 1],
    ['top', 3],
    ['top', 99],
  ];
  const losses: number[] = [];
  for (const [mode, topLayers] of modes) {
    // A rate of 0 shows the first losses of the same weights.
    const { curve } = await run(
      { mode, topLayers, learningRate: 0, rowRate: 0, epochs: 1 },
      { work: place(`curve-${topLayers}`) },
    );
    losses.push(curve![0]![1]!);
  }
  const { curve } = await run({ learningRate: 0, rowRate: 0, epochs: 1 });
  for (const loss of losses) assert.ok(Math.abs(loss - curve![0]![1]!) < 1e-5, `${loss} and ${curve![0]![1]}`);
});

test('a rate that is far too high is noticed, and the best weights before it are kept', async () => {
  for (const learningRate of [3, 1e30]) {
    const { outcome, model } = await run({ learningRate, rowRate: learningRate, epochs: 6 });
    assert.ok(outcome!.ended === 'diverged' || outcome!.ended === 'collapsed', outcome!.ended);
    assert.ok(outcome!.bestDevelopment >= outcome!.baseDevelopment);
    if (outcome!.bestEpoch === 0) assert.deepEqual(data(model), data(randomModel()));
    for (const values of data(model).values()) assert.ok(values.every(Number.isFinite));
  }
});
