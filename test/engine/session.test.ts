// The live session against the full evaluation: after every kind of edit the host's view is what a run from nothing gives.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readWorkspace } from '../../src/cli/files.ts';
import type { SourceDocument } from '../../src/core/document.ts';
import type { Finding } from '../../src/core/finding.ts';
import type { QuestionState, SnippetPlace } from '../../src/core/state.ts';
import { stampOf } from '../../src/engine/indexer.ts';
import { WorkspaceService } from '../../src/engine/live/workspaceService.ts';
import { indexPath, openModel } from '../../src/engine/openModel.ts';
import { ParsedPages, pagesFile } from '../../src/engine/parsedPages.ts';
import { EngineService } from '../../src/engine/service.ts';
import { openIndex } from '../../src/engine/vectorStore.ts';
import type { Figures, StatePatch, WorkspaceSettings } from '../../src/protocol/workspace.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const workspace = 'small';

/** What a host makes of the patches. */
class View {
  readonly snippets = new Map<string, SnippetPlace>();
  readonly questions = new Map<string, QuestionState>();
  readonly findings = new Map<string, readonly Finding[]>();
  figures: Figures | undefined;
  last: StatePatch[] = [];

  apply(patch: StatePatch): void {
    this.last.push(patch);
    if (patch.reset) for (const map of [this.snippets, this.questions, this.findings]) map.clear();
    for (const id of patch.removedSnippets ?? []) this.snippets.delete(id);
    for (const each of patch.snippets ?? []) this.snippets.set(each.id, each);
    for (const id of patch.removedQuestions ?? []) this.questions.delete(id);
    for (const each of patch.questions ?? []) this.questions.set(each.id, each);
    for (const { file, findings } of patch.findings ?? []) {
      if (findings.length > 0) this.findings.set(file, findings);
      else this.findings.delete(file);
    }
    if (patch.figures) this.figures = patch.figures;
  }
}

interface Live {
  service: WorkspaceService;
  view: View;
  settings: WorkspaceSettings;
  documents: Map<string, string>;
  /** Applies changes here and in the service. */
  change(changes: Record<string, string | undefined>, saved?: boolean): Promise<void>;
}

async function live(t: { after(work: () => void): void }): Promise<Live> {
  const home = mkdtempSync(join(tmpdir(), 'kb-session-'));
  t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  const view = new View();
  const service = new WorkspaceService({ patch: (patch) => view.apply(structuredClone(patch)), log: () => undefined });
  const settings: WorkspaceSettings = {
    folder: 'small',
    indexFolder: join(home, 'index'),
    model: 'kb-recall-small',
    modelsFolder: join(home, 'models'),
    embeddedFolder: join(ROOT, 'models'),
    ks: [1, 3, 5, 10],
    primaryK: 1,
    seed: 0,
    trainShare: 0.6,
    retrieval: 'vectors',
    lint: false,
  };
  await service.open({ workspace, settings });
  const { documents: read } = await readWorkspace(join(ROOT, 'test/fixtures/small'));
  const documents = new Map<string, string>();
  const change: Live['change'] = async (changes, saved = true) => {
    const changed: (SourceDocument & { saved: boolean })[] = [];
    const removed: string[] = [];
    for (const [file, text] of Object.entries(changes)) {
      if (text === undefined) {
        documents.delete(file);
        removed.push(file);
      } else {
        documents.set(file, text);
        changed.push({ file, text, saved });
      }
    }
    await service.change({ workspace, documents: changed, removed, unreadable: [] });
  };
  await change(Object.fromEntries(read.map(({ file, text }) => [file, text])));
  t.after(() => service.close({ workspace }));
  return { service, view, settings, documents, change };
}

