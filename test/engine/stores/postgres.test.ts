// Publishing to a real PostgreSQL: what was measured is what is served, all or nothing, under names whose rights stay.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { seededRandom } from '../../../src/core/random.ts';
import { PostgresStore } from '../../../src/engine/stores/postgres.ts';
import type { Publication } from '../../../src/engine/stores/store.ts';
import { stamp } from '../indexWriter.ts';
import { startDatabase, type TestDatabase } from './database.ts';

let database: TestDatabase;
before(async () => {
  database = await startDatabase();
});
after(() => database.stop());

const TEXTS = [
  'Refunds take five days.',
  '退款需要五个工作日。',
  'A "quoted" \\ text, it\'s odd: \0 🙂',
  'Line one\nline two',
];

/** Snippets of one or two windows with unit vectors. */
function publication(name: string, snippets: number, dimension = 4, seed = 1): Publication {
  const random = seededRandom(seed);
  const list = Array.from({ length: snippets }, (_, i) => ({
    id: `desk/页面 "${i}".md#part-${i}`,
    file: `desk/页面 "${i}".md`,
    title: `Part ${i}`,
    headingPath: ['Desk', `Part ${i}`],
    text: TEXTS[i % TEXTS.length]!,
    hash: String(i),
  }));
  const windows = list.flatMap(({ id }, i) =>
    Array.from({ length: 1 + (i % 2) }, (_, part) => ({
      key: `${id}\0${part}`,
      snippetId: id,
      start: part * 10,
      end: part * 10 + 10,
    })),
  );
  const vectors = Float32Array.from(
    windows.flatMap(() => {
      const vector = Array.from({ length: dimension }, () => random.next() - 0.5);
      const length = Math.hypot(...vector);
      return vector.map((value) => value / length);
    }),
  );
  return { name, stamp: { ...stamp, dimension }, indexHash: `hash ${seed}`, snippets: list, windows, vectors };
}

/** Cosines of the best windows, highest first. */
function ranked({ windows, vectors, stamp: { dimension } }: Publication, query: Float32Array): [string, number][] {
  const best = new Map<string, number>();
  windows.forEach(({ snippetId }, i) => {
    const score = query.reduce((sum, value, d) => sum + value * vectors[i * dimension + d]!, 0);
    best.set(snippetId, Math.max(best.get(snippetId) ?? -2, score));
  });
  return [...best].sort((a, b) => b[1] - a[1]);
}

