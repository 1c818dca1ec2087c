import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign, webcrypto } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import type { KeyRing, LentKey, PublicKey } from '../../src/keys/index.ts';
import { KeysSealed } from '../../src/keys/index.ts';
import type { Ed25519PublicJwk } from '../../src/protocol/index.ts';

type Version = { lent: LentKey; state: PublicKey['state'] };

/** Keys in memory, in place of the keys room, for tests of what is built on it. */
export type TestKeyRing = Pick<KeyRing, 'privateKey' | 'publicKeys' | 'mac'> & {
  /** Replaces the active key of a module; the old one still verifies, or is under suspicion. */
  rotate(module: string, old?: 'deactivated' | 'suspended'): Promise<void>;
  /** From now on every use throws KeysSealed, or what is given. */
  seal(problem?: Error): void;
};

export function testKeyRing(): TestKeyRing {
  const versions = new Map<string, Version[]>();
  const secrets = new Map<string, Buffer>();
  let sealed: Error | undefined;

  async function of(module: string): Promise<Version[]> {
    if (sealed) throw sealed;
    const known = versions.get(module) ?? [{ lent: await newKey(), state: 'active' as const }];
    versions.set(module, known);
    return known;
  }
  const tag = (module: string, label: string, input: Uint8Array | string) => {
    if (sealed) throw sealed;
    const secret = secrets.get(module) ?? randomBytes(32);
    secrets.set(module, secret);
    return new Uint8Array(createHmac('sha256', secret).update(`${label}|`).update(input).digest());
  };

  return {
    async privateKey(module) {
      const active = (await of(module)).find(({ state }) => state === 'active');
      if (active === undefined) throw new Error(`no active key in ${module}`);
      return active.lent;
    },
    publicKeys: async (module) =>
      (await of(module)).map(({ lent, state }) => ({ kid: lent.kid, jwk: lent.publicJwk, state })),
    mac: (module) => ({
      tag: async (label, input) => tag(module, label, input),
      tags: async (label, input) => [tag(module, label, input)],
    }),
    async rotate(module, old = 'deactivated') {
      const known = await of(module);
      versions.set(module, [
        { lent: await newKey(), state: 'active' },
        ...known.map((version) => ({ ...version, state: old })),
      ]);
      secrets.delete(module);
    },
    seal: (problem = new KeysSealed('The root key is missing.')) => {
      sealed = problem;
    },
  };
}

async function newKey(): Promise<LentKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const publicJwk = publicKey.export({ format: 'jwk' }) as Ed25519PublicJwk;
  return {
    kid: await calculateJwkThumbprint(publicJwk),
    publicJwk,
    key: await subtleKey(privateKey),
    sign: async (input) => new Uint8Array(sign(null, input, privateKey)),
  };
}

const subtleKey = (key: KeyObject): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', key.export({ format: 'der', type: 'pkcs8' }), 'Ed25519', false, ['sign']);
