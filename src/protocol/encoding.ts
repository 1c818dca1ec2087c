import { createHash } from 'node:crypto';
import { err, ok, type Result } from '../kernel/index.ts';

const ALPHABET = /^[A-Za-z0-9_-]*$/;

export const base64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');

/** Unpadded base64url that re-encodes to itself: no `=`, no white space, no stray tail bits. Null for anything else. */
export function fromBase64url(text: string): Buffer | null {
  if (!ALPHABET.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeUtf8(bytes: Uint8Array): Result<string, 'bad-utf8'> {
  try {
    return ok(utf8.decode(bytes));
  } catch {
    return err('bad-utf8');
  }
}

export const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest();

/**
 * The `|` of the protocol's formulas: the parts' ASCII text with a vertical bar between them. Hashes go in as base64url.
 * No part may contain a bar, so two different lists never give the same bytes.
 */
export function joined(...parts: readonly string[]): Buffer {
  if (parts.some((part) => part.includes('|'))) throw new Error('a part of a hashed list contains the separator');
  return Buffer.from(parts.join('|'), 'utf8');
}
