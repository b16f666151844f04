// The Map tab with a recorded map of the example help desk, the near-duplicates, and how snippets are ranked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { PanelMap, PanelPoint, PanelState } from '../../src/protocol/panel.ts';
import { file, said, send, show, tab, violations } from './page.ts';
import { panelTexts } from './panelTexts.ts';
import { duplicates, ended, evaluated, mapped } from './states.ts';

const recorded = mapped.map.value!;

/** Where a point stands on the page. */
async function placeOf(page: Page, { x, y }: PanelPoint): Promise<[number, number]> {
  const frame = (await page.locator('.field canvas').boundingBox())!;
  return [frame.x + 14 + x * (frame.width - 28), frame.y + 14 + y * (frame.height - 28)];
}

/** Points far from all others, so that the mouse means no other. */
function alone({ points }: PanelMap): PanelPoint[] {
  const far = (a: PanelPoint): boolean =>
    points.every((b) => a === b || Math.hypot((a.x - b.x) * 1000, (a.y - b.y) * 500) > 16);
  return points.filter(far);
}

test('the map is asked for once it is seen; while it is drawn it can be stopped, and asked for again', async () => {
  const page = await show(evaluated(12));
  assert.ok(!(await said(page)).some(({ type }) => type === 'survey'));
  await tab(page, 'map');
  assert.deepEqual((await said(page)).at(-1), { type: 'survey', what: 'map', stop: false });
  await send(page, { map: { share: 0.4, value: null, isOld: false } });
  assert.match((await page.locator('.map .survey').textContent()) ?? '', /Drawing the map: 40 %/);
  await page.locator('.map vscode-button', { hasText: 'Stop' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'survey', what: 'map', stop: true });
  await send(page, { map: { share: null, value: null, isOld: false } });
  await page.locator('.map vscode-button', { hasText: 'Draw Map' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'survey', what: 'map', stop: false });
  await send(page, { map: { share: null, value: recorded, isOld: true } });
  assert.match((await page.locator('.map .survey').textContent()) ?? '', /has changed since/);
  await page.locator('.map vscode-button', { hasText: 'Draw Again' }).click();
  assert.equal((await said(page)).filter(({ type }) => type === 'survey').length, 4);
  await page.close();
});

test('the mouse shows text and rank of a question and opens its source', async () => {
  const page = await show(mapped);
  await tab(page, 'map');
  const missed = alone(recorded).find(({ kind, status }) => kind === 'question' && status === 'missed')!;
  await page.mouse.move(...(await placeOf(page, missed)));
  const tip = (await page.locator('.tip').textContent()) ?? '';
  assert.ok(tip.includes(missed.text) && tip.includes(`rank ${missed.rank}`) && tip.includes(missed.file), tip);
  await page.mouse.click(...(await placeOf(page, missed)));
  assert.deepEqual((await said(page)).at(-1), { type: 'open', what: 'question', id: missed.id });
  const snippet = alone(recorded).find(({ kind, status }) => kind === 'snippet' && status !== 'untested')!;
  await page.mouse.click(...(await placeOf(page, snippet)));
  assert.deepEqual((await said(page)).at(-1), { type: 'open', what: 'snippet', id: snippet.id });
  assert.match(
    (await page.locator('.selection').textContent()) ?? '',
    new RegExp(`expected by ${snippet.questions} questions, ${snippet.failing} of them fail`),
  );
  const count = (await said(page)).length;
  await page.mouse.click(...(await placeOf(page, { ...snippet, x: 0, y: 1 })));
  assert.equal((await said(page)).length, count, 'a click beside all points opens nothing');
  await page.close();
});

test('keys reach every point: focus selects a missed question, arrows move on, Enter opens, a line says what it is', async () => {
  const page = await show(mapped);
  await tab(page, 'map');
  await page.locator('.field').focus();
  const first = (await page.locator('.selection').textContent()) ?? '';
  assert.match(first, /Question missed · rank \d+/);
  const seen = new Set([first]);
  for (const key of ['ArrowLeft', 'ArrowUp', 'ArrowRight', 'ArrowRight', 'ArrowDown']) {
    await page.keyboard.press(key);
    seen.add((await page.locator('.selection').textContent()) ?? '');
  }
  assert.ok(seen.size >= 5, [...seen].join('\n'));
  await page.keyboard.press('Enter');
  const last = (await said(page)).at(-1);
  assert.equal(last?.type, 'open');
  const opened = recorded.points.find(({ id, kind }) => last?.type === 'open' && id === last.id && kind === last.what);
  assert.ok(opened && (await page.locator('.selection').textContent())?.includes(opened.text));
  await page.close();
});

