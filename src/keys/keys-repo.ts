import { sql } from 'kysely';
import { type Db, json, type Tx } from '../platform/db/index.ts';
import type { AccessPolicyRow, ClassKeyRow, InstanceRow, KeyVersionRow, Rows } from './rows.ts';

/** Any constant will do, as long as every version of the program uses the same: "keys" in ASCII. */
const LOCK = 0x6b657973;

/** Nodes that start or change keys at the same time take turns; held until the transaction ends. */
export async function lockKeys(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LOCK}::bigint)`.execute(tx);
}

/** Everything at one moment, so that a change committed in between is not taken for tampering. Null before the first start. */
export const readRows = (db: Db): Promise<Rows | null> =>
  db.transaction().setIsolationLevel('repeatable read').execute(readRowsIn);

export async function readRowsIn(tx: Tx): Promise<Rows | null> {
  const found = await tx.selectFrom('keys.instance').selectAll().executeTakeFirst();
  if (found === undefined) return null;
  const { only_one: _, ...instance } = found;
  return {
    instance,
    classKeys: await tx.selectFrom('keys.class_key').selectAll().execute(),
    keyVersions: await tx.selectFrom('keys.key_version').selectAll().orderBy('module').orderBy('version').execute(),
    policies: await tx.selectFrom('keys.access_policy').selectAll().orderBy('id').execute(),
  };
}

const columnsOf = (row: InstanceRow) => ({
  ...row,
  genesis: json(row.genesis),
  succession_log: json(row.succession_log),
  active_days: row.active_days === null ? null : json(row.active_days),
});

export async function insertInstance(tx: Tx, row: InstanceRow): Promise<void> {
  await tx.insertInto('keys.instance').values(columnsOf(row)).execute();
}

export async function updateInstance(tx: Tx, row: InstanceRow): Promise<void> {
  await tx.updateTable('keys.instance').set(columnsOf(row)).execute();
}

export async function insertClassKey(tx: Tx, row: ClassKeyRow): Promise<void> {
  await tx.insertInto('keys.class_key').values(row).execute();
}

export async function insertKeyVersion(tx: Tx, row: KeyVersionRow): Promise<void> {
  await tx.insertInto('keys.key_version').values(row).execute();
}

export async function updateKeyVersion(tx: Tx, row: KeyVersionRow): Promise<void> {
  await tx
    .updateTable('keys.key_version')
    .set(row)
    .where('module', '=', row.module)
    .where('version', '=', row.version)
    .execute();
}

export async function insertPolicy(tx: Tx, row: AccessPolicyRow): Promise<void> {
  await tx
    .insertInto('keys.access_policy')
    .values({ ...row, operations: json(row.operations) })
    .execute();
}
