import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';
import type { MigrationTable } from './tables.ts';

/** Any constant will do, as long as every version of the program uses the same: "liaise" in ASCII. */
const LOCK = 0x6c6961697365;

export async function lockMigrations(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LOCK}::bigint)`.execute(tx);
}

export const createMigrationTable = (tx: Tx): Promise<void> =>
  runSql(
    tx,
    `create schema if not exists platform;
     create table if not exists platform.migration (
       room text not null,
       name text not null,
       checksum text not null,
       applied_at timestamptz not null,
       primary key (room, name)
     )`,
  );

/** Every migration that has run; none in a database nobody has migrated. */
export async function appliedMigrations(db: Db): Promise<MigrationTable[]> {
  const { rows } = await sql<{
    exists: boolean;
  }>`select to_regclass('platform.migration') is not null as exists`.execute(db);
  if (!rows[0]?.exists) return [];
  return db.selectFrom('platform.migration').selectAll().orderBy('room').orderBy('name').execute();
}

export async function recordMigration(tx: Tx, row: MigrationTable): Promise<void> {
  await tx.insertInto('platform.migration').values(row).execute();
}

/** One or several statements, written by us. */
export async function runSql(tx: Tx, text: string): Promise<void> {
  await sql.raw(text).execute(tx);
}
