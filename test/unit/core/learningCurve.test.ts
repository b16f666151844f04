// The learning curve's parts of the questions, and what its end says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CURVE_SHARES, curveVerdict, nestedParts, shareOfBudget } from '../../../src/core/learningCurve.ts';
import type { Question } from '../../../src/core/question.ts';

const range = { start: { line: 0, column: 0 }, end: { line: 0, column: 1 } };
const SUBJECTS =
  'refund invoice password holiday tent stove router warranty expenses laptop parking badge payroll visa printer camera'.split(
    ' ',
  );
const questions: Question[] = SUBJECTS.map((subject, i) => ({
  id: subject,
  text: `Where is the ${subject} page?`,
  variants: [],
  answers: [{ reference: 'x', snippetIds: [`${subject}.md`, ...(i === 1 ? ['refund.md'] : [])], range }],
  tags: [],
  file: 'a.yaml',
  range,
}));

test('each part holds the ones before, the last all of them, and the order is the seed’s', () => {
  const parts = nestedParts(questions, 3);
  assert.deepEqual(
    parts.map((part) => part.length),
    [4, 8, 12, 16],
  );
  for (const [i, part] of parts.slice(1).entries()) assert.deepEqual(part.slice(0, parts[i]!.length), parts[i]);
  assert.deepEqual(nestedParts(questions, 3), parts);
  assert.notDeepEqual(nestedParts(questions, 4)[0], parts[0]);
  const order = parts[3]!.map(({ id }) => id);
  assert.equal(
    Math.abs(order.indexOf('refund') - order.indexOf('invoice')),
    1,
    'questions of one snippet stay together',
  );
});

test('few questions give parts of two at least, and never more than there are', () => {
  assert.deepEqual(
    nestedParts(questions.slice(2, 5), 0).map((part) => part.length),
    [2, 2, 2, 3],
  );
  assert.deepEqual(nestedParts([], 0), [[], [], [], []]);
});

test('the trainings of a curve share one budget by how much each has to train on', () => {
  const shares = CURVE_SHARES.map(shareOfBudget);
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
  assert.ok(Math.abs(shares[3]! - 4 * shares[0]!) < 1e-12);
});

const curve = (half: number[], all: number[]) => [
  { share: 0.5, questions: 10, recalls: half },
  { share: 1, questions: 20, recalls: all },
];
const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

test('more helps where doubling the questions surely did', () => {
  const verdict = curveVerdict(curve(times(60, 0), [...times(20, 1), ...times(40, 0)]), 0);
  assert.equal(verdict.kind, 'more-helps');
  assert.ok(verdict.difference.low > 0 && Math.abs(verdict.difference.value - 1 / 3) < 1e-9);
});

test('no more is said only where a gain worth the work is ruled out', () => {
  assert.equal(curveVerdict(curve(times(200, 1), times(200, 1)), 0).kind, 'no-more');
  assert.equal(curveVerdict(curve(times(50, 1), times(50, 1)), 0).kind, 'cannot-tell', '3 in 50 may still move');
  assert.equal(
    curveVerdict(curve([...times(10, 1), ...times(10, 0)], [...times(12, 1), ...times(8, 0)]), 0).kind,
    'cannot-tell',
  );
  assert.equal(curveVerdict(curve([1, 0, 1, 0, 1], [0, 1, 1, 0, 1]), 0).kind, 'cannot-tell');
});

test('a curve without its half is a fault', () => {
  assert.throws(() => curveVerdict(curve([1], [1]).slice(1), 0), /half/);
});
