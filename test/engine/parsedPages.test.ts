// Pages kept as they were taken apart: what comes from the disk is what parsing gives, and whatever changed or is damaged is parsed.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readWorkspace } from '../../src/cli/files.ts';
import { buildCorpus, joinCorpus, parseDocument } from '../../src/core/corpus.ts';
import type { SourceDocument } from '../../src/core/document.ts';
import { isAbort } from '../../src/core/errors.ts';
import { readCorpus } from '../../src/engine/indexed.ts';
import { ParsedPages, pagesFile } from '../../src/engine/parsedPages.ts';
import { EngineService } from '../../src/engine/service.ts';
import type { IndexParams } from '../../src/protocol/engine.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'kb-pages-'));
after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

/** What a command makes of the documents, and how many of them it parsed. */
async function parsedPages(indexFolder: string, documents: readonly SourceDocument[], program?: string) {
  const kept = await ParsedPages.open(indexFolder, program);
  const pages = documents.map((document) => kept.parse(document));
  await kept.keep(pages);
  return { pages, parsed: kept.parsed };
}

const BASES = ['test/fixtures/small', 'test/fixtures/malformed', 'test/fixtures/markup', 'examples/helpdesk'];

test('the corpus and its findings are the same from nothing, from the disk and without a cache, in both languages', async () => {
  for (const base of BASES) {
    const { documents, findings } = await readWorkspace(join(ROOT, base));
    const folder = join(home, base);
    const without = documents.map(parseDocument);
    const first = await parsedPages(folder, documents);
    const second = await parsedPages(folder, documents);
    assert.deepEqual([first.parsed, second.parsed], [documents.length, 0], base);
    assert.deepStrictEqual(first.pages, without, base);
    assert.deepStrictEqual(second.pages, without, base);
    assert.deepStrictEqual(joinCorpus(second.pages, findings), buildCorpus(documents, findings), base);
  }
});

/** Pages of the example, which have names of their own, questions and answers in both languages. */
async function example(): Promise<[SourceDocument, ...SourceDocument[]]> {
  const { documents } = await readWorkspace(join(ROOT, 'examples/helpdesk'));
  return documents as [SourceDocument, ...SourceDocument[]];
}

test('a page that changed, got another name or is new is parsed, and no other; pages that are gone are dropped', async () => {
  const folder = join(home, 'changed');
  const [page, ...others] = await example();
  const all = others.length + 1;
  assert.equal((await parsedPages(folder, [page, ...others])).parsed, all);
  const whole = statSync(pagesFile(folder)).size;
  const edits: [string, SourceDocument[], number][] = [
    ['a letter', [{ ...page, text: page.text.replace('a', 'b') }, ...others], 1],
    ['as it was', [page, ...others], 1],
    ['a name', [{ ...page, file: `moved/${page.file}` }, ...others], 1],
    ['another order', [...others, { ...page, file: `moved/${page.file}` }], 0],
    ['one page gone', others, 0],
    ['a page more', [...others, { file: 'new.md', text: '# 新页面\n\n配送需要三天。\n' }], 1],
    ['the text of one page under the name of another', [{ file: page.file, text: others[0]!.text }, ...others], 1],
    ['one page', [page], 1],
  ];
  for (const [what, documents, expected] of edits) {
    const { pages, parsed } = await parsedPages(folder, documents);
    assert.equal(parsed, expected, what);
    assert.deepStrictEqual(pages, documents.map(parseDocument), what);
    assert.equal((await parsedPages(folder, documents)).parsed, 0, what);
  }
  assert.ok(statSync(pagesFile(folder)).size < whole / 2, 'what is gone takes no room');
  const place = dirname(pagesFile(folder));
  assert.deepEqual(readdirSync(place), ['parsed.bin'], 'nothing half written');
  if (process.platform !== 'win32') assert.equal(statSync(place).mode & 0o077, 0, 'texts are for their owner');
});

test('what another version of the program parsed is not read', async () => {
  const folder = join(home, 'version');
  const documents = await example();
  for (const [program, expected] of [
    ['1', documents.length],
    ['1', 0],
    ['2', documents.length],
    ['2', 0],
    [undefined, documents.length],
  ] as const)
    assert.equal((await parsedPages(folder, documents, program)).parsed, expected, program);
});

