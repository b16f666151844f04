// The lint of an open knowledge base: it comes by itself when nothing changes, keeps its places while the author writes, and gives way to edits.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Finding } from '../../src/core/finding.ts';
import { isLintCode } from '../../src/core/lint/remark.ts';
import { LiveLint } from '../../src/engine/live/liveLint.ts';
import { WorkspaceService } from '../../src/engine/live/workspaceService.ts';
import { EngineService } from '../../src/engine/service.ts';
import type { WorkspaceSettings } from '../../src/protocol/workspace.ts';

const workspace = 'boats';
const RULE =
  'The hire of a canoe ends at six in the evening; whoever comes back later pays for the next day as well, unless the lock was closed by the harbour master.';
const FILES: Record<string, string> = {
  'hire.md': `# Hire\n\n## Canoes\n\n${RULE}\n\n## Kayaks\n\n${RULE.replace('canoe', 'kayak')}\n`,
  '租船.md': '# 租船\n\n## 押金\n\n每条船收取三百元押金，归还时退还。\n',
  'boats.questions.jsonl':
    '{"question": "When must my canoe be back?", "answers": ["hire.md#canoes"]}\n{"question": "押金退吗？", "answers": ["租船.md#押金"]}\n' +
    '{"question": "Is there a kayak for two?", "answers": ["hire.md#kayaks"], "draft": true}\n',
};

async function open(t: { after(work: () => unknown): void }) {
  const home = mkdtempSync(join(tmpdir(), 'kb-live-lint-'));
  t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  const findings = new Map<string, Finding[]>();
  const waiting: (() => void)[] = [];
  const service = new WorkspaceService({
    patch: (patch) => {
      for (const each of patch.findings ?? []) findings.set(each.file, structuredClone(each.findings));
      if (patch.findings) for (const resume of waiting.splice(0)) resume();
    },
    log: (message) => assert.fail(message),
  });
  const settings: WorkspaceSettings = {
    folder: 'boats',
    indexFolder: join(home, 'index'),
    model: 'kb-recall-small',
    modelsFolder: join(home, 'models'),
    embeddedFolder: fileURLToPath(new URL('../../models', import.meta.url)),
    ks: [1, 5],
    primaryK: 1,
    seed: 0,
    trainShare: 0.5,
    retrieval: 'hybrid',
    lint: true,
  };
  t.after(() => service.close({ workspace }));
  await service.open({ workspace, settings });
  const write = (files: Record<string, string>) =>
    service.change({
      workspace,
      documents: Object.entries(files).map(([file, text]) => ({ file, text, saved: true })),
      removed: [],
      unreadable: [],
    });
  await write(FILES);
  /** The next time that findings change. */
  const told = () => new Promise<void>((resolve) => waiting.push(resolve));
  const advice = () =>
    [...findings.values()].flat().filter(({ code }) => isLintCode(code) && code !== 'draft-question');
  return { service, settings, write, told, advice, findings, home };
}

test('advice comes after the measurement, equals that of the command, moves with its section, and goes when it is turned off', async (t) => {
  const { service, settings, write, told, advice, findings, home } = await open(t);
  await service.measure({ workspace });
  assert.deepEqual(advice(), [], 'measuring does not wait for it');
  assert.deepEqual(
    findings.get('boats.questions.jsonl')!.map(({ code }) => code),
    ['draft-question'],
  );
  await told();
  const codes = (list: readonly Finding[]) =>
    list.map(({ code, file, range }) => `${code} ${file}:${range.start.line + 1}`);
  assert.deepEqual(codes(advice()).sort(), ['near-duplicate-snippets hire.md:7', 'untested-snippets hire.md:7']);
  const base = {
    folder: 'boats',
    documents: Object.entries(FILES).map(([file, text]) => ({ file, text })),
    unreadable: [],
    indexFolder: join(home, 'other'),
  };
  const { indexFolder: _, folder: __, ...rest } = settings;
  const full = await new EngineService().lint({ ...rest, base });
  const order = (list: readonly Finding[]) => list.map((each) => JSON.stringify(each)).sort();
  assert.deepEqual(order([...findings.values()].flat()), order(full.findings));

  await write({ 'hire.md': FILES['hire.md']!.replace('# Hire\n', '# Hire\n\nAt the pier.\n') });
  await service.measure({ workspace });
  assert.ok(codes(advice()).includes('near-duplicate-snippets hire.md:9'), codes(advice()).join('\n'));

  await service.configure({ workspace, settings: { ...settings, lint: false } });
  await service.measure({ workspace });
  assert.deepEqual(advice(), []);
});

test('suggestions for one section, asked or not, without what a draft asks already', async (t) => {
  const { service } = await open(t);
  const of = async (id: string) => (await service.suggest({ workspace, id })).map(({ question }) => question);
  assert.deepEqual(await of('租船.md#押金'), ['关于押金，需要知道什么？']);
  assert.deepEqual(await of('hire.md#kayaks'), ['How do kayaks work?']);
  assert.deepEqual(await of('gone.md'), []);
});

test('a lint that is overtaken ends before the next thing begins, tells nothing, and one that fails is logged', async () => {
  let told = 0;
  const log: string[] = [];
  const lint = new LiveLint(
    () => told++,
    (message) => log.push(message),
  );
  let ended = false;
  const started = new Promise<void>((resolve) => {
    lint.schedule(async (signal) => {
      resolve();
      await new Promise((wake) => signal.addEventListener('abort', wake));
      await new Promise((wake) => setTimeout(wake, 20));
      ended = true;
      return [{ code: 'boilerplate', severity: 'warning', message: 'Old.', at: { snippet: 'a.md' } }];
    });
  });
  await started;
  await lint.stop();
  assert.deepEqual([ended, told, lint.remarks.length], [true, 0, 0]);
  const failed = new Promise<void>((resolve) => {
    lint.schedule(async () => {
      setTimeout(resolve, 10);
      throw new Error('no vectors');
    });
  });
  await failed;
  assert.deepEqual([told, log], [0, ['The lint failed: Error: no vectors']]);
  // Stopped while it still waits: it never begins.
  lint.schedule(async () => assert.fail('began'));
  await lint.stop();
});
