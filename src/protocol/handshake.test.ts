import { createHmac } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { independentExport, independentSend } from '../../test/harness/independent-hpke.ts';
import { testParty } from '../../test/harness/sx-party.ts';
import { base64url, sha256 } from './encoding.ts';
import {
  accessTokenHash,
  createEphemeral,
  decapsulate,
  deriveSchedule,
  encapsulate,
  fullTranscriptHash,
  type HandshakeInfo,
  transcriptHash,
} from './handshake.ts';
import { hashStatement } from './jws.ts';

const now = new Date('2026-01-05T09:00:00Z');
let info: HandshakeInfo;
beforeAll(async () => {
  const [consumer, provider] = [await testParty('consumer', now), await testParty('provider', now)];
  info = {
    reg: `reg_${'1'.repeat(32)}`,
    att: 1,
    consumer: consumer.id,
    provider: provider.id,
    nc: base64url(sha256('nc')),
    h1: base64url(sha256('m1')),
  };
});

const value = <T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T => {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};
const infoText = () => Buffer.from(`sx/1|${info.reg}|1|${info.consumer}|${info.provider}|${info.nc}|${info.h1}`);

test('both sides reach the same secret; keys and ciphertext have the sizes of the suite', async () => {
  const ephemeral = await createEphemeral();
  expect([ephemeral.publicKey.length, ephemeral.privateKey.length]).toEqual([1_216, 32]);
  const sent = value(await encapsulate(ephemeral.publicKey, info));
  expect([sent.enc.length, sent.sharedSecret.length]).toEqual([1_120, 32]);
  expect(value(await decapsulate(ephemeral.privateKey, sent.enc, info))).toEqual(sent.sharedSecret);
});

test('an implementation from the RFC over another library agrees in both roles', async () => {
  const ephemeral = await createEphemeral();
  const context = Buffer.from('sx/1');
  const sent = value(await encapsulate(ephemeral.publicKey, info));
  const theirs = independentExport({ privateKey: ephemeral.privateKey, enc: sent.enc, info: infoText(), context });
  expect(Buffer.from(sent.sharedSecret)).toEqual(theirs);
  const foreign = independentSend(ephemeral.publicKey, infoText(), context);
  expect(Buffer.from(value(await decapsulate(ephemeral.privateKey, foreign.enc, info)))).toEqual(foreign.exported);
});

test('any difference in registration, attempt, parties, nonce or first message gives another secret', async () => {
  const ephemeral = await createEphemeral();
  const sent = value(await encapsulate(ephemeral.publicKey, info));
  const { consumer, provider } = info;
  for (const changed of [
    { reg: `reg_${'2'.repeat(32)}` },
    { att: 2 },
    { consumer: provider, provider: consumer },
    { nc: base64url(sha256('other')) },
    { h1: base64url(sha256('other')) },
  ])
    expect(value(await decapsulate(ephemeral.privateKey, sent.enc, { ...info, ...changed }))).not.toEqual(
      sent.sharedSecret,
    );
});

test('a key or ciphertext one byte longer or shorter is refused before the library sees it', async () => {
  const { publicKey, privateKey } = await createEphemeral();
  const { enc } = value(await encapsulate(publicKey, info));
  const longer = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc(1)]);
  const wrongLength = { ok: false, error: { code: 'wrong-length' } };
  expect(await encapsulate(longer(publicKey), info)).toEqual(wrongLength);
  expect(await encapsulate(publicKey.subarray(1), info)).toEqual(wrongLength);
  expect(await decapsulate(privateKey, longer(enc), info)).toEqual(wrongLength);
  expect(await decapsulate(privateKey, enc.subarray(1), info)).toEqual(wrongLength);
  expect(await decapsulate(longer(privateKey), enc, info)).toEqual(wrongLength);
});

test('coefficients beyond the modulus and low-order X25519 points are refused', async () => {
  const { publicKey } = await createEphemeral();
  const refused = { ok: false, error: { code: 'refused' } };
  const overflow = Buffer.from(publicKey).fill(0xff, 0, 3);
  expect(await encapsulate(overflow, info)).toEqual(refused);
  const zero = Buffer.from(publicKey).fill(0, 1_184);
  expect(await encapsulate(zero, info)).toEqual(refused);
  const one = Buffer.from(publicKey).fill(0, 1_184).fill(1, 1_184, 1_185);
  expect(await encapsulate(one, info)).toEqual(refused);
});

test('a low-order X25519 part in the ciphertext is refused', async () => {
  const { publicKey, privateKey } = await createEphemeral();
  const { enc } = value(await encapsulate(publicKey, info));
  expect(await decapsulate(privateKey, Buffer.from(enc).fill(0, 1_088), info)).toEqual({
    ok: false,
    error: { code: 'refused' },
  });
});

test('the schedule is HKDF with the transcript hash as salt and one label a secret', () => {
  const secret = sha256('shared');
  const th2 = base64url(sha256('th2'));
  const hmac = (key: Uint8Array, data: string | Uint8Array) => createHmac('sha256', key).update(data).digest();
  const extracted = hmac(sha256('th2'), secret);
  const expand = (label: string) =>
    new Uint8Array(hmac(extracted, Buffer.concat([Buffer.from(label), Buffer.from([1])])));
  expect(deriveSchedule(secret, th2)).toEqual({
    consumerConfirm: expand('c confirm'),
    providerConfirm: expand('p confirm'),
    consumerToProvider: expand('c2p 1'),
    providerToConsumer: expand('p2c 1'),
    ratchet: expand('ratchet'),
    exporter: expand('exporter'),
  });
});

test('a transcript hash covers every message, in order, without signatures', () => {
  const hash = (...messages: string[]) => base64url(sha256(['sx/1', ...messages.map(hashStatement)].join('|')));
  expect(transcriptHash('a.b.s', 'c.d.s')).toBe(hash('a.b.s', 'c.d.s'));
  expect(transcriptHash('a.b.other', 'c.d.other')).toBe(transcriptHash('a.b.s', 'c.d.s'));
  expect(transcriptHash('c.d.s', 'a.b.s')).not.toBe(transcriptHash('a.b.s', 'c.d.s'));
  expect(fullTranscriptHash('a.b.s', 'c.d.s', 'e.f.s', 'g.h.s')).toBe(hash('a.b.s', 'c.d.s', 'e.f.s', 'g.h.s'));
});

// RFC 9449 section 7.1: the ath of the example token.
test('the hash of an access token is the one of the RFC', () => {
  expect(accessTokenHash('Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU')).toBe(
    'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo',
  );
});
