import { webcrypto } from 'node:crypto';
import { err, ok, type Random, type Result } from '../kernel/index.ts';
import { canonicalJson } from '../protocol/index.ts';
import type { Algorithm, KeyClass } from './module.ts';

/** Where a wrapped key belongs. All of it is authenticated, so a wrapping moved to another row, module or instance stays shut. */
export type WrapContext = {
  readonly instance: string;
  readonly module: string;
  readonly version: number;
  readonly purpose: 'sign' | 'encrypt' | 'mac' | 'wrap' | 'self-test';
  readonly alg: Algorithm;
  readonly class: KeyClass | 'root' | 'metadata' | 'self-test';
};

const PREFIX = 'w1.';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Imports 32 bytes as an AES-256-GCM key that cannot be exported again, and zeroises them. */
export async function importWrappingKey(bytes: Uint8Array): Promise<webcrypto.CryptoKey> {
  const key = await webcrypto.subtle.importKey('raw', unshared(bytes), 'AES-GCM', false, ['encrypt', 'decrypt']);
  bytes.fill(0);
  return key;
}

/** AES-256-GCM with a random IV and the context as additional data (NIST SP 800-38D); `w1.` and base64url. */
export async function wrap(
  key: webcrypto.CryptoKey,
  context: WrapContext,
  plain: Uint8Array,
  random: Random,
): Promise<string> {
  const iv = random.bytes(IV_BYTES);
  return PREFIX + Buffer.concat([iv, await encrypt(key, iv, bytesOf(context), plain)]).toString('base64url');
}

/** The error says nothing beyond "does not open": which part differed is not ours to tell. The caller zeroises the bytes. */
export async function unwrap(
  key: webcrypto.CryptoKey,
  context: WrapContext,
  wrapped: string,
): Promise<Result<Buffer, 'does-not-open'>> {
  if (!wrapped.startsWith(PREFIX)) return err('does-not-open');
  const bytes = Buffer.from(wrapped.slice(PREFIX.length), 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) return err('does-not-open');
  const plain = await decrypt(key, bytes.subarray(0, IV_BYTES), bytesOf(context), bytes.subarray(IV_BYTES));
  return plain === null ? err('does-not-open') : ok(plain);
}

const bytesOf = (context: WrapContext): Buffer => Buffer.from(canonicalJson(context));

export async function encrypt(
  key: webcrypto.CryptoKey,
  iv: Uint8Array,
  additionalData: Uint8Array,
  plain: Uint8Array,
): Promise<Buffer> {
  const parameters = { name: 'AES-GCM', iv: unshared(iv), additionalData: unshared(additionalData) };
  return Buffer.from(await webcrypto.subtle.encrypt(parameters, key, unshared(plain)));
}

/** Ciphertext and tag; null when anything about them, the key or the additional data is another. */
export async function decrypt(
  key: webcrypto.CryptoKey,
  iv: Uint8Array,
  additionalData: Uint8Array,
  ciphertext: Uint8Array,
): Promise<Buffer | null> {
  const parameters = { name: 'AES-GCM', iv: unshared(iv), additionalData: unshared(additionalData) };
  try {
    return Buffer.from(await webcrypto.subtle.decrypt(parameters, key, unshared(ciphertext)));
  } catch {
    return null;
  }
}

/** WebCrypto's types exclude shared memory, which nothing here uses. A view, not a copy: a copy would have to be zeroised. */
export const unshared = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>;
