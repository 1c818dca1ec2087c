import { type AccessClient, updateClientKeys } from '../../access/index.ts';
import type { Clock } from '../../kernel/index.ts';
import type { Db } from '../../platform/db/database.ts';
import { transact } from '../../platform/db/transact.ts';
import type { PeerFetch } from '../../platform/peer-fetch/index.ts';
import type { InstanceId } from '../../protocol/index.ts';
import { clientKeysOf } from './follow-manifest.ts';
import { pinnedManifest, visitPinned } from './pinned-peer.ts';

/**
 * A client of a peer has signed with a key that is not on file: the peer may have replaced its keys. Asks it, once; the
 * caller waits between two calls of this.
 */
export async function renewClientKeys(
  deps: { db: Db; clock: Clock; peerFetch: PeerFetch },
  client: Pick<AccessClient, 'clientId'>,
  peer: InstanceId,
): Promise<void> {
  await visitPinned(deps, peer);
  const manifest = await pinnedManifest(deps, peer);
  if (manifest === undefined) return;
  await transact(deps.db, (tx) => updateClientKeys(tx, client.clientId, clientKeysOf(manifest)));
}
