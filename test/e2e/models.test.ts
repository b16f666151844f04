// Commands about models in the window: choose, compare, roll back, export, learning curve, a download that is asked for first, and clearing.
import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after } from 'node:test';
import { ROOT } from './support/extension.ts';
import { panelOf } from './support/panel.ts';
import { scenarios } from './support/scenario.ts';
import { until } from './support/waiting.ts';

/** A hub that has nothing; what it was asked for is noted. */
const asked: string[] = [];
const hub = createServer((request, response) => {
  asked.push(request.url ?? '');
  response.writeHead(404).end();
});
await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
after(() => hub.close());
const endpoint = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;

/** The embedded model under another name, as a tuned one would lie there. */
const OTHER = 'desk-model';
const settings: Record<string, unknown> = { 'kbRecall.seed': 2, 'kbRecall.training.epochs': 1 };
const scenario = scenarios({
  folders: ['test/fixtures/desk'],
  env: { HF_ENDPOINT: endpoint },
  settings,
  prepare: async ([desk]) => {
    const models = join(desk!, '..', 'models');
    await cp(join(ROOT, 'models/kb-recall-small'), join(models, OTHER), { recursive: true });
    const manifest = join(models, OTHER, 'kb_recall.json');
    const known = JSON.parse(await readFile(manifest, 'utf8'));
    await writeFile(manifest, JSON.stringify({ ...known, id: OTHER, baseModel: 'kb-recall-small' }));
    settings['kbRecall.modelsFolder'] = models;
  },
});

scenario('another model is chosen, and the folder is measured with it', async ({ editor, views }) => {
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/questions miss an answer/, { within: 60_000 });
  await views.clearNotifications();
  await editor.run('KB Recall: Choose Model');
  await editor.pick(OTHER);
  await views.notification(/desk uses the model desk-model/, { within: 60_000 });
  await views.status(/\d+ % · desk-model/, { within: 30_000 });
  await views.clearNotifications();
});

scenario('two models are compared, question by question', async ({ editor, views, page }) => {
  await editor.run('KB Recall: Compare Models');
  await editor.pick('ships with KB Recall');
  await editor.pick(OTHER);
  // Equal weights: every figure is the same, and nothing is fixed or broken.
  await until(
    'the comparison',
    async () => {
      const text = (await page.locator('.editor-group-container.active .view-lines').allInnerTexts()).join('\n');
      return /kb-recall-small/.test(text) && /desk-model/.test(text) && /recall@5/.test(text);
    },
    { within: 60_000 },
  );
  await views.clearNotifications();
});

scenario('the model is rolled back to the one before', async ({ editor, views }) => {
  await editor.run('KB Recall: Roll Back Model');
  await views.notification(/desk is back to the model kb-recall-small/, { within: 60_000 });
  await views.status(/\d+ % · kb-recall-small/, { within: 30_000 });
  await views.clearNotifications();
});

scenario('a model is exported as a folder of its own, with an int8 form whose cost is told', async (studio) => {
  const { editor, views } = studio;
  await editor.run('KB Recall: Export Model');
  await editor.pick(OTHER);
  await editor.pick('fp32 and int8');
  await editor.answerPath(`${studio.home}/`);
  await until('the file dialog to take the folder', async () => {
    await editor.press('Enter');
    return (await readdir(studio.home)).includes(OTHER);
  });
  const int8 = String.raw`int8: \d+\.\d MB, recall@5 [\d.]+ % → [\d.]+ %, [+-]\d+\.\d points \[[+-][\d.]+, [+-][\d.]+\] on \d+ questions`;
  await views.notification(new RegExp(`The model is in .*desk-model\\. ${int8}`), { within: 120_000 });
  assert.ok((await readdir(join(studio.home, OTHER))).includes('tokenizer.json'));
  assert.ok((await readdir(join(studio.home, OTHER, 'onnx'))).includes('model_quantized.onnx'));
  await views.clearNotifications();
});

