// The learning curve and the export of a live knowledge base, as the editor asks for them, with the embedded model on a few questions.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAbort } from '../../src/core/errors.ts';
import type { Progress } from '../../src/core/progress.ts';
import { INT8_FILE } from '../../src/engine/exportModel.ts';
import { openLive } from './liveService.ts';

const workspace = 'test/fixtures/desk';

async function open(t: { after(work: () => void): void }, folder = workspace) {
  const home = mkdtempSync(join(tmpdir(), 'kb-curve-'));
  t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  const { service } = await openLive(folder, home, { settings: { seed: 2 } });
  t.after(() => service.close({ workspace: folder }));
  return { service, home };
}

test('the curve of a live knowledge base says in which of four trainings it is, and keeps no model', async (t) => {
  const { service, home } = await open(t);
  const told: Progress[] = [];
  const answer = await service.curveWorkspace(
    { workspace, epochs: 1, mode: 'layers' },
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
  let stoppedAt = 0;
  const curve = service.curveWorkspace(
    { workspace, epochs: 3 },
    {
      signal: controller.signal,
      onProgress: ({ stage, detail }) => {
        if (stage !== 'train' || detail?.part !== 2) return;
        stoppedAt ||= Number(detail.part);
        assert.equal(detail.part, stoppedAt, 'no later training begins');
        controller.abort();
      },
    },
  );
  await assert.rejects(curve, isAbort);
  assert.equal(stoppedAt, 2);
  assert.ok((await service.join({ workspace })).questions > 0);
});

test('an export with int8 is measured on the questions of the folder', async (t) => {
  const { service, home } = await open(t);
  const to = join(home, 'out', 'desk-model');
  const { path, int8 } = await service.exportWorkspace({ workspace, model: 'kb-recall-small', to });
  assert.equal(path, to);
  assert.ok(int8?.cost);
  assert.equal(statSync(join(to, INT8_FILE)).size, int8.bytes);
  assert.ok(int8.bytes < statSync(join(to, 'onnx/model.onnx')).size / 3);
  const { before, after, difference, questions, k } = int8.cost;
  assert.equal(k, 5);
  assert.ok(questions > 10 && Math.abs(after - before - difference.value) < 1e-9);
  await assert.rejects(service.exportWorkspace({ workspace, model: 'kb-recall-small', to }), { code: 'target-exists' });
});
