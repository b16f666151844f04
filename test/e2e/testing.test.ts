// The Test Explorer beyond one run: watching while one edits, and which sections no question tests.
import { scenarios } from './support/scenario.ts';
import { until } from './support/waiting.ts';

const scenario = scenarios({ folders: ['test/fixtures/desk'], settings: { 'kbRecall.measureOnOpen': 'always' } });
const DELIVERY = 'en/support/delivery.md';
const UPSTAIRS = 'Do drivers bring crates up the';

scenario(
  'coverage shows how many of a page’s sections are the answer of a question',
  async ({ editor, page, views }) => {
    await views.status(/\d+ % · kb-recall-small/, { within: 60_000 });
    await editor.run('Testing: Focus on Test Explorer View');
    await editor.run('Test: Run All Tests with Coverage');
    const row = page.locator('.monaco-list-row').filter({ hasText: 'delivery.md' });
    // Two of its four sections are asked for.
    await until('the page with its coverage', async () => /50\.00%/.test((await row.allInnerTexts()).join()), {
      within: 60_000,
      seen: () => row.allInnerTexts(),
    });
  },
);

scenario('watching tells a changed result by itself, until it is ended', async ({ editor, page, views }) => {
  await editor.run('Testing: Focus on Test Explorer View');
  await editor.run('Test: Start Continuous Run');
  await until(
    'the tests to be watched',
    async () => (await page.locator('.codicon-testing-turn-continuous-run-off').count()) > 0,
    {
      seen: () => views.tests(),
    },
  );
  await editor.openFile(DELIVERY, { line: 17 });
  await editor.replaceLine('We print the menu of the week on the back of every bill.');
  await editor.save();
  const results = page.locator('.test-output-peek-tree .monaco-list-row');
  await until('a run of the question alone', async () => (await results.allInnerTexts()).join().includes(UPSTAIRS), {
    within: 30_000,
    seen: () => results.allInnerTexts(),
  });
  await editor.run('Test: Stop Continuous Run');
});
