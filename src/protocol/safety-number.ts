import { createHash } from 'node:crypto';
import { base64url, joined } from './encoding.ts';
import type { InstanceId } from './instance-id.ts';

const ITERATIONS = 5_200;
const GROUPS = 6;
const BYTES_PER_GROUP = 5;

export type Fingerprinted = { readonly id: InstanceId; readonly rootThumbprint: string };

// NOTE 5,200 hashes take some milliseconds and the answer changes only with the root key; 256 peers fit a busy console.
const REMEMBERED = 256;
const remembered = new Map<string, string>();

const sha512 = (data: Uint8Array): Buffer => createHash('sha512').update(data).digest();

/**
 * Six groups of five digits for one instance's current root key. Iterated, so that searching a key with a similar number is
 * costly. Source: docs/protocol/identity.md.
 */
export function fingerprint({ id, rootThumbprint }: Fingerprinted): string {
  const input = joined('sx-fp/1', id, rootThumbprint);
  const name = base64url(input);
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const idBytes = Buffer.from(id);
  let hash = sha512(input);
  for (let round = 1; round < ITERATIONS; round += 1) hash = sha512(Buffer.concat([hash, idBytes]));
  const digits = Array.from({ length: GROUPS }, (_, group) =>
    String(hash.readUIntBE(group * BYTES_PER_GROUP, BYTES_PER_GROUP) % 100_000).padStart(5, '0'),
  ).join(' ');
  if (remembered.size >= REMEMBERED) remembered.clear();
  remembered.set(name, digits);
  return digits;
}

/** Sixty digits in twelve groups of five, the same at both ends: both fingerprints, the smaller first. */
export const safetyNumber = (one: Fingerprinted, other: Fingerprinted): string =>
  [fingerprint(one), fingerprint(other)].sort().join(' ');
