import type { Db } from '../platform/db/database.ts';
import { safetyNumber } from '../protocol/index.ts';
import type { Connection } from './connection-repo.ts';
import type { ConnectionView } from './connection-view.ts';
import { laneStatus } from './control/lane-status-repo.ts';
import { proofOf } from './control/two-way-proof.ts';
import { findPeer } from './peer/peer-repo.ts';
import type { OwnFingerprint } from './safety-number-with.ts';

/** A connection as either console shows it. */
export async function describeConnection(db: Db, own: OwnFingerprint, connection: Connection): Promise<ConnectionView> {
  const peer = await findPeer(db, connection.peer_instance_id);
  if (peer === undefined) throw new Error(`the peer of connection ${connection.id} is not on file`);
  const proof = await proofOf(db, connection);
  const lane = await laneStatus(db, connection.id);
  const version = connection.settings_theirs?.appVersion;
  return {
    id: connection.id,
    status: connection.status,
    peer: {
      instanceId: peer.instance_id,
      origin: peer.origin,
      name: peer.display,
      version: typeof version === 'string' ? version : null,
    },
    inbound: proof.inbound ? 'active' : 'waiting',
    outbound: proof.outbound ? 'active' : 'waiting',
    safetyNumber: safetyNumber(own(), { id: peer.instance_id, rootThumbprint: peer.root_thumbprint }),
    serviceAccount: connection.service_account,
    settings: { ours: connection.settings_ours, theirs: connection.settings_theirs },
    health: {
      seenAt: peer.seen_at.toISOString(),
      manifestSeq: peer.manifest_seq,
      skewMs: peer.skew_ms,
      sent: connection.outbound_seq,
      confirmed: lane.confirmed,
      received: connection.inbound_seq,
      confirmedAt: lane.confirmedAt?.toISOString() ?? null,
      receivedAt: lane.receivedAt?.toISOString() ?? null,
    },
    createdAt: connection.created_at.toISOString(),
    activatedAt: connection.activated_at?.toISOString() ?? null,
  };
}
