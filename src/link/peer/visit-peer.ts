import { type Clock, err, type Result } from '../../kernel/index.ts';
import type { Db } from '../../platform/db/database.ts';
import type { PeerFetch } from '../../platform/peer-fetch/index.ts';
import type { Pin } from '../../protocol/index.ts';
import { observePeer, type PeerFailure, type PeerObservation } from './observe-peer.ts';
import { findPeer } from './peer-repo.ts';

/**
 * Visits an instance that may be known here already: an older manifest or a shorter log than the one seen before is refused,
 * so that nobody brings a revoked key back with a copy of what was once true (T18). Network: never inside a transaction.
 */
export async function visitPeer(
  deps: { db: Db; peerFetch: PeerFetch; clock: Clock },
  origin: string,
  options: { pin?: Pin; signal?: AbortSignal } = {},
): Promise<Result<PeerObservation, PeerFailure>> {
  const seen = await observePeer(deps, origin, options);
  if (!seen.ok) return seen;
  const { id, manifest, log } = seen.value.identity;
  const known = await findPeer(deps.db, id);
  const isOlder =
    known !== undefined && (manifest.seq < known.manifest_seq || log.length < known.succession_log.length);
  if (!isOlder) return seen;
  return err({ code: 'identity', message: `The instance at ${origin} shows an older identity than it did before.` });
}
