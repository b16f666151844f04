// The learning curve in the training tab.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { file, said, send, show, tab, violations } from './page.ts';
import { panelTexts } from './panelTexts.ts';
import { curve, evaluated, running } from './states.ts';

const withCurve = { ...evaluated(12), curve };

test('the learning curve is asked for with the fields of the training, and told with table and sentence', async () => {
  const page = await show(evaluated(12));
  await tab(page, 'training');
  const part = page.locator('.curve');
  assert.equal(await part.locator('table').count(), 0);
  const make = part.locator('vscode-button', { hasText: 'Make Learning Curve' });
  await make.click();
  assert.deepEqual((await said(page)).at(-1), { type: 'run', command: 'learningCurve', epochs: 10 });
  await page.locator('.training .start vscode-text-field').first().locator('input').fill('3');
  await make.click();
  assert.deepEqual((await said(page)).at(-1), { type: 'run', command: 'learningCurve', epochs: 3 });
  await send(page, { curve });
  const rows = await part.locator('tbody tr').allInnerTexts();
  assert.equal(rows.length, 5);
  assert.match(rows[0]!, /untrained\s+0\s+68\.8 %\s+\[59\.8, 76\.8\]/);
  assert.match(rows[4]!, /100 %\s+119\s+82\.5 %/);
  const told = (await part.textContent()) ?? '';
  assert.match(told, /More questions would help/);
  assert.match(told, /From half to all of the questions: \+6\.2 points \[\+1\.3, \+11\.3\]/);
  assert.match(told, /kb-recall-small, measured on 80 held-out questions/);
  assert.equal(await part.locator('canvas').count(), 1);
  assert.match((await part.locator('[role=img]').getAttribute('aria-label')) ?? '', /82\.5/);
  // Another result takes the place of the first one.
  await send(page, { curve: { ...curve, verdict: { ...curve.verdict, kind: 'cannot-tell' } } });
  assert.match((await part.textContent()) ?? '', /cannot be told/);
  assert.equal(await part.locator('canvas').count(), 1);
  // Forgotten with the models.
  await send(page, { curve: null });
  assert.equal(await part.locator('canvas, table').count(), 0);
  await page.close();
});

test('the host may open a tab, which is kept as one that was clicked is', async () => {
  const page = await show(withCurve);
  const selected = (name: string) => page.locator(`#tab-${name}[aria-selected=true]`).waitFor({ timeout: 5000 });
  await selected('overview');
  await page.evaluate("window.postMessage({ type: 'tab', tab: 'training' }, '*')");
  await selected('training');
  await page.locator('.curve canvas').waitFor({ state: 'visible', timeout: 5000 });
  assert.equal(await page.evaluate('window.kept.tab'), 'training');
  await page.close();
});

test('one job at a time: while the curve is made it can only be paused and stopped', async () => {
  const job = { kind: 'curve' as const, text: 'Training · 4 / 10 · training 2 of 4', share: 0.4, isPaused: false };
  const page = await show({ ...withCurve, job });
  await tab(page, 'training');
  assert.match((await page.locator('.job').textContent()) ?? '', /training 2 of 4/);
  const make = page.locator('.curve vscode-button');
  assert.equal(await make.getAttribute('disabled'), '');
  await page.locator('.start vscode-button', { hasText: 'Pause' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'pause', paused: true });
  await page.locator('.start vscode-button', { hasText: 'Stop' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'run', command: 'stop' });
  await send(page, { job: null });
  assert.equal(await make.getAttribute('disabled'), null);
  for (const refused of [
    { isTrusted: false },
    { retrieval: 'words' as const, isTrusted: true },
    { job: running.job },
  ]) {
    await send(page, refused);
    assert.equal(await make.getAttribute('disabled'), '', JSON.stringify(refused));
  }
  await page.close();
});

for (const theme of ['light', 'dark', 'contrast'] as const)
  test(`a learning curve in the ${theme} theme has nothing that axe finds wrong`, async () => {
    const page = await show(withCurve, 1100, theme);
    await tab(page, 'training');
    await page.locator('.curve canvas').waitFor();
    assert.deepEqual(await violations(page), []);
    await page.screenshot({ path: file(`test/e2e/artifacts/curve-${theme}.png`), fullPage: true });
    await page.close();
  });

test('in Chinese, and in a panel of 320 pixels, it fits', async () => {
  const page = await show({ ...withCurve, language: 'zh-cn', texts: panelTexts('zh-cn') }, 320);
  await tab(page, 'training');
  await page.locator('.curve canvas').waitFor();
  assert.match((await page.locator('.curve').textContent()) ?? '', /增加问题会有帮助/);
  const told = (await page.locator('.curve').textContent()) ?? '';
  assert.doesNotMatch(told.replaceAll(/kb-recall-small|recall@5/g, ''), /[a-z]{3}/i);
  assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= 320);
  assert.ok(((await page.locator('.curve canvas').boundingBox())?.width ?? 0) > 250);
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: file('test/e2e/artifacts/curve-zh-cn-320.png'), fullPage: true });
  await page.close();
});
