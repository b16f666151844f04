// Fine-tuning in the window: it is stopped at once and leaves everything as it was; a whole run ends with a verdict on held-out recall, and is cleared.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { scenarios } from './support/scenario.ts';
import { until } from './support/waiting.ts';

const scenario = scenarios({ folders: ['examples/helpdesk'], settings: { 'kbRecall.training.epochs': 2 } });
const UNDER_WAY = /Training · [1-9]\d* \/ \d+/;

/** All that is kept of models and runs below the user data. */
async function kept(home: string): Promise<string[]> {
  const files = await readdir(join(home, 'user'), { recursive: true });
  return files.filter((file) => /globalStorage\/.*\/models\/.+/.test(file));
}

/** Folders of models, complete or not. */
async function models(home: string): Promise<string[]> {
  return (await kept(home)).filter((file) => /\/models\/[^/.]+$/.test(file));
}

scenario('a training shows its steps, stops within a second, and leaves no model behind', async (studio) => {
  const { editor, views } = studio;
  await editor.run('KB Recall: Fine-Tune Model');
  await views.notification(UNDER_WAY, { within: 60_000 });
  assert.ok(studio.engines().length > 0);
  const pressed = performance.now();
  await views.answerNotification(UNDER_WAY, 'Cancel');
  await views.notification(/Stopped\. Index and models are as they were\./, { within: 3000 });
  const seconds = (performance.now() - pressed) / 1000;
  assert.ok(seconds < 2.5, `stopped after ${seconds.toFixed(2)} s`);
  assert.deepEqual(await models(studio.home), []);
  await views.clearNotifications();
});

scenario('a whole training ends with a verdict, and questions can be evaluated after it', async (studio) => {
  const { editor, views } = studio;
  await editor.run('KB Recall: Fine-Tune Model');
  const verdict = await views.notification(/Not promoted|is now used/, { within: 170_000 });
  await views.clearNotifications();
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/questions miss an answer/, { within: 60_000 });
  const promoted = /is now used/.test(verdict);
  assert.equal((await models(studio.home)).length > 0, promoted, verdict);
  await until(
    'the model of the verdict in the status bar',
    async () => (await views.status(/% · kb-recall-small/)).includes('-tuned-') === promoted,
  );
});

scenario('cleared with its tuned models, the folder is back at the embedded one', async (studio) => {
  const { editor, views, page } = studio;
  await editor.run('KB Recall: Clear Index and Cache');
  const button = page.locator('.monaco-dialog-box').getByRole('button', { name: 'Clear Index and Tuned Models' });
  await button.click();
  await views.notification(/Cleared\. The next evaluation/, { within: 30_000 });
  await views.clearNotifications();
  assert.deepEqual(await kept(studio.home), [], 'neither models nor runs are left');
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/questions miss an answer/, { within: 60_000 });
  assert.doesNotMatch(await views.status(/% · kb-recall-small/), /-tuned-/);
});