test('the marks differ in shape, not only in colour; the legend counts each', async () => {
  const page = await show(mapped);
  await tab(page, 'map');
  const shapes = await page.locator('.legend canvas').evaluateAll((all) =>
    all.map((each) => {
      const canvas = each as unknown as {
        getContext(kind: '2d'): { getImageData(...box: number[]): { data: number[] } };
      };
      const { data } = canvas.getContext('2d').getImageData(0, 0, 18, 18);
      return Array.from({ length: 18 * 18 }, (_, i) => (data[i * 4 + 3]! > 100 ? 1 : 0)).join('');
    }),
  );
  assert.equal(shapes.length, 7);
  assert.equal(new Set(shapes).size, 7);
  const counts = (await page.locator('.legend li').allTextContents()).map((text) =>
    Number(/\d+$/.exec(text)?.[0] ?? 0),
  );
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    recorded.points.length,
  );
  await page.close();
});

test('near-duplicates are asked for once Coverage is seen; both are opened, or side by side', async () => {
  const page = await show({ ...ended, duplicates: { share: null, value: null, isOld: false } });
  await tab(page, 'coverage');
  assert.ok((await said(page)).some((each) => each.type === 'survey' && each.what === 'duplicates'));
  await send(page, { duplicates });
  assert.match((await page.locator('.duplicates').textContent()) ?? '', /\(3\).*text 82 % alike, cosine 0\.94/);
  const pair = page.locator('.pairs li').first();
  await pair.locator('button', { hasText: 'Refund after a fault' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'open', what: 'snippet', id: 'refunds.md#fault' });
  await pair.locator('vscode-button').click();
  assert.deepEqual((await said(page)).at(-1), {
    type: 'pair',
    first: 'refunds.md#fault',
    second: 'warranty.md#money-back',
  });
  await send(page, { duplicates: { share: null, value: { pairs: [], total: 0 }, isOld: false } });
  assert.match((await page.locator('.duplicates').textContent()) ?? '', /No two snippets are that alike/);
  await page.close();
});

test('with words alone training is refused before the click, and the header names the ranking', async () => {
  const page = await show({ ...evaluated(12), retrieval: 'words' });
  assert.match((await page.locator('.how').textContent()) ?? '', /kb-recall-small · Ranked by words/);
  await tab(page, 'training');
  assert.match((await page.locator('.training').textContent()) ?? '', /fine-tuning changes vectors only/);
  const start = page.locator('.training vscode-button', { hasText: 'Fine-Tune' });
  assert.notEqual(await start.getAttribute('disabled'), null);
  assert.ok(!(await said(page)).some(({ type }) => type === 'estimate'), 'nothing to estimate');
  await send(page, { retrieval: 'hybrid', heldOut: 'wordings' });
  assert.match(
    (await page.locator('.how').textContent()) ?? '',
    /Ranked by vectors and words · Held out: other wordings of trained answers$/,
  );
  assert.equal(await start.getAttribute('disabled'), null);
  await page.close();
});

for (const theme of ['light', 'dark', 'contrast'] as const)
  test(`the new views in the ${theme} theme have nothing that axe finds wrong`, async () => {
    const page = await show(mapped, 1100, theme);
    await tab(page, 'map');
    await page.locator('.field').focus();
    assert.deepEqual(await violations(page), []);
    await page.screenshot({ path: file(`test/e2e/artifacts/map-${theme}.png`), fullPage: true });
    await tab(page, 'coverage');
    assert.deepEqual(await violations(page), []);
    await page.screenshot({ path: file(`test/e2e/artifacts/duplicates-${theme}.png`), fullPage: true });
    await page.close();
  });

test('in Chinese and in a narrow panel the new views fit', async () => {
  for (const [language, width] of [
    ['en', 500],
    ['zh-cn', 1100],
    ['zh-cn', 500],
  ] as const) {
    const state: PanelState = { ...mapped, language, texts: panelTexts(language === 'en' ? undefined : language) };
    const page = await show(state, width);
    for (const name of ['map', 'coverage']) {
      await tab(page, name);
      if (name === 'map') await page.locator('.field').focus();
      assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width, `${name} ${width}`);
      await page.screenshot({ path: file(`test/e2e/artifacts/${name}-${language}-${width}.png`), fullPage: true });
    }
    await page.close();
  }
});
