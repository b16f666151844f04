// The names of sections across files: every question that asks for one, and a new name in all of them.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QUESTIONS } from './support/desk.ts';
import { scenarios } from './support/scenario.ts';
import { until } from './support/waiting.ts';

const scenario = scenarios({ folders: ['test/fixtures/desk'], settings: { 'kbRecall.measureOnOpen': 'always' } });
const PAGE = 'en/support/delivery.md';
/** The heading of the section that a question is answered by. */
const HEADING_LINE = 15;

scenario('the references of a heading are the questions it answers', async ({ editor, page, views }) => {
  await views.status(/\d+ % · kb-recall-small/, { within: 60_000 });
  await editor.openFile(PAGE, { line: HEADING_LINE, column: 8 });
  await editor.run('References: Find All References');
  const rows = page.locator('.pane-body .monaco-list-row');
  await until(
    'the file of the question among the references',
    async () => (await rows.allInnerTexts()).some((text) => text.includes('support.questions.jsonl')),
    { seen: () => rows.allInnerTexts() },
  );
});

scenario('a heading that is renamed takes the answers of the questions along', async (studio) => {
  const { editor, page, folder } = studio;
  await editor.openFile(PAGE, { line: HEADING_LINE, column: 8 });
  const box = page.locator('.rename-box input');
  // The list of references takes the focus when it is filled, which closes the box: back into the text, and asked for again.
  await until('the new name in its box', async () => {
    if (!(await box.isVisible())) {
      await editor.goTo({ line: HEADING_LINE, column: 8 });
      await editor.press('F2');
    }
    await box.waitFor({ state: 'visible' });
    await box.fill('Carrying crates upstairs');
    return true;
  });
  await editor.press('Enter');
  await until('the new heading in the editor', async () =>
    (await page.locator('.view-lines').first().innerText())
      .replaceAll('\u00a0', ' ')
      .includes('Carrying crates upstairs'),
  );
  await editor.run('File: Save All Files');
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  await until(
    'both files to be saved',
    async () =>
      (await read(PAGE)).includes('## Carrying crates upstairs') &&
      (await read(QUESTIONS)).includes('"answers": ["delivery.md#carrying-crates-upstairs"]'),
    {
      seen: () => read(QUESTIONS),
    },
  );
  assert.ok(!(await read(QUESTIONS)).includes('upper-floor'), 'no question keeps the old name');
});
