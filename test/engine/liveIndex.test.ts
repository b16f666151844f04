// The vectors of an open knowledge base under edits that overlap with the writing of the index, with the embedded model.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildCorpus } from '../../src/core/corpus.ts';
import { changedStretch } from '../../src/core/stretch.ts';
import { type IndexedWindow, wholeSnippets, windowSplitter } from '../../src/engine/indexer.ts';
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

test('windows of snippets that the index holds whole are known without counting, and are the same', async () => {
  const model = await openModel({
    model: 'kb-recall-small',
    modelsFolder: join(home, 'models'),
    embeddedFolder: join(ROOT, 'models'),
  });
  const long = '退款会在五个工作日内原路退回，节假日顺延。'.repeat(60);
  const text = `# Short\n\nOne line.\n\n# 长\n\n${long}\n\n# Other\n\nTwo lines.\nHere.\n`;
  const { snippets } = buildCorpus([{ file: 'mixed.md', text }]);
  const counted = snippets.map(windowSplitter(model.embedder));
  assert.deepEqual([counted[0]!.length, counted[1]!.length > 1, counted[2]!.length], [1, true, 1]);
  const whole = wholeSnippets(counted.flat());
  assert.deepEqual(whole, new Set([snippets[0]!.hash, snippets[2]!.hash]));
  assert.deepEqual(snippets.map(windowSplitter(model.embedder, whole)), counted);
  // The splitter asks for nothing of the model but the tokenizer, so without one a text that is counted throws.
  const blind = windowSplitter(
    { ...model.embedder, profile: model.embedder.profile, tokenizer: { overhead: 2 } } as never,
    whole,
  );
  assert.deepEqual(blind(snippets[0]!), counted[0]);
  assert.throws(() => blind(snippets[1]!));
  await model.embedder.close();
});
