// The Compare tab with training runs and run files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../e2e/support/waiting.ts';
import { file, said, send, show, tab, violations } from './page.ts';
import { panelTexts } from './panelTexts.ts';
import { comparedRuns, ended, evaluated, keptRuns } from './states.ts';

test('two runs are chosen, compared and shown; files can be opened besides', async () => {
  const page = await show(evaluated(12));
  await tab(page, 'compare');
  assert.match((await page.locator('.compare').textContent()) ?? '', /Every training keeps the ranks/);
  await page.locator('.compare vscode-button', { hasText: 'Open Run File' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'openRunFile' });
  await send(page, { keptRuns });
  await page.locator('.compare vscode-button', { hasText: 'Compare Runs' }).click();
  const [later, earlier] = keptRuns;
  assert.deepEqual((await said(page)).at(-1), { type: 'compareRuns', before: earlier!.id, after: later!.id });
  // The same on both sides is nothing to compare: the other side gives way.
  await page.locator('.compare vscode-dropdown').first().click();
  await page.locator('.compare vscode-option:visible', { hasText: later!.name }).click();
  const names = () =>
    page
      .locator('.compare vscode-dropdown:visible')
      .evaluateAll((all) => all.map((each) => (each as unknown as { displayValue: string }).displayValue));
  await until(
    'both names to be drawn',
    async () => (await names()).slice(-2).join() === `${later!.name},${earlier!.name}`,
    {
      seen: names,
    },
  );
  // A click while the list still closes is lost.
  await page.locator('.compare vscode-option:visible').first().waitFor({ state: 'hidden' });
  await until(
    'the two to be compared the other way round',
    async () => {
      await page.locator('.compare vscode-button', { hasText: 'Compare Runs' }).click();
      const { before, after } = (await said(page)).at(-1) as { before?: string; after?: string };
      return before === later!.id && after === earlier!.id;
    },
    { within: 5000, seen: () => said(page) },
  );
  await send(page, { compared: comparedRuns });
  const shown = (await page.locator('.compare').textContent()) ?? '';
  assert.ok(shown.includes(comparedRuns.warnings[0]!));
  assert.match(shown, /First runSecond run/);
  assert.equal(await page.locator('.compare .rows .row').count(), comparedRuns.rows.length);
  assert.deepEqual(await violations(page), []);
  await page.close();
});

for (const theme of ['light', 'dark', 'contrast'] as const)
  test(`a comparison of runs in the ${theme} theme has nothing that axe finds wrong`, async () => {
    const page = await show({ ...ended, keptRuns, compared: comparedRuns }, 1100, theme);
    await tab(page, 'compare');
    assert.deepEqual(await violations(page), []);
    await page.screenshot({ path: file(`test/e2e/artifacts/runs-${theme}.png`), fullPage: true });
    await page.close();
  });

test('in Chinese and in a narrow panel it fits', async () => {
  for (const width of [1100, 500]) {
    const texts = panelTexts('zh-cn');
    const page = await show({ ...ended, keptRuns, compared: comparedRuns, language: 'zh-cn', texts }, width);
    await tab(page, 'compare');
    assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width, String(width));
    const question = await page.locator('.compare .rows .row .wide').first().boundingBox();
    assert.ok((question?.width ?? 0) > 120, 'the question can be read');
    await page.screenshot({ path: file(`test/e2e/artifacts/runs-zh-cn-${width}.png`), fullPage: true });
    await page.close();
  }
});
