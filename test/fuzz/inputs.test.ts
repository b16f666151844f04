// What an author's folder may hold besides text: references that lead out of it, trees of links, YAML that unfolds, words that are markup, and
// lines and nestings beyond reason.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { walk } from '../../src/cli/walk.ts';
import { buildCorpus } from '../../src/core/corpus.ts';
import { parseQuestions } from '../../src/core/questions/index.ts';
import { referencedFiles } from '../../src/core/references.ts';
import type { RecallReport } from '../../src/core/report.ts';
import { reportHtml } from '../../src/core/reportHtml.ts';
import { splitWindows } from '../../src/core/window.ts';
import { holds, oddName, oddText } from './support.ts';

test('an answer leads to a snippet of the knowledge base or nowhere, whatever path it names', async (t) => {
  const step = fc.oneof(
    fc.constantFrom('..', '.', '', '/', '\\', '%2e%2e', '%2F', 'C:', '~', '//host', 'file:', '\0', 'etc', 'passwd'),
    fc.constantFrom('docs', 'page.md', 'a b.md', '#one', '#', '?x', '__proto__', 'constructor'),
    oddName,
  );
  const reference = fc
    .tuple(fc.array(step, { maxLength: 7 }), fc.constantFrom('/', '\\', ''))
    .map(([all, by]) => all.join(by));
  const pages = ['docs/page.md', 'a b.md', '__proto__.md'].map((file) => ({ file, text: '# One\n\ntext\n' }));
  const from = fc.constantFrom('a.questions.jsonl', 'docs/sub/a.questions.jsonl');
  await holds(t, [reference, from], (answer, file) => {
    const text = JSON.stringify({ question: 'Where?', answers: [answer] });
    const { questions, snippets } = buildCorpus([...pages, { file, text }]);
    const known = new Set(snippets.map(({ id }) => id));
    for (const question of questions)
      for (const { snippetIds } of question.answers) assert.ok(snippetIds.every((id) => known.has(id)));
    for (const path of referencedFiles(answer, file)) {
      assert.ok(!path.startsWith('/') && !path.split('/').includes('..'), `${path} lies outside`);
    }
  });
});

test('YAML whose anchors and aliases unfold, meet in circles or lead nowhere is read in bounds', async (t) => {
  const node = fc.record({ own: fc.nat(9), others: fc.array(fc.nat(9), { maxLength: 5 }), form: fc.nat(3) });
  await holds(t, [fc.array(node, { minLength: 1, maxLength: 12 })], (nodes) => {
    const lines = nodes.map(({ own, others, form }) => {
      const aliases = others.map((n) => `*a${n}`);
      if (form === 0) return `- &a${own} [x, ${aliases.join(', ')}]`;
      if (form === 1) return `- &a${own} {question: "Q${own}?", answers: [page.md, ${aliases.join(', ')}]}`;
      if (form === 2) return `- &a${own}\n  question: Q?\n  answers: [page.md]\n  <<: [${aliases.join(', ')}]`;
      return `- question: &a${own} "Wie?"\n  answers: ${aliases[0] ?? '[]'}\n  tags: [${aliases.join(', ')}]`;
    });
    const { drafts } = parseQuestions({ file: 'a.questions.yaml', text: lines.join('\n') });
    assert.ok(drafts.length <= nodes.length);
    for (const { answers, tags } of drafts) assert.ok(answers.length + tags.length < 200);
  });
});

test('folders of links into one another are walked to an end, each file once', {
  skip: process.platform === 'win32',
}, async (t) => {
  const parent = mkdtempSync(join(tmpdir(), 'kb-links-'));
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  // Deep enough that no link leads out of what was made here.
  const root = join(parent, 'x/y/kb');
  const place = fc.constantFrom('', 'a', 'b', 'a/c', 'outside');
  const target = fc.constantFrom(
    '.',
    '..',
    '../..',
    'a',
    '../a',
    '../b',
    'a/c',
    'own',
    'nowhere',
    'page.md',
    '/dev/null',
    '../outside',
  );
  const link = fc.tuple(place, fc.constantFrom('l1', 'l2.md', 'own'), target);
  for (const folder of ['a/c', 'b', 'outside']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'a/page.md'), '# P\n\ntext\n');
  const several = fc.uniqueArray(link, { minLength: 1, maxLength: 4, selector: ([at, name]) => `${at}/${name}` });
  await holds(t, [several], async (links) => {
    for (const [at, name, to] of links) symlinkSync(to, join(root, at, name));
    try {
      const found = await walk(root, { include: ['**/*.md'], exclude: [] });
      const files = found.filter(({ problem }) => problem === undefined);
      assert.deepEqual(
        files.map(({ file }) => file),
        ['a/page.md'],
        'once, by its own name',
      );
      assert.equal(new Set(found.map(({ file }) => file)).size, found.length);
    } finally {
      for (const [at, name] of links) unlinkSync(join(root, at, name));
    }
  });
});

