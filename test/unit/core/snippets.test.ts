// Sections, ids, places and front matter of Markdown files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSnippets } from '../../../src/core/snippets.ts';
import { covered, rangeText } from './text.ts';

const parse = (text: string, file = 'docs/a.md') => parseSnippets({ file, text });
const ids = (text: string) => parse(text).snippets.map(({ id }) => id);

test('each heading with text is a snippet; its place covers heading and text', () => {
  const text = 'Intro.\n\n# Returns\n\nWithin 30 days.\n\n\n## By post ##\nSend it.\n\nSetext\n---\nEnd\n';
  const { snippets } = parse(text);
  assert.deepEqual(
    snippets.map((s) => [
      s.id,
      s.title,
      s.headingPath.join('/'),
      covered(text, s.range),
      covered(text, s.headingRange),
    ]),
    [
      ['docs/a.md', 'a', '', 'Intro.', 'Intro.'],
      ['docs/a.md#returns', 'Returns', 'Returns', '# Returns\n\nWithin 30 days.', '# Returns'],
      ['docs/a.md#by-post', 'By post', 'Returns/By post', '## By post ##\nSend it.', '## By post ##'],
      ['docs/a.md#setext', 'Setext', 'Returns/Setext', 'Setext\n---\nEnd', 'Setext\n---'],
    ],
  );
});

test('text is the heading path, a line break and the body; the hash follows it', () => {
  const [first] = parse('# One\n\n## Two\n\n**Body** here.\n\nMore.\n').snippets;
  assert.equal(first?.text, 'One > Two\nBody here.\n\nMore.');
  assert.equal(first?.body, 'Body here.\n\nMore.');
  const same = parse('One\n===\n\nTwo\n---\n\n__Body__ here.\r\n\r\nMore.').snippets[0];
  assert.equal(same?.hash, first?.hash, 'other markup, same text');
  assert.notEqual(parse('# One\n\n## Two\n\nBody there.').snippets[0]?.hash, first?.hash);
});

test('an empty section is dropped, but names those below it and takes its slug', () => {
  const { snippets, anchors } = parse(
    '# Part\n\n## Same\n\n## Same\n\ntext\n\n> ## Same\n\n```\n## Same\n```\n\n## Same\n\n<!-- x -->\n\n## Same\n\nlast\n',
  );
  assert.deepEqual(
    snippets.map((s) => [s.id, s.headingPath.join('/')]),
    [
      ['docs/a.md#same-1', 'Part/Same'],
      ['docs/a.md#same-4', 'Part/Same'],
    ],
  );
  assert.deepEqual(
    anchors.filter((a) => !a.snippetId).map((a) => a.id),
    ['docs/a.md#part', 'docs/a.md#same', 'docs/a.md#same-3'],
  );
});

test('heading levels make the path, also where levels are skipped or go up', () => {
  const { snippets } = parse('### Deep\nx\n# Top\nx\n#### Far\nx\n## Near\nx');
  assert.deepEqual(
    snippets.map((s) => s.headingPath.join('/')),
    ['Deep', 'Top', 'Top/Far', 'Top/Near'],
  );
});

test('slugs are those of GitHub', () => {
  assert.deepEqual(
    ids(
      '# 退款 & 退货？\nx\n# `code` *it* [link](u)!\nx\n# Überraschung_1.2\nx\n# A  B\nx\n# ![Logo](l.png) Name\nx\n# Foo\nx\n# Foo-1\nx\n# Foo\nx',
    ),
    ['退款--退货', 'code-it-link', 'überraschung_12', 'a--b', '-name', 'foo', 'foo-1', 'foo-2'].map(
      (slug) => `docs/a.md#${slug}`,
    ),
  );
  assert.equal(parse('# ![Logo](l.png) Name\nx').snippets[0]?.title, 'Logo Name');
});

test('a file without headings is one snippet with the name of the file', () => {
  const [only, ...others] = parse('\n\nFirst paragraph\nruns on.\n\nSecond.\n', 'faq/opening.hours.md').snippets;
  assert.deepEqual(
    [only?.id, only?.title, only?.headingPath, others],
    ['faq/opening.hours.md', 'opening.hours', [], []],
  );
  assert.equal(only?.text, 'First paragraph runs on.\n\nSecond.');
  assert.equal(only && rangeText(only.headingRange), '3:1-16');
});

test('front matter is not embedded, its id names the first snippet, and places count from the top of the file', () => {
  const text = '---\nid: refunds\ntitle: secret\n---\n# Empty\n\n## Filled\n\ntext\n\n## Next\n\ntext\n';
  const { snippets, anchors, name, findings } = parse(text);
  assert.deepEqual(
    snippets.map((s) => s.id),
    ['refunds', 'docs/a.md#next'],
  );
  assert.deepEqual(anchors[1], { id: 'docs/a.md#filled', snippetId: 'refunds' });
  assert.equal(covered(text, snippets[0]!.range), '## Filled\n\ntext');
  assert.equal(covered(text, name!.range), 'refunds');
  assert.ok(!snippets.some((s) => s.text.includes('secret')));
  assert.deepEqual(findings, []);
});

test('front matter with CRLF, without content, and what is none', () => {
  assert.deepEqual(ids('---\r\nid: "x y"\r\n---\r\n\r\ntext'), ['x y']);
  assert.deepEqual(ids('---\n---\ntext'), ['docs/a.md']);
  assert.match(parse('---\nid: x\n\ntext').snippets[0]?.text ?? '', /id: x/);
  assert.match(parse('text\n\n---\nid: x\n---\n').snippets[0]?.text ?? '', /id: x|text/);
});

test('bad YAML in front matter is a finding with its line; other keys and the text still count', () => {
  const text = '---\ntags: [a, b\nid: kept\n---\n\n# T\n\ntext\n';
  const { snippets, findings } = parse(text);
  assert.equal(findings.length, 1);
  assert.equal(findings[0]?.code, 'bad-front-matter');
  assert.equal(findings[0]?.range.start.line, 1);
  assert.deepEqual(
    snippets.map((s) => s.id),
    ['kept'],
  );
});

test('an id that is no name is a finding and gives no name', () => {
  for (const value of ['', '[a]', 'true', '"  "', '{a: 1}']) {
    const { snippets, findings } = parse(`---\nid: ${value}\n---\ntext`);
    assert.deepEqual(
      [findings[0]?.code, findings[0]?.range.start.line, snippets[0]?.id],
      ['bad-front-matter-id', 1, 'docs/a.md'],
      value,
    );
  }
  assert.deepEqual(ids('---\nid: 12\n---\ntext'), ['12']);
});

test('files without text have no snippets', () => {
  for (const text of ['', '\n \n', '# Only\n\n## Headings\n', '---\na: 1\n---\n', '<!-- nothing -->'])
    assert.deepEqual(ids(text), [], text);
});

test('headings without text of their own take the name of the file, not of the heading above', () => {
  const { snippets } = parse('# Top\nx\n## \ny\n## ???\nz');
  assert.deepEqual(
    snippets.map((s) => [s.id, s.title, s.headingPath.join('/')]),
    [
      ['docs/a.md#top', 'Top', 'Top'],
      ['docs/a.md#', 'a', 'Top'],
      ['docs/a.md#-1', '???', 'Top/???'],
    ],
  );
});

test('nesting deeper than the stack keeps the text', () => {
  const { snippets } = parse(`# Deep\n\n${'> '.repeat(3000)}found\n`);
  assert.match(snippets[0]?.body ?? '', /found/);
});
