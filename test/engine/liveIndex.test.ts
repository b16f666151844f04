// The vectors of an open knowledge base under edits that overlap with the writing of the index, with the embedded model.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildCorpus } from '../../src/core/corpus.ts';
import { changedStretch } from '../../src/core/stretch.ts';
import type { IndexedWindow } from '../../src/engine/indexer.ts';
import { LiveIndex } from '../../src/engine/live/liveIndex.ts';
import { openModel } from '../../src/engine/openModel.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'kb-live-index-'));
after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

const saved = () => true;

test('what an edit brings while the index is written is neither lost nor left out of the index', async () => {
  const model = await openModel({
    model: 'kb-recall-small',
    modelsFolder: join(home, 'models'),
    embeddedFolder: join(ROOT, 'models'),
  });
  const index = await LiveIndex.open(model, join(home, 'index'));
  const windowsOf = (days: string): IndexedWindow[] => {
    const text = `# Annual leave\n\n${days} days a year.\n\n# 报销\n\n十天内提交发票。\n`;
    return index.windows(buildCorpus([{ file: 'leave.md', text }]).snippets, {});
  };
  const first = windowsOf('Thirty');
  await index.complete(first, saved, {});
  const writing = index.persist(first, saved);
  const second = windowsOf('Twenty');
  await index.complete(second, saved, {});
  await writing;
  const { dimension } = model.embedder.profile;
  assert.equal(index.matrix(second).length, second.length * dimension);
  await index.persist(second, saved);
  const again = await LiveIndex.open(model, join(home, 'index'));
  assert.equal((await again.complete(second, saved, {})).embedded, 0);

  // The matrix that follows edits is the one made anew, whether it grows, shrinks or stays.
  let [before, matrix] = [second, index.matrix(second)];
  for (const days of ['Ten', `${'Thirty or more '.repeat(300)}\n\n`, 'Eleven', `${'Some '.repeat(900)}`, 'Twelve']) {
    const after = windowsOf(days);
    await index.complete(after, saved, {});
    matrix = index.nextMatrix(matrix, after, changedStretch(before, after));
    assert.deepEqual(matrix, index.matrix(after), `${after.length} windows after ${before.length}`);
    before = after;
  }
  await model.embedder.close();
});
