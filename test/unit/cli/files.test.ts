// Reading folders: names, encodings, links, and the fixture corpora as golden text.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readWorkspace } from '../../../src/cli/files.ts';
import { buildCorpus } from '../../../src/core/corpus.ts';
import { UserError } from '../../../src/core/errors.ts';
import { assertGolden } from '../../golden.ts';
import { corpusText, findingsText } from '../core/text.ts';

function workspace(t: TestContext, files: Record<string, string | Uint8Array>): string {
  const folder = mkdtempSync(join(tmpdir(), 'kb-files-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  return folder;
}

async function read(folder: string, options = {}) {
  const { documents, findings } = await readWorkspace(folder, options);
  return {
    names: documents.map(({ file }) => file),
    told: findings.map(({ file, code }) => `${code} ${file}`),
    documents,
    findings,
  };
}

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

for (const name of ['small', 'malformed']) {
  test(`the whole corpus of test/fixtures/${name} (golden)`, async () => {
    const { documents, findings } = await readWorkspace(fixture(name));
    assertGolden(`corpus-${name}`, corpusText(buildCorpus(documents, findings)));
  });
}

test('a sound knowledge base has no findings', async () => {
  const { documents, findings } = await readWorkspace(fixture('small'));
  assert.equal(findingsText(buildCorpus(documents, findings).findings), '');
});

test('Markdown and question files by name; folders of tools and hidden ones left out', async (t) => {
  const folder = workspace(t, {
    'b.md': 'b',
    'a/z.md': 'z',
    'a/q.questions.yml': '',
    'B.questions.csv': '',
    'x.questions.jsonl': '',
    'y.questions.yaml': '',
    'note.txt': 't',
    'data.csv': 'd',
    'node_modules/m/README.md': 'm',
    'a/node_modules/m.md': 'm',
    '.git/x.md': 'g',
    '.kb-recall/x.md': 'k',
    '.github/x.md': 'h',
    'dist/x.md': 'd',
    'out/x.md': 'o',
    '中文/退货.md': '退',
  });
  const { names, told } = await read(folder);
  assert.deepEqual(names, [
    'B.questions.csv',
    'a/q.questions.yml',
    'a/z.md',
    'b.md',
    'x.questions.jsonl',
    'y.questions.yaml',
    '中文/退货.md',
  ]);
  assert.deepEqual(told, []);
  assert.deepEqual(
    (await read(folder, { include: ['.github/**/*.md'] })).names.filter((n) => n.endsWith('.md')),
    ['.github/x.md'],
  );
  assert.deepEqual((await read(folder, { include: ['./a/**'] })).names, [
    'B.questions.csv',
    'a/q.questions.yml',
    'a/z.md',
    'x.questions.jsonl',
    'y.questions.yaml',
  ]);
  assert.deepEqual((await read(folder, { exclude: ['a/', '**/*.questions.*'] })).names, ['b.md', '中文/退货.md']);
});

test('the byte-order mark is no text; every line break stays as it is', async (t) => {
  const folder = workspace(t, { 'a.md': '\ufeff# A\r\n\r\nx\r\n' });
  assert.equal((await read(folder)).documents[0]?.text, '# A\r\n\r\nx\r\n');
});

test('what is no UTF-8 text is a finding at its line; the rest counts', async (t) => {
  const folder = workspace(t, {
    'good.md': 'x',
    'binary.md': new Uint8Array([0x89, 0x50, 0, 1]),
    'latin1.md': new Uint8Array([0x61, 0x0a, 0x62, 0xe9, 0x0a]),
    'utf16.md': new Uint8Array([0xff, 0xfe, 0x61, 0]),
    'big.md': '',
  });
  truncateSync(join(folder, 'big.md'), 8 * 1024 * 1024 + 1);
  const { names, told, findings } = await read(folder);
  assert.deepEqual(names, ['good.md']);
  assert.deepEqual(told, ['file-too-large big.md', 'binary-file binary.md', 'not-utf8 latin1.md', 'not-utf8 utf16.md']);
  assert.deepEqual(findings[2]?.range.start, { line: 1, column: 1 });
  assert.ok(findings.every((f) => f.suggestion && f.severity === 'warning'));
});

test('broken links, folders named like files and pipes are findings', {
  skip: process.platform === 'win32',
}, async (t) => {
  const folder = workspace(t, { 'x.md/inside.md': 'i', 'good.md': 'x' });
  symlinkSync('/nowhere/at/all.md', join(folder, 'broken.md'));
  symlinkSync('self.md', join(folder, 'self.md'));
  symlinkSync('/nowhere', join(folder, 'not-wanted'));
  execFileSync('mkfifo', [join(folder, 'pipe.md')]);
  const { names, told, findings } = await read(folder);
  assert.deepEqual(names, ['good.md', 'x.md/inside.md']);
  assert.deepEqual(told, [
    'unreadable-file broken.md',
    'unreadable-file pipe.md',
    'unreadable-file self.md',
    'unreadable-file x.md',
  ]);
  assert.match(findings[0]?.message ?? '', /the link is broken: it does not exist/);
});

// The super-user may read everything.
test('what may not be read is a finding', {
  skip: process.platform === 'win32' || process.getuid?.() === 0,
}, async (t) => {
  const folder = workspace(t, { 'closed/a.md': 'a', 'b.md': 'b', 'c.md': 'c' });
  chmodSync(join(folder, 'closed'), 0);
  chmodSync(join(folder, 'b.md'), 0);
  const { names, told } = await read(folder);
  // Before the folder is removed, which happens after the test.
  chmodSync(join(folder, 'closed'), 0o700);
  assert.deepEqual([names, told], [['c.md'], ['unreadable-file b.md', 'unreadable-file closed']]);
});

test('links are followed, each file comes once, loops end', { skip: process.platform === 'win32' }, async (t) => {
  const outside = workspace(t, { 'shared.md': 's', 'sub/deep.md': 'd' });
  const folder = workspace(t, { 'docs/a.md': 'a', 'docs/sub/b.md': 'b' });
  symlinkSync('..', join(folder, 'docs/up'));
  symlinkSync('docs', join(folder, 'again'));
  symlinkSync('docs/a.md', join(folder, 'Alias.md'));
  symlinkSync(outside, join(folder, 'ext'));
  symlinkSync(join(outside, 'shared.md'), join(folder, 'zz.md'));
  symlinkSync(folder, join(outside, 'back'));
  const { names, told } = await read(folder);
  assert.deepEqual(
    [names.filter((n) => n !== 'zz.md' && n !== 'ext/shared.md'), told],
    [['docs/a.md', 'docs/sub/b.md', 'ext/sub/deep.md'], []],
  );
  assert.equal(names.length, 4, `shared.md once: ${names}`);
});

test('a folder that is missing or a file is an error for the user', async (t) => {
  const folder = workspace(t, { 'a.md': '' });
  const code = (expected: string) => (error: unknown) => error instanceof UserError && error.code === expected;
  await assert.rejects(readWorkspace(join(folder, 'nowhere')), code('folder-missing'));
  await assert.rejects(readWorkspace(join(folder, 'a.md')), code('folder-is-file'));
});

test('an empty folder is an empty knowledge base; an aborted signal stops', async (t) => {
  const folder = workspace(t, {});
  assert.deepEqual(await readWorkspace(folder), { documents: [], findings: [], excluded: [] });
  await assert.rejects(readWorkspace(folder, {}, AbortSignal.abort()), { name: 'AbortError' });
});

test('Markdown that the options leave out is named, that of tools is not', async (t) => {
  const folder = workspace(t, {
    'guide.md': '# Guide\n\nText.\n',
    'archive/old.md': '# Old\n\nText.\n',
    'node_modules/m/README.md': 'm',
  });
  const excluded = async (options: object) => (await readWorkspace(folder, options)).excluded;
  assert.deepEqual(await excluded({ exclude: ['archive/**'] }), ['archive/old.md']);
  assert.deepEqual(await excluded({ include: ['archive/**/*.md'] }), ['guide.md']);
  assert.deepEqual(await excluded({}), []);
});
