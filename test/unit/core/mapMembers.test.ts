// What a map draws when there is more than it can show.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapMembers } from '../../../src/core/mapMembers.ts';

const snippets = Array.from({ length: 50 }, (_, i) => `desk.md#section-${i}`);
/** A question that expects one section; `winner` stands first in its place. */
const question = (i: number, winner?: number) => ({
  id: `q${i}`,
  outcome: {
    answerRanks: [winner === undefined ? 1 : 7],
    recall: winner === undefined ? 1 : 0,
    expected: [{ id: `desk.md#section-${i}`, rank: 1, score: 0.5 }],
    top: [],
    beatenBy: winner === undefined ? [] : [{ id: `desk.md#section-${winner}`, score: 0.6 }],
  },
});

test('everything is drawn where it fits, in the order given; what was not measured is left out', () => {
  const drawn = mapMembers([question(3), question(1, 9), { id: 'new' }], snippets, 100, 0);
  assert.deepEqual(drawn, { questions: ['q3', 'q1'], snippets });
});

test('answers and winners come before other sections, which are sampled by the seed', () => {
  const questions = [question(3), question(1, 9)];
  const drawn = mapMembers(questions, snippets, 10, 0);
  assert.deepEqual(drawn.questions, ['q3', 'q1']);
  assert.equal(drawn.snippets.length, 8);
  for (const i of [1, 3, 9]) assert.ok(drawn.snippets.includes(`desk.md#section-${i}`));
  assert.deepEqual(mapMembers(questions, snippets, 10, 0), drawn);
  assert.notDeepEqual(mapMembers(questions, snippets, 10, 1), drawn);
});

test('more questions than points: a sample of them, each with its answer', () => {
  const drawn = mapMembers(
    Array.from({ length: 30 }, (_, i) => question(i, i + 1)),
    snippets,
    12,
    0,
  );
  assert.ok(drawn.questions.length >= 3 && drawn.questions.length + drawn.snippets.length <= 12);
  for (const id of drawn.questions) assert.ok(drawn.snippets.includes(`desk.md#section-${id.slice(1)}`));
});

test('an expected section that is not searched is not drawn', () => {
  assert.deepEqual(mapMembers([question(60)], snippets.slice(0, 2), 100, 0), {
    questions: ['q60'],
    snippets: snippets.slice(0, 2),
  });
});
