// Offsets to lines and columns.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineIndex } from '../../../src/core/lines.ts';

test('LF, CRLF and a lone CR each end one line; columns count UTF-16 units', () => {
  const index = new LineIndex('a\nbc\r\n\rde😀f');
  const at = (offset: number) => Object.values(index.position(offset)).join(':');
  assert.deepEqual([0, 1, 2, 4, 6, 7, 8, 11, 12].map(at), [
    '0:0',
    '0:1',
    '1:0',
    '1:2',
    '2:0',
    '3:0',
    '3:1',
    '3:4',
    '3:5',
  ]);
  assert.equal(at(99), '3:5');
  assert.equal(at(-1), '0:0');
});

test('the rest of a line leaves its break and trailing blanks out', () => {
  const index = new LineIndex('one\ntwo words  \r\nthree');
  assert.deepEqual(index.restOfLine(8), { start: { line: 1, column: 4 }, end: { line: 1, column: 9 } });
  assert.deepEqual(index.restOfLine(17).end, { line: 2, column: 5 });
});
