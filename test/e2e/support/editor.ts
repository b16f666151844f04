// The workbench as a person sees it: commands from the palette, files, typing, saving, code actions, hovers.
import type { Locator, Page } from 'playwright-core';
import { until, type WaitOptions } from './waiting.ts';

/** A place in a file, as people count: both from 1. */
export interface Place {
  line: number;
  column?: number;
}

export class Editor {
  constructor(
    readonly page: Page,
    readonly url: string,
  ) {}

  /** Opens a folder or a .code-workspace file in the window (none: an empty window) and waits for the workbench. */
  async open(path?: string): Promise<void> {
    const query =
      path === undefined ? 'ew=true' : `${path.endsWith('.code-workspace') ? 'workspace' : 'folder'}=${path}`;
    await this.page.goto(`${this.url}/?${query}`);
    await this.ready();
  }

  /** Reloads the window by its own command: only that saves the window's state, which a browser's reload can lose. */
  async reload(): Promise<void> {
    await this.page.evaluate('window.beforeReload = true');
    await this.run('Developer: Reload Window');
    await until('the window to load again', () => this.page.evaluate<boolean>('window.beforeReload === undefined'));
    await this.ready();
  }

  /** Waits until the workbench is drawn and the extension host runs. */
  async ready(): Promise<void> {
    await until('the workbench', () => this.page.locator('.monaco-workbench .statusbar').isVisible(), {
      within: 90_000,
    });
    // The remote's entry in the status bar says so while it connects.
    await until('the connection to the server', async () => {
      const text = await this.page.locator('.statusbar').textContent();
      return text && !/opening remote|打开远程/i.test(text);
    });
  }

  wait<T>(what: string, probe: () => Promise<T | undefined | null | false>, options?: WaitOptions): Promise<T> {
    return until(what, probe, options);
  }

  /** Presses keys in the workbench, such as Control+S. */
  press(keys: string): Promise<void> {
    return this.page.keyboard.press(keys);
  }

  /** Runs the command with exactly this title (with its category: `KB Recall: Show Log`). */
  async run(title: string, within = 20_000): Promise<void> {
    const input = this.page.locator('.quick-input-widget input').first();
    // What the command itself asks for appears in the same widget.
    const isTaken = async (): Promise<boolean> =>
      !(await input.isVisible()) || (await input.inputValue()) !== `>${title}`;
    await until(
      `the command "${title}" in the palette`,
      async () => {
        const index = (await this.commandsLike(title)).indexOf(title);
        if (index < 0) await this.press('Escape');
        else
          await this.quickRows()
            .nth(index)
            .click({ timeout: 1000 })
            // On a busy machine a click may be told as late though it was made; made again, the command would run twice.
            .catch((error) =>
              until('the palette to close', isTaken, { within: 1000 }).catch(() => {
                throw error;
              }),
            );
        return index >= 0;
      },
      { within, seen: () => this.commandsLike(title) },
    );
    await until('the palette to close', isTaken);
  }

  /** What the palette offers for these words. An open palette does not see commands that are registered later, so ask again. */
  async commandsLike(words: string): Promise<string[]> {
    await this.quickInput('F1', `>${words}`);
    return until('the palette to list something', async () => {
      const labels = await this.quickLabels();
      return labels.length > 0 && labels;
    });
  }

  /** Opens a quick input by its keys, in place of one that may be open, and fills it. */
  private async quickInput(keys: string, text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input').first();
    await until('the quick input to open', async () => {
      if (await input.isVisible()) {
        await this.press('Escape');
        await input.waitFor({ state: 'hidden' });
      }
      await this.press(keys);
      await input.waitFor({ state: 'visible' });
      await input.fill(text);
      return true;
    });
  }

  /** Rows of the open quick pick. */
  quickRows(): Locator {
    return this.page.locator('.quick-input-widget .quick-input-list .monaco-list-row');
  }

  /** First lines of those rows. The widget keeps its last rows while it is hidden. */
  async quickLabels(): Promise<string[]> {
    if (!(await this.page.locator('.quick-input-widget').first().isVisible())) return [];
    const labels = await this.quickRows().locator('.quick-input-list-row:first-child .label-name').allInnerTexts();
    return labels.map((each) => each.replaceAll('\u00a0', ' ').trim());
  }

  /** Types into the open quick pick or input box. */
  async answer(text: string): Promise<void> {
    await this.page.locator('.quick-input-widget input').first().fill(text);
  }

  /** Types a path into the open file dialog, which first fills in one of its own, however late, and would type over ours. */
  async answerPath(path: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input').first();
    await until(
      `the file dialog to keep ${path}`,
      async () => {
        const value = await input.inputValue({ timeout: 1000 });
        if (value === path) return true;
        if (value.startsWith('/')) await input.fill(path);
        return undefined;
      },
      { every: 500, seen: () => input.inputValue() },
    );
  }

