import { type Clock, err, type Result } from '../../kernel/index.ts';
import type { Db } from '../../platform/db/database.ts';
import { transact } from '../../platform/db/transact.ts';
import type { PeerFetch } from '../../platform/peer-fetch/index.ts';
import {
  currentRoot,
  type Genesis,
  type InstanceId,
  type KeyUse,
  type Manifest,
  manifestKeys,
  openStatement,
  type StatementBody,
  type StatementError,
  type StatementKind,
  type VerificationKey,
  verifyManifest,
} from '../../protocol/index.ts';
import { followManifest } from './follow-manifest.ts';
import { observePeer } from './observe-peer.ts';
import { findPeer, keepManifest, rememberPeer } from './peer-repo.ts';

type Deps = { db: Db; clock: Clock };

/** The manifest kept of a pinned peer, verified again; undefined when the peer is unknown or its manifest has expired. */
export async function pinnedManifest(deps: Deps, id: InstanceId): Promise<Manifest | undefined> {
  const row = await findPeer(deps.db, id);
  if (row === undefined) return undefined;
  const root = await currentRoot(id, row.genesis as Genesis, row.succession_log);
  if (!root.ok) return undefined;
  const manifest = await verifyManifest(row.manifest, { id, root: root.value, now: deps.clock.now() });
  return manifest.ok ? manifest.value : undefined;
}

export async function pinnedKeys(deps: Deps, id: InstanceId, use: KeyUse): Promise<VerificationKey[]> {
  const manifest = await pinnedManifest(deps, id);
  return manifest === undefined ? [] : manifestKeys(manifest, use);
}

/** Visits a pinned peer again, for keys it has published since. False when it cannot be reached or shows another identity. */
export async function refreshPeer(deps: Deps & { peerFetch: PeerFetch }, id: InstanceId): Promise<boolean> {
  const row = await findPeer(deps.db, id);
  if (row === undefined) return false;
  const pin = { id, seq: row.manifest_seq, successions: row.succession_log.length };
  const seen = await observePeer(deps, row.origin, { pin });
  if (!seen.ok) return false;
  const { manifest: now } = seen.value.identity;
  const before = now.seq > row.manifest_seq ? await pinnedManifest(deps, id) : undefined;
  await transact(deps.db, async (tx) => {
    await rememberPeer(tx, seen.value);
    if (now.seq > row.manifest_seq) await followManifest(tx, deps.clock, id, { before, now });
  });
  return true;
}

/**
 * Opens a statement of a pinned peer. A key that is not in the kept manifest is looked up once at the peer: it may have
 * rotated since.
 */
export async function openFromPeer<Kind extends StatementKind>(
  deps: Deps & { peerFetch: PeerFetch },
  kind: Kind,
  compact: string,
  parties: { issuer: InstanceId; audience: InstanceId },
): Promise<Result<StatementBody<Kind>, StatementError>> {
  const open = async () =>
    openStatement(kind, compact, {
      ...parties,
      keys: await pinnedKeys(deps, parties.issuer, 'sign'),
      now: deps.clock.now(),
    });
  const first = await open();
  if (first.ok || first.error.code !== 'unknown-key') return first;
  return (await refreshPeer(deps, parties.issuer)) ? open() : err({ code: 'unknown-key' });
}

/**
 * Takes over a manifest that a pinned peer has sent along: signed by its current root, for the same origin, not older than
 * the one kept. Undefined when any of that does not hold.
 */
export async function acceptManifest(deps: Deps, id: InstanceId, jws: string): Promise<Manifest | undefined> {
  const row = await findPeer(deps.db, id);
  if (row === undefined) return undefined;
  const root = await currentRoot(id, row.genesis as Genesis, row.succession_log);
  if (!root.ok) return undefined;
  const manifest = await verifyManifest(jws, {
    id,
    root: root.value,
    now: deps.clock.now(),
    origin: row.origin,
    seenSeq: row.manifest_seq,
  });
  if (!manifest.ok) return undefined;
  if (manifest.value.seq > row.manifest_seq) {
    const before = await pinnedManifest(deps, id);
    await transact(deps.db, async (tx) => {
      await keepManifest(tx, id, jws, manifest.value);
      await followManifest(tx, deps.clock, id, { before, now: manifest.value });
    });
  }
  return manifest.value;
}
