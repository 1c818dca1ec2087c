import type { Selectable } from 'kysely';
import type { Database, Db, Tx } from '../../platform/db/database.ts';
import { json } from '../../platform/db/index.ts';
import type { Message } from '../../protocol/index.ts';
import type { ConnectionId } from '../connection.ts';
import '../tables.ts';

export type ControlRow = Selectable<Database['link.control_message']>;
export type GivenReceipt = Selectable<Database['link.control_receipt']>;

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
      signed_by: null,
      replaces: json([]),
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

/**
 * Keeps the sealed batch before its first send, in place of the one with the hash `over` (null: none yet). False when another
 * worker has sealed it meanwhile: use that one.
 */
export async function keepSealed(
  tx: Tx,
  connection: ConnectionId,
  { seq, over }: { seq: number; over: string | null },
  { replaces, ...sealed }: { batch: string; hash: string; signed_by: string; replaces: readonly string[] },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('link.control_message')
    .set({ ...sealed, replaces: json(replaces) })
    .where('connection_id', '=', connection)
    .where('seq', '=', seq)
    .where('hash', 'is not distinct from', over)
    .where('receipt', 'is', null)
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

/** The same batch once more: the key of the first receipt may have been compromised since. */
export async function renewGivenReceipt(
  tx: Tx,
  connection: ConnectionId,
  given: { seq: number; receipt: string },
): Promise<void> {
  await tx
    .updateTable('link.control_receipt')
    .set({ receipt: given.receipt })
    .where('connection_id', '=', connection)
    .where('seq', '=', given.seq)
    .execute();
}

/** Another batch stands for the one that was taken in its place; what was held of that one is kept. */
export async function replaceGivenReceipt(
  tx: Tx,
  before: GivenReceipt & { signed_by: string },
  now: { hash: string; signed_by: string; receipt: string; replaced_at: Date },
): Promise<void> {
  const { content: _same, ...kept } = before;
  const { replaced_at, ...held } = now;
  await tx
    .insertInto('link.replaced_receipt')
    .values({ ...kept, replaced_at })
    .execute();
  await tx
    .updateTable('link.control_receipt')
    .set(held)
    .where('connection_id', '=', before.connection_id)
    .where('seq', '=', before.seq)
    .execute();
}

export async function findGivenReceipt(
  db: Db,
  connection: ConnectionId,
  seq: number,
): Promise<GivenReceipt | undefined> {
  return db
    .selectFrom('link.control_receipt')
    .selectAll()
    .where('connection_id', '=', connection)
    .where('seq', '=', seq)
    .executeTakeFirst();
}

export async function insertGivenReceipt(
  tx: Tx,
  row: GivenReceipt & { content: string; signed_by: string },
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