scenario(
  'a learning curve goes through its four trainings, tells its verdict, and is shown in the panel',
  async (studio) => {
    const { editor, views, page } = studio;
    await editor.run('KB Recall: Learning Curve');
    await views.notification(/training [1-4] of 4/, { within: 120_000 });
    const verdict = /desk: .*more questions/i;
    await views.notification(verdict, { within: 150_000 });
    await views.answerNotification(verdict, 'Show Curve');
    const shown = (when: string): Promise<string[]> =>
      until(
        `the curve in the panel${when}`,
        async () => {
          const panel = await panelOf(page);
          if ((await panel.locator('#tab-training[aria-selected=true]').count()) === 0) return undefined;
          const found = await panel.locator('.curve tbody tr').allInnerTexts();
          return found.length > 0 && (await panel.locator('.curve canvas').isVisible()) ? found : undefined;
        },
        { within: 60_000 },
      );
    const rows = await shown('');
    assert.equal(rows.length, 5);
    assert.match(rows[4]!, /100 %\s+\d+\s+[\d.]+ %\s+\[/);
    await page.screenshot({ path: 'test/e2e/artifacts/panel-curve.png' });
    await editor.reload();
    assert.deepEqual(await shown(' after a reload'), rows);
    await views.clearNotifications();
    await editor.run('View: Close Editor');
  },
);

scenario(
  'a model from the hub is fetched only after a yes, and its absence is told',
  async ({ editor, views, page }) => {
    const choose = async (): Promise<void> => {
      await editor.run('KB Recall: Choose Model');
      await editor.pick('Another model');
      await editor.answer('kb-recall-tests/no-such-model');
      await editor.press('Enter');
    };
    const dialog = page.locator('.monaco-dialog-box');
    const question = (): Promise<boolean> =>
      until('the question before the download', async () =>
        /no-such-model/.test((await dialog.allInnerTexts()).join()),
      );
    await choose();
    await views.answerNotification(/no-such-model/, 'Download…');
    await question();
    await editor.press('Escape');
    await until('the dialog to close', async () => (await dialog.count()) === 0);
    assert.deepEqual(asked, [], 'nothing leaves the machine before a yes');
    await views.clearNotifications();
    // Told again although it was just told: it is the answer to another command.
    await editor.run('KB Recall: Evaluate Questions');
    await views.answerNotification(/no-such-model/, 'Download…');
    await question();
    await dialog.getByRole('button', { name: 'Download' }).click();
    await until('the hub to be asked', () => asked.some((url) => /kb-recall-tests\/no-such-model/.test(url)), {
      seen: () => asked,
    });
    await until('the failed download to be told', async () => {
      // VS Code keeps a toast back that comes while its dialog is closing; the sentence is told again for each command.
      await editor.run('KB Recall: Evaluate Questions');
      return (await views.notifications()).some((text) => /no-such-model from http:\/\/127\.0\.0\.1/.test(text));
    });
    await views.clearNotifications();
    await editor.run('KB Recall: Roll Back Model');
    await views.notification(/is back to the model/, { within: 60_000 });
    await views.clearNotifications();
  },
);

scenario('the index is cleared after a question, and made again', async ({ editor, views, page }) => {
  await editor.run('KB Recall: Clear Index and Cache');
  await until('the question', async () => {
    const dialog = page.locator('.monaco-dialog-box');
    const button = dialog.getByRole('button', { name: 'Clear Index', exact: true });
    if (!(await button.isVisible())) return false;
    // The models folder is the user's own.
    assert.match(await dialog.innerText(), /so do the tuned models in .*models/);
    assert.equal(await dialog.getByRole('button', { name: 'Clear Index and Tuned Models' }).count(), 0);
    await button.click();
    return true;
  });
  await views.notification(/Cleared\. The next evaluation/, { within: 30_000 });
  await views.clearNotifications();
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/questions miss an answer/, { within: 60_000 });
});
