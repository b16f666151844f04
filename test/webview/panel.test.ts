// The panel's page in a real browser, fed with states as the host would send them: empty, running, evaluated, 10,000 rows, Chinese.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PanelToHost } from '../../src/protocol/panel.ts';
import { file, said, send, show, tab, violations } from './page.ts';
import { panelTexts } from './panelTexts.ts';
import { comparedModels, EMPTY, ended, evaluated, run, running } from './states.ts';

const TABS = ['overview', 'questions', 'training', 'compare', 'coverage', 'map'];

test('an empty state leads through three steps', async () => {
  const page = await show(EMPTY);
  assert.equal(await page.locator('.steps li').count(), 3);
  await page.locator('.steps vscode-button').first().click();
  assert.deepEqual((await said(page)).at(-1), { type: 'run', command: 'index' });
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test('10,000 rows draw few; keys select; text stays text', async () => {
  const page = await show(evaluated(10_000));
  await tab(page, 'questions');
  await page.locator('.grid').focus();
  await page.keyboard.press('End');
  assert.ok((await page.locator('.rows .row').count()) < 60);
  assert.deepEqual((await said(page)).at(-1), { type: 'select', question: 'q0' });
  assert.match((await page.locator('.detail h2').textContent()) ?? '', /<img src=x/);
  assert.equal(await page.locator('img').count(), 0);
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: file('test/e2e/artifacts/panel-questions.png') });
  await page.close();
});

test('the table is filtered by what makes a question fail', async () => {
  const page = await show(evaluated(20));
  await tab(page, 'questions');
  await page.locator('.questions vscode-dropdown', { hasText: 'Any cause' }).click();
  await page.locator('.questions vscode-option', { hasText: 'Look-alike wins' }).click();
  assert.equal(await page.locator('.questions .rows .row').count(), 4);
  await page.close();
});

test('a question shows its causes, and a winner that may be right can be linked', async () => {
  const page = await show(evaluated(20));
  await tab(page, 'questions');
  await page.locator('.questions .rows .row', { hasText: 'img src' }).click();
  const told = [
    {
      name: 'near-duplicate',
      title: 'Look-alike wins',
      evidence: 'Only in the section: <b>four</b>.',
      mend: 'Merge the two.',
    },
    { name: 'second-answer', title: 'Winner answers too', evidence: 'It has: pay.', mend: 'Read both.' },
  ];
  const ranked = {
    ...{ id: 'money.md#pay', title: 'Paying', rank: 1, score: 0.5, expected: false, shared: ['wallet'], lacking: [] },
    matched: { text: 'Pay by <i>card</i>.\n\nOr by wallet.', part: 2, parts: 3 },
  };
  const explanation = { question: 'q0', k: 5, expected: [], top: [ranked], gap: 0, causes: [], told };
  await page.evaluate(
    `window.postMessage(${JSON.stringify({ type: 'explanation', question: 'q0', explanation })}, '*')`,
  );
  await page.locator('.causes').waitFor();
  assert.deepEqual(await page.locator('.causes li').allInnerTexts(), [
    'Look-alike wins\nOnly in the section: <b>four</b>.\nWhat would help: Merge the two.',
    'Winner answers too\nIt has: pay.\nWhat would help: Read both.',
  ]);
  await page.locator('.matched summary', { hasText: 'part 2 of 3' }).click();
  assert.equal(await page.locator('.matched p').textContent(), 'Pay by <i>card</i>.\n\nOr by wallet.');
  assert.deepEqual(await violations(page), []);
  await page.locator('.detail vscode-button', { hasText: 'Link Winner as Right' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'fix', command: 'linkAnswer', question: 'q0' });
  await page.close();
});

test('a running training shows three charts and can be stopped', async () => {
  const page = await show(running);
  await tab(page, 'training');
  assert.equal(await page.locator('.chart canvas').count(), 3);
  await page.locator('.training vscode-button', { hasText: 'Stop' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'run', command: 'stop' });
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: file('test/e2e/artifacts/panel-training.png') });
  await page.close();
});

test('Chinese, in 300 pixels, without scrolling sideways', async () => {
  const page = await show({ ...evaluated(12), language: 'zh-cn', texts: panelTexts('zh-cn') }, 300);
  assert.match((await page.locator('.counts').textContent()) ?? '', /片段/);
  assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= 300);
  await page.screenshot({ path: file('test/e2e/artifacts/panel-zh.png') });
  await page.close();
});

test('a training is paused and goes on; the fields say how long and how much', async () => {
  const page = await show(running);
  await tab(page, 'training');
  await page.locator('.training vscode-button', { hasText: 'Pause' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'pause', paused: true });
  await send(page, { job: { ...running.job!, isPaused: true } });
  await page.locator('.training vscode-button', { hasText: 'Resume' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'pause', paused: false });
  assert.match((await page.locator('.training').textContent()) ?? '', /21\.4 pairs\/s · 2 min left · paused/);
  await page.close();
});

