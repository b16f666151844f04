// A folder that lies on no disk: read, measured and reported on; its model and its index are kept where the editor keeps such things.
import assert from 'node:assert/strict';
import { addExtension, addTestExtension } from './support/extension.ts';
import { scenarios } from './support/scenario.ts';
import { until } from './support/waiting.ts';

const scenario = scenarios({
  folders: ['test/fixtures/desk'],
  scheme: 'virtualdisk',
  install: async (extensions) => {
    await addExtension(extensions);
    await addTestExtension('test/e2e/support/virtualDisk', extensions);
  },
});

scenario('questions of a virtual folder are measured', async ({ editor, views }) => {
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/desk: \d+ of 12 questions miss an answer in the first 5/, { within: 60_000 });
  await views.status(/\d+ % · kb-recall-small/);
});

scenario('a problem leads to the question in its virtual file', async (studio) => {
  const { editor, page, views } = studio;
  const words = 'cards-we-takes" names no snippet';
  const [row] = await views.problemsWhen('the dangling answer', words, (rows) => rows.length > 0);
  assert.equal(row!.line, 5);
  await page.locator('.markers-panel .monaco-list-row').filter({ hasText: words }).dblclick();
  await until('its file', () => editor.tab('support.questions.jsonl').isVisible());
  // No fix is offered there: the file is read only.
  await until('the cursor at the question', async () =>
    /Ln 5\b/.test((await page.locator('#status\\.editor\\.selection').textContent()) ?? ''),
  );
});
