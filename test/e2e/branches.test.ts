// Hundreds of files at once: another branch is checked out under the open folder, and back. And pages that the editor hides.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenarios } from './support/scenario.ts';

const PAGES = 700;
const PLACES = ['Harbour', 'Mill Lane', 'North Gate', 'Orchard', 'Station', 'Weir'];

const git = (folder: string, ...args: string[]): void => {
  execFileSync('git', ['-c', 'user.name=Desk', '-c', 'user.email=desk@example.org', ...args], {
    cwd: folder,
    stdio: 'pipe',
  });
};

const scenario = scenarios({
  folders: ['test/fixtures/desk'],
  settings: { 'kbRecall.measureOnOpen': 'always', 'files.exclude': { 'drafts/**': true } },
  prepare: async ([desk]) => {
    mkdirSync(join(desk!, 'drafts'));
    writeFileSync(
      join(desk!, 'drafts/next.questions.jsonl'),
      '{"question": "Is this draft read?", "answers": ["drafts.md#nowhere"]}\n',
    );
    git(desk!, 'init', '-q', '-b', 'main');
    git(desk!, 'add', '.');
    git(desk!, 'commit', '-qm', 'The desk');
    git(desk!, 'checkout', '-qb', 'depots');
    mkdirSync(join(desk!, 'depots'));
    for (let i = 0; i < PAGES; i++) {
      const place = `${PLACES[i % PLACES.length]} ${i}`;
      writeFileSync(
        join(desk!, `depots/${i}.md`),
        `# Depot ${place}\n\n## Opening hours of ${place}\n\nOpen from ${6 + (i % 4)} to ${18 + (i % 4)}; gate ${i} is for vans.\n`,
      );
    }
    writeFileSync(
      join(desk!, 'depots/depots.questions.jsonl'),
      '{"question": "When does the depot Harbour 0 open?", "answers": ["0.md#opening-hours-of-harbour-0"]}\n{"question": "Which gate?", "answers": ["0.md#gone"]}\n',
    );
    git(desk!, 'add', '.');
    git(desk!, 'commit', '-qm', 'Depots');
    git(desk!, 'checkout', '-q', 'main');
  },
});

scenario('pages that the editor hides are no part of the knowledge base', async ({ views }) => {
  await views.status(/\d+ % · kb-recall-small/, { within: 60_000 });
  await views.problemsWhen(
    'a finding of a page in sight',
    'cards-we-takes" names no snippet',
    (rows) => rows.length > 0,
  );
  assert.deepEqual(await views.problems('drafts.md#nowhere'), []);
});

scenario('a branch with hundreds of pages is read as a whole', async (studio) => {
  const { editor, folder, views } = studio;
  git(folder, 'checkout', '-q', 'depots');
  await views.problemsWhen('the finding of the new branch', '"0.md#gone" names no snippet', (rows) => rows.length > 0, {
    within: 60_000,
  });
  assert.match(studio.logs(), /desk: [5-7]\d\d files changed at once, all are read again/);
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/desk: \d+ of 13 questions miss/, { within: 120_000 });
  await views.clearNotifications();
});

scenario('and on the way back its questions and problems are gone', async ({ editor, folder, views }) => {
  git(folder, 'checkout', '-q', 'main');
  await views.problemsWhen('the finding to go', '"0.md#gone" names no snippet', (rows) => rows.length === 0, {
    within: 60_000,
  });
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/desk: \d+ of 12 questions miss/, { within: 60_000 });
});