test('a run that was not promoted: its author decides, blends are measured, the list opens and deletes', async () => {
  const page = await show(ended);
  await tab(page, 'training');
  const press = async (name: string): Promise<PanelToHost | undefined> => {
    await page.locator('.training vscode-button', { hasText: name }).click();
    return (await said(page)).at(-1);
  };
  const { id } = run({});
  assert.ok(
    (await said(page)).some(({ type }) => type === 'estimate'),
    'the cost is asked for once the tab is seen',
  );
  assert.match((await page.locator('.cost').textContent()) ?? '', /About 3 min for 178 pairs in at most 100 steps/);
  await page.locator('vscode-text-field', { hasText: 'Minutes' }).locator('input').fill('1');
  assert.match((await page.locator('.cost').textContent()) ?? '', /About 60 s/);
  assert.deepEqual(await press('Fine-Tune'), { type: 'run', command: 'train', epochs: 10, minutes: 1 });
  await page.evaluate(
    `(e => { e.value = 'layers'; e.dispatchEvent(new Event('change')); })(document.querySelector('[aria-label="What is trained"]'))`,
  );
  assert.deepEqual(await press('Fine-Tune'), { type: 'run', command: 'train', epochs: 10, minutes: 1, mode: 'layers' });
  await page.evaluate(
    `(e => { e.value = 'top'; e.dispatchEvent(new Event('change')); })(document.querySelector('[aria-label="What is trained"]'))`,
  );
  assert.deepEqual((await said(page)).at(-1), { type: 'estimate', mode: 'top' }, 'another mode costs something else');
  const told = (await page.locator('.training p.bad').allTextContents()).join();
  assert.match(told, /200 general questions.*81\.0 → 74\.0.*-7\.0.*forgot/);
  assert.deepEqual(await press('Use This Model Anyway'), { type: 'history', action: 'promote', run: id });
  assert.deepEqual(await press('Discard'), { type: 'history', action: 'discard', run: id });
  await page.locator('input[type=range]').focus();
  assert.match((await page.locator('.blends').textContent()) ?? '', /60\.8 %, change \+2\.5 \[-1\.0, \+6\.0\]/);
  await page.keyboard.press('ArrowRight');
  assert.match((await page.locator('.blends').textContent()) ?? '', /Not measured at this share yet/);
  assert.deepEqual(await press('Measure'), { type: 'blend', run: id, share: 0.6, save: false });
  await page.locator('.history tbody tr').nth(1).locator('button', { hasText: 'Open' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'history', action: 'show', run: 'b' });
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test('groups and coverage: the lowest first, and a snippet leads to its place', async () => {
  const page = await show(ended);
  assert.match((await page.locator('.slices tbody tr').first().textContent()) ?? '', /billing.*55\.0.*50\.0/);
  await tab(page, 'coverage');
  await page.locator('.coverage button', { hasText: 'Paying by card' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'open', what: 'snippet', id: 'money.md#pay' });
  assert.match((await page.locator('.coverage').textContent()) ?? '', /and 210 more/);
  assert.deepEqual(await violations(page), []);
  await page.close();
});

test('two models are compared question by question; Enter leads to the question', async () => {
  const page = await show(evaluated(12));
  await tab(page, 'compare');
  assert.match((await page.locator('.compare').textContent()) ?? '', /There is one model only/);
  const models = ['kb-recall-small', 'desk-tuned-2', 'desk-tuned-1'];
  await send(page, { models, model: 'desk-tuned-2' });
  await page.locator('.compare vscode-button', { hasText: 'Compare' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'compare', before: 'kb-recall-small', after: 'desk-tuned-2' });
  await send(page, { compared: comparedModels });
  const rows = page.locator('.compare .rows .row');
  // The rows are drawn after the message, in the browser's own time.
  await rows.nth(3).waitFor();
  assert.deepEqual(
    (await rows.allTextContents()).map((text) => /Fixed|Broken|Both miss|Both find/.exec(text)?.[0]),
    ['Fixed', 'Broken', 'Both miss', 'Both find'],
  );
  assert.match((await rows.first().textContent()) ?? '', /plan number 1\?.*Held-out.*9.*2/);
  await page.locator('.compare .grid').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.deepEqual((await said(page)).at(-1), { type: 'open', what: 'question', id: 'q2' });
  assert.match((await page.locator('.compare').textContent()) ?? '', /recall@5: -0\.8 \[-4\.2, \+2\.5\], p = 0\.620/);
  await page.locator('.compare vscode-dropdown').nth(2).click();
  await page.locator('.compare vscode-option', { hasText: 'Broken' }).click();
  await rows.nth(1).waitFor({ state: 'detached' });
  assert.equal(await rows.count(), 1);
  assert.deepEqual(await violations(page), []);
  await page.close();
});

for (const theme of ['light', 'dark', 'contrast'] as const)
  test(`every tab in the ${theme} theme has nothing that axe finds wrong`, async () => {
    const page = await show(ended, 1100, theme);
    for (const name of TABS) {
      await tab(page, name);
      await page.locator(`#view-${name} > div`).waitFor({ state: 'visible' });
      assert.deepEqual(await violations(page), [], name);
      await page.screenshot({ path: file(`test/e2e/artifacts/tab-${name}-${theme}.png`), fullPage: true });
    }
    await page.close();
  });

test('every tab in both languages, wide and narrow, without scrolling sideways', async () => {
  for (const [language, width] of [
    ['en', 1100],
    ['en', 320],
    ['zh-cn', 1100],
    ['zh-cn', 320],
  ] as const) {
    const texts = panelTexts(language === 'en' ? undefined : language);
    const page = await show({ ...ended, language, texts }, width);
    for (const name of TABS) {
      await page.evaluate(`document.querySelector('vscode-panels').activeid = 'tab-${name}'`);
      await page.locator(`#view-${name} > div`).waitFor({ state: 'visible' });
      assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width, `${name} ${width}`);
      const path = file(`test/e2e/artifacts/tab-${name}-${language}-${width}.png`);
      await page.screenshot({ path, fullPage: true });
    }
    await page.close();
  }
});
