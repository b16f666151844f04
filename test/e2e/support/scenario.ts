// One VS Code for a test file: started before its scenarios, ended after them, evidence kept of each that fails.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { extensionLogs, keepEvidence } from './artifacts.ts';
import { Editor } from './editor.ts';
import { addExtension, ROOT } from './extension.ts';
import { chromium as browserPath } from './install.ts';
import { Server, type ServerOptions } from './server.ts';
import { Views } from './views.ts';
import { until } from './waiting.ts';

const BROWSER_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Tall, so that lists which draw only what is in view draw all that the tests look for. */
const WINDOW = { width: 1500, height: 1100 };

export interface SetupOptions extends Pick<ServerOptions, 'trusted' | 'locale' | 'env'> {
  /** Folders of the project that are copied; the first is opened. Several: a workspace of all of them. None: no folder. */
  folders?: string[];
  /** The folder is opened under this scheme of a file system that an installed extension offers. */
  scheme?: string;
  /** The user's settings on top of {@link QUIET}. */
  settings?: Record<string, unknown>;
  /** Puts the extensions in place; by default the one under test. */
  install?: (extensions: string) => Promise<void>;
  window?: { width: number; height: number };
  /** Called with the copies before they are opened. */
  prepare?: (folders: string[]) => Promise<void>;
}

/** Settings without which the window changes by itself. */
const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.colorTheme': 'Default Light Modern',
  'workbench.enableExperiments': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.startupPrompt': 'never',
  'git.enabled': false,
  'window.commandCenter': false,
  'workbench.reduceMotion': 'on',
  'files.autoSave': 'off',
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.autoClosingBrackets': 'never',
  'editor.minimap.enabled': false,
};

/** A running VS Code and what a scenario needs of it. */
export class Studio {
  private constructor(
    readonly server: Server,
    readonly editor: Editor,
    readonly views: Views,
    /** The copies of the folders. */
    readonly folders: string[],
    readonly home: string,
    private readonly browser: Browser,
    private readonly opened: string | undefined,
  ) {}

  static async start(options: SetupOptions): Promise<Studio> {
    const home = await mkdtemp(join(tmpdir(), 'kb-e2e-'));
    let server: Server | undefined;
    let browser: Browser | undefined;
    try {
      const folders = await Promise.all((options.folders ?? []).map((folder) => copyOf(folder, home)));
      await options.prepare?.(folders);
      await mkdir(join(home, 'user/User'), { recursive: true });
      await writeFile(join(home, 'user/User/settings.json'), JSON.stringify({ ...QUIET, ...options.settings }));
      await (options.install ?? addExtension)(join(home, 'extensions'));
      const { trusted, locale, env } = options;
      server = await Server.start({
        userData: join(home, 'user'),
        extensions: join(home, 'extensions'),
        trusted,
        locale,
        env,
      });
      browser = await chromium.launch({ executablePath: browserPath(), args: BROWSER_ARGS });
      const page = await browser.newPage({ viewport: options.window ?? WINDOW, locale: options.locale ?? 'en-US' });
      // Every wait asks again and again; one question must not take long.
      page.setDefaultTimeout(2000);
      page.setDefaultNavigationTimeout(60_000);
      const editor = new Editor(page, server.url);
      const opened = await toOpen(folders, home, options.scheme);
      const studio = new Studio(server, editor, new Views(editor), folders, home, browser, opened);
      await studio.evidence('start', () => editor.open(opened));
      return studio;
    } catch (error) {
      await browser?.close();
      await server?.stop();
      await rm(home, { recursive: true, force: true });
      throw error;
    }
  }

  get page(): Page {
    return this.editor.page;
  }

  /** The copy of the first folder. */
  get folder(): string {
    const [first] = this.folders;
    if (!first) throw new Error('no folder was opened');
    return first;
  }

  /** What was opened: a folder, a workspace file, or nothing. */
  get path(): string | undefined {
    return this.opened;
  }

  /** Saves the active file again and again until this file of the folder passes the check: edits of the extension come later. */
  async savedWhen(what: string, file: string, check: (text: string) => boolean): Promise<string> {
    const read = () => readFile(join(this.folder, file), 'utf8');
    return until(
      what,
      async () => {
        await this.editor.save();
        const text = await read();
        return check(text) && text;
      },
      { seen: read },
    );
  }

  /** Process ids of the extension's engine. */
  engines(): number[] {
    return this.server.processes('engine.cjs').map(({ pid }) => pid);
  }

  /** All that the extension and its host logged. */
  logs(): string {
    return extensionLogs(join(this.home, 'user'))
      .map(({ text }) => text)
      .join('\n');
  }

  /** Runs the body; when it fails, keeps a picture and logs and says where. */
  async evidence<T>(name: string, body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      const where = await keepEvidence(name, this.page, this.server, join(this.home, 'user'));
      // What was left open must not fail the next scenario too.
      for (let i = 0; i < 3; i++) await this.editor.press('Escape').catch(() => undefined);
      if (error instanceof Error) error.message += `\n${where}`;
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Starts a VS Code for the calling test file; returns the function that adds a scenario to it. */
export function scenarios(options: SetupOptions): (name: string, body: (studio: Studio) => Promise<void>) => void {
  let studio: Studio | undefined;
  before(async () => {
    studio = await Studio.start(options);
  });
  after(() => studio?.stop());
  return (name, body) =>
    test(name, { timeout: 180_000 }, async () => {
      if (!studio) throw new Error('VS Code did not start');
      const running = studio;
      await running.evidence(name, () => body(running));
    });
}

async function copyOf(folder: string, home: string): Promise<string> {
  const target = join(home, 'work', basename(folder));
  await cp(join(ROOT, folder), target, { recursive: true });
  return target;
}

async function toOpen(folders: string[], home: string, scheme?: string): Promise<string | undefined> {
  if (folders.length < 2 && scheme === undefined) return folders[0];
  const file = join(home, 'work/all.code-workspace');
  const entries = folders.map((path) => (scheme ? { uri: `${scheme}:${path}`, name: basename(path) } : { path }));
  await writeFile(file, JSON.stringify({ folders: entries }));
  return file;
}
