import type { Db, Tx } from '../../platform/db/database.ts';
import type { ConnectionId } from '../connection.ts';
import '../tables.ts';

/** The newest of our manifests that the peer is known to hold; it never goes back. */
export async function noteManifestSeen(tx: Tx, connection: ConnectionId, seq: number): Promise<void> {
  await tx
    .insertInto('link.manifest_seen')
    .values({ connection_id: connection, seq })
    .onConflict((conflict) =>
      conflict.column('connection_id').doUpdateSet({ seq }).where('link.manifest_seen.seq', '<', seq),
    )
    .execute();
}

/** Active connections with what their peers hold; 0: never said. */
export const listManifestsSeen = (db: Db): Promise<{ id: ConnectionId; seq: number | null }[]> =>
  db
    .selectFrom('link.connection')
    .leftJoin('link.manifest_seen', 'link.manifest_seen.connection_id', 'link.connection.id')
    .select(['link.connection.id', 'link.manifest_seen.seq'])
    .where('link.connection.status', '=', 'active')
    .orderBy('link.connection.created_at')
    .execute();

/** True for the one caller that may ask this peer now: nobody has asked for this manifest, or not since `before`. */
export async function claimAsking(
  tx: Tx,
  connection: ConnectionId,
  { seq, now, before }: { seq: number; now: Date; before: Date },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('link.manifest_seen')
    .values({ connection_id: connection, asked_seq: seq, asked_at: now })
    .onConflict((conflict) =>
      conflict
        .column('connection_id')
        .doUpdateSet({ asked_seq: seq, asked_at: now })
        .where(({ eb, or }) =>
          or([
            eb('link.manifest_seen.asked_seq', '<', seq),
            eb('link.manifest_seen.asked_at', 'is', null),
            eb('link.manifest_seen.asked_at', '<=', before),
          ]),
        ),
    )
    .executeTakeFirstOrThrow();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}
