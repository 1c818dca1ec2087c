import { z } from 'zod';
import { epochSeconds, err, ok, type Result } from '../kernel/index.ts';
import { ed25519JwkSchema, type InstanceId, instanceIdSchema } from './instance-id.ts';
import { canonicalJson, parseJson } from './json.ts';
import { parseJws, signJws, verifyJws } from './jws.ts';
import { CLOCK_TOLERANCE_SECONDS, limits } from './limits.ts';
import type { Ed25519PublicJwk, Signer } from './signer.ts';
import { thumbprint, type VerificationKey } from './verification-key.ts';
import {
  addressText,
  displayText,
  hashText,
  instantSeconds,
  limitsTable,
  manifestSeqNumber,
  originText,
  suiteList,
  versionList,
} from './wire-schemas.ts';

export const MANIFEST_TYP = 'sx-manifest+jwt';
const MANIFEST_MAX_AGE_SECONDS = 30 * 24 * 60 * 60;
const MANIFEST_KEYS = 64;

export const keyUse = z.enum(['sign', 'client', 'as']);
export type KeyUse = z.output<typeof keyUse>;

const manifestKey = z.strictObject({
  /** RFC 7638 thumbprint of `jwk`. */
  kid: hashText,
  use: keyUse,
  jwk: ed25519JwkSchema,
  nbf: instantSeconds,
  exp: instantSeconds,
  state: z.enum(['pre-active', 'active', 'suspended', 'deactivated', 'compromised']),
});

export const manifestSchema = z.looseObject({
  iss: instanceIdSchema,
  /** Grows by at least one with every new manifest; a peer never accepts a smaller one again. */
  seq: manifestSeqNumber.min(1),
  iat: instantSeconds,
  exp: instantSeconds,
  origin: originText,
  display: displayText,
  keys: z.array(manifestKey).min(1).max(MANIFEST_KEYS),
  oauth: z.looseObject({ issuer: addressText, resource: addressText, redirect_base: addressText }),
  endpoints: z.looseObject({ onboard: addressText, conn: addressText, blob: addressText }),
  vers: versionList,
  suites: suiteList,
  limits: limitsTable,
  revoked: z.array(z.looseObject({ kid: hashText, at: instantSeconds, reason: z.string().max(64) })).max(256),
  min_vers: z.string().regex(/^\d{1,4}\.\d{1,4}$/),
});

/** What an instance says about itself: where it is, which keys speak for it, what it can do. */
export type Manifest = z.output<typeof manifestSchema>;

export type ManifestError = {
  readonly code:
    | 'malformed'
    | 'bad-signature'
    | 'bad-schema'
    | 'bad-key'
    | 'wrong-instance'
    | 'wrong-origin'
    | 'foreign-address'
    | 'expired'
    | 'not-yet-valid'
    | 'too-long-lived'
    | 'rolled-back';
};

/** `root`: the signer that leases the current root key for typ `sx-manifest+jwt`. */
export const signManifest = (root: Signer, manifest: Manifest): Promise<string> =>
  signJws(root, MANIFEST_TYP, Buffer.from(canonicalJson(manifestSchema.parse(manifest))));

export type ManifestExpectation = {
  readonly id: InstanceId;
  readonly root: Ed25519PublicJwk;
  readonly now: Date;
  /** Where the document came from, or the origin the instance is pinned to. */
  readonly origin?: string;
  /** The highest `seq` seen so far. */
  readonly seenSeq?: number;
};

export async function verifyManifest(
  compact: string,
  expected: ManifestExpectation,
): Promise<Result<Manifest, ManifestError>> {
  const jws = parseJws(compact, { typ: MANIFEST_TYP, maxBytes: limits.manifestBytes });
  if (!jws.ok) return err({ code: 'malformed' });
  const kid = thumbprint(expected.root);
  if (jws.value.kid !== kid) return err({ code: 'bad-signature' });
  const verified = await verifyJws(jws.value, { kid, jwk: expected.root });
  if (!verified.ok) return err({ code: 'bad-signature' });
  const json = parseJson(jws.value.payload);
  if (!json.ok) return err({ code: 'malformed' });
  const parsed = manifestSchema.safeParse(json.value);
  return parsed.success ? judge(parsed.data, kid, expected) : err({ code: 'bad-schema' });
}

function judge(manifest: Manifest, rootKid: string, expected: ManifestExpectation): Result<Manifest, ManifestError> {
  const now = epochSeconds(expected.now);
  if (manifest.iss !== expected.id) return err({ code: 'wrong-instance' });
  if (expected.origin !== undefined && manifest.origin !== expected.origin) return err({ code: 'wrong-origin' });
  if (!staysAtHome(manifest)) return err({ code: 'foreign-address' });
  if (manifest.exp <= now - CLOCK_TOLERANCE_SECONDS) return err({ code: 'expired' });
  if (manifest.iat > now + CLOCK_TOLERANCE_SECONDS) return err({ code: 'not-yet-valid' });
  const life = manifest.exp - manifest.iat;
  if (life <= 0 || life > MANIFEST_MAX_AGE_SECONDS) return err({ code: 'too-long-lived' });
  if (expected.seenSeq !== undefined && manifest.seq < expected.seenSeq) return err({ code: 'rolled-back' });
  return keysAreSound(manifest, rootKid) ? ok(manifest) : err({ code: 'bad-key' });
}

/** Whoever proves one origin must not have us call, or send a person to, another one. */
const staysAtHome = ({ origin, oauth, endpoints }: Manifest): boolean =>
  oauth.issuer === origin &&
  [oauth.resource, oauth.redirect_base, endpoints.onboard, endpoints.conn, endpoints.blob].every((address) =>
    address.startsWith(`${origin}/`),
  );

/** The keys that a manifest names as compromised. For one's own: nothing is verified. */
export function revokedKids(manifest: string): readonly string[] {
  const jws = parseJws(manifest, { typ: MANIFEST_TYP, maxBytes: limits.manifestBytes });
  const json = jws.ok ? parseJson(jws.value.payload) : jws;
  const parsed = json.ok ? manifestSchema.safeParse(json.value) : undefined;
  if (!parsed?.success) throw new Error('that is no manifest');
  return parsed.data.revoked.map(({ kid }) => kid);
}

/** Every kid is its key's thumbprint, no key serves two uses, and the root key serves none of them. */
function keysAreSound(manifest: Manifest, rootKid: string): boolean {
  const kids = new Set(manifest.keys.map(({ kid }) => kid));
  return (
    kids.size === manifest.keys.length &&
    !kids.has(rootKid) &&
    manifest.keys.every(({ kid, jwk }) => thumbprint(jwk) === kid)
  );
}

/**
 * The keys of one use whose signatures a peer accepts now or accepted lately. Pre-active ones are among them: they are
 * promoted while older copies of the manifest are still about, and `nbf` says from when they count.
 */
export function manifestKeys(manifest: Manifest, use: KeyUse): VerificationKey[] {
  const revoked = new Set(manifest.revoked.map(({ kid }) => kid));
  return manifest.keys
    .filter(
      (key) => key.use === use && key.state !== 'suspended' && key.state !== 'compromised' && !revoked.has(key.kid),
    )
    .map(({ kid, jwk, nbf, exp }) => ({ kid, jwk, notBefore: new Date(nbf * 1_000), notAfter: new Date(exp * 1_000) }));
}
