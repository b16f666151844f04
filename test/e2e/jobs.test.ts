// Long work in a window: it can be stopped at once, survives the death of the engine, and is not lost by a reload.
import assert from 'node:assert/strict';
import { writeBigBase } from './support/bigBase.ts';
import { DANGLING, QUESTIONS } from './support/desk.ts';
import { scenarios } from './support/scenario.ts';
import { until } from './support/waiting.ts';

const SNIPPETS = 3000;
const scenario = scenarios({
  folders: ['test/fixtures/desk'],
  prepare: ([desk]) => writeBigBase(`${desk}/catalogue`, SNIPPETS),
});
const UNDER_WAY = /Indexing desk.*Embedding · [1-9][\d,]* \/ \d,\d{3}/s;

scenario(
  'an indexing shows counts and is cancelled within a second from its notification',
  async ({ editor, views }) => {
    await editor.run('KB Recall: Index Workspace');
    await views.notification(UNDER_WAY, { within: 60_000 });
    await views.status(/KB Recall \d+ %/);
    const pressed = performance.now();
    await views.answerNotification(/Indexing desk/, 'Cancel');
    await views.notification(/Stopped\. Index and models are as they were\./, { within: 3000 });
    const seconds = (performance.now() - pressed) / 1000;
    // The click, its way to the host and the drawing of the answer are in it, hence more than the promised second.
    assert.ok(seconds < 2.5, `stopped after ${seconds.toFixed(2)} s`);
    await until('the status bar to be idle', async () => (await views.statusEntry(/KB Recall \d+ %/).count()) === 0);
    await views.clearNotifications();
  },
);

scenario('Stop is offered while a job runs, and ends it', async ({ editor, views }) => {
  await editor.run('KB Recall: Index Workspace');
  await views.notification(UNDER_WAY, { within: 60_000 });
  assert.deepEqual(
    (await editor.commandsLike('KB Recall: Index Workspace')).filter((label) => /Index Workspace/.test(label)),
    [],
    'no second indexing is offered while one runs',
  );
  await editor.press('Escape');
  await editor.run('KB Recall: Stop');
  // The sentence "Stopped" is not repeated so soon after the last one.
  await until(
    'the indexing to end',
    async () => (await views.notifications()).every((text) => !/Indexing desk/.test(text)),
    { within: 3000 },
  );
  await until('the palette to offer it again', async () => {
    const labels = await editor.commandsLike('KB Recall: Index Workspace');
    await editor.press('Escape');
    return labels.includes('KB Recall: Index Workspace');
  });
  await views.clearNotifications();
});

scenario('a killed engine is told in a sentence, and the next command works', async (studio) => {
  const { editor, views } = studio;
  await editor.run('KB Recall: Index Workspace');
  await views.notification(UNDER_WAY, { within: 60_000 });
  const [engine, ...others] = studio.engines();
  assert.ok(engine && others.length === 0, `one engine was expected: ${[engine, ...others]}`);
  process.kill(engine, 'SIGKILL');
  await views.notification(/engine.*ended/i, { within: 10_000 });
  await views.clearNotifications();
  await editor.run('KB Recall: Index Workspace');
  await views.notification(/desk: 3,?\d+ snippets in \d+ windows, \d+ embedded/, { within: 120_000 });
  const [next] = studio.engines();
  assert.ok(next && next !== engine, 'another engine runs');
  await views.clearNotifications();
});

scenario('after a reload the figures come back by themselves, from the index', async (studio) => {
  const { editor, views } = studio;
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/questions miss an answer/, { within: 60_000 });
  const before = await views.status(/\d+ % · kb-recall-small/);
  const [engine] = studio.engines();
  await editor.reload();
  assert.equal(await views.status(/\d+ % · kb-recall-small/, { within: 60_000 }), before);
  await views.problemsWhen('the problems of before', 'closing-a-household-wallet', (rows) => rows.length > 0);
  await until('the engine of the old window to end', () => !studio.engines().includes(engine!));
});

scenario('an engine that dies under an evaluation is told once, and starts again without a command', async (studio) => {
  const { editor, views } = studio;
  await views.problemsWhen('the dangling answer', DANGLING, (rows) => rows.length > 0);
  const measures = () => studio.logs().match(/desk: measure took/g)?.length ?? 0;
  const before = measures();
  const [engine] = studio.engines();
  // It hears of the evaluation only in its sleep.
  process.kill(engine!, 'SIGSTOP');
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/Evaluating desk/);
  process.kill(engine!, 'SIGKILL');
  await views.notification(/engine.*ended/i, { within: 10_000 });
  await until('another engine', () => studio.engines().some((pid) => pid !== engine));
  assert.deepEqual(
    (await views.notifications()).filter((text) => /started again/.test(text)),
    [],
    'the evaluation tells of it already',
  );
  // Measured again as well: what is typed counts at once.
  await until('the broken evaluation and the one in its stead', () => measures() >= before + 2, { within: 60_000 });
  await editor.openFile(QUESTIONS, { line: 5, column: 70 });
  await editor.applyCodeAction('to "en/support/money.md#cards-we-take"');
  await views.problemsWhen('the finding to go', DANGLING, (rows) => rows.length === 0);
});
