// The forgetting check on the real model and the set that ships with it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hasForgotten } from '../../src/core/forgetting.ts';
import { seededRandom } from '../../src/core/random.ts';
import { Embedder } from '../../src/engine/embedder.ts';
import { openModel } from '../../src/engine/openModel.ts';
import { forgettingCheck } from '../../src/engine/training/forgetting.ts';

const embeddedFolder = fileURLToPath(new URL('../../models', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'kb-forgetting-'));
after(() => rmSync(home, { recursive: true, force: true }));

test('weights as they were forgot nothing; weights turned to noise by a third forgot a lot', async () => {
  const model = await openModel({ model: 'kb-recall-small', modelsFolder: home, embeddedFolder });
  try {
    const check = await forgettingCheck(embeddedFolder, model.embedder, 0, {});
    assert.ok(check);
    const same = await check(model.embedder);
    assert.ok(same.questions >= 150, `${same.questions} questions`);
    // Neither hopeless nor so easy that a loss would not show.
    assert.ok(same.before > 0.5 && same.before < 0.97, `recall@1 ${same.before}`);
    assert.equal(same.difference.value, 0);
    assert.equal(hasForgotten(same), false);

    const random = seededRandom(1);
    const words = [...model.weights.weights].find(([name]) => name.includes('word_embeddings'))![1];
    const scale = Math.sqrt(words.data.reduce((sum, value) => sum + value * value, 0) / words.data.length);
    for (let i = 0; i < words.data.length; i++) words.data[i]! += (random.next() - 0.5) * 4 * scale;
    const noisy = await Embedder.of(model.weights, model.folder.profile, model.embedder.tokenizer, {});
    try {
      const lost = await check(noisy);
      assert.equal(lost.before, same.before);
      assert.equal(hasForgotten(lost), true, `recall@1 ${lost.before} -> ${lost.after}`);
    } finally {
      await noisy.close();
    }
    assert.equal(await forgettingCheck(home, model.embedder, 0, {}), undefined, 'no set, no check');
  } finally {
    await model.embedder.close();
  }
});
