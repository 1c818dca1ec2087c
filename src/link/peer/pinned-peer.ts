import { type Clock, err, ok, type Result } from '../../kernel/index.ts';
import type { Db, Tx } from '../../platform/db/database.ts';
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
import { type LookUp, lookUps, type Visit } from './look-ups.ts';
import { observePeer, type PeerObservation } from './observe-peer.ts';
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

type VisitDeps = Deps & { peerFetch: PeerFetch };

/** By the client that makes the calls, of which an instance has one. */
const lookUpsBy = new WeakMap<PeerFetch, ReturnType<typeof lookUps>>();

async function lookUp(deps: VisitDeps, id: InstanceId, visit: () => Promise<Visit>): Promise<LookUp> {
  const limited = lookUpsBy.get(deps.peerFetch) ?? lookUps();
  lookUpsBy.set(deps.peerFetch, limited);
  return limited(deps.clock, id, visit);
}

/**
 * Reads again what could not be read for want of a key, as long as visits to the peer may bring it. A visit that was on its
 * way already may have come too early, so after that one another is made.
 */
export async function withFreshKeys<Value, Failure extends { code: string }>(
  deps: VisitDeps,
  id: InstanceId,
  unknown: Failure['code'],
  read: () => Promise<Result<Value, Failure>>,
): Promise<Result<Value, Failure>> {
  for (;;) {
    const answer = await read();
    if (answer.ok || answer.error.code !== unknown) return answer;
    const visit = await lookUp(deps, id, async () => {
      // Another statement may have brought the key between the reading and this: that is no visit for nothing.
      const again = await read();
      return again.ok || again.error.code !== unknown ? 'news' : visitPinned(deps, id);
    });
    if (visit === 'paused') return answer;
    if (visit !== 'joined') return read();
  }
}

/** A peer has named the newest of its manifests: looks it up where the one on file is older. What it cannot get, it does without. */
export async function followManifestHint(deps: VisitDeps, id: InstanceId, seq: number): Promise<void> {
  await withFreshKeys(deps, id, 'older', async () => {
    const row = await findPeer(deps.db, id);
    return row !== undefined && row.manifest_seq < seq ? err({ code: 'older' as const }) : ok(undefined);
  });
}

/** Visits a pinned peer again, for keys it has published since. The caller sees to it that this does not happen too often. */
export async function visitPinned(deps: VisitDeps, id: InstanceId): Promise<Visit> {
  const row = await findPeer(deps.db, id);
  if (row === undefined) return 'nothing';
  const pin = { id, seq: row.manifest_seq, successions: row.succession_log.length };
  const seen = await observePeer(deps, row.origin, { pin });
  if (!seen.ok) return 'nothing';
  await transact(deps.db, (tx) => learnOfPeer(deps, tx, seen.value));
  return seen.value.identity.manifest.seq > row.manifest_seq ? 'news' : 'nothing';
}

/** Writes down what a visit showed, and does what follows from a manifest that is newer than the one on file. */
export async function learnOfPeer(deps: Pick<Deps, 'clock'>, tx: Tx, seen: PeerObservation): Promise<void> {
  const { id, manifest: now } = seen.identity;
  const row = await findPeer(tx, id);
  const before = row && row.manifest_seq < now.seq ? await pinnedManifest({ ...deps, db: tx }, id) : undefined;
  await rememberPeer(tx, seen);
  if (row !== undefined && row.manifest_seq < now.seq) await followManifest(tx, deps.clock, id, { before, now });
}

/**
 * Opens a statement of a pinned peer. A key that is not in the kept manifest is looked up at the peer: it may have rotated
 * since.
 */
export async function openFromPeer<Kind extends StatementKind>(
  deps: Deps & { peerFetch: PeerFetch },
  kind: Kind,
  compact: string,
  parties: { issuer: InstanceId; audience: InstanceId },
): Promise<Result<StatementBody<Kind>, StatementError>> {
  return withFreshKeys(deps, parties.issuer, 'unknown-key', async () =>
    openStatement(kind, compact, {
      ...parties,
      keys: await pinnedKeys(deps, parties.issuer, 'sign'),
      now: deps.clock.now(),
    }),
  );
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
