import { createPrivateKey, createPublicKey, webcrypto as crypto, type webcrypto } from 'node:crypto';
import type { Ed25519PublicJwk } from '../protocol/index.ts';
import { thumbprint } from '../protocol/index.ts';
import type { Algorithm } from './module.ts';
import { unshared } from './wrap.ts';

export const KEY_BYTES = 32;

/** RFC 8410 section 7: the PKCS #8 frame around an Ed25519 seed. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

export const publicJwk = (x: string): Ed25519PublicJwk => ({ kty: 'OKP', crv: 'Ed25519', x });
export const kidOf = (x: string): string => thumbprint(publicJwk(x));

/** The public half of an Ed25519 seed, base64url. The seed is left as it is. */
export function publicXOf(seed: Uint8Array): string {
  const frame = Buffer.concat([PKCS8_ED25519, seed]);
  const jwk = createPublicKey(createPrivateKey({ key: frame, format: 'der', type: 'pkcs8' })).export({ format: 'jwk' });
  frame.fill(0);
  if (jwk.x === undefined) throw new Error('an Ed25519 public key has no x');
  return jwk.x;
}

/** Imports 32 secret bytes as a key that cannot be exported again, and zeroises them. */
export async function importKey(algorithm: Algorithm, bytes: Buffer): Promise<webcrypto.CryptoKey> {
  try {
    if (algorithm === 'Ed25519') return importSeed(bytes);
    if (algorithm === 'A256GCM')
      return await crypto.subtle.importKey('raw', unshared(bytes), 'AES-GCM', false, ['encrypt', 'decrypt']);
    return await crypto.subtle.importKey('raw', unshared(bytes), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  } finally {
    bytes.fill(0);
  }
}

function importSeed(seed: Buffer): webcrypto.CryptoKey {
  const frame = Buffer.concat([PKCS8_ED25519, seed]);
  const key = createPrivateKey({ key: frame, format: 'der', type: 'pkcs8' }).toCryptoKey('Ed25519', false, ['sign']);
  frame.fill(0);
  return key;
}

export const signBytes = async (key: webcrypto.CryptoKey, input: Uint8Array): Promise<Buffer> =>
  Buffer.from(await crypto.subtle.sign('Ed25519', key, unshared(input)));

export const macBytes = async (key: webcrypto.CryptoKey, input: Uint8Array): Promise<Buffer> =>
  Buffer.from(await crypto.subtle.sign('HMAC', key, unshared(input)));

export async function verifyBytes(x: string, input: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const key = await crypto.subtle.importKey('jwk', { ...publicJwk(x) }, 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', key, unshared(signature), unshared(input));
}
