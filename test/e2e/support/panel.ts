// The panel's page: webviews are nested frames without a name of their own.
import type { Frame, Page } from 'playwright-core';
import { until } from './waiting.ts';

/** The frame of the open panel, once it is drawn. Throws a TimeoutError where none comes. */
export async function panelOf(page: Page): Promise<Frame> {
  return until('the panel', async () => {
    for (const frame of page.frames())
      if ((await frame.locator('main h1').count()) > 0 && (await frame.locator('vscode-panels').count()) > 0)
        return frame;
    return undefined;
  });
}
