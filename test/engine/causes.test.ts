// Constructed failures of both languages: the cause that each is given against the cause it was written for. The first half was at hand
// while the rules were made, the second was written when they were done. The tables are printed; KB_CAUSES=1 lists what is named otherwise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CAUSES } from '../../src/core/causes/cause.ts';
import { temporaryFolder } from '../cli/support.ts';
import { confusionTable, type Labelled, measureCauses, named } from './causeSet.ts';

/** Neither names a cause; both are what is left. */
const LAST_RESORTS = ['near-miss', 'far'];
const LEAST_SHARE = 0.85;

const all: Labelled[] = [];
for (const half of ['dev', 'test'] as const)
  test(`main causes of the ${half} half are named right`, async (t) => {
    const items = await measureCauses(half, temporaryFolder(t));
    all.push(...items);
    const { right, all: failures, share } = named(items);
    t.diagnostic(`${half}: ${right} of ${failures} named right (${(100 * share).toFixed(1)} %)`);
    for (const line of confusionTable(items).split('\n')) t.diagnostic(line);
    for (const { label, question, causes } of process.env.KB_CAUSES ? items : [])
      if (causes[0]?.name !== label) t.diagnostic(`${label}: ${question} ${JSON.stringify(causes)}`);
    assert.ok(share >= LEAST_SHARE, `${right} of ${failures}`);
    for (const language of ['en', 'zh']) {
      const mine = named(items.filter((each) => each.language === language));
      assert.ok(mine.share >= LEAST_SHARE, `${language}: ${mine.right} of ${mine.all}`);
    }
  });

test('the set is large and even: every cause in both halves and both languages', () => {
  const failures = all.filter(({ causes }) => causes.length > 0);
  assert.ok(failures.length >= 150, `${failures.length} failures`);
  const chinese = failures.filter(({ language }) => language === 'zh').length / failures.length;
  assert.ok(chinese > 0.4 && chinese < 0.6, `${chinese} Chinese`);
  for (const name of CAUSES.filter((each) => !LAST_RESORTS.includes(each))) {
    const mine = failures.filter(({ label }) => label === name);
    // The embedded model bears being used wrongly better than most: two thirds of those questions are found all the same.
    assert.ok(mine.length >= (name === 'model-use' ? 10 : 14), `${name}: ${mine.length} failures`);
    assert.ok(named(mine).share >= 0.7, `${name}: ${JSON.stringify(named(mine))}`);
  }
});
