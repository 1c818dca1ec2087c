import { createHash } from 'node:crypto';
import type { Clock } from '../../kernel/index.ts';
import type { Tx } from './database.ts';
import type { Migration } from './migration.ts';
import { appliedMigrations, createMigrationTable, lockMigrations, recordMigration, runSql } from './migration-repo.ts';
import type { OpenDatabase } from './open-database.ts';
import { transact } from './transact.ts';

/**
 * Brings the schema to the head of `migrations`, all of it or nothing. Nodes that start together take turns. Throws when
 * the database holds a migration this program does not know (a newer program ran here) or knows with another text.
 */
export async function migrate(open: OpenDatabase, migrations: readonly Migration[], clock: Clock): Promise<void> {
  await transact(open.db, async (tx) => {
    await lockMigrations(tx);
    await createMigrationTable(tx);
    for (const migration of missing(migrations, await appliedMigrations(tx))) {
      await runMigration(tx, migration);
      await recordMigration(tx, {
        room: migration.room,
        name: migration.name,
        checksum: checksumOf(migration),
        applied_at: clock.now(),
      });
    }
  });
}

/** Migrations that have not run yet, by `room/name`; readiness asks for it. */
export async function pendingMigrations(open: OpenDatabase, migrations: readonly Migration[]): Promise<string[]> {
  return missing(migrations, await appliedMigrations(open.db)).map(nameOf);
}

async function runMigration(tx: Tx, { room, name, sql }: Migration): Promise<void> {
  try {
    await runSql(tx, `create schema if not exists ${room};\n${sql}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The migration ${room}/${name} failed, nothing was changed: ${reason}`, { cause: error });
  }
}

type Applied = { room: string; name: string; checksum: string };

function missing(migrations: readonly Migration[], applied: readonly Applied[]): Migration[] {
  const known = new Map(migrations.map((migration) => [nameOf(migration), migration]));
  if (known.size !== migrations.length) throw new Error('two migrations have the same room and name');
  for (const row of applied) {
    const migration = known.get(nameOf(row));
    if (migration === undefined)
      throw new Error(
        `The database has run the migration ${nameOf(row)}, which this program does not know: a newer version has used ` +
          'it. Nothing was changed. Start that version or a later one.',
      );
    if (checksumOf(migration) !== row.checksum)
      throw new Error(
        `The migration ${nameOf(row)} has run in this database with another text. Nothing was changed. ` +
          'Migrations are never edited: restore its text and write a new one.',
      );
  }
  const done = new Set(applied.map(nameOf));
  return migrations.filter((migration) => !done.has(nameOf(migration)));
}

const nameOf = ({ room, name }: { room: string; name: string }): string => `${room}/${name}`;
const checksumOf = ({ sql }: Migration): string => createHash('sha256').update(sql).digest('hex');
