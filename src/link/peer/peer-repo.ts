import type { Selectable } from 'kysely';
import type { Database, Db, Tx } from '../../platform/db/database.ts';
import { json } from '../../platform/db/index.ts';
import type { InstanceId, Manifest } from '../../protocol/index.ts';
import type { PeerObservation } from './observe-peer.ts';
import '../tables.ts';

export type PeerRow = Selectable<Database['link.peer']>;

export async function findPeer(db: Db, id: InstanceId): Promise<PeerRow | undefined> {
  return db.selectFrom('link.peer').selectAll().where('instance_id', '=', id).executeTakeFirst();
}

/** Keeps the newest manifest: an observation with an older one changes nothing but when the peer was last seen. */
export async function rememberPeer(tx: Tx, { identity, skewMs, observedAt }: PeerObservation): Promise<void> {
  const learned = {
    origin: identity.manifest.origin,
    display: identity.manifest.display,
    succession_log: json([...identity.log]),
    manifest: identity.manifestJws,
    manifest_seq: identity.manifest.seq,
    root_thumbprint: identity.rootThumbprint,
  };
  await tx
    .insertInto('link.peer')
    .values({
      instance_id: identity.id,
      genesis: json(identity.genesis),
      ...learned,
      skew_ms: skewMs,
      first_seen_at: observedAt,
      seen_at: observedAt,
    })
    .onConflict((conflict) => conflict.column('instance_id').doUpdateSet({ skew_ms: skewMs, seen_at: observedAt }))
    .execute();
  await tx
    .updateTable('link.peer')
    .set(learned)
    .where('instance_id', '=', identity.id)
    .where('manifest_seq', '<', identity.manifest.seq)
    .execute();
}

/** Replaces an older manifest of the same peer; a newer one stays. */
export async function keepManifest(tx: Tx, id: InstanceId, jws: string, manifest: Manifest): Promise<void> {
  await tx
    .updateTable('link.peer')
    .set({ manifest: jws, manifest_seq: manifest.seq, origin: manifest.origin, display: manifest.display })
    .where('instance_id', '=', id)
    .where('manifest_seq', '<', manifest.seq)
    .execute();
}