  /** Picks the row whose text holds `text`. */
  async pick(text: string): Promise<void> {
    await until(
      `"${text}" in the list`,
      async () => {
        await this.quickRows().filter({ hasText: text }).first().click({ timeout: 1000 });
        return true;
      },
      { seen: () => this.quickRows().allInnerTexts() },
    );
  }

  /** Opens a file of the workspace, the cursor at the place. */
  async openFile(path: string, place: Place = { line: 1 }): Promise<void> {
    const name = path.split('/').at(-1)!;
    await until(
      `${path} to open`,
      async () => {
        await this.quickInput('Control+P', path);
        await until(
          `${name} in the list of files`,
          async () => (await this.quickRows().first().textContent())?.includes(name),
          { within: 5000 },
        );
        await this.press('Enter');
        await this.tab(name).waitFor({ state: 'visible' });
        return true;
      },
      { seen: () => this.quickRows().allInnerTexts() },
    );
    await this.goTo(place);
  }

  /** Moves the cursor of the active editor. */
  async goTo({ line, column = 1 }: Place): Promise<void> {
    const selection = this.page.locator('#status\\.editor\\.selection');
    await until(`the cursor at line ${line}`, async () => {
      await this.quickInput('Control+G', `:${line}:${column}`);
      // Taken up once the editor shows the line; Enter before that goes nowhere.
      await this.press('Enter');
      const isThere = async () => Number(/\d+/.exec((await selection.textContent()) ?? '')?.[0]) === line;
      await until('the status bar to say so', isThere, { within: 2000 });
      // What is typed while it still closes would go into it.
      await this.page.locator('.quick-input-widget').first().waitFor({ state: 'hidden', timeout: 2000 });
      return true;
    });
  }

  /** The active tab if it has this file name. */
  tab(name: string): Locator {
    return this.page.locator('.tabs-container .tab.active').filter({ hasText: name });
  }

  /** Enters text at the cursor in one piece, so that no completion or bracket interferes. */
  async type(text: string): Promise<void> {
    await this.page.keyboard.insertText(text);
  }

  /** Replaces the line of the cursor. */
  async replaceLine(text: string): Promise<void> {
    await this.press('Home');
    await this.press('Shift+End');
    if (text === '') await this.press('Delete');
    else await this.type(text);
  }

  /** Saves the active file and waits until it is clean. */
  async save(): Promise<void> {
    await this.press('Control+S');
    await until('the file to be saved', async () => (await this.page.locator('.tab.active.dirty').count()) === 0);
  }

  /** Titles in the light bulb's menu at the cursor. */
  async codeActions(): Promise<string[]> {
    await this.openCodeActions();
    const titles = await this.codeActionRows().allInnerTexts();
    await this.press('Escape');
    return titles.map((title) => title.trim());
  }

  /** Applies the code action whose title holds `title`, at the cursor. */
  async applyCodeAction(title: string): Promise<void> {
    await until(
      `the code action "${title}"`,
      async () => {
        await this.openCodeActions();
        const labels = await this.codeActionRows().allInnerTexts();
        const index = labels.findIndex((label) => label.includes(title));
        if (index < 0) {
          await this.press('Escape');
          return false;
        }
        // By keys: a sheet lies over the menu for the mouse.
        for (let i = 0; i < index; i++) await this.press('ArrowDown');
        const focused = this.page.locator('.action-widget .monaco-list-row.focused');
        if (!(await focused.textContent())?.includes(title)) return false;
        await this.press('Enter');
        return true;
      },
      { seen: () => this.codeActionRows().allInnerTexts() },
    );
  }

  /** The keys that open the menu accept its first row while it is open, so they are not pressed again before it had time to come. */
  private async openCodeActions(): Promise<void> {
    await until('the menu of code actions', async () => {
      if (!(await this.codeActionRows().first().isVisible())) await this.press('Control+.');
      await this.codeActionRows().first().waitFor({ state: 'visible', timeout: 6000 });
      return true;
    });
  }

  private codeActionRows(): Locator {
    return this.page.locator('.action-widget .monaco-list-row.action');
  }

  /** Text of the hover over the word at the cursor. */
  async hover(): Promise<string> {
    return until('a hover', async () => {
      await this.press('Control+K');
      await this.press('Control+I');
      const hover = this.page.locator('.monaco-hover:not(.hidden) .hover-contents').first();
      await hover.waitFor({ state: 'visible', timeout: 1500 });
      const texts = await this.page.locator('.monaco-hover:not(.hidden) .hover-contents').allInnerTexts();
      return texts.join('\n').replaceAll('\u00a0', ' ');
    });
  }

  /** Texts of the code lenses in view. */
  async codeLenses(): Promise<string[]> {
    const texts = await this.page.locator('.codelens-decoration').allInnerTexts();
    return texts.map((text) => text.replaceAll('\u00a0', ' ').trim()).filter(Boolean);
  }

  /** Saves a picture of the window. */
  async picture(file: string): Promise<void> {
    await this.page.screenshot({ path: file });
  }
}
