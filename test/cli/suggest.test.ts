// `suggest` from end to end: what is printed, drafts that are added once, and figures that do not move because of them.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run, SMALL, temporaryFolder } from './support.ts';

interface Suggested {
  suggestions: { snippetId: string; question: string; file: string; line: number; rule: string }[];
  drafts: string | null;
}

test('suggestions are printed for untested sections only, and written as drafts once', async (t) => {
  const home = temporaryFolder(t);
  const folder = join(home, 'kb');
  cpSync(SMALL, folder, { recursive: true });
  const json = async (...args: string[]): Promise<Suggested> => {
    const { code, out, err } = await run(['suggest', folder, '--home', home, '--json', ...args]);
    assert.equal(code, 0, err);
    return JSON.parse(out);
  };
  const { suggestions, drafts } = await json();
  assert.ok(suggestions.length >= 2);
  assert.equal(drafts, null);
  assert.ok((await json('--all')).suggestions.length > suggestions.length);
  const text = await run(['suggest', folder, '--home', home]);
  const [first] = suggestions;
  assert.match(text.out, /^\d+ suggestions for \d+ of 16 snippets that no question tests$/m);
  assert.ok(
    text.out.includes(`${first!.file}:${first!.line}  ${first!.snippetId}\n  ${first!.question}  (${first!.rule})`),
  );

  const before = JSON.parse((await run(['evaluate', folder, '--home', home, '--json'])).out);
  const file = join(folder, 'support/more.questions.jsonl');
  writeFileSync(file, '{"question": "Is there a shop in York?", "answers": ["returns.md"]}');
  const own = JSON.parse((await run(['evaluate', folder, '--home', home, '--json'])).out);
  const written = await json('--drafts', file);
  assert.deepEqual(written.suggestions, suggestions);
  const rows = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual([rows.length, rows[0].question], [suggestions.length + 1, 'Is there a shop in York?']);
  assert.ok(rows.slice(1).every(({ draft }) => draft === true));
  assert.deepEqual((await json('--drafts', file)).suggestions, [], 'drafts that are there are not suggested again');

  // Drafts count nowhere: all figures, sides and failures are those of before.
  const { findings, ...figures } = JSON.parse((await run(['evaluate', folder, '--home', home, '--json'])).out);
  const { findings: _, ...ownFigures } = own;
  assert.deepEqual(figures, ownFigures);
  assert.equal(own.slices.all.questions, before.slices.all.questions + 1);
  const told = findings.filter(({ code }: { code: string }) => code === 'draft-question');
  assert.equal(told.length, suggestions.length);
  assert.deepEqual(findings.filter(({ severity }: { severity: string }) => severity === 'error').length, 0);

  // Accepting is removing the mark.
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(', "draft": true', ''));
  const accepted = JSON.parse((await run(['evaluate', folder, '--home', home, '--json'])).out);
  assert.equal(accepted.slices.all.questions, own.slices.all.questions + suggestions.length);
});

test('drafts go to a question file of JSON Lines only, and nothing is written where it cannot be read', async (t) => {
  const home = temporaryFolder(t);
  const wrong = await run(['suggest', SMALL, '--drafts', join(home, 'drafts.json')]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /--drafts is ".+drafts\.json"; expected a file named \*\.questions\.jsonl/);
  const file = join(home, 'a.questions.jsonl');
  writeFileSync(file, Buffer.from([0x7b, 0xff, 0x0a]));
  const broken = await run(['suggest', SMALL, '--drafts', file]);
  assert.equal(broken.code, 1);
  assert.match(broken.err, /a\.questions\.jsonl is to receive the drafts and cannot be read/);
  assert.deepEqual(readFileSync(file), Buffer.from([0x7b, 0xff, 0x0a]));
  // Outside of the knowledge base answers keep their whole path.
  const outside = join(home, 'new.questions.jsonl');
  assert.equal((await run(['suggest', SMALL, '--drafts', outside])).code, 0);
  assert.ok(existsSync(outside));
  appendFileSync(outside, '\n');
  const [row] = readFileSync(outside, 'utf8').split('\n');
  assert.match(JSON.parse(row!).answers[0], /^[^/].*\.md/);
  for (const args of [
    ['evaluate', SMALL, '--drafts', outside],
    ['lint', SMALL, '--all'],
    ['suggest', SMALL, '--fail-on', 'error'],
  ])
    assert.match((await run(args)).err, /belongs to/);
});
