// The map and the near-duplicates of a live knowledge base, with the real model.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readWorkspace } from '../../src/cli/files.ts';
import type { QuestionState } from '../../src/core/state.ts';
import { WorkspaceService } from '../../src/engine/live/workspaceService.ts';
import type { MapAnswer } from '../../src/protocol/workspace.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const workspace = 'desk';

/** The desk fixture and more files, open but not measured; questions as they are told. */
async function open(t: { after(work: () => void): void }, more: Record<string, string> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'kb-map-'));
  t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  const questions = new Map<string, QuestionState>();
  const service = new WorkspaceService({
    patch: (patch) => {
      for (const each of patch.questions ?? []) questions.set(each.id, structuredClone(each));
    },
    log: () => undefined,
  });
  await service.open({
    workspace,
    settings: {
      folder: 'desk',
      indexFolder: join(home, 'index'),
      model: 'kb-recall-small',
      modelsFolder: join(home, 'models'),
      embeddedFolder: join(ROOT, 'models'),
      ks: [1, 3, 5, 10],
      primaryK: 1,
      seed: 3,
      trainShare: 0.6,
      retrieval: 'vectors',
    },
  });
  t.after(() => service.close({ workspace }));
  const { documents } = await readWorkspace(join(ROOT, 'test/fixtures/desk'));
  const added = Object.entries(more).map(([file, text]) => ({ file, text }));
  const all = [...documents, ...added].map((each) => ({ ...each, saved: true }));
  await service.change({ workspace, documents: all, removed: [], unreadable: [] });
  return { service, questions };
}

test('the map has every measured question and snippet once, questions near their answers, the same twice', async (t) => {
  const { service, questions } = await open(t);
  assert.equal(await service.map({ workspace, points: 2000 }), undefined, 'nothing was searched yet');
  const { snippets } = await service.measure({ workspace });
  const map = await service.map({ workspace, points: 2000 });
  assert.ok(map);
  const measured = [...questions.values()].filter(({ outcome }) => outcome);
  assert.deepEqual(map.questions.map(({ id }) => id).sort(), measured.map(({ id }) => id).sort());
  assert.equal(new Set(map.snippets.map(({ id }) => id)).size, snippets);
  assert.deepEqual(map.total, { questions: measured.length, snippets });
  for (const { x, y } of [...map.questions, ...map.snippets]) assert.ok(x >= 0 && x <= 1 && y >= 0 && y <= 1);
  const [own, any] = distances(map, measured);
  assert.ok(own < any * 0.7, `questions are ${own} from what they find and ${any} from anything`);
  assert.deepEqual(await service.map({ workspace, points: 2000 }), map);
});

/** Mean distances of questions found at rank 1: to that snippet, and to all snippets. */
function distances({ questions, snippets }: MapAnswer, measured: QuestionState[]): [own: number, any: number] {
  const place = new Map(snippets.map((each) => [each.id, each]));
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const from = questions.map((point) => {
    const first = measured.find(({ id }) => id === point.id)!.outcome!.top[0]!.id;
    const to = ({ x, y }: { x: number; y: number }): number => Math.hypot(point.x - x, point.y - y);
    return [to(place.get(first)!), mean(snippets.map(to))] as const;
  });
  return [mean(from.map(([own]) => own)), mean(from.map(([, any]) => any))];
}

test('fewer points than there are: whole questions with what they expect, and no more points than asked for', async (t) => {
  const { service, questions } = await open(t);
  await service.measure({ workspace });
  const map = await service.map({ workspace, points: 9 });
  assert.ok(map && map.questions.length > 0);
  assert.ok(map.questions.length + map.snippets.length <= 9);
  const drawn = new Set(map.snippets.map(({ id }) => id));
  for (const { id } of map.questions)
    for (const expected of questions.get(id)!.outcome!.expected) assert.ok(drawn.has(expected.id), expected.id);
});

test('a map is stopped in the middle, and the knowledge base goes on', async (t) => {
  const pages = Array.from({ length: 40 }, (_, i) => {
    const sections = Array.from(
      { length: 20 },
      (_, j) => `## Shelf ${i}-${j}\n\nShelf ${j} of aisle ${i} holds screws.\n`,
    );
    return [`shelves/aisle-${i}.md`, `# Aisle ${i}\n\n${sections.join('\n')}`] as const;
  });
  const { service } = await open(t, Object.fromEntries(pages));
  await service.measure({ workspace });
  const controller = new AbortController();
  let after = 0;
  const onProgress = (): void => {
    if (controller.signal.aborted) after++;
    controller.abort();
  };
  await assert.rejects(service.map({ workspace, points: 2000 }, { signal: controller.signal, onProgress }), {
    name: 'AbortError',
  });
  assert.equal(after, 0, 'no further turn after the stop');
  assert.equal((await service.search({ workspace, text: 'screws', limit: 3 })).length, 3);
});

const MONEY = `Open the order in your account and choose "Send back". We pay the price back to the card you paid with
within five working days, postage included, once the parcel has reached our warehouse.`;

test('near-duplicates are found by text in both languages; sections with only a heading in common are not', async (t) => {
  const { service } = await open(t, {
    'a.md': `# Getting your money back\n\n${MONEY}\n`,
    'b.md': `# Refunds\n\n${MONEY.replace('five', 'seven')}\n`,
    '换货.md':
      '# 换货\n\n收到商品后七天内，请在订单页面点击“申请换货”，填写原因并上传照片，客服会在一个工作日内与您联系。\n\n' +
      '# 换货流程\n\n收到商品后七天内，请在订单页面点击“申请换货”，写明原因并上传照片，客服将在一个工作日内与您联系。\n',
    'c.md': '# Exceptions\n\nDamaged furniture is collected by a carrier.\n',
    'd.md': '# Exceptions\n\nTrainees get their salary on the first of the month.\n',
  });
  assert.equal(await service.duplicates({ workspace, limit: 10 }), undefined);
  await service.indexWorkspace({ workspace });
  const found = await service.duplicates({ workspace, limit: 10 });
  assert.deepEqual(found?.pairs.map(({ first, second }) => [first, second]).sort(), [
    ['a.md#getting-your-money-back', 'b.md#refunds'],
    ['换货.md#换货', '换货.md#换货流程'],
  ]);
  assert.equal(found.total, 2);
  for (const { cosine, likeness } of found.pairs) assert.ok(cosine > 0.6 && likeness > 0.5 && likeness < 1);
  assert.equal((await service.duplicates({ workspace, limit: 1 }))?.pairs.length, 1);
});
