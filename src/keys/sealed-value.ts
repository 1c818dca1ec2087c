import type { webcrypto } from 'node:crypto';
import type { Random } from '../kernel/index.ts';
import { canonicalJson, type InstanceId } from '../protocol/index.ts';
import type { SealContext } from './keys.ts';
import type { ModuleName } from './module.ts';
import { decrypt, encrypt } from './wrap.ts';

/** One version of an encrypting module, opened. */
export type SealingKey = {
  readonly instance: InstanceId;
  readonly module: ModuleName;
  readonly version: number;
  readonly secret: webcrypto.CryptoKey;
};

const SEALED = /^s1\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]+)$/;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What every value sealed by one version begins with. */
export const sealedPrefix = (version: number): string => `s1.${version}.`;

/** Which version sealed a value, and its bytes; null when it is no sealed value. */
export function parseSealed(sealed: string): { readonly version: number; readonly bytes: Buffer } | null {
  const [, version = '', body = ''] = SEALED.exec(sealed) ?? [];
  const bytes = Buffer.from(body, 'base64url');
  return bytes.length < IV_BYTES + TAG_BYTES ? null : { version: Number(version), bytes };
}

export async function sealValue(
  key: SealingKey,
  context: SealContext,
  plain: Uint8Array,
  random: Random,
): Promise<string> {
  const iv = random.bytes(IV_BYTES);
  const ciphertext = await encrypt(key.secret, iv, additionalData(key, context), plain);
  return sealedPrefix(key.version) + Buffer.concat([iv, ciphertext]).toString('base64url');
}

/** Null when the bytes, the key or the context is another one. */
export const openValue = (key: SealingKey, context: SealContext, bytes: Buffer): Promise<Buffer | null> =>
  decrypt(key.secret, bytes.subarray(0, IV_BYTES), additionalData(key, context), bytes.subarray(IV_BYTES));

const additionalData = ({ instance, module, version }: SealingKey, context: SealContext): Buffer =>
  Buffer.from(canonicalJson({ sealed: 1, instance, module, version, context }));
