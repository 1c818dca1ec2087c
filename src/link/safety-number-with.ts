import type { Db } from '../platform/db/database.ts';
import { type Fingerprinted, type InstanceId, safetyNumber } from '../protocol/index.ts';
import { findPeer } from './peer/peer-repo.ts';

/** This instance's own half of a safety number. */
export type OwnFingerprint = () => Fingerprinted;

/** Sixty digits, the same on both sides; null while the peer has not shown its identity. */
export async function safetyNumberWith(db: Db, own: OwnFingerprint, peer: InstanceId | null): Promise<string | null> {
  const row = peer === null ? undefined : await findPeer(db, peer);
  return row === undefined ? null : safetyNumber(own(), { id: row.instance_id, rootThumbprint: row.root_thumbprint });
}
