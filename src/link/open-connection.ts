import { createServiceAccount, type Owner } from '../access/index.ts';
import { type Clock, type Random, randomToken } from '../kernel/index.ts';
import type { Sealer } from '../keys/index.ts';
import type { Tx } from '../platform/db/database.ts';
import type { InstanceId, Schedule } from '../protocol/index.ts';
import type { ConnectionId, Side } from './connection.ts';
import { type Connection, findConnection, insertConnection } from './connection-repo.ts';
import { storeTrafficSecrets } from './traffic-secret.ts';

type Deps = { clock: Clock; random: Random; sealer: Sealer };

export type OpeningConnection = {
  readonly id: ConnectionId;
  readonly side: Side;
  /** The registration at the provider, the provider connection at the consumer. */
  readonly ownerId: string;
  readonly attempt: number;
  readonly peer: InstanceId;
  /** The peer's client at our authorization server. */
  readonly localClientId: string;
  /** Our client at the peer's. */
  readonly remote: { readonly clientId: string; readonly issuer: string; readonly resource: string };
  readonly settings: Record<string, unknown>;
  readonly schedule: Schedule;
};

/** The record that a connection's OAuth client and service account exist for. */
export const accountOwner = (id: ConnectionId): Owner => ({ kind: 'connection', id });

/** Creates a pending connection: its row, its traffic secrets, sealed, and its service account (REG-72). */
export async function openConnection(deps: Deps, tx: Tx, opening: OpeningConnection): Promise<Connection> {
  const now = deps.clock.now();
  const account = await createServiceAccount(tx, {
    suffix: opening.id.slice('con_'.length),
    owner: accountOwner(opening.id),
    createdAt: now,
  });
  await insertConnection(tx, {
    id: opening.id,
    side: opening.side,
    owner_id: opening.ownerId,
    attempt: opening.attempt,
    peer_instance_id: opening.peer,
    status: 'pending',
    local_client_id: opening.localClientId,
    remote_client_id: opening.remote.clientId,
    remote_issuer: opening.remote.issuer,
    remote_resource: opening.remote.resource,
    service_account: account.name,
    own_nonce: randomToken(deps.random, 32),
    settings_ours: opening.settings,
    created_at: now,
  });
  await storeTrafficSecrets(tx, deps.sealer, opening.id, opening.schedule);
  const connection = await findConnection(tx, opening.id);
  if (connection === undefined) throw new Error(`connection ${opening.id} was not stored`);
  return connection;
}
