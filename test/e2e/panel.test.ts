// The panel inside a real VS Code: its own page, under its own content security policy, fed by the running extension.
import assert from 'node:assert/strict';
import { panelOf } from './support/panel.ts';
import { scenarios } from './support/scenario.ts';
import { until } from './support/waiting.ts';

// With this seed the few questions of the fixture give a model that is promoted.
const scenario = scenarios({
  folders: ['test/fixtures/desk'],
  settings: { 'kbRecall.seed': 3, 'kbRecall.training.epochs': 6 },
});

scenario('Open Panel before any measurement leads on, and shows figures once there are some', async (studio) => {
  const { editor, views } = studio;
  const complaints: string[] = [];
  studio.page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text()) && /panel|uPlot|kb-recall/i.test(message.text()))
      complaints.push(message.text());
  });
  await editor.run('KB Recall: Open Panel');
  const panel = await panelOf(studio.page);
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/desk: \d+ of 12 questions miss an answer in the first 5/, { within: 60_000 });
  await until('recall@5 in the panel', async () => /recall@5/i.test(await panel.locator('main').innerText()));
  await studio.page.screenshot({ path: 'test/e2e/artifacts/panel-overview.png' });
  assert.deepEqual(complaints, []);
});

scenario('a failing question, chosen in the panel, shows what was expected and what won', async (studio) => {
  const panel = await panelOf(studio.page);
  await panel.locator('#tab-questions').click();
  const rows = panel.locator('[role=grid] [role=row][aria-selected]');
  await until('rows of failing questions', async () => (await rows.count()) > 0);
  await rows.first().click();
  const ranking = panel.locator('.detail .ranking');
  await until('the ranking of the question', async () => (await ranking.locator('li').count()) > 5);
  assert.equal(await ranking.locator('li.expected').count(), 1, 'the expected section is marked');
  assert.match(await ranking.locator('li.expected .place').innerText(), /^(?!1$)\d+$/);
  await studio.page.screenshot({ path: 'test/e2e/artifacts/panel-questions.png' });
});

/** What is read of a canvas: the tests know no DOM. */
interface Canvas {
  width: number;
  height: number;
  clientWidth: number;
  getContext(kind: '2d'): { getImageData(...box: number[]): { data: Uint8ClampedArray } };
}

scenario('a training is paused, goes on and is stopped; it stays in the list of runs', async (studio) => {
  const panel = await panelOf(studio.page);
  await panel.locator('#tab-training').click();
  const epochs = panel.locator('vscode-text-field', { hasText: 'Epochs' }).locator('input');
  await epochs.fill('90');
  const press = (name: string) => panel.locator('.start vscode-button', { hasText: name }).click();
  await press('Fine-Tune');
  const step = async (): Promise<number> =>
    Number(/step (\d+) of/.exec((await panel.locator('.training').textContent()) ?? '')?.[1] ?? 0);
  await until('the first steps', async () => (await step()) > 1, { within: 90_000 });
  await press('Pause');
  await until('the word that it is paused', async () =>
    / · paused/.test((await panel.locator('.training').textContent()) ?? ''),
  );
  // The step under way when the message came is still made.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const held = await step();
  await new Promise((resolve) => setTimeout(resolve, 4000));
  assert.equal(await step(), held, 'no step while it is paused');
  await press('Resume');
  await until('further steps', async () => (await step()) > held + 1, { within: 60_000 });
  await press('Stop');
  await until('the stopped run in the list', async () =>
    /Stopped/.test((await panel.locator('.history').textContent()) ?? ''),
  );
});

scenario('a training started in the panel draws its charts and tells its verdict there', async (studio) => {
  const panel = await panelOf(studio.page);
  await panel.locator('#tab-training').click();
  await panel.locator('vscode-text-field', { hasText: 'Epochs' }).locator('input').fill('6');
  await panel.locator('.start vscode-button').first().click();
  // The one that was stopped may have come as far as a checkpoint.
  const anew = studio.page.locator('.monaco-dialog-box').getByRole('button', { name: 'Start Anew' });
  await until(
    'charts',
    async () => {
      if (await anew.isVisible()) await anew.click();
      return (await panel.locator('.charts canvas:visible').count()) === 3;
    },
    { within: 120_000 },
  );
  await studio.page.screenshot({ path: 'test/e2e/artifacts/panel-training.png' });
  await until('the verdict', async () => /promoted/i.test(await panel.locator('.training').innerText()), {
    within: 240_000,
  });
  await studio.page.screenshot({ path: 'test/e2e/artifacts/panel-result.png' });
});

scenario('the promoted model is in use: another recall in the overview, and the run in the list', async (studio) => {
  const panel = await panelOf(studio.page);
  await until(
    'the model of the run',
    async () => (await studio.views.status(/% · kb-recall-small/)).includes('-tuned-'),
    {
      within: 60_000,
    },
  );
  await until('the promoted run', async () => /Promoted/.test((await panel.locator('.history').textContent()) ?? ''));
});

scenario('after a reload of the window the panel is there again, with its tab and its runs', async (studio) => {
  await studio.editor.reload();
  const panel = await panelOf(studio.page);
  await until('both runs', async () => (await panel.locator('.history tbody tr').count()) === 2, { within: 60_000 });
  assert.equal(await panel.locator('#tab-training').getAttribute('aria-selected'), 'true');
  await panel.locator('.history tbody tr', { hasText: 'Promoted' }).locator('button', { hasText: 'Open' }).click();
  await until('the result of the opened run', async () =>
    /recall@5/.test((await panel.locator('.training').textContent()) ?? ''),
  );
  assert.equal(await panel.locator('.charts canvas:visible').count(), 3);
});

scenario('the map is drawn when it is seen, and a click on a point leads to its source', async (studio) => {
  const { page } = studio;
  const panel = await panelOf(page);
  await panel.locator('#tab-map').click();
  const canvas = panel.locator('.field canvas');
  await until('the map', () => canvas.isVisible(), { within: 60_000 });
  const shown = (await panel.locator('.map').innerText()).match(/(\d+) of 12 questions, (\d+) of (\d+) snippets/);
  assert.ok(shown && shown[1] === '12' && shown[2] === shown[3], 'all of this small base');
  await page.screenshot({ path: 'test/e2e/artifacts/panel-map.png' });
  // Before anything is selected, only marks are drawn: any pixel belongs to one.
  const [x, y] = (await canvas.evaluate((element) => {
    const drawn = element as unknown as Canvas;
    const { data } = drawn.getContext('2d').getImageData(0, 0, drawn.width, drawn.height);
    const first = data.findIndex((value: number, i: number) => i % 4 === 3 && value > 200) >> 2;
    const scale = drawn.clientWidth / drawn.width;
    return [(first % drawn.width) * scale, Math.floor(first / drawn.width) * scale];
  })) as [number, number];
  await canvas.hover({ position: { x, y } });
  await until('what is under the mouse', () => panel.locator('.tip').isVisible());
  const tip = await panel.locator('.tip').innerText();
  const file = /[\w\p{Script=Han}.-]+\.(?:md|jsonl|yaml|csv)$/u.exec(tip.trim())?.[0];
  assert.ok(file, tip);
  await canvas.click({ position: { x, y } });
  await until(`${file} in an editor`, async () =>
    (await page.locator('.editor-group-container.active .tab.active').innerText()).includes(file),
  );
});
