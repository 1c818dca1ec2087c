import type { Db } from '../../platform/db/database.ts';
import type { ConnectionId } from '../connection.ts';
import '../tables.ts';

export type LaneStatus = { confirmed: number; confirmedAt: Date | null; receivedAt: Date | null };

/** What the peer has signed for on lane 0, and when either side last took something. */
export async function laneStatus(db: Db, connection: ConnectionId): Promise<LaneStatus> {
  const sent = await db
    .selectFrom('link.control_message')
    .select((row) => [row.fn.count<number>('receipt').as('confirmed'), row.fn.max('receipted_at').as('at')])
    .where('connection_id', '=', connection)
    .executeTakeFirstOrThrow();
  const taken = await db
    .selectFrom('link.control_receipt')
    .select((row) => row.fn.max('accepted_at').as('at'))
    .where('connection_id', '=', connection)
    .executeTakeFirstOrThrow();
  return { confirmed: Number(sent.confirmed), confirmedAt: sent.at, receivedAt: taken.at };
}
