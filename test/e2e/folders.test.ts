// Two roots in one window: each has figures and an index of its own.
import assert from 'node:assert/strict';
import { scenarios } from './support/scenario.ts';
import { until } from './support/waiting.ts';

const scenario = scenarios({ folders: ['test/fixtures/desk', 'test/fixtures/small'] });
const WALLET = 'closing-a-household-wallet" is number';
/** A finding of the other folder. */
const TIED = 'is tied, by shared snippets or nearly the same wording';

scenario('a command asks which folder, and its problems are those of that folder', async ({ editor, views }) => {
  await editor.run('KB Recall: Evaluate Questions');
  await until('both folders to choose from', async () => (await editor.quickLabels()).length === 2, {
    seen: () => editor.quickLabels(),
  });
  assert.deepEqual((await editor.quickLabels()).toSorted(), ['desk', 'small']);
  await editor.pick('desk');
  await views.notification(/^desk: \d+ of 12 questions miss/, { within: 60_000 });
  await views.problemsWhen('the missed question', WALLET, (rows) => rows.length > 0);
  await views.clearNotifications();
});

scenario('the other folder is measured beside it', async ({ editor, views }) => {
  await editor.run('KB Recall: Evaluate Questions');
  await until('the folders to choose from', async () => (await editor.quickLabels()).length === 2);
  await editor.pick('small');
  await views.notification(/^small: \d+ of \d+ questions miss/, { within: 60_000 });
  await views.problemsWhen(
    'the problems of the first',
    'closing-a-household-wallet" is number',
    (rows) => rows.length > 0,
  );
});

scenario('a folder that leaves the workspace takes its problems along, and only those', async (studio) => {
  const { editor, views } = studio;
  // The second one: VS Code starts its extension host anew when the first leaves, and then nothing is left in any case.
  await views.problemsWhen('a problem of small', TIED, (rows) => rows.length > 0);
  await editor.run('Workspaces: Remove Folder from Workspace...');
  await editor.pick('small');
  await views.problemsWhen('its problems to go', TIED, (rows) => rows.length === 0);
  await views.problemsWhen('the problems of desk', WALLET, (rows) => rows.length > 0);
});
