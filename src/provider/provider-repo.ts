import type { Db, Tx } from '../platform/db/database.ts';
import './tables.ts';

export type ProviderRecord = { name: string; created_at: Date; updated_at: Date };

export async function findProvider(db: Db): Promise<ProviderRecord | undefined> {
  return db.selectFrom('provider.provider').select(['name', 'created_at', 'updated_at']).executeTakeFirst();
}

/** False when there is one already. */
export async function insertProvider(tx: Tx, record: ProviderRecord): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('provider.provider')
    .values(record)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}
