import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Database } from './database.ts';
import { DatabaseAway } from './database-errors.ts';
import type { DatabaseLog, OpenDatabase } from './open-database.ts';
import { createListener } from './postgres-listener.ts';
import './value-types.ts';

/** Connections of one node. 10: enough for requests and jobs on a few cores, and ten nodes still fit the server's 100. */
const POOL_SIZE = 10;
/** Longer than a busy pool lets anybody wait, shorter than people and proxies do. */
const CONNECT_PATIENCE_MS = 20_000;

export async function openPostgres(url: string, log: DatabaseLog): Promise<OpenDatabase> {
  const connection = { connectionString: url, application_name: 'liaise', keepAlive: true };
  const pool = new pg.Pool({ ...connection, max: POOL_SIZE, connectionTimeoutMillis: CONNECT_PATIENCE_MS });
  // A connection that breaks, idle or under a statement, would otherwise end the process; the pool replaces it.
  pool.on('connect', (client) =>
    client.on('error', (error) => log.warn({ err: error }, 'a database connection broke')),
  );
  pool.on('error', () => undefined);
  await requireVersion(pool).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });
  const connect = () =>
    pool.connect().catch((cause: unknown) => {
      throw new DatabaseAway('no connection to the database', { cause });
    });
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: { connect, end: () => pool.end(), options: pool.options } }),
  });
  const listener = createListener(() => new pg.Client(connection), log);
  return {
    engine: 'postgres',
    db,
    async executeSql(text, values) {
      const result: pg.QueryResult | pg.QueryResult[] = await pool.query(text, values);
      return { rows: Array.isArray(result) ? result.flatMap((each) => each.rows ?? []) : result.rows };
    },
    async notify(tx, channel, payload) {
      await sql`select pg_notify(${channel}, ${payload})`.execute(tx);
    },
    listen: listener.listen,
    async close() {
      await listener.close();
      await db.destroy();
    },
  };
}

const OLDEST_VERSION = 15;

async function requireVersion(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ server_version_num: string }>('show server_version_num');
  const version = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  if (version < OLDEST_VERSION)
    throw new Error(
      `The database server is PostgreSQL ${version}, but ${OLDEST_VERSION} or newer is needed. Nothing was changed. ` +
        'Upgrade the server, or unset DATABASE_URL to use the embedded database.',
    );
}
