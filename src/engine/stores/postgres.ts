// Publishing to PostgreSQL with pgvector. The only importer of pg.
import { Client, DatabaseError } from 'pg';
import { errors, isAbort, UserError } from '../../core/errors.ts';
import { type JobContext, throwIfAborted } from '../../core/progress.ts';
import { checkStoreName } from '../../core/storeName.ts';
import { copyStamp } from '../indexManifest.ts';
import type { IndexStamp } from '../vectorStore.ts';
import type { Publication, Published, ServedSnippet, SnippetStore } from './store.ts';

/** Schema of everything that is written. */
export const SCHEMA = 'kb_recall';
/** Rows of one INSERT. */
const BATCH = 500;
const CONNECT_MS = 10_000;

/** SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNDEFINED_TABLE = new Set(['42P01', '3F000']);

/**
 * Tables `NAME_snippets_vN` and `NAME_windows_vN` hold a publication; the views `NAME_snippets` and `NAME_windows` point to the latest,
 * so that rights granted on them outlive every publication. `bases` has a row for each name.
 */
export class PostgresStore implements SnippetStore {
  private constructor(
    private readonly client: Client,
    readonly place: string,
  ) {}

  /** Connects to `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`; what is missing comes from the PG* environment variables. */
  static async open(url: string): Promise<PostgresStore> {
    const place = placeOf(url);
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: CONNECT_MS,
      application_name: 'kb-recall',
    });
    // A connection that breaks while no query runs would end the process; the next query tells.
    client.on('error', () => undefined);
    await told(place, client.connect());
    return new PostgresStore(client, place);
  }

  async publish(publication: Publication, context: JobContext = {}): Promise<number> {
    const { name, windows, vectors, stamp } = publication;
    checkStoreName(name);
    if (vectors.length !== windows.length * stamp.dimension)
      throw new Error(`${vectors.length} values given for ${windows.length} windows of ${stamp.dimension}.`);
    return told(
      this.place,
      this.#transaction(() => this.#replace(publication, context)),
    );
  }

  async published(name: string): Promise<Published | undefined> {
    checkStoreName(name);
    const query = this.client.query(`SELECT * FROM ${SCHEMA}.bases WHERE name = $1`, [name]);
    const { rows } = await told(this.place, query.catch(nothingYet));
    const [row] = rows;
    if (!row) return undefined;
    const { version, stamp, index_hash: indexHash, snippets, windows, published_at: publishedAt } = row;
    return {
      name,
      version: Number(version),
      stamp: copyStamp(stamp as IndexStamp),
      indexHash,
      snippets,
      windows,
      publishedAt,
    };
  }

  async search(name: string, vector: Float32Array, limit: number, ids: readonly string[]): Promise<ServedSnippet[]> {
    checkStoreName(name);
    // Equal scores rank by id in the order of code points, as everywhere in KB Recall.
    const query = this.client.query(
      `SELECT id, score, rank FROM (
         SELECT id, score, row_number() OVER (ORDER BY score DESC, id COLLATE "C") AS rank
         FROM (SELECT snippet_id AS id, max(-(embedding <#> $1::vector)) AS score FROM ${SCHEMA}.${name}_windows GROUP BY snippet_id) AS best
       ) AS ranked WHERE rank <= $2 OR id = ANY($3) ORDER BY rank`,
      [vectorText(vector), limit, ids],
    );
    const { rows } = await told(this.place, query);
    return rows.map(({ id, score, rank }) => ({ id, score: Number(score), rank: Number(rank) }));
  }

  async close(): Promise<void> {
    await this.client.end();
  }

  async #replace(publication: Publication, context: JobContext): Promise<number> {
    const { name, stamp, indexHash, snippets, windows } = publication;
    const { client } = this;
    // Two publishers of one name wait for each other; the lock ends with the transaction.
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${SCHEMA}.${name}`]);
    await this.#prepare();
    const before = await client.query(`SELECT version FROM ${SCHEMA}.bases WHERE name = $1`, [name]);
    const old = before.rows.length > 0 ? Number(before.rows[0].version) : 0;
    const version = old + 1;
    const table = (kind: 'snippets' | 'windows', of: number): string => `${SCHEMA}.${name}_${kind}_v${of}`;
    await client.query(
      `CREATE TABLE ${table('snippets', version)} (id text PRIMARY KEY, file text NOT NULL, title text NOT NULL,
         heading_path text[] NOT NULL, content text NOT NULL, hash text NOT NULL)`,
    );
    await client.query(
      `CREATE TABLE ${table('windows', version)} (snippet_id text NOT NULL REFERENCES ${table('snippets', version)}, part integer NOT NULL,
         start_offset integer NOT NULL, end_offset integer NOT NULL, embedding vector(${stamp.dimension}) NOT NULL, PRIMARY KEY (snippet_id, part))`,
    );
    const total = snippets.length + windows.length;
    await batches(snippets.length, context, total, 0, async (from, to) => {
      const rows = snippets.slice(from, to).map(({ id, file, title, headingPath, text, hash }) => ({
        ...{ id, file, title, heading_path: headingPath, content: text, hash },
      }));
      await client.query(
        `INSERT INTO ${table('snippets', version)} SELECT * FROM jsonb_to_recordset($1::jsonb)
           AS r(id text, file text, title text, heading_path text[], content text, hash text)`,
        [jsonText(rows)],
      );
    });
    const parts = partsOf(windows);
    await batches(windows.length, context, total, snippets.length, async (from, to) => {
      const slice = windows.slice(from, to);
      const vectorOf = (i: number) => publication.vectors.subarray(i * stamp.dimension, (i + 1) * stamp.dimension);
      await client.query(
        `INSERT INTO ${table('windows', version)} SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::vector[])`,
        [
          slice.map(({ snippetId }) => snippetId),
          slice.map((_, i) => parts[from + i]),
          slice.map(({ start }) => start),
          slice.map(({ end }) => end),
          slice.map((_, i) => vectorText(vectorOf(from + i))),
        ],
      );
    });
    await client.query(
      `CREATE OR REPLACE VIEW ${SCHEMA}.${name}_snippets AS SELECT * FROM ${table('snippets', version)}`,
    );
    // Without its dimension in the type, since a view's columns cannot change theirs, and the next model may have another.
    await client.query(
      `CREATE OR REPLACE VIEW ${SCHEMA}.${name}_windows AS SELECT snippet_id, part, start_offset, end_offset, embedding::vector AS embedding
         FROM ${table('windows', version)}`,
    );
    if (old > 0) await client.query(`DROP TABLE ${table('windows', old)}, ${table('snippets', old)}`);
    await client.query(
      `INSERT INTO ${SCHEMA}.bases VALUES ($1, $2, $3, $4, $5, $6, now()) ON CONFLICT (name) DO UPDATE SET version = excluded.version,
         stamp = excluded.stamp, index_hash = excluded.index_hash, snippets = excluded.snippets, windows = excluded.windows, published_at = now()`,
      [name, version, JSON.stringify(copyStamp(stamp)), indexHash, snippets.length, windows.length],
    );
    return version;
  }

  async #prepare(): Promise<void> {
    const { client } = this;
    const { rows } = await client.query(`SELECT 1 FROM pg_extension WHERE extname = 'vector'`);
    if (rows.length === 0) {
      await client.query('CREATE EXTENSION vector').catch((error: unknown) => {
        throw errors.storeWithoutVector(this.place, reasonOf(error));
      });
    }
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${SCHEMA}.bases (name text PRIMARY KEY, version bigint NOT NULL, stamp jsonb NOT NULL,
         index_hash text NOT NULL, snippets integer NOT NULL, windows integer NOT NULL, published_at timestamptz NOT NULL)`,
    );
  }

  async #transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.client.query('BEGIN');
    try {
      const result = await work();
      await this.client.query('COMMIT');
      return result;
    } catch (error) {
      // Where the connection is gone the server rolls back by itself.
      await this.client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }
}