async function withStore<T>(use: (store: PostgresStore) => Promise<T>, url = database.url): Promise<T> {
  const store = await PostgresStore.open(url);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

test('what is published is served: texts, model and ranks', async () => {
  const published = publication('desk', 1203);
  await withStore(async (store) => {
    assert.equal(
      await store.published('desk'),
      undefined,
      'before the first publication there is nothing, not even a table',
    );
    const stages: number[] = [];
    assert.equal(await store.publish(published, { onProgress: ({ done }) => stages.push(done) }), 1);
    assert.equal(stages.at(-1), 1203 + published.windows.length);
    const is = await store.published('desk');
    assert.deepEqual(
      [is?.version, is?.snippets, is?.windows, is?.indexHash],
      [1, 1203, published.windows.length, 'hash 1'],
    );
    assert.deepEqual(is?.stamp, published.stamp);
    assert.ok(Math.abs(Date.now() - is!.publishedAt.getTime()) < 3_600_000);

    const query = published.vectors.slice(40, 44);
    const wanted = ranked(published, query);
    const last = wanted.at(-1)![0];
    const found = await store.search('desk', query, 10, [last, 'desk/gone.md']);
    assert.deepEqual(
      found.map(({ id, rank }) => [id, rank]),
      [...wanted.slice(0, 10).map(([id], i) => [id, i + 1]), [last, 1203]],
    );
    for (const { rank, score } of found) assert.ok(Math.abs(score - wanted[rank - 1]![1]) < 1e-6);
  });
  const rows = await database.query(
    `SELECT * FROM kb_recall.desk_snippets WHERE title IN ('Part 0', 'Part 1', 'Part 2', 'Part 3') ORDER BY title`,
  );
  assert.deepEqual(
    rows.map(({ content }) => content),
    TEXTS.map((text) => text.replace('\0', '\ufffd')),
  );
  assert.deepEqual([rows[1]!.id, rows[1]!.heading_path], [published.snippets[1]!.id, ['Desk', 'Part 1']]);
});

test('the next publication replaces the last, with another model and dimension, and keeps the rights on the views', async () => {
  await withStore((store) => store.publish(publication('manual', 30)));
  await database.query('CREATE ROLE bot');
  await database.query('GRANT SELECT ON kb_recall.manual_snippets TO bot');
  await database.query('GRANT SELECT ON kb_recall.manual_windows TO bot');
  const next = publication('manual', 12, 7, 2);
  await withStore(async (store) => {
    assert.equal(await store.publish(next), 2);
    assert.equal((await store.search('manual', next.vectors.slice(0, 7), 100, [])).length, 12);
    assert.equal((await store.published('manual'))?.stamp.dimension, 7);
  });
  const tables = await database.query(`SELECT tablename FROM pg_tables WHERE tablename LIKE 'manual%' ORDER BY 1`);
  assert.deepEqual(
    tables.map(({ tablename }) => tablename),
    ['manual_snippets_v2', 'manual_windows_v2'],
    'nothing old is left',
  );
  const [rights] = await database.query(
    `SELECT has_table_privilege('bot', 'kb_recall.manual_windows', 'SELECT') AND has_table_privilege('bot', 'kb_recall.manual_snippets', 'SELECT') AS may`,
  );
  assert.equal(rights?.may, true);
});

test('a publication that is stopped or refused half-way leaves the one before as it was', async () => {
  const first = publication('policy', 700);
  await withStore((store) => store.publish(first));
  const controller = new AbortController();
  const onProgress = ({ done }: { done: number }): void => {
    if (done > 700) controller.abort();
  };
  await withStore(async (store) => {
    await assert.rejects(store.publish(publication('policy', 900, 4, 5), { signal: controller.signal, onProgress }), {
      name: 'AbortError',
    });
    const broken = publication('policy', 20, 4, 6);
    const twice = { ...broken, snippets: [...broken.snippets, broken.snippets[0]!] };
    await assert.rejects(store.publish(twice), { code: 'store-failed', message: /127\.0\.0\.1.*duplicate key/ });
    const is = await store.published('policy');
    assert.deepEqual([is?.version, is?.snippets, is?.indexHash], [1, 700, 'hash 1']);
    assert.equal((await store.search('policy', first.vectors.slice(0, 4), 1000, [])).length, 700);
  });
  const tables = await database.query(`SELECT tablename FROM pg_tables WHERE tablename LIKE 'policy%'`);
  assert.equal(tables.length, 2);
});

test('what cannot work is said without the password', async () => {
  for (const url of ['mysql://me:geheim@host/db', 'geheim', ''])
    await assert.rejects(PostgresStore.open(url), (error: Error) => {
      assert.equal((error as { code?: string }).code, 'bad-store');
      assert.doesNotMatch(error.message, /geheim/);
      return true;
    });
  await assert.rejects(PostgresStore.open('postgresql://me:geheim@127.0.0.1:1/db'), (error: Error) => {
    assert.match(error.message, /postgresql:\/\/127\.0\.0\.1:1\/db refused: .*ECONNREFUSED/);
    assert.doesNotMatch(error.message, /geheim/);
    return true;
  });
  await withStore(async (store) => {
    for (const name of ['Desk', '1st', 'a;drop table x', '', 'x'.repeat(41)])
      await assert.rejects(store.publish(publication(name, 1)), { code: 'bad-option' });
    await assert.rejects(store.search('never_published', Float32Array.of(1, 0, 0, 0), 1, []), { code: 'store-failed' });
  });
  const plain = await startDatabase({ pgvector: false });
  try {
    await withStore(async (store) => {
      await assert.rejects(store.publish(publication('desk', 1)), { code: 'store-without-vector' });
      assert.equal(await store.published('desk'), undefined);
    }, plain.url);
  } finally {
    await plain.stop();
  }
});
