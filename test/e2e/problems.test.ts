// From the palette to Problems, and back: the author evaluates, mends a page or a question, and the diagnostic goes.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DANGLING } from './support/desk.ts';
import { MISSED_ANSWER, missedOnSide } from './support/missed.ts';
import { scenarios } from './support/scenario.ts';

const scenario = scenarios({
  folders: ['test/fixtures/desk'],
  prepare: missedOnSide('train'),
  // Training questions are hints by default, which Problems does not list.
  settings: { 'kbRecall.diagnostics.training': 'information' },
});
const WALLET = '"money.md#closing-a-household-wallet" is number';
/** The first line of the wallet's text. */
const WALLET_LINE = 29;

scenario('Evaluate Questions puts the missed questions into Problems', async ({ editor, views }) => {
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/desk: \d+ of 13 questions miss an answer in the first 5/, { within: 60_000 });
  const [missed] = await views.problemsWhen('the missed question', WALLET, (rows) => rows.length > 0);
  assert.equal(missed!.severity, 'Warning');
  assert.equal(missed!.line, 2);
  assert.match(missed!.message, /Not in the first 5: .* is number \d+\. First is "Payments > /);
  await views.clearNotifications();
});

scenario('a question in Chinese is missed in its own file, at its own row', async ({ views }) => {
  const [missed] = await views.problemsWhen('the missed question', `"${MISSED_ANSWER}"`, (rows) => rows.length > 0);
  assert.deepEqual([missed!.line, missed!.severity], [6, 'Info']);
  assert.match(missed!.message, /although it is a training question/);
});

scenario('a heading says which question does not find it', async ({ editor, views }) => {
  const words = 'does not find this section';
  await editor.openFile('en/support/money.md');
  const rows = await views.problemsWhen('the heading', words, (found) => found.some(({ line }) => line === 27));
  const heading = rows.find(({ line, message }) => line === 27 && message.includes('when I leave you for good'));
  assert.equal(heading?.severity, 'Info');
});

scenario('the status bar shows recall and model', async ({ views }) => {
  await views.status(/\d+ % · kb-recall-small/);
});

scenario('text typed into a page mends the question before it is saved, and after', async (studio) => {
  const { editor, views, folder } = studio;
  await views.problemsWhen('the missed question', WALLET, (rows) => rows.length > 0);
  await editor.openFile('en/support/money.md', { line: WALLET_LINE });
  const before = await readFile(join(folder, 'en/support/money.md'), 'utf8');
  await editor.replaceLine(
    'How you get your money back when you leave us for good: we send what is left to your bank.',
  );
  await views.problemsWhen('the diagnostic to go from unsaved text', WALLET, (rows) => rows.length === 0);
  assert.equal(await readFile(join(folder, 'en/support/money.md'), 'utf8'), before, 'nothing was saved');
  await editor.save();
  assert.match(await readFile(join(folder, 'en/support/money.md'), 'utf8'), /get your money back when you leave us/);
  await editor.openFile('en/support/money.md', { line: WALLET_LINE });
  await editor.replaceLine('Residual balances are remitted to the nominated account.');
  await editor.save();
  await views.problemsWhen('the diagnostic to come back', WALLET, (rows) => rows.length > 0);
});

scenario('a dangling answer is an error that goes when the id is mended', async ({ editor, views }) => {
  const [row] = await views.problemsWhen('the dangling answer', DANGLING, (found) => found.length > 0);
  assert.equal(row!.severity, 'Error');
  assert.match(row!.message, /Did you mean "en\/support\/money\.md#cards-we-take"\?/);
  await editor.openFile('en/support/support.questions.jsonl', { line: row!.line });
  await editor.replaceLine(
    '{"question": "Which cards can I pay with?", "answers": ["money.md#cards-we-take"], "split": "train"}',
  );
  await editor.save();
  await views.problemsWhen('the finding to go', DANGLING, (found) => found.length === 0);
});

scenario('a file that changes on disk, outside the editor, is seen', async ({ views, folder }) => {
  const words = 'nowhere.md#at-all';
  await writeFile(
    join(folder, 'zh/more.questions.jsonl'),
    '{"question": "周末送货吗?", "answers": ["nowhere.md#at-all"]}\n',
  );
  await views.problemsWhen('the finding of the new file', words, (found) => found.length > 0);
  await rm(join(folder, 'zh/more.questions.jsonl'));
  await views.problemsWhen('the finding to go with the file', words, (found) => found.length === 0);
});
