// Restricted Mode: a folder that is not trusted is read and measured, but nothing is trained and no other model is loaded.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { scenarios } from './support/scenario.ts';

const scenario = scenarios({
  folders: ['test/fixtures/desk'],
  trusted: false,
  // What a hostile folder would do: name a model of its own.
  prepare: async ([desk]) => {
    await mkdir(`${desk}/.vscode`);
    await writeFile(`${desk}/.vscode/settings.json`, JSON.stringify({ 'kbRecall.model': './evil-model' }));
  },
});

scenario('the window is restricted, and questions are measured with the embedded model', async ({ editor, views }) => {
  await views.status(/Restricted Mode/);
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/desk: \d+ of 12 questions miss an answer/, { within: 60_000 });
  await views.status(/% · kb-recall-small/);
  await views.problemsWhen('the missed question', 'closing-a-household-wallet" is number', (rows) => rows.length > 0);
});

scenario('training and other models are not offered', async ({ editor }) => {
  const read = async (file: string) => JSON.parse(await readFile(file, 'utf8'));
  const [{ contributes }, names] = [await read('package.json'), await read('package.nls.json')];
  const titles = (contributes.commands as { title: string; enablement?: string }[])
    .filter(({ enablement }) => enablement?.includes('isWorkspaceTrusted'))
    .map(({ title }) => `KB Recall: ${names[title.slice(1, -1)]}`);
  for (const title of ['KB Recall: Fine-Tune Model', 'KB Recall: Choose Model', 'KB Recall: Learning Curve'])
    assert.ok(titles.includes(title), `${title} is not among ${titles}`);
  for (const title of titles) {
    const labels = await editor.commandsLike(title);
    await editor.press('Escape');
    assert.ok(!labels.includes(title), `${title} is offered: ${labels}`);
  }
});
