// `npm run screenshots`: pictures of the example help desk in the editor, into test/e2e/artifacts/screenshots (or the folder given), for
// looking at and for the README. One run each in light, dark and high contrast, or only the one named behind the folder.
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { panelOf } from './support/panel.ts';
import { Studio } from './support/scenario.ts';
import { until } from './support/waiting.ts';

const THEMES = { light: 'Default Light Modern', dark: 'Default Dark Modern', contrast: 'Default High Contrast' };

const target = resolve(process.argv[2] ?? fileURLToPath(new URL('./artifacts/screenshots', import.meta.url)));
await mkdir(target, { recursive: true });
for (const [name, theme] of Object.entries(THEMES)) {
  if (process.argv[3] && process.argv[3] !== name) continue;
  const studio = await Studio.start({
    folders: ['examples/helpdesk'],
    window: { width: 1280, height: 800 },
    settings: { 'workbench.colorTheme': theme, 'window.zoomLevel': 0, 'editor.wordWrap': 'on' },
  });
  try {
    await studio.evidence(`screenshots ${name}`, () => tour(studio, (view) => join(target, `${view}-${name}.png`)));
  } finally {
    await studio.stop();
  }
}
console.log(`Pictures are in ${target}.`);

async function tour(studio: Studio, file: (view: string) => string): Promise<void> {
  const { editor, views } = studio;
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/questions miss an answer/, { within: 120_000 });
  await editor.picture(file('evaluated'));
  await views.clearNotifications();

  await editor.openFile('en/support/standard.questions.jsonl', { line: 2 });
  await views.problems('');
  await editor.picture(file('problems'));
  await editor.run('View: Toggle Problems');

  await editor.run('View: Show KB Recall');
  await until('the questions', async () => (await views.tree('Questions')).length > 2);
  await editor.picture(file('questions'));
  await editor.openFile('en/support/orders-and-refunds.md', { line: 3 });
  await until('a lens', async () => (await editor.codeLenses()).length > 0);
  await editor.hover();
  await editor.picture(file('hover'));
  await editor.press('Escape');

  await editor.run('KB Recall: Find Snippet by Question');
  await editor.answer('How long does a refund take?');
  await until('ranked snippets', async () => (await editor.quickLabels()).some((label) => label.startsWith('1. ')));
  await editor.picture(file('find'));
  await editor.press('Escape');

  await editor.run('View: Toggle Primary Side Bar Visibility');
  await editor.openFile('zh/standard.questions.yaml', { line: 19, column: 15 });
  await editor.run('KB Recall: Why Is This Question Not Recalled?');
  await until('the explanation', () => editor.tab('Why this rank').first().isVisible());
  // The preview draws in a frame of a frame, some time after its tab.
  await until('its text', async () => {
    const texts = await Promise.all(
      studio.editor.page.frames().map((frame) =>
        frame
          .locator('body')
          .innerText()
          .catch(() => ''),
      ),
    );
    return texts.some((text) => /\d+\.\d{2,}/.test(text) && text.length > 200);
  });
  await editor.picture(file('why'));

  await editor.run('Testing: Focus on Test Explorer View');
  await editor.run('Test: Run All Tests');
  await until('results', async () => (await views.tests()).some((row) => /Failed/.test(row)), { within: 60_000 });
  await editor.picture(file('tests'));

  await editor.run('View: Toggle Panel Visibility');
  await editor.run('View: Toggle Primary Side Bar Visibility');
  await editor.run('View: Close All Editors');
  await editor.run('KB Recall: Open Panel');
  const panel = await panelOf(editor.page);
  await editor.picture(file('panel-overview'));
  await panel.locator('#tab-questions').click();
  await panel.locator('.questions .rows .row').nth(1).click();
  await until('the ranking', async () => !/Loading…/.test(await panel.locator('body').innerText()));
  await editor.picture(file('panel-questions'));
  await panel.locator('#tab-map').click();
  await until('the map', () => panel.locator('.field canvas').isVisible(), { within: 60_000 });
  await editor.picture(file('panel-map'));
}
