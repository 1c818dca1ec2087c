import { migrations } from '../../src/migrations.ts';
import {
  databaseUrl,
  dropTestDatabase,
  findServer,
  migrateDatabase,
  onServer,
  SERVER_VARIABLE,
  TEMPLATE_VARIABLE,
  testDatabaseName,
} from './postgres-server.ts';
import { findBinaries, startPrivateCluster } from './private-cluster.ts';

/**
 * Vitest's global set-up of the PostgreSQL half, once per run: finds a server or starts a private one, and makes the migrated
 * template that every test's database is copied from. Returns the clean-up.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const { url, stop } = await serverForTests();
  const template = testDatabaseName();
  await onServer(url, (client) => client.query(`create database ${template}`));
  const clean = async () => {
    await dropTestDatabase(url, template);
    await stop();
  };
  process.env[SERVER_VARIABLE] = url;
  try {
    await migrateDatabase(databaseUrl(url, template), migrations);
    process.env[TEMPLATE_VARIABLE] = template;
  } catch {
    // Every test that needs all migrations will run them itself, and say which one is broken.
  }
  return clean;
}

async function serverForTests(): Promise<{ url: string; stop(): Promise<void> }> {
  const binaries = process.env.LIAISE_TEST_DATABASE_URL === undefined ? findBinaries() : undefined;
  // Ours before one that runs here anyway: it need not survive a power cut, and so never waits for a disk.
  const ours = binaries === undefined ? undefined : await startPrivateCluster(binaries).catch(() => undefined);
  if (ours !== undefined) return ours;
  const url = await findServer();
  if (url === undefined) throw new Error('no PostgreSQL server for the tests; set LIAISE_TEST_DATABASE_URL');
  return { url, stop: async () => undefined };
}

/** Whether the PostgreSQL half can run here; where it cannot, the test runner prints one line and counts it as skipped. */
export const postgresAvailable = async (): Promise<boolean> =>
  findBinaries() !== undefined || (await findServer()) !== undefined;
