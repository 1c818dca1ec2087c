import { type ClientKey, updateClientKeys } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Clock } from '../../kernel/index.ts';
import type { Tx } from '../../platform/db/database.ts';
import { type InstanceId, type Manifest, manifestKeys } from '../../protocol/index.ts';
import { liveClientsOf } from '../connection-repo.ts';

/** The keys that a peer's client assertions may be signed with, as its manifest says. */
export const clientKeysOf = (manifest: Manifest): ClientKey[] =>
  manifestKeys(manifest, 'client').map(({ kid, jwk }) => ({ ...jwk, kid }));

/**
 * What follows from a newer manifest of a pinned peer: its OAuth clients here have the keys it names from now on, and a key
 * it has revoked since is written down.
 */
export async function followManifest(
  tx: Tx,
  clock: Clock,
  id: InstanceId,
  { before, now }: { before: Manifest | undefined; now: Manifest },
): Promise<void> {
  for (const clientId of await liveClientsOf(tx, id)) await updateClientKeys(tx, clientId, clientKeysOf(now));
  const known = new Set(before?.revoked.map(({ kid }) => kid));
  for (const { kid, at } of now.revoked) {
    if (known.has(kid)) continue;
    const detail = { kid, at: new Date(at * 1_000).toISOString(), seq: now.seq };
    await recordAudit(tx, {
      event: 'link.peer-key-revoked',
      actor: { kind: 'peer', instanceId: id },
      subject: id,
      detail,
      clock,
    });
  }
}
