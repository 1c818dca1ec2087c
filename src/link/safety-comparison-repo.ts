import type { Selectable } from 'kysely';
import type { Database, Db, Tx } from '../platform/db/database.ts';
import type { InstanceId } from '../protocol/index.ts';
import './tables.ts';

type SafetyComparisonRow = Selectable<Database['link.safety_comparison']>;

export async function findSafetyComparison(db: Db, peer: InstanceId): Promise<SafetyComparisonRow | undefined> {
  return db.selectFrom('link.safety_comparison').selectAll().where('peer_instance_id', '=', peer).executeTakeFirst();
}

/** The last comparison is the one that counts. */
export async function keepSafetyComparison(tx: Tx, row: SafetyComparisonRow): Promise<void> {
  const { peer_instance_id: _, ...again } = row;
  await tx
    .insertInto('link.safety_comparison')
    .values(row)
    .onConflict((conflict) => conflict.column('peer_instance_id').doUpdateSet(again))
    .execute();
}
