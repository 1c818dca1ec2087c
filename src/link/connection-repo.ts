import { type Selectable, sql } from 'kysely';
import type { Database, Db, Tx } from '../platform/db/database.ts';
import { json } from '../platform/db/index.ts';
import type { InstanceId } from '../protocol/index.ts';
import type { ConnectionId, ConnectionStatus, Side, SuspensionReason } from './connection.ts';
import './tables.ts';

export type Connection = Selectable<Database['link.connection']>;

type NewConnection = Omit<
  Connection,
  'outbound_seq' | 'inbound_seq' | 'inbound_hash' | 'peer_nonce' | 'settings_theirs' | 'activated_at' | 'suspended_for'
>;

export async function insertConnection(tx: Tx, connection: NewConnection): Promise<void> {
  await tx
    .insertInto('link.connection')
    .values({ ...connection, settings_ours: json(connection.settings_ours) })
    .execute();
}

export async function findConnection(db: Db, id: ConnectionId): Promise<Connection | undefined> {
  return db.selectFrom('link.connection').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Holds the row until the transaction ends: lane 0 of one connection moves one message at a time. */
export async function lockConnection(tx: Tx, id: ConnectionId): Promise<Connection | undefined> {
  return tx.selectFrom('link.connection').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** The connection that is not off-boarded yet with this peer, if any (OQ-29). */
export async function findLiveConnection(db: Db, peer: InstanceId): Promise<Connection | undefined> {
  return db
    .selectFrom('link.connection')
    .selectAll()
    .where('peer_instance_id', '=', peer)
    .where('status', '<>', 'off-boarded')
    .executeTakeFirst();
}

export async function listConnections(db: Db, side: Side): Promise<Connection[]> {
  return db.selectFrom('link.connection').selectAll().where('side', '=', side).orderBy('created_at').execute();
}

export async function listActiveConnections(db: Db): Promise<Connection[]> {
  return db.selectFrom('link.connection').selectAll().where('status', '=', 'active').orderBy('created_at').execute();
}

/** The instance at the other end; null when `id` names no connection. */
export async function peerOfConnection(db: Db, id: string): Promise<InstanceId | null> {
  const row = await db
    .selectFrom('link.connection')
    .select('peer_instance_id')
    .where('id', '=', id as ConnectionId)
    .executeTakeFirst();
  return row?.peer_instance_id ?? null;
}

/** The OAuth clients that a peer has here by its connections. */
export async function liveClientsOf(db: Db, peer: InstanceId): Promise<string[]> {
  const rows = await db
    .selectFrom('link.connection')
    .select('local_client_id')
    .where('peer_instance_id', '=', peer)
    .where('status', '<>', 'off-boarded')
    .execute();
  return rows.map((row) => row.local_client_id);
}

export async function setConnectionStatus(
  tx: Tx,
  id: ConnectionId,
  from: ConnectionStatus,
  to: ConnectionStatus,
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('link.connection')
    .set({ status: to, ...(to === 'active' && { activated_at: now }) })
    .where('id', '=', id)
    .where('status', '=', from)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** False when it is suspended already, or has ended. */
export async function suspend(tx: Tx, id: ConnectionId, reason: SuspensionReason): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('link.connection')
    .set({ status: 'suspended', suspended_for: reason })
    .where('id', '=', id)
    .where('status', 'in', ['pending', 'active'])
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

export async function deleteConnection(tx: Tx, id: ConnectionId): Promise<void> {
  await tx.deleteFrom('link.connection').where('id', '=', id).execute();
}

type Learned = { peer_nonce?: string; settings_theirs?: Record<string, unknown> };

export async function recordLearned(tx: Tx, id: ConnectionId, learned: Learned): Promise<void> {
  await tx
    .updateTable('link.connection')
    .set({
      ...(learned.peer_nonce !== undefined && { peer_nonce: learned.peer_nonce }),
      ...(learned.settings_theirs !== undefined && { settings_theirs: json(learned.settings_theirs) }),
    })
    .where('id', '=', id)
    .execute();
}

export async function advanceInbound(tx: Tx, id: ConnectionId, seq: number, hash: string): Promise<void> {
  await tx.updateTable('link.connection').set({ inbound_seq: seq, inbound_hash: hash }).where('id', '=', id).execute();
}

/** The next number of lane 0; the row stays locked until the transaction ends. */
export async function takeOutboundSeq(tx: Tx, id: ConnectionId): Promise<number> {
  const row = await tx
    .updateTable('link.connection')
    .set({ outbound_seq: sql`outbound_seq + 1` })
    .where('id', '=', id)
    .returning('outbound_seq')
    .executeTakeFirstOrThrow();
  return row.outbound_seq;
}

export async function insertTrafficSecrets(
  tx: Tx,
  connection: ConnectionId,
  epoch: number,
  sealed: Record<'c2p' | 'p2c' | 'ratchet', string>,
): Promise<void> {
  const labels = ['c2p', 'p2c', 'ratchet'] as const;
  await tx
    .insertInto('link.traffic_secret')
    .values(labels.map((label) => ({ connection_id: connection, epoch, label, sealed: sealed[label] })))
    .execute();
}

export async function findTrafficSecret(
  db: Db,
  connection: ConnectionId,
  epoch: number,
  label: 'c2p' | 'p2c',
): Promise<string | undefined> {
  const row = await db
    .selectFrom('link.traffic_secret')
    .select('sealed')
    .where('connection_id', '=', connection)
    .where('epoch', '=', epoch)
    .where('label', '=', label)
    .executeTakeFirst();
  return row?.sealed;
}
