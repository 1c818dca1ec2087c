import { removeClient, removeServiceAccount } from '../access/index.ts';
import type { Tx } from '../platform/db/database.ts';
import type { ConnectionId } from './connection.ts';
import { deleteConnection, findConnection } from './connection-repo.ts';
import { accountOwner } from './open-connection.ts';

/** Deletes a connection that never became active, with its client, its account and its secrets: nothing stays behind. */
export async function dropPendingConnection(tx: Tx, id: ConnectionId): Promise<void> {
  const connection = await findConnection(tx, id);
  if (connection === undefined) return;
  if (connection.status === 'off-boarded' || connection.activated_at !== null)
    throw new Error(`connection ${id} is ${connection.status}; only one that never became active is dropped`);
  await removeClient(tx, connection.local_client_id);
  await removeServiceAccount(tx, accountOwner(id));
  await deleteConnection(tx, id);
}
