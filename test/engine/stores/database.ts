// A PostgreSQL with pgvector for tests: PGlite (PostgreSQL as WebAssembly, from npm) behind a socket, reached like any server.
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

export interface TestDatabase {
  url: string;
  /** Asks the database beside the connection under test. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** Starts an empty database; without `pgvector` the extension cannot be added. */
export async function startDatabase({ pgvector = true } = {}): Promise<TestDatabase> {
  const db = await PGlite.create({ extensions: pgvector ? { vector } : {} });
  const server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1', maxConnections: 4 });
  await server.start();
  return {
    url: `postgresql://postgres:geheim@${server.getServerConn()}/postgres`,
    query: async (sql) => (await db.query<Record<string, unknown>>(sql)).rows,
    stop: async () => {
      await server.stop();
      await db.close();
    },
  };
}
