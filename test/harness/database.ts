import { migrations as allMigrations } from '../../src/migrations.ts';
import { type Db, type Migration, type OpenDatabase, openDatabase } from '../../src/platform/db/index.ts';
import { borrowEmbedded } from './embedded-pool.ts';
import { createTestDatabase } from './postgres-server.ts';

export type TestDatabase = {
  readonly open: OpenDatabase;
  readonly db: Db;
  /** Where a second process or node finds the same database; undefined on the embedded engine, which has only one. */
  readonly url: string | undefined;
  /** Closes the database and removes it. */
  drop(): Promise<void>;
};

/** Which engine this run tests; every `*.db.test.ts` runs once on each. */
export const testEngine: 'pglite' | 'postgres' = process.env.LIAISE_TEST_ENGINE === 'postgres' ? 'postgres' : 'pglite';

/** A database of its own, with every room's migrations run, or only those of `migrations` (hand in one and the same array). */
export async function testDatabase(options: { migrations?: readonly Migration[] } = {}): Promise<TestDatabase> {
  const migrations = options.migrations ?? allMigrations;
  if (testEngine === 'pglite') {
    const open = await borrowEmbedded(migrations);
    return { open, db: open.db, url: undefined, drop: open.close };
  }
  const { url, drop } = await createTestDatabase(migrations);
  const open = await openDatabase({ url });
  return {
    open,
    db: open.db,
    url,
    async drop() {
      await open.close();
      await drop();
    },
  };
}
