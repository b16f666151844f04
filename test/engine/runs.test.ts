// Training runs with the real model: paused and stopped, within a budget, written down, blended, taken and thrown away.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readWorkspace } from '../../src/cli/files.ts';
import { PauseSwitch } from '../../src/core/pause.ts';
import type { Progress } from '../../src/core/progress.ts';
import { runOf } from '../../src/core/runs/run.ts';
import { WorkspaceService } from '../../src/engine/live/workspaceService.ts';
import { openModelFolder } from '../../src/engine/modelFolder.ts';
import { loadWeights } from '../../src/engine/modelWeights.ts';
import { openModel } from '../../src/engine/openModel.ts';
import { writeRunFile } from '../../src/engine/runFile.ts';
import { recorded } from '../../src/engine/runRecorder.ts';
import { candidatePath, deleteRun, listRuns, readRun, settleRun, writeRun } from '../../src/engine/runs.ts';
import { EngineService } from '../../src/engine/service.ts';
import type { TrainParams } from '../../src/protocol/engine.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'kb-runs-'));
const modelsFolder = join(home, 'models');
const place = { modelsFolder, indexFolder: join(home, 'indexes', 'desk') };
after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

const engine = new EngineService();
async function params(more: Partial<TrainParams> = {}): Promise<TrainParams> {
  const { documents, findings } = await readWorkspace(join(ROOT, 'test/fixtures/desk'), {});
  return {
    base: { folder: 'desk', documents, unreadable: findings, indexFolder: place.indexFolder },
    model: 'kb-recall-small',
    modelsFolder,
    embeddedFolder: join(ROOT, 'models'),
    epochs: 6,
    // With which this small base has a better checkpoint.
    seed: 3,
    keepsCandidate: true,
    ...more,
  };
}
const turns = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setTimeout(resolve, 4));
};

test('an estimate counts the steps that the training makes, and more memory than there is refuses it', async () => {
  const given = await params();
  const estimate = await engine.estimate(given);
  const steps: Progress[] = [];
  const answer = await engine.train(given, { onProgress: (step) => step.stage === 'train' && steps.push(step) });
  assert.equal(estimate.stepsPerEpoch * 6, steps[0]?.total);
  assert.ok(answer.steps > 0 && estimate.pairs > 0);
  assert.ok(estimate.secondsPerStep > 0 && estimate.bytes > 100e6 && estimate.freeBytes > 0);
  assert.equal(estimate.isMeasured, false);
  assert.equal((await engine.estimate(given)).isMeasured, true);
  const known = process.availableMemory;
  process.availableMemory = () => 1e6;
  try {
    await assert.rejects(engine.train(given), { code: 'not-enough-memory' });
  } finally {
    process.availableMemory = known;
  }
});

test('a run is listed with its figures, can be blended, and ends as the author decides', async () => {
  const [run] = await listRuns(place);
  assert.ok(run?.recall);
  const whole = await readRun(modelsFolder, run.id);
  assert.ok(whole?.answer && whole.steps.length > 0);
  const name = whole.answer.modelId ?? whole.answer.candidateId;
  assert.ok(name, 'the run has a model of its own');
  const whatIs = async (share: number) => (await engine.blend({ ...(await params()), run: run.id, share })).slices;
  const [none, all] = [await whatIs(0), await whatIs(1)];
  const recall = `recall@${run.recall.k}`;
  assert.deepEqual(none.after.metrics, none.before.metrics, 'share 0 is the base model');
  assert.equal(all.after.metrics[recall]?.value, run.recall.after, 'share 1 is the model of the run');
  const saved = await engine.blend({ ...(await params()), run: run.id, share: 0.5, save: true });
  assert.ok(saved.modelId && existsSync(join(modelsFolder, saved.modelId, 'config.json')));
  const again = await engine.evaluate({ ...(await params()), model: saved.modelId });
  assert.deepEqual(again.report.slices.test.metrics, saved.slices.after.metrics, 'what was saved is what was measured');

  // What attention knows words by is no part of what they mean: a third of it moved, and repeats would no longer be known.
  const base = await openModel(await params());
  await base.embedder.close();
  const tuned = await loadWeights(await openModelFolder(join(modelsFolder, saved.modelId)));
  const [was, is] = [base.weights, tuned].map(({ weights }) => weights.get('embeddings.word_embeddings.weight')!);
  const width = was!.dims[1]!;
  let changed = 0;
  for (let row = 0; row < was!.dims[0]!; row++) {
    const part = ({ data }: { data: Float32Array }, from: number, to: number) =>
      Buffer.from(data.slice(row * width + from, row * width + to).buffer);
    assert.ok(part(was!, 0, 66).equals(part(is!, 0, 66)), `row ${row}`);
    if (!part(was!, 66, width).equals(part(is!, 66, width))) changed++;
  }
  assert.ok(changed > 50, `${changed} words learnt something`);

  if (whole.answer.modelId === undefined) {
    assert.equal(await settleRun(modelsFolder, run.id, 'promoted'), name);
    assert.ok(existsSync(join(modelsFolder, name, 'config.json')) && !existsSync(candidatePath(modelsFolder, name)));
    await assert.rejects(settleRun(modelsFolder, run.id, 'discarded'), { code: 'run-gone' });
  }
  await deleteRun(modelsFolder, run.id);
  assert.deepEqual(await listRuns(place), []);
  assert.ok(existsSync(join(modelsFolder, name)), 'a model that is in use outlives its run');
  assert.ok(!existsSync(join(modelsFolder, '.runs', `${run.id}.run.json`)), 'its ranks do not');
});

