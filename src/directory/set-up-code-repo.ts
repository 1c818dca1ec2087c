import type { Db, Tx } from '../platform/db/index.ts';
import './tables.ts';

export async function setUpCodeHashStored(db: Db): Promise<string | null> {
  const row = await db.selectFrom('directory.set_up_code').select('code_hash').executeTakeFirst();
  return row?.code_hash ?? null;
}

export async function storeSetUpCode(tx: Tx, hash: string, now: Date): Promise<void> {
  await tx
    .insertInto('directory.set_up_code')
    .values({ code_hash: hash, created_at: now })
    .onConflict((conflict) => conflict.column('only_one').doUpdateSet({ code_hash: hash, created_at: now }))
    .execute();
}

export async function deleteSetUpCode(tx: Tx): Promise<void> {
  await tx.deleteFrom('directory.set_up_code').execute();
}