test('a cache that was cut or damaged, or stands where nothing can be written, is left aside', async () => {
  const folder = join(home, 'damaged');
  const documents = await example();
  const file = pagesFile(folder);
  await parsedPages(folder, documents);
  const whole = readFileSync(file);
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 0x10;
    return bytes;
  };
  const middle = whole.length >> 1;
  for (const bytes of [
    ...[0, 20, 34, 40, middle, whole.length - 1].map((length) => whole.subarray(0, length)),
    ...[0, 33, 60, middle, whole.length - 1].map(flipped),
    Buffer.concat([whole, whole]),
  ]) {
    writeFileSync(file, bytes);
    const { pages, parsed } = await parsedPages(folder, documents);
    assert.equal(parsed, documents.length);
    assert.deepStrictEqual(pages, documents.map(parseDocument));
    assert.deepEqual(readFileSync(file), whole, 'and is whole again');
  }
  rmSync(file);
  mkdirSync(join(file, 'in the way'), { recursive: true });
  for (const place of [folder, join(folder, 'pages', 'parsed.bin', 'file', '\0')])
    assert.deepStrictEqual((await parsedPages(place, documents)).pages, documents.map(parseDocument), place);
});

test('a stop while pages are parsed or kept leaves the cache as it was', async () => {
  const folder = join(home, 'stopped');
  const documents = await example();
  await parsedPages(folder, documents);
  const before = readFileSync(pagesFile(folder));
  const many = Array.from({ length: 200 }, (_, i) => documents.map((each) => ({ ...each, file: `${i}/${each.file}` })));
  const params = { base: { folder: 'kb', documents: many.flat(), unreadable: [], indexFolder: folder } };
  const stop = new AbortController();
  const told: number[] = [];
  const onProgress = ({ done }: { done: number }): void => {
    told.push(done);
    stop.abort();
  };
  await assert.rejects(readCorpus(params as unknown as IndexParams, { signal: stop.signal, onProgress }), isAbort);
  assert.equal(told.length, 1);
  const kept = await ParsedPages.open(folder);
  const pages = many.flat().map((document) => kept.parse(document));
  const keeping = new AbortController();
  setImmediate(() => keeping.abort());
  await assert.rejects(kept.keep(pages, keeping), isAbort);
  assert.deepEqual(readFileSync(pagesFile(folder)), before);
});

test('two programs at once on one cache both give what parsing gives', async () => {
  const folder = join(home, 'both');
  const documents = await example();
  const other = documents.map((each) => ({ ...each, text: `${each.text}\nMore.\n` }));
  const results = await Promise.all([documents, other, documents, other].map((each) => parsedPages(folder, each)));
  for (const [at, { pages }] of results.entries())
    assert.deepStrictEqual(pages, (at % 2 === 0 ? documents : other).map(parseDocument));
});

test('index and evaluation answer as without the cache after an edit of one page', async () => {
  const engine = new EngineService();
  const documents = await example();
  const edited = documents.map((each, at) =>
    at === 0 ? { ...each, text: `${each.text}\nMore than before.\n` } : each,
  );
  const evaluate = (folder: string, pages: SourceDocument[]) =>
    engine.evaluate({
      base: { folder: 'kb', documents: pages, unreadable: [], indexFolder: join(home, folder) },
      model: 'kb-recall-small',
      modelsFolder: join(home, 'models'),
      embeddedFolder: join(ROOT, 'models'),
    });
  await evaluate('service', documents);
  const after = await evaluate('service', edited);
  rmSync(pagesFile(join(home, 'service')));
  const anew = await evaluate('service', edited);
  assert.ok(after.index.embedded > 0 && after.index.embedded < 20, `${after.index.embedded} embedded`);
  assert.deepStrictEqual({ ...after.index, embedded: 0, removed: 0 }, { ...anew.index, embedded: 0, removed: 0 });
  assert.deepStrictEqual([after.report, after.findings, after.places], [anew.report, anew.findings, anew.places]);
  assert.equal((await parsedPages(join(home, 'service'), edited)).parsed, 0);
});

test('what a command works with is what the cache holds', async () => {
  const folder = join(home, 'planted');
  const documents = await example();
  const kept = await ParsedPages.open(folder);
  const pages = documents.map((document) => kept.parse(document));
  // Something that no page says, so that it can come from the disk alone.
  const message = 'Only on the disk.';
  const range = { start: { line: 0, column: 0 }, end: { line: 0, column: 1 } };
  const [{ file }] = documents;
  pages[0]!.questions.findings.push({ code: 'planted', severity: 'warning', message, suggestion: '', file, range });
  await kept.keep(pages);
  const said = async (now: SourceDocument[]): Promise<boolean> => {
    const base = { folder: 'kb', documents: now, unreadable: [], indexFolder: folder };
    const { findings } = await readCorpus({ base } as unknown as IndexParams, {});
    return findings.some((each) => each.message === message);
  };
  assert.equal(await said(documents), true);
  const [page, ...others] = documents;
  assert.equal(await said([{ ...page, text: `${page.text}\nMore.\n` }, ...others]), false);
  assert.equal(await said(documents), false, 'the record went with the edit');
});
