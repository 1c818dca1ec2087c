import { type CryptoKey, importJWK } from 'jose';
import { base64url, fromBase64url, sha256 } from './encoding.ts';
import { canonicalJson } from './json.ts';
import type { Ed25519PublicJwk } from './signer.ts';

/** A peer's public key with the time in which its signatures count. `kid` is the RFC 7638 thumbprint. */
export type VerificationKey = {
  readonly kid: string;
  readonly jwk: Ed25519PublicJwk;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
};

const ED25519_KEY_BYTES = 32;

export const isEd25519X = (x: string): boolean => fromBase64url(x)?.length === ED25519_KEY_BYTES;

/** RFC 7638: SHA-256 of the canonical required members. */
export const thumbprint = ({ kty, crv, x }: Ed25519PublicJwk): string =>
  base64url(sha256(canonicalJson({ kty, crv, x })));

export const validAt = (key: VerificationKey, instant: Date): boolean =>
  (key.notBefore === undefined || key.notBefore <= instant) && (key.notAfter === undefined || instant < key.notAfter);

// NOTE 512 keys: one peer has two or three, so this holds a busy provider's peers; a peer cannot grow it beyond that.
const IMPORTED_KEYS = 512;
const imported = new Map<string, Promise<CryptoKey>>();

/** The key as WebCrypto wants it, imported once. The oldest import is forgotten first. */
export function importVerificationKey(jwk: Ed25519PublicJwk): Promise<CryptoKey> {
  const known = imported.get(jwk.x);
  if (known !== undefined) return known;
  const key = importJWK({ kty: jwk.kty, crv: jwk.crv, x: jwk.x }, 'Ed25519') as Promise<CryptoKey>;
  if (imported.size >= IMPORTED_KEYS) {
    const oldest = imported.keys().next().value;
    if (oldest !== undefined) imported.delete(oldest);
  }
  imported.set(jwk.x, key);
  key.catch(() => imported.delete(jwk.x));
  return key;
}
