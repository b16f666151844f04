// What a failed test leaves behind for a person: a picture of the window and the logs, in test/e2e/artifacts (not in git).
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { Server } from './server.ts';

const FOLDER = fileURLToPath(new URL('../artifacts/', import.meta.url));
/** Of each log the end is kept, in characters. */
const TAIL = 20_000;

/** Writes `name`.png and `name`.log; never throws, since the test's own error matters more. Returns a sentence that says where. */
export async function keepEvidence(name: string, page: Page, server: Server, userData: string): Promise<string> {
  const stem = join(FOLDER, name.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 80));
  try {
    await mkdir(FOLDER, { recursive: true });
    await page.screenshot({ path: `${stem}.png`, timeout: 5000 }).catch(() => {});
    const logs = [...extensionLogs(userData), { name: 'code-server', text: server.log() }];
    const text = logs.map((log) => `===== ${log.name}\n${log.text.slice(-TAIL)}`).join('\n');
    await writeFile(`${stem}.log`, text);
    return `Picture and logs: ${stem}.png, ${stem}.log`;
  } catch (error) {
    return `Picture and logs could not be written: ${error}`;
  }
}

/** The output channels and the extension host's log, as far as they are on disk. */
export function extensionLogs(userData: string): { name: string; text: string }[] {
  const root = join(userData, 'logs');
  try {
    return readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => /(remoteexthost\.log|output_logging_.*\.log|kb-recall.*\.log)$/i.test(file))
      .map((file) => ({ name: file, text: readFileSync(join(root, file), 'utf8') }));
  } catch {
    return [];
  }
}
