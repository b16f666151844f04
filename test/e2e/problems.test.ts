// From the palette to Problems, and back: the author evaluates, mends a page, and the diagnostic goes.
import assert from 'node:assert/strict';
import { scenarios } from './support/scenario.ts';

const scenario = scenarios({ folders: ['test/fixtures/desk'] });
const WALLET = 'closing-a-household-wallet';

scenario('Evaluate Questions puts the missed questions into Problems', async ({ editor, views }) => {
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/questions miss an answer/, { within: 60_000 });
  const [missed] = await views.problemsWhen('the missed question', WALLET, (rows) => rows.length > 0);
  assert.equal(missed!.severity, 'Warning');
  assert.equal(missed!.line, 2);
  assert.match(missed!.message, /Not in the first 5/);
});

scenario('a dangling answer is an error with a suggestion', async ({ views }) => {
  const rows = await views.problemsWhen('the dangling answer', 'cards-we-takes', (found) => found.length > 0);
  assert.ok(
    rows.some(({ severity, message }) => severity === 'Error' && /Did you mean/.test(message)),
    JSON.stringify(rows),
  );
});
