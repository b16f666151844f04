// Edit distance and the search for the nearest name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, NearestNames } from '../../../src/core/nearest.ts';
import { seededRandom } from '../../../src/core/random.ts';

test('edit distance', () => {
  const cases: [string, string, number][] = [
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['退款', '退货', 1],
    ['abc', 'abc', 0],
    ['ab', 'ba', 2],
  ];
  for (const [a, b, expected] of cases) assert.equal(editDistance(a, b), expected, `${a} ${b}`);
  assert.equal(editDistance('kitten', 'sitting', 3), 3);
  assert.equal(editDistance('kitten', 'sitting', 2), 3, 'gives up at the limit');
  assert.equal(editDistance('a', 'abcdefgh', 2), 3);
});

test('the nearest name, or none when nothing is near', () => {
  const names = new NearestNames(['hr/leave.md#annual-leave', 'hr/leave.md#sick-leave', 'it/vpn.md#setup']);
  assert.equal(names.find('hr/leave.md#anual-leave'), 'hr/leave.md#annual-leave');
  assert.equal(names.find('HR/Leave.md#Sick-Leave'), 'hr/leave.md#sick-leave');
  assert.equal(names.find('completely different thing'), undefined);
  assert.equal(new NearestNames([]).find('x'), undefined);
});

test('among 30,000 names the nearest is found, and many wrong ones are answered quickly', () => {
  const random = seededRandom(1);
  const word = () => Array.from({ length: 6 }, () => 'abcdefghijklmnoprstuvw'[random.below(22)]).join('');
  const all = Array.from({ length: 30_000 }, (_, n) => `docs/${word()}/${n % 100}.md#${word()}-${word()}`);
  const names = new NearestNames(all);
  const start = process.cpuUsage();
  for (let n = 0; n < 300; n++) {
    const name = all[n * 97] as string;
    assert.equal(names.find(`${name.slice(0, -5)}${name.slice(-4)}`), name);
  }
  const seconds = process.cpuUsage(start).user / 1e6;
  // Comparing each with all takes minutes.
  assert.ok(seconds < 10, `${seconds} s`);
});
