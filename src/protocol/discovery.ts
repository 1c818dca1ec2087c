import { z } from 'zod';
import { err, ok, type Result } from '../kernel/index.ts';
import { type Genesis, genesisSchema, type InstanceId, instanceIdOf, instanceIdSchema } from './instance-id.ts';
import { parseJson } from './json.ts';
import { limits } from './limits.ts';
import { type Manifest, type ManifestError, verifyManifest } from './manifest.ts';
import type { Ed25519PublicJwk } from './signer.ts';
import { currentRoot } from './succession.ts';
import { thumbprint } from './verification-key.ts';
import { embeddedJws, instantText } from './wire-schemas.ts';

export const DISCOVERY_PATH = '/.well-known/sx-instance';

export const discoverySchema = z.looseObject({
  sx: z.literal('1'),
  id: instanceIdSchema,
  genesis: genesisSchema,
  log: z.array(embeddedJws(limits.manifestBytes)).max(limits.successions),
  manifest: embeddedJws(limits.manifestBytes),
  now: instantText,
});

/** The document at `/.well-known/sx-instance`. */
export type Discovery = z.output<typeof discoverySchema>;

/** An instance whose own words prove which instance it is. */
export type PeerIdentity = {
  readonly id: InstanceId;
  readonly genesis: Genesis;
  readonly root: Ed25519PublicJwk;
  readonly rootThumbprint: string;
  readonly log: readonly string[];
  readonly manifestJws: string;
  readonly manifest: Manifest;
  /** The peer's clock when it answered. */
  readonly peerNow: Date;
};

export type DiscoveryError =
  | { readonly code: 'too-large' | 'malformed' | 'wrong-id' | 'pinned-id-differs' | 'bad-log' | 'log-rolled-back' }
  | { readonly code: 'bad-manifest'; readonly reason: ManifestError['code'] };

/** What is already known of the instance at that address, from an earlier visit or from an invitation. */
export type Pin = { readonly id: InstanceId; readonly seq?: number; readonly successions?: number };

/** Reads the document without judging it. `body`: the bytes of the answer. */
export function parseDiscovery(body: Uint8Array): Result<Discovery, DiscoveryError> {
  if (body.length > limits.discoveryBytes) return err({ code: 'too-large' });
  const json = parseJson(body);
  if (!json.ok) return err({ code: 'malformed' });
  const parsed = discoverySchema.safeParse(json.value);
  return parsed.success ? ok(parsed.data) : err({ code: 'malformed' });
}

/**
 * Proves that `body`, fetched from `origin`, is the self-signed identity of one instance: genesis hashes to the id, the
 * succession log leads to a root key, that key signed a manifest for this very origin which is neither expired nor older than
 * one seen before. On the wire every failure here is `sx_identity`. Source: docs/protocol/identity.md.
 */
export async function verifyDiscovery(
  body: Uint8Array,
  expected: { origin: string; now: Date; pin?: Pin },
): Promise<Result<PeerIdentity, DiscoveryError>> {
  const parsed = parseDiscovery(body);
  if (!parsed.ok) return parsed;
  const { id, genesis, log, manifest: manifestJws, now } = parsed.value;
  if (instanceIdOf(genesis) !== id) return err({ code: 'wrong-id' });
  if (expected.pin !== undefined && expected.pin.id !== id) return err({ code: 'pinned-id-differs' });
  if (log.length < (expected.pin?.successions ?? 0)) return err({ code: 'log-rolled-back' });
  const root = await currentRoot(id, genesis, log);
  if (!root.ok) return err({ code: 'bad-log' });
  const manifest = await verifyManifest(manifestJws, {
    id,
    root: root.value,
    now: expected.now,
    origin: expected.origin,
    ...(expected.pin?.seq === undefined ? {} : { seenSeq: expected.pin.seq }),
  });
  if (!manifest.ok) return err({ code: 'bad-manifest', reason: manifest.error.code });
  return ok({
    id,
    genesis,
    root: root.value,
    rootThumbprint: thumbprint(root.value),
    log,
    manifestJws,
    manifest: manifest.value,
    peerNow: new Date(now),
  });
}
