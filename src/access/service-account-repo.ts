import type { Db, Tx } from '../platform/db/index.ts';
import { type ServiceAccount, type ServiceAccountName, serviceAccountName } from './service-account.ts';
import './tables.ts';

/** Creates the one account of `owner`, or finds it: a repeated step makes no second one. */
export async function createServiceAccount(
  tx: Tx,
  account: { readonly suffix: string; readonly owner: ServiceAccount['owner']; readonly createdAt: Date },
): Promise<ServiceAccount> {
  const { owner } = account;
  await tx
    .insertInto('access.service_account')
    .values({
      name: serviceAccountName(account.suffix),
      owner_kind: owner.kind,
      owner_id: owner.id,
      created_at: account.createdAt,
    })
    .onConflict((conflict) => conflict.columns(['owner_kind', 'owner_id']).doNothing())
    .execute();
  const row = await tx
    .selectFrom('access.service_account')
    .selectAll()
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .executeTakeFirstOrThrow();
  return accountOf(row);
}

/** Repeatable. */
export async function removeServiceAccount(tx: Tx, owner: ServiceAccount['owner']): Promise<void> {
  await tx
    .deleteFrom('access.service_account')
    .where('owner_kind', '=', owner.kind)
    .where('owner_id', '=', owner.id)
    .execute();
}

export async function listServiceAccounts(db: Db): Promise<ServiceAccount[]> {
  const rows = await db.selectFrom('access.service_account').selectAll().orderBy('name').execute();
  return rows.map(accountOf);
}

const accountOf = (row: { name: string; owner_kind: string; owner_id: string; created_at: Date }): ServiceAccount => ({
  name: row.name as ServiceAccountName,
  owner: { kind: row.owner_kind, id: row.owner_id },
  createdAt: row.created_at,
});
