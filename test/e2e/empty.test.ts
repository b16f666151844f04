// A window without a folder is a normal state: commands say what to do.
import { scenarios } from './support/scenario.ts';
import { until } from './support/waiting.ts';

const scenario = scenarios({});

scenario('a command says that a folder is needed', async ({ editor, views }) => {
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/folder/i);
});

scenario('the view says how to begin', async ({ editor, page }) => {
  await editor.run('View: Show KB Recall');
  await until('the welcome text with its button', () =>
    page.locator('.welcome-view-content').filter({ hasText: 'Open Folder' }).first().isVisible(),
  );
});
