import { type Db, json, type Tx } from '../platform/db/index.ts';
import type { AccessClient, ClientKey } from './client.ts';
import { deleteRecordsOfClient } from './oauth-record-repo.ts';
import './tables.ts';

/**
 * Writes a client of a running attempt; the same call twice leaves the same row. An existing row of that id must belong to
 * the same owner and still be in its attempt, or this throws: ids are made from the attempt, so anything else is a bug.
 */
export async function upsertClient(tx: Tx, client: Omit<AccessClient, 'phase'>): Promise<void> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('access.client')
    .values({
      client_id: client.clientId,
      phase: 'attempt',
      keys: json([...client.keys]),
      redirect_uris: json([...client.redirectUris]),
      owner_kind: client.owner.kind,
      owner_id: client.owner.id,
      created_at: client.createdAt,
    })
    .onConflict((conflict) =>
      conflict
        .column('client_id')
        .doUpdateSet({ keys: json([...client.keys]), redirect_uris: json([...client.redirectUris]) })
        .where('access.client.phase', '=', 'attempt')
        .where('access.client.owner_kind', '=', client.owner.kind)
        .where('access.client.owner_id', '=', client.owner.id),
    )
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n)
    throw new Error(`OAuth client ${client.clientId} is another record's, or keyed already`);
}

/** Writes a client that needs nobody's consent: the peer's own, at the side that asked for consent. Repeatable. */
export async function insertKeyedClient(tx: Tx, client: Omit<AccessClient, 'phase' | 'redirectUris'>): Promise<void> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('access.client')
    .values({
      client_id: client.clientId,
      phase: 'keyed',
      keys: json([...client.keys]),
      redirect_uris: json<string[]>([]),
      owner_kind: client.owner.kind,
      owner_id: client.owner.id,
      created_at: client.createdAt,
    })
    .onConflict((conflict) =>
      conflict
        .column('client_id')
        .doUpdateSet({ keys: json([...client.keys]) })
        .where('access.client.phase', '=', 'keyed')
        .where('access.client.owner_kind', '=', client.owner.kind)
        .where('access.client.owner_id', '=', client.owner.id),
    )
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n) throw new Error(`OAuth client ${client.clientId} is another record's`);
}

/** From here on the client speaks for itself only: no browser, no redirect, no consent. False when there is no such client. */
export async function promoteClient(tx: Tx, clientId: string): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('access.client')
    .set({ phase: 'keyed', redirect_uris: json<string[]>([]) })
    .where('client_id', '=', clientId)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Replaces the keys that the client's assertions are verified with; an assertion under another key fails from now on. */
export async function updateClientKeys(tx: Tx, clientId: string, keys: readonly ClientKey[]): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('access.client')
    .set({ keys: json([...keys]) })
    .where('client_id', '=', clientId)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Hands a client to the record that now stands for it, for example from the registration to its connection. */
export async function assignClient(tx: Tx, clientId: string, owner: AccessClient['owner']): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('access.client')
    .set({ owner_kind: owner.kind, owner_id: owner.id })
    .where('client_id', '=', clientId)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Removes the client with its grants and codes. Its access tokens are refused from the next request on. Repeatable. */
export async function removeClient(tx: Tx, clientId: string): Promise<void> {
  await deleteRecordsOfClient(tx, clientId);
  await tx.deleteFrom('access.client').where('client_id', '=', clientId).execute();
}

/** Ends what people have consented to for this client; the client itself stays. */
export const revokeConsents = (tx: Tx, clientId: string): Promise<void> => deleteRecordsOfClient(tx, clientId);

export async function findClient(db: Db, clientId: string): Promise<AccessClient | undefined> {
  const row = await db.selectFrom('access.client').selectAll().where('client_id', '=', clientId).executeTakeFirst();
  return row && clientOf(row);
}

/** All of them: one or two for each connection and running attempt. */
export async function listClients(db: Db): Promise<AccessClient[]> {
  const rows = await db.selectFrom('access.client').selectAll().orderBy('client_id').execute();
  return rows.map(clientOf);
}

type Row = {
  client_id: string;
  phase: AccessClient['phase'];
  keys: ClientKey[];
  redirect_uris: string[];
  owner_kind: string;
  owner_id: string;
  created_at: Date;
};

const clientOf = (row: Row): AccessClient => ({
  clientId: row.client_id,
  phase: row.phase,
  keys: row.keys,
  redirectUris: row.redirect_uris,
  owner: { kind: row.owner_kind, id: row.owner_id },
  createdAt: row.created_at,
});
