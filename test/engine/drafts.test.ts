// Drafts and the training: what is trained on is the same with and without them, and more once they are accepted.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readWorkspace } from '../../src/cli/files.ts';
import { EngineService } from '../../src/engine/service.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'kb-drafts-'));
after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

test('a training has the same pairs with drafts as without, and further ones when they are accepted', async () => {
  const { documents } = await readWorkspace(join(ROOT, 'test/fixtures/desk'), {});
  const rows = (mark: object) =>
    [
      { question: 'Which cards may I pay with?', answers: ['en/support/money.md#cards-we-take'] },
      { question: 'How late may a van be?', answers: ['en/support/delivery.md#late-vans'] },
      { question: '缺的货会换成什么？', answers: ['zh/售后.md#缺货替换'] },
    ]
      .map((row) => JSON.stringify({ ...row, ...mark }))
      .join('\n');
  const engine = new EngineService();
  const pairs = async (text?: string): Promise<number> => {
    const more = text === undefined ? [] : [{ file: 'more.questions.jsonl', text }];
    const base = {
      folder: 'desk',
      documents: [...documents, ...more],
      unreadable: [],
      indexFolder: join(home, 'index'),
    };
    const estimate = await engine.estimate({
      base,
      model: 'kb-recall-small',
      modelsFolder: join(home, 'models'),
      embeddedFolder: join(ROOT, 'models'),
      trainShare: 1,
    });
    return estimate.pairs;
  };
  const without = await pairs();
  assert.ok(without > 0);
  assert.equal(await pairs(rows({ draft: true })), without);
  assert.ok((await pairs(rows({}))) > without);
});
