import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrations as allMigrations } from '../../src/migrations.ts';
import { type Migration, openDatabase } from '../../src/platform/db/index.ts';
import { prepareDatabase } from './prepare-database.ts';

/** Set by database-setup.ts, once for the whole run; a single file run without it finds the server itself. */
export const SERVER_VARIABLE = 'LIAISE_TEST_POSTGRES_SERVER';
export const TEMPLATE_VARIABLE = 'LIAISE_TEST_POSTGRES_TEMPLATE';

/** Addresses to try, in this order: what the tester says, the local socket, the loopback address. */
const candidates = (): string[] => {
  const told = process.env.LIAISE_TEST_DATABASE_URL;
  return told !== undefined
    ? [told]
    : ['postgres://postgres@%2Fvar%2Frun%2Fpostgresql/postgres', 'postgres://postgres@127.0.0.1:5432/postgres'];
};

/** The first server that lets us in, or undefined. */
export async function findServer(): Promise<string | undefined> {
  for (const url of candidates()) if (await canReach(url)) return url;
  return undefined;
}

export const canReach = (url: string): Promise<boolean> => onServer(url, async () => true).catch(() => false);

/** Runs one piece of work over a connection of its own. */
export async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Only names of this shape are ever created or dropped here. */
export const testDatabaseName = (): string => `liaise_test_${randomBytes(8).toString('hex')}`;

/** Creates a database with these migrations run: for all of them a copy of the template, where there is one. */
export async function createTestDatabase(
  migrations: readonly Migration[],
): Promise<{ url: string; drop(): Promise<void> }> {
  const server = process.env[SERVER_VARIABLE] ?? (await findServer());
  if (server === undefined) throw new Error('no PostgreSQL server for this test; set LIAISE_TEST_DATABASE_URL');
  const template = process.env[TEMPLATE_VARIABLE];
  const name = testDatabaseName();
  const copied = migrations === allMigrations && template !== undefined;
  await onServer(server, (client) => client.query(`create database ${name}${copied ? ` template ${template}` : ''}`));
  const url = databaseUrl(server, name);
  const drop = () => dropTestDatabase(server, name);
  try {
    if (!copied) await migrateDatabase(url, migrations);
  } catch (error) {
    await drop();
    throw error;
  }
  return { url, drop };
}

export async function dropTestDatabase(server: string, name: string): Promise<void> {
  await onServer(server, (client) => client.query(`drop database if exists ${name} with (force)`));
}

export async function migrateDatabase(url: string, migrations: readonly Migration[]): Promise<void> {
  const open = await openDatabase({ url });
  try {
    await prepareDatabase(open, migrations);
  } finally {
    await open.close();
  }
}

export function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
