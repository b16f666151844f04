// publish and evaluate --store from the command line, against a real PostgreSQL: what is served is what was measured.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startDatabase, type TestDatabase } from '../engine/stores/database.ts';
import { run, SMALL, temporaryFolder } from './support.ts';

let database: TestDatabase;
before(async () => {
  database = await startDatabase();
});
after(() => database.stop());

test('a published base serves the recall that was measured; after an edit it is told to be old, and another model is refused', async (t) => {
  const home = temporaryFolder(t);
  const base = join(temporaryFolder(t), '帮助 Desk-1');
  cpSync(SMALL, base, { recursive: true });
  const cli = (...args: string[]) => run([...args, '--home', home]);

  const early = await cli('evaluate', base, '--store', database.url);
  assert.equal(early.code, 1);
  assert.match(early.err, /Nothing is published as desk_1 in postgresql:\/\/127\.0\.0\.1/);

  const published = await cli('publish', base, '--to', database.url);
  assert.equal(published.code, 0, published.err);
  assert.match(
    published.out,
    /Published as desk_1, version 1, in postgresql:\/\/127\.0\.0\.1:\d+\/postgres: 16 snippets/,
  );
  assert.doesNotMatch(published.out, /geheim/);

  const same = await cli('evaluate', base, '--store', database.url, '--json');
  assert.equal(same.code, 0, same.err);
  const { served, metrics } = JSON.parse(same.out);
  assert.deepEqual(served.report.metrics, metrics);
  assert.deepEqual([served.differing, served.isCurrent, served.version], [0, true, 1]);

  // The published answer of a question moves away from it, on disk alone.
  const [file] = served.report.failures[0]?.expected[0]?.id.split('#') ?? ['returns.md'];
  writeFileSync(
    join(base, file),
    `${readFileSync(join(base, file), 'utf8')}\n## Added\n\nA section that nobody published.\n`,
  );
  const old = await cli('evaluate', base, '--store', database.url);
  assert.match(
    old.out,
    /Served as desk_1, version 1 of \d{4}-.*\n.*measured here.*\n {2}The snippets have changed since: publish again\./,
  );

  // A bot's view of it all, in SQL alone.
  const [row] = await database.query(
    'SELECT count(*)::int AS windows, count(DISTINCT snippet_id)::int AS snippets FROM kb_recall.desk_1_windows JOIN kb_recall.desk_1_snippets ON id = snippet_id',
  );
  assert.deepEqual(row, { windows: 16, snippets: 16 });

  await database.query(`UPDATE kb_recall.bases SET stamp = stamp || '{"modelHash": "another"}'`);
  const other = await cli('evaluate', base, '--store', database.url);
  assert.equal(other.code, 1);
  assert.match(other.err, /was published with kb-recall-small, whose vectors were made otherwise \(modelHash\)/);
});

test('what the options ask for is checked before anything is read', async () => {
  for (const [args, message] of [
    [['publish', SMALL], /publish needs --to/],
    [['evaluate', SMALL, '--name', 'x'], /--name needs --store/],
    [['index', SMALL, '--store', 'postgresql://h/d'], /--store belongs to evaluate/],
    [['evaluate', SMALL, '--store', 'postgresql://h/d', '--retrieval', 'words'], /--store ranks by vectors/],
    [['publish', SMALL, '--to', 'postgresql://me:geheim@h/d', '--name', 'Drop Table'], /--name is "Drop Table"/],
  ] as const) {
    const { code, err } = await run(args);
    assert.equal(code, 1);
    assert.match(err, message);
    assert.doesNotMatch(err, /geheim/);
  }
});
