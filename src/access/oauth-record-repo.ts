import type { Db, Tx } from '../platform/db/index.ts';
import './tables.ts';

export type StoredRecord = {
  readonly model: string;
  readonly idHash: string;
  readonly sealed: string;
  readonly grantHash: string | null;
  readonly clientId: string | null;
  readonly expiresAt: Date;
};

/** Inserts the record or replaces what it says; whether it was consumed stays as it is. */
export async function putRecord(tx: Tx, record: StoredRecord): Promise<void> {
  const changing = {
    sealed: record.sealed,
    grant_hash: record.grantHash,
    client_id: record.clientId,
    expires_at: record.expiresAt,
  };
  await tx
    .insertInto('access.oauth_record')
    .values({ model: record.model, id_hash: record.idHash, consumed_at: null, ...changing })
    .onConflict((conflict) => conflict.columns(['model', 'id_hash']).doUpdateSet(changing))
    .execute();
}

export async function findRecord(
  db: Db,
  model: string,
  idHash: string,
): Promise<{ sealed: string; consumedAt: Date | null } | undefined> {
  const row = await db
    .selectFrom('access.oauth_record')
    .select(['sealed', 'consumed_at'])
    .where('model', '=', model)
    .where('id_hash', '=', idHash)
    .executeTakeFirst();
  return row && { sealed: row.sealed, consumedAt: row.consumed_at };
}

/** Marks the record used; false when it already was, or is gone: of two requests at once exactly one gets true. */
export async function consumeRecord(tx: Tx, model: string, idHash: string, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('access.oauth_record')
    .set({ consumed_at: at })
    .where('model', '=', model)
    .where('id_hash', '=', idHash)
    .where('consumed_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

export async function deleteRecord(tx: Tx, model: string, idHash: string): Promise<void> {
  await tx.deleteFrom('access.oauth_record').where('model', '=', model).where('id_hash', '=', idHash).execute();
}

/** Ends a grant and everything that came of it, by the record that names it. */
export async function deleteGrantOf(tx: Tx, model: string, idHash: string): Promise<void> {
  const row = await tx
    .selectFrom('access.oauth_record')
    .select('grant_hash')
    .where('model', '=', model)
    .where('id_hash', '=', idHash)
    .executeTakeFirst();
  if (row?.grant_hash) await tx.deleteFrom('access.oauth_record').where('grant_hash', '=', row.grant_hash).execute();
}

export async function deleteModelByGrant(tx: Tx, model: string, grantHash: string): Promise<void> {
  await tx.deleteFrom('access.oauth_record').where('model', '=', model).where('grant_hash', '=', grantHash).execute();
}

export async function deleteRecordsOfClient(tx: Tx, clientId: string): Promise<void> {
  await tx.deleteFrom('access.oauth_record').where('client_id', '=', clientId).execute();
}

export async function grantLives(db: Db, grantHash: string, at: Date): Promise<boolean> {
  const row = await db
    .selectFrom('access.oauth_record')
    .select('id_hash')
    .where('model', '=', 'Grant')
    .where('id_hash', '=', grantHash)
    .where('expires_at', '>', at)
    .executeTakeFirst();
  return row !== undefined;
}

/** False when the same proof was seen before and its time is not over. */
export async function rememberProof(tx: Tx, idHash: string, expiresAt: Date, now: Date): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('access.proof_seen')
    .values({ id_hash: idHash, expires_at: expiresAt })
    .onConflict((conflict) =>
      conflict
        .column('id_hash')
        .doUpdateSet({ expires_at: expiresAt })
        .where('access.proof_seen.expires_at', '<=', now),
    )
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export async function proofSeen(db: Db, idHash: string, now: Date): Promise<Date | undefined> {
  const row = await db
    .selectFrom('access.proof_seen')
    .select('expires_at')
    .where('id_hash', '=', idHash)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row?.expires_at;
}

export async function deleteExpired(tx: Tx, records: Date, proofs: Date): Promise<void> {
  await tx.deleteFrom('access.oauth_record').where('expires_at', '<', records).execute();
  await tx.deleteFrom('access.proof_seen').where('expires_at', '<', proofs).execute();
}
