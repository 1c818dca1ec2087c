import { createHash, timingSafeEqual, type webcrypto } from 'node:crypto';
import { canonicalJson } from '../protocol/index.ts';
import { macBytes } from './key-material.ts';

type Row = Readonly<Record<string, unknown>> & { readonly mac: string };

/**
 * HMAC-SHA-256 under the instance HMAC key over every column but `mac`, and over the name of the table. A column without a
 * value is left out, so that a later version may add columns and rows that are older stay authentic.
 */
export async function macOfRow(hmacKey: webcrypto.CryptoKey, table: string, row: Omit<Row, 'mac'>): Promise<string> {
  const columns = Object.fromEntries(Object.entries(row).filter(([name, value]) => name !== 'mac' && value !== null));
  return (await macBytes(hmacKey, Buffer.from(canonicalJson({ table, columns })))).toString('base64url');
}

export async function isAuthentic(hmacKey: webcrypto.CryptoKey, table: string, row: Row): Promise<boolean> {
  const expected = Buffer.from(await macOfRow(hmacKey, table, row));
  const stored = Buffer.from(row.mac);
  return stored.length === expected.length && timingSafeEqual(stored, expected);
}

/** Which rows there are: kept in the instance row, so one that is removed or brought back from a backup is noticed. */
export const rowsDigest = (macs: readonly string[]): string =>
  createHash('sha256')
    .update([...macs].sort().join('\n'))
    .digest('base64url');
