// Parsing in parts against parsing at once, plain text, speed and hostile input.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { type Block, parseMarkdown } from '../../../src/core/markdown/parse.ts';
import { plainText } from '../../../src/core/markdown/plainText.ts';
import { assertGolden } from '../../golden.ts';
import { randomText } from './text.ts';

const plain = (markdown: string) => plainText(parseMarkdown(markdown).map(({ node }) => node));

test('plain text: every kind of block and inline markup (golden)', () => {
  const markdown = readFileSync(new URL('../../fixtures/markup/everything.md', import.meta.url), 'utf8');
  assertGolden('plain-text', plain(markdown));
  assert.equal(plain(markdown.replaceAll('\n', '\r\n')), plain(markdown), 'CRLF gives the same text');
  assert.equal(plain(markdown.replaceAll('\n', '\r')), plain(markdown), 'CR gives the same text');
});

test('plain text of single constructs', () => {
  const cases: [string, string][] = [
    ['**bold** _it_ ~~gone~~ `a  b`', 'bold it gone a  b'],
    ['[text](http://x "title") ![alt](x.png) <https://y>', 'text alt https://y'],
    ['[one][ref] and [ref]\n\n[ref]: http://x', 'one and ref'],
    ['one\ntwo', 'one two'],
    ['一\n二', '一二'],
    ['one  \ntwo', 'one\ntwo'],
    ['- a\n- b\n\n  more\n  1. c', 'a\nb\nmore\nc'],
    ['- [x] done\n- [ ] open', 'done\nopen'],
    ['> quoted\n>\n> twice', 'quoted\n\ntwice'],
    ['|a|b|\n|-|-|\n|`x`|y z|', 'a | b\nx | y z'],
    ['    indented\n\n```js\nlet a;\n\nlet b;\n```', 'indented\n\nlet a;\n\nlet b;'],
    ['a <b>c</b><!-- d --> e<br>f', 'a c e\nf'],
    ['<!-- only\n\na comment -->', ''],
    ['<table>\n<tr><td>a</td><td>b &lt; c</td></tr>\n<tr><td>d</td></tr>\n</table>', 'a | b < c\nd'],
    ['<script>\nlet x = 1;\n</script>\n\nseen', 'seen'],
    ['a[^1]\n\n[^1]: note', 'a\n\nnote'],
    ['a &amp; b \\* c', 'a & b * c'],
    ['one\n\n***\n\ntwo', 'one\n\ntwo'],
    ['3 < 4 and 5 > 2', '3 < 4 and 5 > 2'],
  ];
  for (const [markdown, expected] of cases) assert.equal(plain(markdown), expected, JSON.stringify(markdown));
});

/** The file parsed at once, as the reference for parsing it in parts. */
function parseWhole(markdown: string): Block[] {
  const tree = fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: gfmFromMarkdown() });
  return tree.children.map((node) => ({
    node,
    start: node.position?.start.offset ?? -1,
    end: markdown.slice(0, node.position?.end.offset).trimEnd().length,
  }));
}

const summary = (blocks: Block[]) =>
  blocks.map(({ node, start, end }) => `${node.type} ${start}-${end} ${plainText([node])}`);

const PARTS = [
  '# Heading\n',
  '## Heading with `code`\n',
  '### Plain words\n',
  'Title\n===\n',
  '\n',
  '\n',
  '\n\n',
  '  \n',
  'Plain words here, nothing else.\n',
  'Words with *stars* and [a link](x).\n',
  '中文段落，没有标记。\n',
  'Hard break  \n',
  '- item\n',
  '- item\n\n  more\n',
  '1. first\n',
  '  - nested\n',
  '> quote\n',
  '> # quoted heading\n',
  'lazy line\n',
  '```\n',
  '~~~~ js\n',
  '~~~~\n',
  '  ```\n',
  '- ```\n',
  '# comment\n',
  '    indented code\n',
  '<!-- comment\n',
  '-->\n',
  '<div>\n',
  '</div>\n',
  '<pre>\n',
  '</pre>\n',
  '| a | b |\n',
  '|---|---|\n',
  '[ref]: http://x\n',
  'see [ref] and [text][ref]\n',
  'note[^1]\n',
  '[^1]: the note\n',
  '    continued\n',
  '---\n',
  '2024-05-01 date first\n',
  '* * *\n',
  'tail &amp; end\\\n',
  '\tTabbed\n',
  'snake_case and a__b, 2 * 3, a < b <5, R & D, C:\\dir\n',
  '_emph_ x_ _y a_b_\n',
  'C# and F#, 5*3*2 &copy <b>\n',
];

test('parsing in parts gives the same blocks and places as parsing at once', () => {
  for (let seed = 0; seed < 300; seed++) {
    const markdown = randomText(seed, PARTS, 30);
    const whole = summary(parseWhole(markdown));
    assert.deepEqual(summary(parseMarkdown(markdown)), whole, `seed ${seed}:\n${markdown}`);
    assert.deepEqual(summary(parseMarkdown(markdown, 0, 1)), whole, `seed ${seed}, shortest parts:\n${markdown}`);
  }
});

test('parts that end inside fences, comments and HTML blocks are parsed on', () => {
  const filler = '- some *item* in a list\n'.repeat(170);
  for (const [open, close] of [
    ['```sh', '```'],
    ['<!--', '-->'],
    ['<pre>', '</pre>'],
    ['<div>', '</div>\n'],
    ['~~~~', '~~~~~'],
  ]) {
    const markdown = `${filler}\n${open}\n${'# not a heading *a*\nword\n'.repeat(300)}${close}\n\n# Heading *b*\n\ntext\n`;
    assert.deepEqual(summary(parseMarkdown(markdown)), summary(parseWhole(markdown)), open);
  }
});

test('references find definitions far away in the file', () => {
  const filler = `A paragraph with *markup* that fills the file.\n\n`.repeat(300);
  const text = plain(`See [the manual][m][^n] first.\n\n${filler}[m]: http://x\n[^n]: A note.\n`);
  assert.match(text, /^See the manual first\.\n/);
  assert.match(text, /A note\.$/);
});

test('hostile input neither throws nor loses text', () => {
  for (const markdown of [
    '>'.repeat(30_000),
    '[x'.repeat(20_000),
    '<a '.repeat(20_000),
    '*a '.repeat(20_000),
    '- '.repeat(3000),
    `${'['.repeat(5000)}${']'.repeat(5000)}`,
  ]) {
    assert.ok(Array.isArray(parseMarkdown(`${markdown} end`)));
  }
});

// Parsed at once, each text takes minutes on a slow machine: the limit tells a hang from work, not fast from slow.
test('a megabyte is parsed, with headings or without', { timeout: 180_000 }, () => {
  const section = (n: number) =>
    `## Section ${n}\n\nPress **start**, see [page](x) and \`LH-${n}\`.\n\n- one\n- two\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n${'A plain sentence that goes on. '.repeat(9)}\n\n`;
  const texts = {
    sections: Array.from({ length: 2200 }, (_, n) => section(n)).join(''),
    'one paragraph': 'a line with *markup* in it\n'.repeat(38_000),
    'one list': '- an item with *markup* in it\n'.repeat(33_000),
  };
  for (const [name, text] of Object.entries(texts)) {
    const blocks = parseMarkdown(text);
    assert.equal(blocks.at(-1)!.end, text.trimEnd().length, name);
    if (name === 'sections') assert.equal(blocks.filter(({ node }) => node.type === 'heading').length, 2200);
  }
});
