// The vectors of an open knowledge base under edits that overlap with the writing of the index, with the embedded model.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildCorpus } from '../../src/core/corpus.ts';
import { changedStretch } from '../../src/core/stretch.ts';
import { entryOf, type IndexedWindow, windowSplitter } from '../../src/engine/indexer.ts';
import { knownWindows } from '../../src/engine/knownWindows.ts';
import { LiveIndex } from '../../src/engine/live/liveIndex.ts';
import { openModel } from '../../src/engine/openModel.ts';
import type { WindowEntry } from '../../src/engine/vectorStore.ts';

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

test('windows that the index holds are known without counting, and are the same', async () => {
  const model = await openModel({
    model: 'kb-recall-small',
    modelsFolder: join(home, 'models'),
    embeddedFolder: join(ROOT, 'models'),
  });
  const long = '退款会在五个工作日内原路退回，节假日顺延。'.repeat(60);
  const policy = 'Goods that were opened are taken back within thirty days if they are as new. '.repeat(60);
  const chapters = 'Everything about sending parcels back to us and what it costs '.repeat(40);
  const text =
    `# Short\n\nOne line.\n\n# 长\n\n${long}\n\n# Other\n\nTwo lines.\nHere.\n\n` +
    `# ${chapters}\n\n## Returns\n\n${policy}\n\n### ${chapters}\n\n${policy}\n`;
  const { snippets } = buildCorpus([{ file: 'mixed.md', text }]);
  const counted = snippets.map(windowSplitter(model.embedder));
  const [, chinese, , shortened, cut] = counted as [
    IndexedWindow[],
    IndexedWindow[],
    IndexedWindow[],
    ...IndexedWindow[][],
  ];
  assert.deepEqual(
    counted.map(({ length }) => length > 1),
    [false, true, false, true, true],
  );
  assert.ok(shortened![0]!.text.startsWith('Returns\nGoods'), 'a heading path without its beginning');
  assert.ok(cut![0]!.text.indexOf('\nGoods') < chapters.length / 2, 'a last heading without its beginning');
  // The index holds no texts, and sorts by key.
  const entries = counted.flat().map(entryOf).reverse();
  const known = knownWindows(entries);
  assert.deepEqual(snippets.map(windowSplitter(model.embedder, known)), counted);
  // The splitter asks for nothing of the model but the tokenizer, so without one a text that is counted throws.
  const blind = (windows: typeof known) =>
    windowSplitter(
      { ...model.embedder, profile: model.embedder.profile, tokenizer: { overhead: 2 } } as never,
      windows,
    );
  assert.deepEqual(snippets.slice(0, 4).map(blind(known)), counted.slice(0, 4));
  assert.throws(() => blind(known)(snippets[4]!), TypeError);
  // Killed before all windows of a snippet were written, or with boundaries that are not the text's: it is split.
  const spoilt: [string, WindowEntry[]][] = [
    ['first gone', entries.filter(({ key }) => key !== chinese[0]!.key)],
    ['last gone', entries.filter(({ key }) => key !== chinese.at(-1)!.key)],
    ['boundary moved', entries.map((each) => moved(each, chinese[0]!, chinese[1]!))],
    ['of another text', entries.map((each) => (each.key === chinese[1]!.key ? { ...each, snippetHash: 'f' } : each))],
  ];
  for (const [what, some] of spoilt) {
    assert.throws(() => blind(knownWindows(some))(snippets[1]!), TypeError, what);
    assert.deepEqual(windowSplitter(model.embedder, knownWindows(some))(snippets[1]!), chinese, what);
  }
  await model.embedder.close();
});

/** The entry with the boundary between two windows a character later. */
function moved(entry: WindowEntry, before: WindowEntry, after: WindowEntry): WindowEntry {
  if (entry.key === before.key) return { ...entry, end: entry.end + 1 };
  return entry.key === after.key ? { ...entry, start: entry.start + 1 } : entry;
}
