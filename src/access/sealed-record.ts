import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import type { Random } from '../kernel/index.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The name under which a record is stored. The id itself is an authorization code, a request_uri or a cookie: it works for
 * whoever holds it, so it is never written down.
 */
export const recordHash = (model: string, id: string): string =>
  createHash('sha256').update(`${model}|${id}`).digest('base64url');

const keyFrom = (model: string, id: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', id, '', `liaise oauth record|${model}`, 32));

/**
 * Seals a record under its own id (at least 126 random bits), so that whoever reads the database but does not hold the id
 * learns neither the id nor the codes, cookies and keys that the record mentions. AES-256-GCM: IV, tag, ciphertext.
 */
export function sealRecord(random: Random, model: string, id: string, payload: unknown): string {
  const iv = random.bytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyFrom(model, id), iv);
  const text = Buffer.concat([cipher.update(JSON.stringify(payload), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
}

/** Throws when the row was altered or moved to another id. */
export function openRecord(model: string, id: string, sealed: string): Record<string, unknown> {
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', keyFrom(model, id), bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  return JSON.parse(text.toString('utf8')) as Record<string, unknown>;
}
