import { compactVerify } from 'jose';
import { err, ok, type Result } from '../kernel/index.ts';
import { hasExactly, strictHeader, strictSegments } from './compact.ts';
import { base64url, sha256 } from './encoding.ts';
import type { Signer } from './signer.ts';
import { importVerificationKey, type VerificationKey } from './verification-key.ts';

export type JwsError = { readonly code: 'too-large' | 'malformed' | 'wrong-type' | 'bad-signature' };

export type ParsedJws = {
  readonly compact: string;
  readonly kid: string;
  /** The protected header's `sx` member: present exactly where the caller asked for it. */
  readonly sx: unknown;
  readonly payload: Buffer;
};

const KID = /^[A-Za-z0-9_-]{43}$/;
const SIGNATURE_BYTES = 64;
const HEADER_BYTES = 3_072;
const PLAIN_MEMBERS = ['alg', 'kid', 'typ'];
const SX_MEMBERS = [...PLAIN_MEMBERS, 'crit', 'sx'];

/**
 * Lets only one spelling of a compact JWS through: strict segments, a 64-byte signature, a header of exactly the members
 * {alg, kid, typ} (and {crit, sx} where `withSx`), alg Ed25519, the expected typ. Checks no signature.
 * Source: docs/protocol/conventions.md; RFC 7515 section 3.1.
 */
export function parseJws(
  compact: string,
  expected: { typ: string; maxBytes: number; withSx?: boolean },
): Result<ParsedJws, JwsError> {
  if (compact.length > expected.maxBytes) return err({ code: 'too-large' });
  const [headerBytes, payload, signature] = strictSegments(compact, 3) ?? [];
  if (headerBytes === undefined || payload === undefined || signature?.length !== SIGNATURE_BYTES)
    return err({ code: 'malformed' });
  const header = headerBytes.length > HEADER_BYTES ? null : parseHeader(headerBytes, expected.withSx === true);
  if (header === null || payload.length === 0) return err({ code: 'malformed' });
  if (header.typ !== expected.typ) return err({ code: 'wrong-type' });
  return ok({ compact, kid: header.kid, sx: header.sx, payload });
}

function parseHeader(bytes: Buffer, withSx: boolean): { kid: string; typ: unknown; sx: unknown } | null {
  const header = strictHeader(bytes);
  if (header === null || !hasExactly(header, withSx ? SX_MEMBERS : PLAIN_MEMBERS)) return null;
  const { alg, kid, typ, crit, sx } = header;
  if (alg !== 'Ed25519' || typeof kid !== 'string' || !KID.test(kid)) return null;
  return withSx && JSON.stringify(crit) !== '["sx"]' ? null : { kid, typ, sx };
}

/** Verifies a parsed JWS with one key. The algorithm list has one element; `crit` is understood by us, so jose is told. */
export async function verifyJws(jws: ParsedJws, key: VerificationKey): Promise<Result<void, JwsError>> {
  try {
    await compactVerify(jws.compact, await importVerificationKey(key.jwk), {
      algorithms: ['Ed25519'],
      crit: { sx: true },
    });
    return ok(undefined);
  } catch {
    return err({ code: 'bad-signature' });
  }
}

/** Signs `payload` with the key that `signer` holds for this `typ`; throws what the signer throws. */
export async function signJws(
  signer: Signer,
  typ: string,
  payload: Uint8Array,
  sx?: Readonly<Record<string, unknown>>,
): Promise<string> {
  const key = await signer.lease(typ);
  const header = { alg: 'Ed25519', kid: key.kid, typ, ...(sx === undefined ? {} : { crit: ['sx'], sx }) };
  const input = `${base64url(Buffer.from(JSON.stringify(header)))}.${base64url(payload)}`;
  return `${input}.${base64url(await key.sign(Buffer.from(input)))}`;
}

/** H(JWS): SHA-256, base64url, of the ASCII text `protected.payload`; the signature is left out because it may vary. */
export const hashStatement = (compact: string): string => {
  const end = compact.lastIndexOf('.');
  return base64url(sha256(end < 0 ? compact : compact.slice(0, end)));
};