test('a paused run makes no step, goes on where it was, and stops while it is paused', async () => {
  const pause = new PauseSwitch();
  const stop = new AbortController();
  const steps: number[] = [];
  const work = engine.train(await params({ epochs: 40 }), {
    pause,
    signal: stop.signal,
    onProgress: ({ stage, done, detail }) => {
      if (stage !== 'train' || detail?.epochEnd) return;
      steps.push(done);
      if (done === 2 || done === 4) pause.set(true);
    },
  });
  const ended = work.then(
    () => 'finished',
    (error: Error) => error.name,
  );
  while (steps.length < 2) await turns();
  await turns();
  assert.deepEqual(steps, [1, 2]);
  pause.set(false);
  while (steps.length < 4) await turns();
  await turns();
  assert.deepEqual(steps, [1, 2, 3, 4]);
  stop.abort();
  assert.equal(await ended, 'AbortError');
  const [run] = await listRuns(place);
  assert.equal(run?.stopped, true);
  await deleteRun(modelsFolder, run!.id);
});

test('training the layers leaves every word vector bit by bit as it was', async () => {
  const answer = await engine.train(await params({ seed: 3, mode: 'layers', epochs: 3 }));
  const name = answer.modelId ?? answer.candidateId;
  assert.ok(name, answer.verdict);
  const tuned = answer.modelPath ?? candidatePath(modelsFolder, name);
  const { weights: was, embedder } = await openModel(await params());
  await embedder.close();
  const is = await loadWeights(await openModelFolder(tuned));
  const differing = [...was.weights].filter(([key, { data }]) => {
    const now = is.weights.get(key)!.data;
    return data.some((value, i) => value !== now[i]);
  });
  const names = differing.map(([key]) => key);
  assert.ok(names.length > 10, names.join());
  assert.deepEqual(
    names.filter((key) => key.includes('word_embeddings')),
    [],
  );
  assert.equal((await listRuns(place))[0]?.settings.mode, 'layers');
  await deleteRun(modelsFolder, answer.runId!);
});

test('a budget ends the training before its epochs and still scores what was learnt', async () => {
  const answer = await engine.train(await params({ epochs: 100, minutes: 0.02 }));
  assert.ok(answer.steps >= 1 && answer.history.length >= 1 && answer.history.length < 100);
  assert.equal(typeof answer.history.at(-1)!.development, 'number', 'the last epoch is scored in any case');
  const [run] = await listRuns(place);
  assert.equal(run?.settings.minutes, 0.02);
});

test('the evaluation at the end of a run is kept with its ranks, and compared with one from a file', async () => {
  const [run] = await listRuns(place);
  assert.ok(run?.comparable && run.recall);
  const service = new WorkspaceService({ patch: () => undefined, log: () => undefined });
  const { report, index } = await engine.evaluate(await params());
  const file = join(home, 'before.json');
  await writeRunFile(file, runOf(report, index));
  const answer = await service.compareRuns({ modelsFolder, before: { file }, after: { run: run.id } });
  assert.equal(answer.kind, 'runs');
  // Intervals are drawn in the order of the questions, which is another one in a file.
  const values = (metrics: typeof answer.slices.before.metrics) =>
    Object.entries(metrics).map(([name, { value }]) => [name, value.toFixed(9)]);
  assert.deepEqual(values(answer.slices.before.metrics), values(report.slices.test.metrics));
  const recall = answer.slices.after.metrics[`recall@${run.recall.k}`]?.value;
  assert.equal(recall, run.recall.after ?? run.recall.before, 'figures are those of the run');
  assert.deepEqual(answer.questions.map(({ id }) => id).sort(), report.outcomes.map(({ id }) => id).sort());
  const turned = await service.compareRuns({ modelsFolder, before: { run: run.id }, after: { file } });
  assert.deepEqual(
    turned.comparison.broken.map(({ id }) => id),
    answer.comparison.fixed.map(({ id }) => id),
  );
  await assert.rejects(service.compareRuns({ modelsFolder, before: { file }, after: { run: '../../package' } }), {
    code: 'run-gone',
  });
  await assert.rejects(service.compareRuns({ modelsFolder, before: { file }, after: { run: 'gone' } }), {
    code: 'run-unreadable',
  });
  await writeRun(modelsFolder, { ...(await readRun(modelsFolder, run.id))!, id: 'old' });
  assert.deepEqual(
    (await listRuns(place)).map(({ id, comparable }) => [id, comparable]).sort(),
    [[run.id, true] as const, ['old', false] as const].sort(),
    'a run of an earlier version has no ranks',
  );
  await deleteRun(modelsFolder, 'old');
});

test('a broken file among the runs and an id that leads elsewhere are no runs; other bases are not listed', async () => {
  const [run] = await listRuns(place);
  const whole = (await readRun(modelsFolder, run!.id))!;
  writeFileSync(join(modelsFolder, '.runs', 'broken.json'), '{"id":"bro');
  await writeRun(modelsFolder, { ...whole, id: 'other', base: 'elsewhere' });
  assert.deepEqual(
    (await listRuns(place)).map(({ id }) => id),
    [run!.id],
  );
  assert.equal(await readRun(modelsFolder, '../../package'), undefined);
});

test('a run that is killed while it goes on is in the list as stopped', async () => {
  const place = { modelsFolder: join(home, 'killed'), indexFolder: join(home, 'indexes', 'desk') };
  const given = await params({ modelsFolder: place.modelsFolder });
  void recorded(given, { epochs: 2 }, {}, ({ onProgress }) => {
    onProgress?.({ stage: 'train', done: 1, total: 9, detail: { epoch: 1, loss: 1 } });
    return new Promise(() => undefined);
  });
  while ((await listRuns(place)).length === 0) await turns();
  assert.equal((await listRuns(place))[0]?.stopped, true);
});
