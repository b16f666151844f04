// The panel's page in a real browser; importing it starts one for the tests of the file.
import { mkdirSync } from 'node:fs';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { PanelState, PanelToHost } from '../../src/protocol/panel.ts';
import { chromium as browserPath } from '../e2e/support/install.ts';
import { css, type THEMES } from './themes.ts';

const ROOT = new URL('../../', import.meta.url);
/** An absolute path in the repository. */
export const file = (path: string): string => fileURLToPath(new URL(path, ROOT));
let browser: Browser;
before(async () => {
  browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox', '--disable-gpu'] });
  mkdirSync(file('test/e2e/artifacts'), { recursive: true });
});
after(() => browser?.close());

/** A page that shows this state; a script stands in for the editor's side and keeps what the page says. */
export async function show(state: PanelState, width = 1100, theme: keyof typeof THEMES = 'light'): Promise<Page> {
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
  await send(page, state);
  await page.locator('.counts').waitFor({ state: 'visible' });
  return page;
}
/** Brings further parts of the state. */
export const send = (page: Page, state: Partial<PanelState>): Promise<void> =>
  page.evaluate(`window.postMessage(${JSON.stringify({ type: 'state', state })}, '*')`);
/** What the page said to the host so far. */
export const said = (page: Page): Promise<PanelToHost[]> => page.evaluate('said');
/** Opens a tab. */
export const tab = (page: Page, name: string): Promise<void> => page.locator(`#tab-${name}`).click();

/** What axe finds wrong, one line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: file('node_modules/axe-core/axe.min.js') });
  return page.evaluate(
    "axe.run().then(r=>r.violations.map(v=>v.id+': '+v.nodes.map(n=>n.html.slice(0,120)).join(' | ')))",
  );
}
