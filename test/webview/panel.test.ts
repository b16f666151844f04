// The panel's page in a real browser, fed with states as the host would send them: empty, running, evaluated, 10,000 rows, Chinese.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { PanelModels, PanelRow, PanelRun, PanelState, PanelToHost } from '../../src/protocol/panel.ts';
import { chromium as browserPath } from '../e2e/support/install.ts';
import { panelTexts } from './panelTexts.ts';
import { css, type THEMES } from './themes.ts';

const ROOT = new URL('../../', import.meta.url);
const file = (path: string): string => fileURLToPath(new URL(path, ROOT));
const EMPTY: PanelState = {
  language: 'en',
  texts: panelTexts(),
  folders: [{ key: 'k', name: 'desk' }],
  folderKey: 'k',
  isTrusted: true,
  stage: 'loaded',
  model: 'kb-recall-small',
  epochs: 10,
  problem: null,
  job: null,
  snippets: 40,
  questions: 12,
  findings: 1,
  figures: null,
  rows: [],
  groups: [],
  coverage: null,
  training: null,
  runs: [],
  blends: [],
  estimate: null,
  models: ['kb-recall-small'],
  compared: null,
};
const row = (i: number): PanelRow => ({
  id: `q${i}`,
  text: i === 0 ? '<img src=x onerror=alert(1)> How do I close my wallet?' : `How do I change plan number ${i}?`,
  file: `plans-${i % 4}.questions.jsonl`,
  line: i + 1,
  split: i % 3 === 0 ? 'test' : 'train',
  rank: i + 6,
  failing: true,
  change: null,
  expectedId: 'money.md#close',
  winnerId: 'money.md#pay',
  causes: i % 5 === 0 ? ['near-duplicate', 'second-answer'] : ['far'],
});
const figure = { value: 0.8, low: 0.7, high: 0.9 };
const slice = (name: 'test' | 'train' | 'all') => ({
  slice: name,
  questions: 12,
  measuredOn: '12 questions',
  metrics: {
    'recall@1': figure,
    'recall@3': figure,
    'recall@5': figure,
    'recall@10': figure,
    mrr: figure,
    'ndcg@10': figure,
  },
});
const evaluated = (rows: number): PanelState => ({
  ...EMPTY,
  stage: 'measured',
  rows: Array.from({ length: rows }, (_, i) => row(i)),
  figures: {
    model: 'kb-recall-small',
    retrieval: 'vectors',
    primaryK: 5,
    snippets: 40,
    windows: 50,
    slices: { test: slice('test'), train: slice('train'), all: slice('all') },
    leftOut: { questions: 0, answers: 0 },
  },
});
const running: PanelState = {
  ...evaluated(12),
  job: { kind: 'train', text: 'Training 30 / 100', share: 0.3, isPaused: false },
  training: {
    points: Array.from({ length: 30 }, (_, i) => ({
      step: i + 1,
      loss: 2 / (i + 1),
      learningRate: 1e-4,
      development: i % 10 === 9 ? 0.6 + i / 100 : null,
    })),
    step: 30,
    total: 100,
    epoch: 3,
    epochs: 10,
    bestStep: 30,
    failed: null,
    result: null,
    started: Date.UTC(2026, 2, 4, 9, 30),
    pairsPerSecond: 21.4,
    secondsLeft: 95,
    runId: null,
  },
};
const TABS = ['overview', 'questions', 'training', 'compare', 'coverage'];
let browser: Browser;
before(async () => {
  browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox', '--disable-gpu'] });
  mkdirSync(file('test/e2e/artifacts'), { recursive: true });
});
after(() => browser?.close());

/** A page that shows this state; a script stands in for the editor's side and keeps what the page says. */
async function show(state: PanelState, width = 1100, theme: keyof typeof THEMES = 'light'): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  await page.setContent(
    '<!DOCTYPE html><html lang="en"><head><title>KB Recall</title></head><body><div id="panel"></div></body></html>',
  );
  for (const path of ['dist/panel.css', 'media/panel.css']) await page.addStyleTag({ path: file(path) });
  await page.addStyleTag({ content: css(theme) });
  await page.addScriptTag({
    content:
      'window.said=[];window.acquireVsCodeApi=()=>({postMessage:(m)=>said.push(m),getState:()=>window.kept,setState:(s)=>{window.kept=s}});',
  });
  await page.addScriptTag({ path: file('dist/panel.js') });
  // The toolkit reads the theme when the page has loaded, which it had before the script was added.
  await page.evaluate("window.dispatchEvent(new Event('load'))");
  await page.evaluate(`window.postMessage(${JSON.stringify({ type: 'state', state })}, '*')`);
  await page.locator('.counts').waitFor({ state: 'visible' });
  return page;
}
const said = (page: Page): Promise<PanelToHost[]> => page.evaluate('said');
const tab = (page: Page, name: string): Promise<void> => page.locator(`#tab-${name}`).click();

/** What axe finds wrong, one line each. */
async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: file('node_modules/axe-core/axe.min.js') });
  return page.evaluate(
    "axe.run().then(r=>r.violations.map(v=>v.id+': '+v.nodes.map(n=>n.html.slice(0,120)).join(' | ')))",
  );
}

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
  const explanation = { question: 'q0', k: 5, expected: [], top: [], gap: 0, causes: [], told };
  await page.evaluate(
    `window.postMessage(${JSON.stringify({ type: 'explanation', question: 'q0', explanation })}, '*')`,
  );
  await page.locator('.causes').waitFor();
  assert.deepEqual(await page.locator('.causes li').allInnerTexts(), [
    'Look-alike wins\nOnly in the section: <b>four</b>.\nWhat would help: Merge the two.',
    'Winner answers too\nIt has: pay.\nWhat would help: Read both.',
  ]);
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

