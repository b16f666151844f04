// In the text: quick fixes, lenses, hovers, going to a definition, completion, finding a snippet, the Test Explorer and the trees.
import assert from 'node:assert/strict';
import { DANGLING, QUESTIONS } from './support/desk.ts';
import { missedOnSide } from './support/missed.ts';
import { scenarios } from './support/scenario.ts';
import { until } from './support/waiting.ts';

const scenario = scenarios({
  folders: ['test/fixtures/desk'],
  // One that still fails when all quick fixes are made.
  prepare: missedOnSide('test'),
  settings: { 'kbRecall.measureOnOpen': 'always' },
});

scenario('measured on open, the lens above a heading and the hover tell which questions it answers', async (studio) => {
  const { editor, views } = studio;
  await views.status(/\d+ % · kb-recall-small/, { within: 60_000 });
  await editor.openFile('en/support/money.md', { line: 27 });
  await until('a lens about the missed question', async () =>
    (await editor.codeLenses()).find((lens) => /question/i.test(lens)),
  );
  const hover = await editor.hover();
  assert.match(hover, /How do I get my money back when I leave you for good\?/);
});

scenario('a quick fix corrects a dangling answer in the file', async (studio) => {
  const { editor, views } = studio;
  await views.problemsWhen('the dangling answer', DANGLING, (rows) => rows.length > 0);
  await editor.openFile(QUESTIONS, { line: 5, column: 70 });
  await editor.applyCodeAction('to "en/support/money.md#cards-we-take"');
  await studio.savedWhen('the corrected answer', QUESTIONS, (text) =>
    text.includes('"answers": ["en/support/money.md#cards-we-take"]'),
  );
  await views.problemsWhen('the finding to go', DANGLING, (rows) => rows.length === 0);
});

scenario('a quick fix moves a question to the training side, another links the winner', async (studio) => {
  const { editor } = studio;
  await editor.openFile(QUESTIONS, { line: 2, column: 20 });
  const titles = await editor.codeActions();
  assert.ok(
    titles.some((title) => /Open expected section and winner side by side/.test(title)),
    titles.join('\n'),
  );
  await editor.applyCodeAction('Move this question to the training side');
  const second = (text: string) => JSON.parse(text.split('\n')[1]!);
  await studio.savedWhen('the question on the training side', QUESTIONS, (text) => second(text).split === 'train');
  await editor.goTo({ line: 2, column: 20 });
  await editor.applyCodeAction('as a further right answer');
  const text = await studio.savedWhen('an alternative answer', QUESTIONS, (each) => second(each).answers[0].any);
  assert.equal(second(text).answers.length, 1);
  assert.equal(second(text).answers[0].any[0], 'money.md#closing-a-household-wallet');
});

scenario('an answer leads to its section, and its section to the questions', async ({ editor, page }) => {
  await editor.openFile(QUESTIONS, { line: 4, column: 80 });
  await editor.press('F12');
  await until('the page with the section', () => editor.tab('delivery.md').isVisible());
  await until('the cursor at the section', async () =>
    /Ln 15\b/.test((await page.locator('#status\\.editor\\.selection').textContent()) ?? ''),
  );
});

scenario('completion offers the ids of sections', async ({ editor, page }) => {
  await editor.openFile('en/people/people.questions.yaml', { line: 3, column: 13 });
  await editor.press('Control+Space');
  await until(
    'an id among the completions',
    async () =>
      (await page.locator('.suggest-widget .monaco-list-row').allInnerTexts()).some((t) => /#sick-leave/.test(t)),
    { seen: () => page.locator('.suggest-widget .monaco-list-row').allInnerTexts() },
  );
  await editor.press('Escape');
});

scenario('Find Snippet by Question ranks while one types, and opens the choice', async ({ editor }) => {
  await editor.run('KB Recall: Find Snippet by Question');
  await editor.answer('swap shifts with a colleague');
  await until('the section at the top', async () => /Swapping shifts/.test((await editor.quickLabels())[0] ?? ''), {
    seen: () => editor.quickLabels(),
  });
  await editor.press('Enter');
  await until('its page', () => editor.tab('leave.md').isVisible());
});

scenario('Why Is This Question Not Recalled? opens an explanation', async ({ editor, page }) => {
  await editor.openFile('zh/客服.questions.csv', { line: 3, column: 3 });
  await editor.run('KB Recall: Why Is This Question Not Recalled?');
  // Rendered Markdown lies in a frame of its own.
  await until('the explanation, rendered', async () => {
    for (const frame of page.frames()) {
      const items = await frame
        .locator('h2 + ul > li')
        .allInnerTexts()
        .catch(() => []);
      if (items.some((item) => /^\d+ · .*家中无人/.test(item))) return true;
    }
    return false;
  });
});

scenario('the trees show failing questions first, and sections without a question', async ({ editor, views }) => {
  await editor.run('View: Show KB Recall');
  const failing = await until(
    'the failing questions',
    async () => {
      const rows = await views.tree('Questions');
      return rows.some((row) => /failing \d/.test(row)) && rows;
    },
    { seen: () => views.tree('Questions') },
  );
  assert.match(failing[0]!, /failing \d/);
  await until('the model in use', async () => (await views.tree('Models')).some((row) => /kb-recall-small/.test(row)), {
    seen: () => views.tree('Models'),
  });
});

scenario('the Test Explorer runs the questions and shows which fail', async ({ editor, views }) => {
  await editor.run('Testing: Focus on Test Explorer View');
  await editor.run('Test: Run All Tests');
  const rows = await until(
    'results of the questions',
    async () => {
      const found = await views.tests();
      return found.some((row) => /Failed/.test(row)) && found;
    },
    { within: 60_000, seen: () => views.tests() },
  );
  assert.ok(
    rows.some((row) => /客服\.questions\.csv.*Failed/.test(row)),
    rows.join('\n'),
  );
});