test('whatever the texts are, the HTML report has no element of theirs, no script and no address to load', async (t) => {
  const hostile = fc.oneof(
    oddText,
    fc.constantFrom(
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "' onmouseover='alert(1)",
      '</title><svg onload=alert(1)>',
      '<!--',
      ']]>',
      '&lt;script&gt;',
      '<a href="javascript:alert(1)">x</a>',
      '</style><style>@import url(//evil.example)</style>',
    ),
  );
  const OWN = new Set(
    'html head meta title style body main h1 h2 p table thead tbody tr th td ul li code span br strong em'.split(' '),
  );
  const slice = { measuredOn: 'test', questions: 0, metrics: {} };
  await holds(t, [hostile, hostile, hostile, hostile], (title, question, id, file) => {
    const range = { start: { line: 0, column: 0 }, end: { line: 0, column: 1 } };
    const failure = {
      question,
      file,
      line: 1,
      split: 'test',
      expected: [{ id, rank: 7 }],
      beatenBy: [{ id, score: 1 }],
      causes: [],
    };
    const report = {
      model: id,
      snippets: 1,
      primaryK: 5,
      failures: [failure],
      slices: { test: slice, train: slice, all: slice },
    } as unknown as RecallReport;
    const finding = { code: 'x', severity: 'warning' as const, file, range, message: question, suggestion: id };
    const html = reportHtml(report, [finding], title);
    const body = html.replace(/<!DOCTYPE html>/, '').replace(/<style>[^<]*<\/style>/, '');
    for (const [, tag, attributes] of body.matchAll(/<\/?([^\s/>]+)([^>]*)>/g)) {
      assert.ok(OWN.has(tag!.toLowerCase()), `<${tag}>`);
      assert.doesNotMatch(attributes!, /\s(on\w+|src|href|style)\s*=/i);
    }
    assert.equal(
      body.match(/</g)!.length,
      [...body.matchAll(/<\/?[a-z0-9]+[^<>]*>/g)].length,
      'no other < than of our tags',
    );
  });
});

/** Sizes near the most that is read of one file; each text took minutes or for ever before it was taken for what it is. */
test('lines of megabytes and nestings without end are read, and no text of other sections is lost', {
  timeout: 180_000,
}, () => {
  const texts = {
    'words in one line': 'plain words '.repeat(650_000),
    'one word': 'x'.repeat(7_900_000),
    'one Chinese sentence': '退款'.repeat(1_200_000),
    'markup in one line': '*a* [b](c) `d` '.repeat(300_000),
    'links that do not close': '[a]('.repeat(300_000),
    'emphasis that does not close': '**a '.repeat(300_000),
    'a fence that does not close': `\`\`\`\n${'x\n'.repeat(300_000)}`,
    'a table of one row': `${'| a '.repeat(200_000)}|\n${'|---'.repeat(200_000)}|`,
    'lists in lists': '- '.repeat(100_000),
    'quotes in quotes': '>'.repeat(400_000),
    'HTML in HTML': '<div>'.repeat(300_000),
    'a picture in the page': `![Plan](data:image/png;base64,${'iVBORw0KGgo'.repeat(300_000)})`,
    headings: '#'.repeat(500_000),
  };
  for (const [what, text] of Object.entries(texts)) {
    const { snippets } = buildCorpus([{ file: 'a.md', text: `# Before\n\nfirst\n\n# Between\n\n${text}` }]);
    assert.equal(snippets[0]?.body, 'first', what);
    // What stands in a picture's address is no text.
    if (what === 'a picture in the page') assert.equal(snippets[1]?.body, 'Plan');
  }
  const [snippet] = buildCorpus([{ file: 'a.md', text: `# One\n\n${texts['one Chinese sentence']}` }]).snippets;
  const windows = splitWindows(snippet!, { maxTokens: 512, count: (each) => each.length });
  assert.equal(windows.at(-1)?.end, snippet!.body.length);
});
