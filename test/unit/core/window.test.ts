// Splitting: fixed cases, and properties over random texts and token counts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snippet } from '../../../src/core/snippet.ts';
import { splitWindows, type Window } from '../../../src/core/window.ts';
import { randomText } from './text.ts';

const nowhere = { start: { line: 0, column: 0 }, end: { line: 0, column: 0 } };

function snippet(body: string, headingPath: string[] = ['Returns']): Snippet {
  const text = headingPath.length > 0 ? `${headingPath.join(' > ')}\n${body}` : body;
  return {
    id: 'a.md#returns',
    file: 'a.md',
    title: '',
    headingPath,
    body,
    text,
    range: nowhere,
    headingRange: nowhere,
    hash: '',
  };
}

/** Words and single Han characters or marks, and two special tokens, as the tokenizers of BERT models count. */
const words = (text: string) =>
  2 + (text.match(/[\p{L}\p{N}]+?(?=\p{Script=Han}|[^\p{L}\p{N}]|$)|[^\s\p{L}\p{N}]/gu)?.length ?? 0);
const characters = (text: string) => text.length;
/** Over-long words are one unknown token, as in WordPiece: counts need not grow with the text. */
const unknowns = (text: string) =>
  2 + text.split(/\s+/).reduce((sum, word) => sum + (word.length > 100 ? 1 : Math.ceil(word.length / 3)), 0);

function split(body: string, maxTokens: number, count = words, headingPath?: string[]): Window[] {
  return splitWindows(snippet(body, headingPath), { maxTokens, count });
}

const bodies = (windows: Window[]) => windows.map(({ text }) => text.replace(/^Returns\n/, ''));

test('what fits is one window with the whole text', () => {
  assert.deepEqual(split('One two.\n\nThree.', 12), [
    { text: 'Returns\nOne two.\n\nThree.', snippetId: 'a.md#returns', start: 0, end: 16 },
  ]);
});

test('whole paragraphs are packed greedily, each window under the heading path', () => {
  const windows = split('a b c\n\nd e\n\nf g h i\n\nj', 8);
  assert.deepEqual(
    windows.map(({ text }) => text),
    ['Returns\na b c\n\nd e', 'Returns\nf g h i\n\nj'],
  );
});

test('a paragraph too long is split at sentence ends, in both scripts', () => {
  assert.deepEqual(bodies(split('One two three. Four five? "Six seven." Eight nine ten!', 12)), [
    'One two three. Four five?',
    '"Six seven." Eight nine ten!',
  ]);
  const chinese = '商品签收后七天内可以退货。运费由买家承担；质量问题除外！请联系客服？';
  assert.deepEqual(bodies(split(chinese, 26)), [
    '商品签收后七天内可以退货。运费由买家承担；',
    '质量问题除外！请联系客服？',
  ]);
  assert.deepEqual(bodies(split('Version 2.5 is out now. Get v2.6 soon or wait.', 13)), [
    'Version 2.5 is out now.',
    'Get v2.6 soon or wait.',
  ]);
});

test('without sentence ends: at clauses, then words, then characters', () => {
  assert.deepEqual(bodies(split('one two three, four five six seven eight', 9)), [
    'one two three,',
    'four five six seven eight',
  ]);
  assert.deepEqual(bodies(split('one two three four five six', 7)), ['one two three four', 'five six']);
  assert.deepEqual(bodies(split('abcdefghij', 4, characters, [])), ['abcd', 'efgh', 'ij']);
  assert.deepEqual(bodies(split('😀😀😀😀', 5, characters, [])), ['😀😀', '😀😀'], 'never inside a surrogate pair');
  assert.deepEqual(
    bodies(split('xe\u0301e\u0301e\u0301', 4, characters, [])),
    ['xe\u0301', 'e\u0301e\u0301'],
    'never before an accent',
  );
});

test('lines of lists and tables are kept whole', () => {
  const rows = Array.from({ length: 6 }, (_, n) => `row ${n} | price ${n}`);
  assert.deepEqual(
    bodies(split(rows.join('\n'), 14)),
    [rows.slice(0, 2), rows.slice(2, 4), rows.slice(4)].map((r) => r.join('\n')),
  );
});