/** The view equals what an evaluation from nothing says. */
async function sameAsFull({ view, settings, documents }: Live): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'kb-full-'));
  try {
    const { folder, indexFolder: _, ...rest } = settings;
    const base = {
      folder,
      documents: [...documents].map(([file, text]) => ({ file, text })),
      unreadable: [],
      indexFolder: home,
    };
    const { report, findings } = await new EngineService().evaluate({ ...rest, base });
    assert.deepEqual(view.figures?.slices, report.slices);
    assert.deepEqual(view.figures?.leftOut, report.leftOut);
    const outcomes = [...view.questions.values()].filter(({ outcome }) => outcome);
    assert.deepEqual(outcomes.map(({ id }) => id).sort(), report.outcomes.map(({ id }) => id).sort());
    for (const full of report.outcomes) {
      const { outcome, text, file, range, split } = view.questions.get(full.id)!;
      assert.deepEqual([text, file, range.start.line + 1, split], [full.question, full.file, full.line, full.split]);
      assert.deepEqual(outcome?.answerRanks, full.answerRanks, text);
      assert.deepEqual(places(outcome?.expected), places(full.expected), text);
      assert.deepEqual(
        outcome?.top.map(({ id }) => id),
        full.top.map(({ id }) => id),
        text,
      );
      const failure = report.failures.find(({ id }) => id === full.id);
      assert.equal(outcome?.recall, failure?.recall ?? 1);
      assert.deepEqual(view.questions.get(full.id)!.causes, failure?.causes, text);
      assert.deepEqual(
        outcome?.beatenBy.map(({ id }) => id),
        failure?.beatenBy.map(({ id }) => id) ?? [],
      );
    }
    const order = (a: Finding, b: Finding): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    assert.deepEqual([...view.findings.values()].flat().sort(order), [...findings].sort(order));
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

const places = (list: readonly { id: string; rank: number }[] = []) => list.map(({ id, rank }) => [id, rank]);

for (const retrieval of ['words', 'hybrid'] as const)
  test(`ranked by ${retrieval}, the view is that of a full evaluation, after an edit too, and a search ranks alike`, async (t) => {
    const session = await live(t);
    const { service, view, settings, documents, change } = session;
    await service.measure({ workspace });
    const byVectors = JSON.stringify([...view.questions.values()].map(({ outcome }) => outcome?.top));
    settings.retrieval = retrieval;
    await service.configure({ workspace, settings });
    await service.measure({ workspace });
    assert.equal(view.figures?.retrieval, retrieval);
    assert.notEqual(JSON.stringify([...view.questions.values()].map(({ outcome }) => outcome?.top)), byVectors);
    await sameAsFull(session);
    const [file, text] = [...documents].find(([name]) => name.endsWith('.md') && name !== 'README.md')!;
    await change({ [file]: `${text}\n\n## Parcel lockers\n\nCode XK-77 opens the locker.\n` });
    await service.measure({ workspace });
    await sameAsFull(session);
    const [hit] = await service.search({ workspace, text: 'XK-77', limit: 1 });
    assert.match(hit!.id, /#parcel-lockers$/);
  });

test('after each edit the view is that of a full evaluation, and only what changed is told', async (t) => {
  const session = await live(t);
  const { service, view, documents, change } = session;
  await service.measure({ workspace });
  await sameAsFull(session);

  view.last = [];
  const again = await service.measure({ workspace });
  assert.equal(again.embedded, 0);
  assert.deepEqual(
    view.last.filter((patch) => !patch.figures),
    [],
    'nothing changed, nothing is told',
  );

  const returns = documents.get('support/returns.md')!;
  const edits: [string, Record<string, string | undefined>][] = [
    [
      'a section gets other words',
      { 'support/returns.md': `${returns}\nWe also take back tents that were pitched once.\n` },
    ],
    [
      'a section is added above the others',
      { 'support/returns.md': `# Lost parcels\n\nTell us after ten days.\n\n${returns}` },
    ],
    ['a file is gone', { 'support/stoves.md': undefined }],
    ['a file is new', { 'support/lamps.md': '# Lamps\n\nA lamp burns for 40 hours.\n\n## 电池\n\n电池可以更换。\n' }],
    [
      'questions are added, one of them twice and one of them to nowhere',
      {
        'support/lamps.questions.jsonl':
          '{"question": "How long does a lamp burn?", "answers": ["lamps.md#lamps"], "split": "test"}\n' +
          '{"question": "how long does a lamp burn", "answers": ["lamps.md#电池"]}\n' +
          '{"question": "电池能换吗？", "answers": ["lamps.md#电吃"]}\n',
      },
    ],
    [
      'the questions are mended',
      { 'support/lamps.questions.jsonl': '{"question": "电池能换吗？", "answers": ["lamps.md#电池"]}\n' },
    ],
    [
      'a front matter id is taken twice',
      { 'support/a.md': '---\nid: lamp\n---\n# A\n\nOne.\n', 'support/b.md': '---\nid: lamp\n---\n# B\n\nTwo.\n' },
    ],
    ['and given free again', { 'support/a.md': undefined }],
  ];
  for (const [what, changes] of edits) {
    await change(changes);
    await service.measure({ workspace });
    await t.test(what, () => sameAsFull(session));
  }
  assert.deepEqual(
    [...view.snippets.keys()].filter((id) => id === 'lamp'),
    ['lamp'],
  );
});

test('unsaved text counts at once and reaches the index only when it is saved', async (t) => {
  const session = await live(t);
  const { service, view, settings, documents, change } = session;
  await service.measure({ workspace });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const before = documents.get('hr/leave.md')!;
  const text = `${before}\n## Parental leave\n\nParents may stay at home for fourteen weeks.\n`;
  await change({ 'hr/leave.md': text }, false);
  await service.measure({ workspace });
  assert.ok(view.snippets.has('hr/leave.md#parental-leave'));
  await sameAsFull(session);
  const model = await openModel(settings);
  t.after(() => model.embedder.close());
  const onDisk = async (): Promise<string[]> => {
    const stamp = stampOf(model.embedder, model.folder.id, model.hash);
    const { index } = await openIndex(indexPath(settings.indexFolder, model.folder.id, model.hash), stamp);
    return [...new Set(index.entries().map(({ snippetId }) => snippetId))];
  };
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const unsaved = await onDisk();
  assert.ok(!unsaved.includes('hr/leave.md#parental-leave'));
  assert.ok(
    unsaved.some((id) => id.startsWith('hr/leave.md#')),
    'what was saved of the file stays',
  );
  await change({ 'hr/leave.md': text }, true);
  await service.measure({ workspace });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.ok((await onDisk()).includes('hr/leave.md#parental-leave'));
});

test('a session keeps the pages that are saved, and one that is opened again takes them from the disk', async (t) => {
  const session = await live(t);
  const { service, view, settings, documents, change } = session;
  const before = documents.get('hr/leave.md')!;
  await change({ 'hr/leave.md': `${before}\nNot saved yet.\n` }, false);
  await service.measure({ workspace });
  for (let tries = 0; !existsSync(pagesFile(settings.indexFolder)) && tries < 500; tries++) await delay(10);
  await service.close({ workspace });
  const kept = await ParsedPages.open(settings.indexFolder);
  for (const [file, text] of documents) kept.parse({ file, text });
  assert.equal(kept.parsed, 1, 'the page with unsaved text');
  kept.parse({ file: 'hr/leave.md', text: before });
  assert.equal(kept.parsed, 2, 'what it was before is dropped with it');

  // Something that no page says, so that it can come from the disk alone.
  const message = 'Only on the disk.';
  const range = { start: { line: 0, column: 0 }, end: { line: 0, column: 1 } };
  const file = 'support/returns.md';
  rmSync(pagesFile(settings.indexFolder));
  const other = await ParsedPages.open(settings.indexFolder);
  const pages = [...documents].map(([file, text]) => other.parse({ file, text }));
  const page = pages.find((each) => each.file === file)!;
  page.questions.findings.push({ code: 'planted', severity: 'warning', message, suggestion: '', file, range });
  await other.keep(pages);
  await service.open({ workspace, settings });
  await change(Object.fromEntries(documents));
  await service.measure({ workspace });
  assert.ok(view.findings.get(file)?.some((each) => each.message === message));
  // A page that is edited is what it says now.
  await change({ [file]: `${documents.get(file)}\nMore.\n` });
  await service.measure({ workspace });
  await sameAsFull(session);
});

test('search, explanation, references, rename and report', async (t) => {
  const { service, view } = await live(t);
  await service.measure({ workspace });
  const hits = await service.search({ workspace, text: 'send back a tent', limit: 3 });
  assert.equal(hits.length, 3);
  assert.deepEqual(
    hits.map(({ rank }) => rank),
    [1, 2, 3],
  );
  assert.ok(hits[0]!.score >= hits[1]!.score);
  for (const question of view.questions.values()) {
    const explanation = await service.explain({ workspace, question: question.id });
    const isFailure = question.outcome !== undefined && question.outcome.recall < 1;
    assert.equal((explanation?.causes.length ?? 0) > 0, isFailure, question.text);
    assert.deepEqual(question.causes, isFailure ? explanation?.causes : undefined);
    for (const { id, matched } of explanation?.top ?? []) {
      const whole = await service.snippetText({ workspace, id });
      assert.ok(matched && matched.part >= 1 && matched.part <= matched.parts, id);
      assert.ok(matched.text.length > 0 && whole?.includes(matched.text), `${id}: ${matched.text}`);
    }
  }
  const report = await service.report({ workspace });
  assert.equal(report?.outcomes.length, [...view.questions.values()].filter(({ outcome }) => outcome).length);
  const id = [...view.snippets.keys()].find((each) => each.startsWith('support/returns.md#'))!;
  const reference = await service.reference({ workspace, id, fromFile: 'support/support.questions.jsonl' });
  assert.equal(reference, id.slice('support/'.length));
  const renamed = await service.rename({ workspace, id, title: 'Sending things back' });
  const pointing = [...view.questions.values()].flatMap(({ file, answers }) =>
    answers
      .filter(({ reference: written, snippetIds }) => written.includes('#') && snippetIds[0] === id)
      .map(() => file),
  );
  assert.deepEqual(new Set(renamed?.map(({ file }) => file)), new Set(['support/returns.md', ...pointing]));
});

test('errors: a base without questions, without snippets, and one that is not open', async (t) => {
  const { service, view, change, documents } = await live(t);
  await change(
    Object.fromEntries([...documents.keys()].filter((file) => !file.endsWith('.md')).map((file) => [file, undefined])),
  );
  await change({
    'support/退货.md': '# 退货\n\n十四天内可以退货。\n',
    'support/returns.md': '# Returns\n\nWithin 14 days.\n',
  });
  for (const file of documents.keys()) if (/^---/.test(documents.get(file)!)) await change({ [file]: undefined });
  await assert.rejects(service.measure({ workspace }), { code: 'no-questions' });
  assert.ok(view.snippets.size > 0);
  await change(Object.fromEntries([...documents.keys()].map((file) => [file, undefined])));
  await assert.rejects(service.measure({ workspace }), { code: 'no-snippets' });
  assert.equal(view.snippets.size, 0, 'the view is empty as well');
  await service.close({ workspace });
  await assert.rejects(service.measure({ workspace }), { code: 'workspace-not-open' });
});

test('a cancelled measurement leaves a session that measures', async (t) => {
  const session = await live(t);
  const controller = new AbortController();
  const call = session.service.measure(
    { workspace },
    { signal: controller.signal, onProgress: () => controller.abort() },
  );
  await assert.rejects(call, { name: 'AbortError' });
  await session.service.measure({ workspace });
  await sameAsFull(session);
});
