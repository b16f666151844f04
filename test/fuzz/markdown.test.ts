// Markdown that nobody would write on purpose: no reader fails, places lie in the file, and no plain word is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildCorpus } from '../../src/core/corpus.ts';
import { splitWindows } from '../../src/core/window.ts';
import { holds, isInside, oddText } from './support.ts';

const marks = fc.constantFrom(
  ...[
    '# ',
    '## ',
    '###### ',
    '- ',
    '> ',
    '> > - ',
    '1. ',
    '```',
    '~~~~',
    '    ',
    '---',
    '===',
    '| a | b |',
    '|---|:-:|',
    '[x]: y',
    '[a][x]',
  ],
  ...[
    '[^1]: ',
    '![alt](',
    '](',
    '**',
    '_',
    '`',
    '\\',
    '&amp;',
    '&#0;',
    '- [ ] ',
    '~~',
    '***',
    '+++',
    '{#id}',
    '---\nid: a\n---',
    '---\nid: [\n',
  ],
);
const html = fc.constantFrom(
  '<div>',
  '</div>',
  '<!--',
  '-->',
  '<script>',
  '</script>',
  '<a name="x">',
  '<![CDATA[',
  '<?',
  '<b',
  '<br/>',
);
const line = (parts: fc.Arbitrary<string>) => fc.array(parts, { maxLength: 4 }).map((all) => all.join(''));
const page = (parts: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(line(parts), fc.constantFrom('\n', '\r\n', '\r', '\n\n')), { maxLength: 10 })
    .map((all) => all.flat().join(''));

test('any page is taken apart without a failure, and every place lies in it', async (t) => {
  await holds(t, [page(fc.oneof(marks, html, oddText))], (text) => {
    const { snippets, questions, findings } = buildCorpus([{ file: 'page.md', text }]);
    assert.equal(new Set(snippets.map(({ id }) => id)).size, snippets.length);
    for (const { range, headingRange } of snippets) {
      assert.ok(isInside(text, range));
      assert.ok(isInside(text, headingRange));
    }
    for (const { range } of [...questions, ...findings]) assert.ok(isInside(text, range));
  });
});

test('a word in a paragraph of its own is part of exactly one snippet, whatever stands around it', async (t) => {
  await holds(t, [fc.array(page(fc.oneof(marks, oddText)), { minLength: 1, maxLength: 4 })], (parts) => {
    // Front matter is no part of a snippet, so the page begins with a word.
    const text = parts.map((part, i) => `plainword${i}x\n\n${part}`).join('\n\n');
    const { snippets } = buildCorpus([{ file: 'page.md', text }]);
    parts.forEach((_, i) => {
      // As a heading's text it also stands in the heading path of those below.
      const owners = snippets.filter(({ body, title }) => `${title} ${body}`.includes(`plainword${i}x`));
      assert.ok(owners.length === 1, `plainword${i}x stands in ${owners.length} snippets`);
    });
  });
});

test('windows follow each other without a gap and fit the limit', async (t) => {
  const text = fc.array(fc.oneof(oddText, fc.constantFrom('word ', '句子。', '\n\n', 'a, b; c. ', 'x'.repeat(30))), {
    maxLength: 25,
  });
  await holds(t, [text, fc.integer({ min: 12, max: 60 })], (parts, maxTokens) => {
    const [snippet] = buildCorpus([{ file: 'page.md', text: `# Head\n\n${parts.join('')}` }]).snippets;
    if (!snippet) return;
    // A token for two code points, and two that frame the text: like a real tokenizer it never splits a character.
    const count = (each: string): number => 2 + Math.ceil([...each].length / 2);
    const windows = splitWindows(snippet, { maxTokens, count });
    let at = 0;
    for (const window of windows) {
      assert.equal(window.start, at);
      assert.ok(count(window.text) <= maxTokens);
      at = window.end;
    }
    assert.equal(at, snippet.body.length);
  });
});
