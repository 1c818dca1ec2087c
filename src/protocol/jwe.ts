import { CompactEncrypt, compactDecrypt } from 'jose';
import { err, ok, type Result } from '../kernel/index.ts';
import { hasExactly, strictHeader, strictSegments } from './compact.ts';
import { limits } from './limits.ts';

export type JweError = { readonly code: 'too-large' | 'malformed' | 'bad-key' };

const CONTENT_TYPE = 'sx-batch+jws';
const HEADER_BYTES = 384;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MEMBERS = ['alg', 'enc', 'kid', 'cty'];

/** The `kid` of a JWE in the only form accepted: dir (so no encrypted key), A256GCM, our content type, strict segments. */
export function parseJwe(compact: string): Result<{ kid: string }, JweError> {
  if (compact.length > limits.envelopeBytes) return err({ code: 'too-large' });
  const [headerBytes, encryptedKey, iv, , tag] = strictSegments(compact, 5) ?? [];
  if (headerBytes === undefined || headerBytes.length > HEADER_BYTES) return err({ code: 'malformed' });
  if (encryptedKey?.length !== 0 || iv?.length !== IV_BYTES || tag?.length !== TAG_BYTES)
    return err({ code: 'malformed' });
  const header = strictHeader(headerBytes);
  if (header === null || !hasExactly(header, MEMBERS)) return err({ code: 'malformed' });
  const { alg, enc, kid, cty } = header;
  const known = alg === 'dir' && enc === 'A256GCM' && cty === CONTENT_TYPE && typeof kid === 'string';
  return known ? ok({ kid }) : err({ code: 'malformed' });
}

/** `key`: 32 bytes. The IV is random (96 bits), drawn by the library for each call. */
export const encryptJwe = (plain: Uint8Array, key: Uint8Array, kid: string): Promise<string> =>
  new CompactEncrypt(plain).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid, cty: CONTENT_TYPE }).encrypt(key);

/** Opens a JWE that parseJwe let through, with algorithms pinned to the one pair. */
export async function decryptJwe(compact: string, key: Uint8Array): Promise<Result<Buffer, JweError>> {
  try {
    const { plaintext } = await compactDecrypt(compact, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return ok(Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength));
  } catch {
    return err({ code: 'bad-key' });
  }
}