async function batches(
  count: number,
  context: JobContext,
  total: number,
  done: number,
  write: (from: number, to: number) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < count; from += BATCH) {
    throwIfAborted(context.signal);
    const to = Math.min(count, from + BATCH);
    await write(from, to);
    context.onProgress?.({ stage: 'publish', done: done + to, total });
  }
}

/** Number of each window within its snippet, from 0. */
function partsOf(windows: Publication['windows']): number[] {
  const seen = new Map<string, number>();
  return windows.map(({ snippetId }) => {
    const part = seen.get(snippetId) ?? 0;
    seen.set(snippetId, part + 1);
    return part;
  });
}

function vectorText(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}

/** PostgreSQL's texts cannot hold NUL; Markdown shows it as the replacement character as well. */
function jsonText(rows: unknown): string {
  return JSON.stringify(rows).replaceAll('\\u0000', '\ufffd');
}

/** Host, port and database of an address, without user and password. */
function placeOf(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    if (/^postgres(ql)?:$/.test(protocol)) return `postgresql://${host}${pathname}`;
  } catch {
    // Told below.
  }
  throw errors.badStore();
}

/** The result of a query over tables that no publication has made yet: no rows. */
function nothingYet(error: unknown): { rows: never[] } {
  if (error instanceof DatabaseError && UNDEFINED_TABLE.has(error.code ?? '')) return { rows: [] };
  throw error;
}

/** Errors of the database in the catalogue's words; others pass. */
async function told<T>(place: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UserError || isAbort(error)) throw error;
    throw errors.storeFailed(place, reasonOf(error));
  }
}

/** A connection that several addresses refused is an AggregateError without a message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
