import { z } from 'zod';
import { sha256 } from './encoding.ts';
import { canonicalJson } from './json.ts';
import type { Ed25519PublicJwk } from './signer.ts';
import { isEd25519X, thumbprint } from './verification-key.ts';

declare const brand: unique symbol;

/** `sxi1` and 52 lower-case base32 characters: the hash of the genesis document, so it never changes. */
export type InstanceId = `sxi1${string}` & { readonly [brand]: 'instance' };

// NOTE the last of the 52 characters carries one bit of the hash and four zero bits, so only `a` and `q` can stand there.
const INSTANCE_ID = /^sxi1[a-z2-7]{51}[aq]$/;

export const isInstanceId = (text: unknown): text is InstanceId => typeof text === 'string' && INSTANCE_ID.test(text);
export const instanceIdSchema = z.custom<InstanceId>(isInstanceId, 'must be an instance id');

const hashText = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
export const ed25519JwkSchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().refine(isEd25519X, 'must be 32 bytes, base64url'),
});

export const genesisSchema = z.strictObject({
  typ: z.literal('sx-genesis/1'),
  root: ed25519JwkSchema,
  /** Thumbprint commitment to the next root key, which is stored elsewhere. */
  next: hashText,
  created: z.iso.datetime(),
  salt: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
});

/** The inception of an instance: its first root key and the commitment to the next. Hashed as canonical JSON. */
export type Genesis = z.output<typeof genesisSchema>;

/** `salt`: 16 random bytes, base64url. */
export const createGenesis = (inception: {
  root: Ed25519PublicJwk;
  nextRoot: Ed25519PublicJwk;
  createdAt: Date;
  salt: string;
}): Genesis =>
  genesisSchema.parse({
    typ: 'sx-genesis/1',
    root: inception.root,
    next: rootCommitment(inception.nextRoot),
    created: inception.createdAt.toISOString(),
    salt: inception.salt,
  });

/** What `next` holds: SHA-256 of the canonical JWK, which for an Ed25519 key is its RFC 7638 thumbprint. */
export const rootCommitment = (root: Ed25519PublicJwk): string => thumbprint(root);

export const instanceIdOf = (genesis: Genesis): InstanceId =>
  `sxi1${base32lower(sha256(canonicalJson(genesis)))}` as InstanceId;

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648 base32, lower case, unpadded. */
function base32lower(bytes: Uint8Array): string {
  let text = '';
  let buffered = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffered = (buffered << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(buffered >> bits) & 31];
    }
    buffered &= (1 << bits) - 1;
  }
  return bits > 0 ? text + BASE32[(buffered << (5 - bits)) & 31] : text;
}