const run = (more: Partial<PanelRun>): PanelRun => ({
  id: '20260304T093000000Z-1a',
  started: Date.UTC(2026, 2, 4, 9, 30),
  model: 'kb-recall-small',
  epochs: 10,
  minutes: null,
  status: 'waiting',
  k: 5,
  before: 0.583,
  after: 0.575,
  ...more,
});
const moved = (id: string, question: string, before: number, after: number) => ({
  id,
  question,
  file: 'plans.questions.jsonl',
  line: 4,
  split: 'test' as const,
  before,
  after,
});
const compared = {
  questions: 120,
  k: 5,
  pValue: 0.62,
  difference: { value: -0.008, low: -0.042, high: 0.025 },
  fixed: [moved('q1', 'How do I change plan number 1?', 9, 2)],
  broken: [moved('q2', 'Can I keep my number when I leave?', 3, 11)],
  stillFailing: [moved('q3', 'Why was I charged twice in one month?', 0, 14)],
};
const comparedModels: PanelModels = {
  before: 'kb-recall-small',
  after: 'desk-tuned-2',
  comparison: { questions: 120, k: 5, pValue: 0.62, difference: compared.difference },
  slices: { before: slice('test'), after: slice('test') },
  rows: [
    ['q1', 'How do I change plan number 1?', 9, 2, 'fixed'] as const,
    ['q2', 'Can I keep my number when I leave?', 3, 11, 'broken'] as const,
    ['q3', 'Why was I charged twice in one month?', 0, 14, 'bothMiss'] as const,
    ['q4', '合约期内可以换套餐吗？', 1, 1, 'bothFind'] as const,
  ].map(([id, text, before, after, kind]) => ({
    id,
    text,
    file: 'plans.questions.jsonl',
    split: 'test',
    before,
    after,
    kind,
  })),
};
/** A run that was not promoted, opened; `zh` in Chinese words. */
const ended: PanelState = {
  ...evaluated(12),
  models: ['kb-recall-small', 'desk-tuned-2'],
  compared: comparedModels,
  estimate: {
    pairs: 178,
    stepsPerEpoch: 10,
    secondsPerStep: 1.5,
    isMeasured: false,
    bytes: 1.1e9,
    freeBytes: 6e9,
  },
  training: {
    ...running.training!,
    secondsLeft: null,
    runId: run({}).id,
    result: {
      verdict: 'Not promoted: held-out recall@5 fell by 0.008, although the development score rose.',
      promoted: false,
      modelId: null,
      waits: true,
      minutes: 3,
      bestEpoch: 3,
      primaryK: 5,
      trainQuestions: 120,
      developmentQuestions: 30,
      before: slice('test'),
      after: slice('test'),
      comparison: compared,
      trainComparison: compared,
    },
  },
  runs: [
    run({}),
    run({ id: 'b', status: 'promoted', minutes: 5, after: 0.658 }),
    run({ id: 'c', status: 'stopped', before: null, after: null }),
  ],
  blends: [
    {
      share: 0.5,
      recall: 0.608,
      difference: { value: 0.025, low: -0.01, high: 0.06 },
      pValue: 0.21,
      fixed: 4,
      broken: 1,
    },
    {
      share: 1,
      recall: 0.575,
      difference: { value: -0.008, low: -0.042, high: 0.025 },
      pValue: 0.62,
      fixed: 3,
      broken: 4,
    },
  ],
  groups: [
    { kind: 'file', name: 'billing.questions.jsonl', questions: 40, recall: 0.55, heldOut: 16, heldOutRecall: 0.5 },
    { kind: 'file', name: 'delivery.questions.yaml', questions: 32, recall: 0.84, heldOut: 13, heldOutRecall: 0.77 },
    { kind: 'language', name: 'other', questions: 50, recall: 0.7, heldOut: 20, heldOutRecall: 0.65 },
    { kind: 'language', name: 'zh', questions: 22, recall: 0.68, heldOut: 9, heldOutRecall: 0.66 },
  ],
  coverage: {
    untestedCount: 230,
    untested: Array.from({ length: 20 }, (_, i) => ({
      id: `delivery.md#part-${i}`,
      title: i % 2 ? `Deliveries to islands, part ${i}` : `离岛配送说明 ${i}`,
      file: 'delivery.md',
    })),
    hubs: [{ id: 'money.md#pay', title: 'Paying by card', file: 'money.md', wins: 7 }],
  },
};

test('a training is paused and goes on; the fields say how long and how much', async () => {
  const page = await show(running);
  await tab(page, 'training');
  await page.locator('.training vscode-button', { hasText: 'Pause' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'pause', paused: true });
  await page.evaluate(
    `window.postMessage(${JSON.stringify({ type: 'state', state: { job: { ...running.job, isPaused: true } } })}, '*')`,
  );
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
  const send = (state: Partial<PanelState>) =>
    page.evaluate(`window.postMessage(${JSON.stringify({ type: 'state', state })}, '*')`);
  await send({ models, model: 'desk-tuned-2' });
  await page.locator('.compare vscode-button', { hasText: 'Compare' }).click();
  assert.deepEqual((await said(page)).at(-1), { type: 'compare', before: 'kb-recall-small', after: 'desk-tuned-2' });
  await send({ compared: comparedModels });
  const rows = page.locator('.compare .rows .row');
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
