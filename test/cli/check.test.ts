// Runs kept, compared and checked with the real engine: a baseline that found more than is found now is a regression, and the exit code says so.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run, SMALL, temporaryFolder } from './support.ts';

test('evaluate --save-run, diff, check', async (t) => {
  const home = temporaryFolder(t);
  const folder = join(home, 'kb');
  cpSync(SMALL, folder, { recursive: true });
  const baseline = join(home, 'baseline.json');
  const common = ['--home', home];
  const k = ['--k', '10'];
  assert.equal((await run(['evaluate', folder, ...common, ...k, '--save-run', baseline])).code, 0);
  const same = await run(['diff', baseline, baseline, '--json']);
  assert.equal(same.code, 0, same.err);
  const told = JSON.parse(same.out);
  assert.equal(told.questions, 6);
  assert.deepEqual(told.warnings, []);

  const good = await run(['check', folder, ...common, '--baseline', baseline]);
  assert.equal(good.code, 0, good.err);
  assert.match(good.out, /^Good: recall@10 did not fall by more than 0 points\.$/m);

  // The baseline with every question found first: whatever the model finds less of is a regression.
  const kept = JSON.parse(readFileSync(baseline, 'utf8'));
  for (const each of kept.questions) each.answerRanks = each.answerRanks.map(() => 1);
  writeFileSync(baseline, JSON.stringify({ ...kept, primaryK: 1 }));
  const file = (name: string): string => join(home, name);
  const reports = [
    '--junit',
    file('j.xml'),
    '--sarif',
    file('s.json'),
    '--markdown',
    file('m.md'),
    '--save-run',
    file('r.json'),
  ];
  const worse = await run(['check', folder, ...common, '--baseline', baseline, ...reports]);
  assert.equal(worse.code, 2, worse.out);
  assert.match(worse.err, /^Regression: recall@1 fell by [\d.]+ points on 6 held-out questions; 0 are allowed\.$/m);
  assert.match(readFileSync(file('j.xml'), 'utf8'), /<failure /);
  assert.equal(JSON.parse(readFileSync(file('s.json'), 'utf8')).version, '2.1.0');
  assert.match(readFileSync(file('m.md'), 'utf8'), /^# Recall check failed/);
  assert.equal((await run(['check', folder, ...common, '--baseline', baseline, '--max-drop', '100'])).code, 0);

  const missing = await run(['check', folder, ...common, '--baseline', file('none.json')]);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /none\.json/);
  kept.questions = [];
  writeFileSync(baseline, JSON.stringify(kept));
  const nothing = await run(['check', folder, ...common, '--baseline', baseline]);
  assert.equal(nothing.code, 1);
  assert.match(nothing.err, /nothing to compare/);
});

test('options of check are refused where they would do nothing', async () => {
  for (const args of [
    ['check', SMALL],
    ['evaluate', SMALL, '--baseline', 'b.json'],
    ['train', SMALL, '--save-run', 'r.json'],
    ['diff', 'one.json'],
    ['check', SMALL, '--baseline', 'b.json', '--max-drop', 'x'],
  ])
    assert.equal((await run(args)).code, 1, args.join(' '));
});

test('check fails when a held-out question lost its answer or is gone, tells which, and lets it pass where that is allowed', async (t) => {
  const home = temporaryFolder(t);
  const folder = join(home, 'kb');
  cpSync(SMALL, folder, { recursive: true });
  const baseline = join(home, 'baseline.json');
  assert.equal((await run(['evaluate', folder, '--home', home, '--save-run', baseline])).code, 0);
  const kept = JSON.parse(readFileSync(baseline, 'utf8'));
  // A question that nobody asks any more, beside those that are asked as they were.
  const [first] = kept.questions.filter(({ split }: { split: string }) => split === 'test');
  kept.questions.push({ ...first, id: 'old', question: 'Do you mend zips?', hash: 'old', line: 4 });
  writeFileSync(baseline, JSON.stringify(kept));
  const sarif = join(home, 'recall.sarif');
  const check = ['check', folder, '--home', home, '--baseline', baseline, '--max-drop', '100', '--sarif', sarif];

  const failed = await run(check);
  assert.equal(failed.code, 2, failed.out);
  assert.match(failed.err, /^Vanished: 1 held-out questions .+“Do you mend zips\?” \(.+:4\) is no longer asked/m);
  const results = (): { ruleId: string; level: string; relatedLocations: object[] }[] =>
    JSON.parse(readFileSync(sarif, 'utf8')).runs[0].results;
  const vanished = results().filter(({ ruleId }) => ruleId === 'question-vanished');
  assert.equal(vanished.length, 1);
  const [expected] = vanished[0]!.relatedLocations as { physicalLocation: { region: { startLine: number } } }[];
  assert.ok(expected!.physicalLocation.region.startLine >= 1);

  const allowed = await run([...check, '--allow-vanished']);
  assert.deepEqual([allowed.code, allowed.err], [0, '']);
  assert.match(allowed.out, /^Vanished \(1\)$/m);
  assert.equal(results().find(({ ruleId }) => ruleId === 'question-vanished')!.level, 'warning');
});
