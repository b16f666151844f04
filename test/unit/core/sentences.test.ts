// Sentences of both languages, and their places.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentencesOf } from '../../../src/core/sentences.ts';

test('sentences end at closing marks and line breaks, quotes stay with them, numbers do not end one', () => {
  const cases: [string, string[]][] = [
    [
      'Send it back. "Is it clean?" Then we pay 3.5 % less!\nNo label needed',
      ['Send it back.', '"Is it clean?"', 'Then we pay 3.5 % less!', 'No label needed'],
    ],
    [
      '请先清洗。“可以机洗吗？”不可以！寄回后7天内退款',
      ['请先清洗。', '“可以机洗吗？”', '不可以！', '寄回后7天内退款'],
    ],
    ['', []],
    ['  \n\n ', []],
    ['版本 2.1 已发布。见 v2.1 说明', ['版本 2.1 已发布。', '见 v2.1 说明']],
  ];
  for (const [text, expected] of cases) {
    const found = sentencesOf(text);
    assert.deepEqual(
      found.map((each) => each.text),
      expected,
    );
    for (const each of found) assert.equal(text.slice(each.start, each.end), each.text);
  }
});
