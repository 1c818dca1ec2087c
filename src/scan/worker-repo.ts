import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../platform/db/index.ts';
import type { WorkerTable } from './tables.ts';

export type WorkerRow = Selectable<WorkerTable>;

/** Notes a sign of life of this node. */
export async function noteWorker(
  tx: Tx,
  worker: Pick<WorkerRow, 'node' | 'version' | 'seen_at'> & { readonly worked: boolean },
): Promise<void> {
  const { node, version, seen_at, worked } = worker;
  await tx
    .insertInto('scan.worker')
    .values({ node, version, seen_at, worked_at: worked ? seen_at : null })
    .onConflict((conflict) => conflict.column('node').doUpdateSet({ seen_at, ...(worked && { worked_at: seen_at }) }))
    .execute();
}

export async function forgetWorkers(tx: Tx, before: Date): Promise<void> {
  await tx.deleteFrom('scan.worker').where('seen_at', '<', before).execute();
}

export async function forgetWorker(tx: Tx, node: string): Promise<void> {
  await tx.deleteFrom('scan.worker').where('node', '=', node).execute();
}

export const workersSince = (db: Db, since: Date): Promise<WorkerRow[]> =>
  db.selectFrom('scan.worker').selectAll().where('seen_at', '>=', since).orderBy('node').execute();

/** PostgreSQL's own number for its version: 150004 is 15.4. */
export async function databaseVersion(db: Db): Promise<number> {
  const { rows } = await sql<{ version: string }>`select current_setting('server_version_num') as version`.execute(db);
  return Number(rows[0]?.version);
}
