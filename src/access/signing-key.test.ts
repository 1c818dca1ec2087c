import { generateKeyPairSync, sign, verify, type webcrypto } from 'node:crypto';
import { expect, test } from 'vitest';
import type { LentKey, PublicKey } from '../keys/index.ts';
import { TokenSigningKey } from './signing-key.ts';

const data = new TextEncoder().encode('header.payload');

function lentKey(kid: string): LentKey & { verifies(signature: Uint8Array): boolean } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    kid,
    publicJwk: publicKey.export({ format: 'jwk' }) as unknown as LentKey['publicJwk'],
    key: privateKey.toCryptoKey('Ed25519', false, ['sign']) as webcrypto.CryptoKey,
    sign: async (input) => sign(null, input, privateKey),
    verifies: (signature) => verify(null, data, publicKey, signature),
  };
}

/** A ring whose active key is `active`, and where the key of the running request is in `state`. */
const ring = (active: LentKey, begun: LentKey, state: PublicKey['state']) => ({
  privateKey: async () => active,
  publicKeys: async () => [{ kid: begun.kid, jwk: begun.publicJwk, state }],
});

test('the active key signs', async () => {
  const key = lentKey('one');
  expect(key.verifies(await new TokenSigningKey(ring(key, key, 'active'), key).sign(data))).toBe(true);
});

test('KMF-15 a key that is replaced while its token is being made finishes that token: the code it costs is spent', async () => {
  const begun = lentKey('one');
  const key = new TokenSigningKey(ring(lentKey('two'), begun, 'deactivated'), begun);
  expect(key.kid).toBe('one');
  expect(begun.verifies(await key.sign(data))).toBe(true);
});

test.each(['suspended', 'compromised'] as const)('a key that is %s meanwhile signs nothing', async (state) => {
  const begun = lentKey('one');
  await expect(new TokenSigningKey(ring(lentKey('two'), begun, state), begun).sign(data)).rejects.toThrow(
    'may no longer sign; no token was made',
  );
});