test('a long heading path loses its beginning, never more than needed', () => {
  const path = ['Company handbook', 'People', 'Leave', 'Sick leave'];
  const windows = split('word '.repeat(30).trim(), 12, words, path);
  assert.ok(windows.length > 2);
  for (const { text } of windows) assert.match(text, /^Leave > Sick leave\nword/);
  const one = split('word '.repeat(30).trim(), 12, words, ['A single heading that is far too long for its window']);
  for (const { text } of one) assert.match(text, /^(too|long) (long )?for its window\nword/);
  for (const { text } of split('字'.repeat(60), 20, words, ['关于员工请假的若干规定说明文件']))
    assert.match(text, /^.{5,9}\n字/);
});

const PIECES = [
  'word ',
  'Sentence end. ',
  '\n\n',
  '\n',
  '退款需要五天。',
  '，',
  '😀',
  'x'.repeat(40),
  'y'.repeat(150),
  '- item; ',
  'e\u0301',
  'a\u200db',
  '| cell ',
  '  ',
];

test('nothing is lost and no window is too long, for any text and any count', () => {
  let several = 0;
  for (let seed = 0; seed < 400; seed++) {
    const body = randomText(seed, PIECES, 1 + (seed % 90)).trim();
    const path = [['Returns'], [], ['A long path', 'with', 'many headings in it']][seed % 3];
    for (const [count, maxTokens] of [
      [words, 12],
      [words, 40],
      [characters, 30],
      [unknowns, 16],
    ] as const) {
      const windows = split(body, maxTokens, count, path);
      if (windows.length > 1) several++;
      const label = `seed ${seed}: ${JSON.stringify(body)}`;
      let at = 0;
      for (const { text, start, end } of windows) {
        assert.equal(start, at, label);
        assert.ok(end > start || body === '', label);
        assert.ok(text.endsWith(body.slice(start, end).trim()), label);
        assert.ok(count(text) <= maxTokens, `${label}: ${count(text)} tokens in ${JSON.stringify(text)}`);
        assert.doesNotMatch(text, /^[\udc00-\udfff]|[\ud800-\udbff]$/, label);
        at = end;
      }
      assert.equal(at, body.length, label);
    }
  }
  assert.ok(several > 500, 'most of the cases are really split');
});

test('counting stays linear: paragraphs once, a few searches a window', () => {
  const measure = (body: string, maxTokens: number) => {
    let calls = 0;
    let read = 0;
    const count = (text: string) => {
      calls++;
      read += text.length;
      return words(text);
    };
    const windows = split(body, maxTokens, count);
    return { calls, read: read / body.length, windows: windows.length };
  };
  const paragraphs = measure(
    Array.from({ length: 400 }, (_, n) => `Paragraph ${n} has some words in it.`).join('\n\n'),
    200,
  );
  assert.ok(paragraphs.calls < 400 + 3 * paragraphs.windows + 10, JSON.stringify(paragraphs));
  const sentences = measure('A sentence with seven words in it. '.repeat(5000).trim(), 200);
  assert.ok(sentences.calls < 15 * sentences.windows, JSON.stringify(sentences));
  assert.ok(sentences.read < 20, JSON.stringify(sentences));
  const unbroken = measure('字'.repeat(100_000), 200);
  assert.ok(unbroken.calls < 15 * unbroken.windows && unbroken.read < 20, JSON.stringify(unbroken));
  assert.ok(unbroken.windows < 100_000 / 150, JSON.stringify(unbroken));
});

test('windows are well filled', () => {
  const windows = split('A sentence with seven words in it. '.repeat(300).trim(), 100);
  const full = windows.slice(0, -1).map(({ text }) => words(text));
  assert.ok(Math.min(...full) > 85, full.join(' '));
});

test('a limit that holds no text at all is refused, not ignored', () => {
  assert.throws(() => split('one two', 2), /2 tokens/);
});
