// In the text: quick fixes, lenses, hovers, going to a definition, completion, finding a snippet, the Test Explorer and the trees.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scenarios } from './support/scenario.ts';
import { until } from './support/waiting.ts';

const scenario = scenarios({ folders: ['test/fixtures/desk'], settings: { 'kbRecall.measureOnOpen': 'always' } });
const QUESTIONS = 'en/support/support.questions.jsonl';
const DANGLING = '"money.md#cards-we-takes" names no snippet';

scenario('measured on open, the lens above a heading and the hover tell which questions it answers', async (studio) => {
  const { editor, views } = studio;
  await views.status(/\d+ % · kb-recall-small/, { within: 60_000 });
  await editor.openFile('en/support/money.md', { line: 27 });
  await until('a lens about the missed question', async () =>
    (await editor.codeLenses()).find((lens) => /question/i.test(lens)),
  );
  const hover = await editor.hover();
  assert.match(hover, /How do I get my money back when I leave you for good\?/);
});

scenario('a quick fix corrects a dangling answer in the file', async ({ editor, views, folder }) => {
  await views.problemsWhen('the dangling answer', DANGLING, (rows) => rows.length > 0);
  await editor.openFile(QUESTIONS, { line: 5, column: 70 });
  await editor.applyCodeAction('cards-we-take');
  await editor.save();
  const text = await readFile(join(folder, QUESTIONS), 'utf8');
  assert.match(text, /"answers": \["(en\/support\/)?money\.md#cards-we-take"\]/);
  await views.problemsWhen('the finding to go', DANGLING, (rows) => rows.length === 0);
});
