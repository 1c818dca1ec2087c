import type { Selectable } from 'kysely';
import type { Database, Db, Tx } from '../../platform/db/database.ts';
import { json } from '../../platform/db/index.ts';
import type { Message } from '../../protocol/index.ts';
import type { ConnectionId } from '../connection.ts';
import '../tables.ts';

export type ControlRow = Selectable<Database['link.control_message']>;

export async function insertControlMessage(
  tx: Tx,
  connection: ConnectionId,
  message: Message,
  now: Date,
): Promise<void> {
  await tx
    .insertInto('link.control_message')
    .values({
      connection_id: connection,
      seq: message.n,
      message: json(message),
      batch: null,
      hash: null,
      receipt: null,
      created_at: now,
      receipted_at: null,
    })
    .execute();
}

export async function listControlMessages(db: Db, connection: ConnectionId): Promise<ControlRow[]> {
  return db
    .selectFrom('link.control_message')
    .selectAll()
    .where('connection_id', '=', connection)
    .orderBy('seq')
    .execute();
}

/** Keeps the sealed batch before its first send. False when another worker has sealed it meanwhile: use that one. */
export async function keepSealed(
  tx: Tx,
  connection: ConnectionId,
  seq: number,
  sealed: { batch: string; hash: string },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('link.control_message')
    .set(sealed)
    .where('connection_id', '=', connection)
    .where('seq', '=', seq)
    .where('batch', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** The receipt for the batch `hash` ends the message's life here: its sealed copy is let go. */
export async function keepReceipt(
  tx: Tx,
  connection: ConnectionId,
  seq: number,
  { hash, receipt }: { hash: string; receipt: string },
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('link.control_message')
    .set({ receipt, receipted_at: now, batch: null })
    .where('connection_id', '=', connection)
    .where('seq', '=', seq)
    .where('hash', '=', hash)
    .where('receipt', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** What waits sealed is sealed anew at its next send; the hash stays, to say which batch the new one stands for. */
export async function dropSealed(tx: Tx, connection: ConnectionId): Promise<void> {
  await tx
    .updateTable('link.control_message')
    .set({ batch: null })
    .where('connection_id', '=', connection)
    .where('receipt', 'is', null)
    .execute();
}

export async function replaceGivenReceipt(
  tx: Tx,
  connection: ConnectionId,
  seq: number,
  given: { hash: string; receipt: string },
): Promise<void> {
  await tx
    .updateTable('link.control_receipt')
    .set(given)
    .where('connection_id', '=', connection)
    .where('seq', '=', seq)
    .execute();
}

export async function findGivenReceipt(db: Db, connection: ConnectionId, seq: number) {
  return db
    .selectFrom('link.control_receipt')
    .select(['hash', 'receipt'])
    .where('connection_id', '=', connection)
    .where('seq', '=', seq)
    .executeTakeFirst();
}

export async function insertGivenReceipt(
  tx: Tx,
  row: { connection_id: ConnectionId; seq: number; hash: string; receipt: string; accepted_at: Date },
): Promise<void> {
  await tx.insertInto('link.control_receipt').values(row).execute();
}

/** The receipts this side has given, in order. */
export async function listGivenReceipts(db: Db, connection: ConnectionId): Promise<string[]> {
  const rows = await db
    .selectFrom('link.control_receipt')
    .select('receipt')
    .where('connection_id', '=', connection)
    .orderBy('seq')
    .execute();
  return rows.map(({ receipt }) => receipt);
}
