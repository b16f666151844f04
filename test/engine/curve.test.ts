// The learning curve and the export of a live knowledge base, as the editor asks for them, with a tiny model on the desk's questions.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAbort } from '../../src/core/errors.ts';
import type { Progress } from '../../src/core/progress.ts';
import { INT8_FILE } from '../../src/engine/exportModel.ts';
import { tinyModel } from '../faults/support.ts';
import { openLive } from './liveService.ts';

const workspace = 'test/fixtures/desk';

async function open(t: { after(work: () => void): void }) {
  const home = mkdtempSync(join(tmpdir(), 'kb-curve-'));
  t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  const model = await tinyModel(join(home, 'desk-model'));
  const { service } = await openLive(workspace, home, { settings: { seed: 2, model, threads: 1 } });
  t.after(() => service.close({ workspace }));
  return { service, home, model };
}

test('the curve of a live knowledge base says in which of four trainings it is, and keeps no model', async (t) => {
  const { service, home } = await open(t);
  const told: Progress[] = [];
  const answer = await service.curveWorkspace(
    { workspace, epochs: 1 },
    { onProgress: (progress) => told.push(progress) },
  );
  const counts = answer.points.map(({ questions }) => questions);
  assert.equal(counts.length, 5);
  assert.equal(counts[0], 0);
  assert.ok(counts.every((count, i) => i === 0 || count > counts[i - 1]!));
  assert.equal(answer.k, 5);
  for (const { recall } of answer.points) assert.ok(recall.low <= recall.value && recall.value <= recall.high);
  const trained = told.filter(({ stage }) => stage === 'train');
  assert.deepEqual([...new Set(trained.map(({ detail }) => detail?.part))], [1, 2, 3, 4]);
  assert.ok(trained.every(({ detail }) => detail?.parts === 4 && typeof detail.epoch === 'number'));
  assert.deepEqual(
    existsSync(join(home, 'models')) ? readdirSync(join(home, 'models')).filter((name) => /tuned/.test(name)) : [],
    [],
  );
});

test('a curve that is stopped in its second training ends at once, and the knowledge base goes on', async (t) => {
  const { service } = await open(t);
  const controller = new AbortController();
  const begun = new Set<unknown>();
  const curve = service.curveWorkspace(
    { workspace, epochs: 3 },
    {
      signal: controller.signal,
      onProgress: ({ stage, detail }) => {
        if (stage !== 'train') return;
        begun.add(detail?.part);
        if (detail?.part === 2) controller.abort();
      },
    },
  );
  await assert.rejects(curve, isAbort);
  assert.deepEqual([...begun], [1, 2]);
  assert.ok((await service.join({ workspace })).questions > 0);
});

test('an export with int8 is measured on the questions of the folder', async (t) => {
  const { service, home, model } = await open(t);
  const to = join(home, 'out', 'desk-model');
  const { path, int8 } = await service.exportWorkspace({ workspace, model, to });
  assert.equal(path, to);
  assert.ok(int8?.cost);
  assert.equal(statSync(join(to, INT8_FILE)).size, int8.bytes);
  assert.ok(existsSync(join(to, 'onnx/model.onnx')) && existsSync(join(to, 'tokenizer.json')));
  const { before, after, difference, questions, k } = int8.cost;
  assert.equal(k, 5);
  assert.ok(questions > 10 && Math.abs(after - before - difference.value) < 1e-9);
  await assert.rejects(service.exportWorkspace({ workspace, model, to }), { code: 'target-exists' });
});

test('an export without a question to measure has no cost, and one that is stopped leaves nothing', async (t) => {
  const { service, home, model } = await open(t);
  const questions = ['en/people/people.questions.yaml', 'en/support/support.questions.jsonl', 'zh/客服.questions.csv'];
  // Its front matter asks, too.
  const removed = [...questions, 'en/people/leave.md'];
  const controller = new AbortController();
  const stopped = join(home, 'out', 'stopped');
  await assert.rejects(
    service.exportWorkspace(
      { workspace, model, to: stopped },
      { signal: controller.signal, onProgress: () => controller.abort() },
    ),
    isAbort,
  );
  await service.change({ workspace, documents: [], removed, unreadable: [] });
  const { int8 } = await service.exportWorkspace({ workspace, model, to: join(home, 'out', 'desk-model') });
  assert.ok(int8 && int8.bytes > 0);
  assert.equal(int8.cost, undefined);
  assert.deepEqual(readdirSync(join(home, 'out')), ['desk-model']);
});
