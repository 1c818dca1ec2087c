import { createDecipheriv, createHmac, hkdfSync, webcrypto } from 'node:crypto';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { test } from 'vitest';
import { base64url, encapsulate } from '../../src/protocol/index.ts';
import { importVerificationKey } from '../../src/protocol/verification-key.ts';
import { independentSend } from '../harness/independent-hpke.ts';
import { testParty } from '../harness/sx-party.ts';
import { hex, runVectors, succeeds } from './wycheproof.ts';

const { subtle } = webcrypto;

test('Ed25519: the key import of the statements, verified as jose does', async () => {
  type Group = { publicKey: { pk: string } };
  await runVectors<Group, { msg: string; sig: string }>('ed25519', async ({ msg, sig }, { publicKey }) => {
    const key = await importVerificationKey({ kty: 'OKP', crv: 'Ed25519', x: base64url(hex(publicKey.pk)) });
    return succeeds(() => subtle.verify('Ed25519', key, hex(sig), hex(msg)));
  });
});

test('X25519: WebCrypto, as the hybrid KEM uses it', async () => {
  type Vector = { public: webcrypto.JsonWebKey; private: webcrypto.JsonWebKey; shared: string };
  await runVectors<object, Vector>('x25519_jwk', (vector) =>
    succeeds(async () => {
      const jwk = ({ kid: _kid, ...key }: webcrypto.JsonWebKey & { kid?: string }) => key;
      const publicKey = await subtle.importKey('jwk', jwk(vector.public), 'X25519', false, []);
      const privateKey = await subtle.importKey('jwk', jwk(vector.private), 'X25519', false, ['deriveBits']);
      const bits = await subtle.deriveBits({ name: 'X25519', public: publicKey }, privateKey, 256);
      return Buffer.from(bits).equals(hex(vector.shared));
    }),
  );
});

type Aead = { key: string; iv: string; aad: string; msg: string; ct: string; tag: string };

test('AES-GCM: WebCrypto, as the envelopes use it', async () => {
  await runVectors<{ tagSize: number }, Aead>('aes_gcm', (vector, { tagSize }) =>
    succeeds(async () => {
      const key = await subtle.importKey('raw', hex(vector.key), 'AES-GCM', false, ['decrypt']);
      const algorithm = { name: 'AES-GCM', iv: hex(vector.iv), additionalData: hex(vector.aad), tagLength: tagSize };
      return Buffer.from(await subtle.decrypt(algorithm, key, hex(vector.ct + vector.tag))).equals(hex(vector.msg));
    }),
  );
});

test('AES-GCM: node:crypto, as the key store uses it', async () => {
  await runVectors<{ tagSize: number }, Aead>(
    'aes_gcm',
    (vector, { tagSize }) =>
      succeeds(() => {
        const key = hex(vector.key);
        const name = `aes-${key.length * 8}-gcm` as 'aes-256-gcm';
        const cipher = createDecipheriv(name, key, hex(vector.iv), { authTagLength: tagSize / 8 });
        cipher.setAAD(hex(vector.aad)).setAuthTag(hex(vector.tag));
        return Buffer.concat([cipher.update(hex(vector.ct)), cipher.final()]).equals(hex(vector.msg));
      }),
    'aes_gcm node:crypto',
  );
});

test('HKDF-SHA-256: the call of the key schedule', async () => {
  type Vector = { ikm: string; salt: string; info: string; size: number; okm: string };
  await runVectors<object, Vector>('hkdf_sha256', ({ ikm, salt, info, size, okm }) =>
    succeeds(() => Buffer.from(hkdfSync('sha256', hex(ikm), hex(salt), hex(info), size)).equals(hex(okm))),
  );
});

test('HMAC-SHA-256: the call of the MACs', async () => {
  type Vector = { key: string; msg: string; tag: string };
  await runVectors<{ tagSize: number }, Vector>('hmac_sha256', ({ key, msg, tag }, { tagSize }) =>
    createHmac('sha256', hex(key))
      .update(hex(msg))
      .digest()
      .subarray(0, tagSize / 8)
      .equals(hex(tag)),
  );
});

test('ML-KEM-768 encapsulation: the hybrid KEM takes the same keys as the file, and another library gives its output', async () => {
  const now = new Date('2026-01-05T09:00:00Z');
  const { id } = await testParty('vectors', now);
  const info = { reg: `reg_${'1'.repeat(32)}`, att: 1, consumer: id, provider: id, nc: 'nc', h1: 'h1' };
  const { publicKey: x25519 } = (await subtle.generateKey('X25519', true, ['deriveBits'])) as webcrypto.CryptoKeyPair;
  const x25519Bytes = Buffer.from(await subtle.exportKey('raw', x25519));
  type Vector = { ek: string; m: string; c: string; K: string };
  await runVectors<object, Vector>('mlkem_768_encaps', async ({ ek, m, c, K }) => {
    const hybrid = Buffer.concat([hex(ek), x25519Bytes]);
    const taken = (await encapsulate(hybrid, info)).ok;
    const takenByOther = await succeeds(() => independentSend(hybrid, Buffer.alloc(0), Buffer.alloc(0)));
    if (!taken || !takenByOther) return taken || takenByOther;
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(hex(ek), hex(m));
    return hex(c).equals(cipherText) && hex(K).equals(sharedSecret);
  });
});

test('ML-KEM-768 key generation from a seed: WebCrypto and another library agree with the file', async () => {
  type Vector = { seed: string; ek: string; dk: string };
  await runVectors<object, Vector>('mlkem_768_keygen_seed', ({ seed, ek, dk }) =>
    succeeds(async () => {
      const other = ml_kem768.keygen(hex(seed));
      const key = await subtle.importKey('raw-seed', hex(seed), 'ML-KEM-768', true, ['decapsulateBits']);
      const publicKey = await subtle.getPublicKey(key, ['encapsulateBits']);
      const raw = Buffer.from(await subtle.exportKey('raw-public', publicKey));
      return raw.equals(hex(ek)) && hex(ek).equals(other.publicKey) && hex(dk).equals(other.secretKey);
    }),
  );
});

// Our private keys are 32-byte seeds, never expanded keys, so this file is the other library's alone: what agrees with ours above.
test('ML-KEM-768 decapsulation: the independent library', async () => {
  type Vector = { dk: string; c: string; K: string };
  await runVectors<object, Vector>('mlkem_768_semi_expanded_decaps', ({ dk, c, K }) =>
    succeeds(() => hex(K).equals(ml_kem768.decapsulate(hex(c), hex(dk)))),
  );
});
