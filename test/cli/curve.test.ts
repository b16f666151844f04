// The learning curve through the command line, with the real model on a small base: four trainings of one epoch.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { CurveAnswer } from '../../src/protocol/engine.ts';
import { ROOT, run, temporaryFolder } from './support.ts';

const DESK = join(ROOT, 'test/fixtures/desk');

test('curve trains on four parts, measures each on the same held-out questions, and keeps no model', {
  timeout: 600_000,
}, async () => {
  const home = temporaryFolder({ after });
  const { code, out, err } = await run(['curve', DESK, '--home', home, '--epochs', '1', '--seed', '2', '--json']);
  assert.equal(code, 0, err);
  const answer = JSON.parse(out) as CurveAnswer;
  assert.deepEqual(
    answer.points.map(({ share }) => share),
    [0, 0.25, 0.5, 0.75, 1],
  );
  const counts = answer.points.map(({ questions }) => questions);
  assert.deepEqual(
    counts,
    [...counts].sort((a, b) => a - b),
  );
  assert.ok(answer.heldOut > 3 && counts.at(-1)! > counts[1]!);
  const recallOf = (share: number): number => answer.points.find((point) => point.share === share)!.recall.value;
  for (const { recall } of answer.points) assert.ok(recall.low <= recall.value && recall.value <= recall.high);
  const { value, low, high } = answer.verdict.difference;
  assert.ok(Math.abs(recallOf(1) - recallOf(0.5) - value) < 1e-9 && low <= value && value <= high);
  assert.ok(['more-helps', 'no-more', 'cannot-tell'].includes(answer.verdict.kind));
  const models = join(home, 'models');
  const left = existsSync(models) ? readdirSync(models).filter((name) => /tuned/.test(name)) : [];
  assert.deepEqual(left, []);
});

test('a base with too few questions is told so, and words alone have no curve', async () => {
  const home = temporaryFolder({ after });
  const base = temporaryFolder({ after });
  writeFileSync(
    join(base, 'a.md'),
    '# Refunds\n\nPaid within five days.\n\n# Holiday\n\nTwenty-six days a year.\n\n# Badges\n\nAt the desk.\n',
  );
  const asked = ['When is my money back?#refunds', 'How much leave do I get?#holiday', 'Where is my badge?#badges'];
  writeFileSync(
    join(base, 'a.questions.jsonl'),
    asked
      .map((each) => each.split('#'))
      .map(([question, slug]) => `${JSON.stringify({ question, answers: [`a.md#${slug}`] })}\n`)
      .join(''),
  );
  const few = await run(['curve', base, '--home', home]);
  assert.equal(few.code, 1);
  assert.match(few.err, /question/);
  const words = await run(['curve', DESK, '--home', home, '--retrieval', 'words']);
  assert.equal(words.code, 1);
  assert.match(words.err, /ranked by words alone/);
});
