// The CSV reader against csv-parse, and its recovery from bad rows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { readCsv } from '../../../src/core/csv.ts';
import { randomText } from './text.ts';

const values = (text: string) => readCsv(text).rows.map((row) => row.cells.map((cell) => cell.value));

test('cells know where they stand, quotes left out', () => {
  const text = 'a,"b ""c""\r\nd",\n\n"",e';
  const { rows, problems } = readCsv(text);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    rows.map((row) => row.cells.map((cell) => [cell.value, text.slice(cell.start, cell.end)])),
    [
      [
        ['a', 'a'],
        ['b "c"\r\nd', 'b ""c""\r\nd'],
        ['', ''],
      ],
      [
        ['', ''],
        ['e', 'e'],
      ],
    ],
  );
});

test('well-formed files read as csv-parse reads them', () => {
  const cells = [
    'word',
    '"quoted, cell"',
    '"two ""quotes"""',
    '"line\nbreak"',
    '"line\r\nbreak"',
    '中文',
    '',
    ' blank ',
  ];
  for (let seed = 0; seed < 300; seed++) {
    const lineBreak = seed % 2 ? '\n' : '\r\n';
    const text = Array.from(
      { length: 6 },
      (_, row) =>
        `x${randomText(seed * 7 + row, [','], 1)}${randomText(seed * 7 + row, cells, 1)},${randomText(seed + row, cells, 1)}`,
    ).join(lineBreak);
    const expected = parse(text, { relax_column_count: true, record_delimiter: [lineBreak] });
    assert.deepEqual(values(text), expected, JSON.stringify(text));
  }
});

test('a bad row is a problem at its place and costs no other row', () => {
  const text = 'a,b\n"x" y,c\n"never closed,d\ne,f\n';
  const { problems } = readCsv(text);
  assert.deepEqual(values(text), [
    ['a', 'b'],
    ['e', 'f'],
  ]);
  assert.deepEqual(
    problems.map(({ start, end }) => text.slice(start, end)),
    ['"x" y,c', '"never closed,d'],
  );
});

test('a quote inside an unquoted cell is a character like any other', () => {
  assert.deepEqual(values('5" screen,x'), [['5" screen', 'x']]);
});

test('a long quoted cell is read', () => {
  const long = 'He said ""no"". '.repeat(50_000);
  assert.equal(values(`"${long}",x`)[0]?.[0]?.length, long.replaceAll('""', '"').length);
});
