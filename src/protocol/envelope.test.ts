import { brotliCompressSync } from 'node:zlib';
import { CompactEncrypt } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { mutations } from '../../test/harness/mutations.ts';
import { type Party, testParty } from '../../test/harness/sx-party.ts';
import { packBatch, padmeLength } from './batch.ts';
import { base64url, sha256 } from './encoding.ts';
import { type EnvelopeDraft, type EnvelopeExpectation, openEnvelope, peekEnvelope, sealEnvelope } from './envelope.ts';
import { BATCH_TYP, trafficKid } from './envelope-header.ts';
import { signJws } from './jws.ts';
import type { Message } from './message.ts';

const now = new Date('2026-01-05T09:00:00Z');
const key = sha256('traffic key');
const conn = `con_${'3'.repeat(32)}`;
const epoch = { conn, epoch: 1, direction: 'c2p' } as const;
let c: Party;
let p: Party;
beforeAll(async () => {
  c = await testParty('consumer', now);
  p = await testParty('provider', now);
});

const message = (n: number, b: Message['b'] = { nonce: base64url(sha256(`nonce ${n}`)) }): Message => ({
  id: `0190b8d1-7e1b-7c00-8000-${String(n).padStart(12, '0')}`,
  ty: 'connect.test',
  n,
  ts: now.toISOString(),
  b,
});

const draft = (changes: Partial<EnvelopeDraft> = {}): EnvelopeDraft => ({
  issuer: c.id,
  audience: p.id,
  conn,
  direction: 'c2p',
  epoch: 1,
  lane: 0,
  seq: 1,
  previous: null,
  messages: [message(1)],
  now,
  ...changes,
});
const seal = (changes: Partial<EnvelopeDraft> = {}) => sealEnvelope(c.sign.signer, key, draft(changes));
const expectation = (changes: Partial<EnvelopeExpectation> = {}): EnvelopeExpectation => ({
  key,
  epoch,
  issuer: c.id,
  audience: p.id,
  keys: c.keys,
  ...changes,
});
const verdict = async (envelope: string, changes: Partial<EnvelopeExpectation> = {}) => {
  const opened = await openEnvelope(envelope, expectation(changes));
  return opened.ok ? 'opened' : opened.error.code;
};

test('REG-73 what one side seals the other opens: messages, place in the lane, hash for the receipt', async () => {
  const messages = [message(7), message(8, { nonce: 'x', echo: 'ä\u2028"', later: [1] })];
  const sealed = await seal({ messages, seq: 4, lane: 2, previous: base64url(sha256('before')) });
  const opened = await openEnvelope(sealed.envelope, expectation());
  expect(opened.ok && opened.value.messages).toEqual(messages.map((value) => ({ ok: true, value })));
  expect(opened.ok && opened.value.hash).toBe(sealed.hash);
  expect(opened.ok && opened.value.header).toMatchObject({
    seq: 4,
    lane: 2,
    n0: 7,
    n: 2,
    prev: base64url(sha256('before')),
  });
});

test('compressed and plain batches of one and of 2000 messages open alike', async () => {
  for (const zip of ['br', 'none'] as const) {
    for (const count of [1, 2_000]) {
      const messages = Array.from({ length: count }, (_, index) => message(index + 1));
      const opened = await openEnvelope((await seal({ messages, zip })).envelope, expectation());
      expect(opened.ok && opened.value.messages.length).toBe(count);
    }
  }
});

test('the envelope names its traffic key and shows nothing else', async () => {
  const { envelope } = await seal();
  expect(peekEnvelope(envelope)).toEqual({ ok: true, value: epoch });
  const header = JSON.parse(Buffer.from(envelope.split('.')[0] ?? '', 'base64url').toString());
  expect(header).toEqual({ alg: 'dir', enc: 'A256GCM', kid: `${conn}.1.c2p`, cty: 'sx-batch+jws' });
});

test('two envelopes of the same batch share no ciphertext', async () => {
  const [one, two] = [(await seal()).envelope.split('.'), (await seal()).envelope.split('.')];
  expect(one[2]).not.toBe(two[2]);
  expect(one[3]).not.toBe(two[3]);
});

test('wrong epoch, swapped direction, other connection, other key, other signer, other parties are refused', async () => {
  const { envelope } = await seal();
  expect(await verdict(envelope)).toBe('opened');
  expect(await verdict(envelope, { epoch: { ...epoch, epoch: 2 } })).toBe('wrong-key');
  expect(await verdict(envelope, { epoch: { ...epoch, direction: 'p2c' } })).toBe('wrong-key');
  expect(await verdict(envelope, { epoch: { ...epoch, conn: `con_${'4'.repeat(32)}` } })).toBe('wrong-key');
  expect(await verdict(envelope, { key: sha256('other') })).toBe('bad-key');
  expect(await verdict(envelope, { keys: p.keys })).toBe('unknown-signer');
  expect(await verdict(envelope, { keys: [] })).toBe('unknown-signer');
  expect(await verdict(envelope, { issuer: p.id })).toBe('wrong-header');
  expect(await verdict(envelope, { audience: c.id })).toBe('wrong-header');
  const [trusted] = c.keys;
  if (trusted === undefined) throw new Error('the party has a key');
  expect(await verdict(envelope, { keys: [{ ...trusted, notAfter: now }] })).toBe('unknown-signer');
});

/** An envelope whose inner or outer part is ours to spoil. */
async function forge(
  parts: {
    header?: Record<string, unknown>;
    bytes?: Buffer;
    payload?: Buffer;
    typ?: string;
    jweHeader?: object;
    plain?: Buffer;
  } = {},
) {
  const { bytes, ...shape } = packBatch([JSON.stringify(message(1))], 'br');
  const header = {
    v: 1,
    iss: c.id,
    aud: p.id,
    conn,
    dir: 'c2p',
    ep: 1,
    lane: 0,
    seq: 1,
    n0: 1,
    n: 1,
    prev: null,
    ...shape,
    ts: now.toISOString(),
    ...parts.header,
  };
  const body = parts.bytes ?? bytes;
  const jws = await signJws(c.sign.signer, parts.typ ?? BATCH_TYP, parts.payload ?? sha256(body), header);
  const plain = parts.plain ?? Buffer.concat([Buffer.from(`${jws}\n`), body]);
  return new CompactEncrypt(plain)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: trafficKid(epoch), cty: 'sx-batch+jws', ...parts.jweHeader })
    .encrypt(key);
}

describe('an envelope of a hostile peer with good keys', () => {
  test('opens when nothing is spoiled', async () => {
    expect(await verdict(await forge())).toBe('opened');
  });

  test('is refused when the signed header disagrees with the connection or itself', async () => {
    for (const header of [
      { aud: c.id },
      { iss: p.id },
      { dir: 'p2c' },
      { ep: 2 },
      { conn: `con_${'4'.repeat(32)}` },
      { v: 2 },
      { lane: 65 },
      { seq: 0 },
      { zip: 'gzip' },
      { raw: 4 * 1024 * 1024 + 1 },
    ])
      expect(await verdict(await forge({ header }))).toBe('wrong-header');
  });

  test('is refused when batch, padding, length or count are not what was declared', async () => {
    const { bytes, len, raw } = packBatch([JSON.stringify(message(1))], 'br');
    const spoiled = Buffer.from(bytes);
    spoiled[3] = (spoiled[3] ?? 0) ^ 1;
    expect(await verdict(await forge({ bytes: spoiled }))).toBe('bad-batch');
    expect(await verdict(await forge({ bytes: Buffer.concat([bytes, Buffer.alloc(1)]) }))).toBe('bad-batch');
    expect(await verdict(await forge({ header: { n: 2 } }))).toBe('bad-batch');
    expect(await verdict(await forge({ header: { raw: raw - 1 } }))).toBe('bad-batch');
    expect(await verdict(await forge({ header: { raw: raw + 1 } }))).toBe('bad-batch');
    expect(await verdict(await forge({ header: { len: len - 1 } }))).toBe('bad-batch');
    expect(await verdict(await forge({ header: { zip: 'none' } }))).toBe('bad-batch');
    expect(await verdict(await forge({ payload: sha256('other bytes') }))).toBe('bad-signature');
    expect(await verdict(await forge({ payload: Buffer.from('short') }))).toBe('wrong-header');
  });

  test('is refused when it would inflate beyond 64 times its size', async () => {
    const raw = Buffer.from(`${JSON.stringify(message(1, { nonce: '0'.repeat(60_000) }))}\n`);
    const bomb = brotliCompressSync(raw);
    const bytes = Buffer.alloc(padmeLength(bomb.length));
    bomb.copy(bytes);
    const shape = { zip: 'br', len: bomb.length, raw: raw.length };
    expect(await verdict(await forge({ header: shape, bytes }))).toBe('too-large');
  });

  test('is refused with another content type, algorithm, extra header or JWS type', async () => {
    expect(await verdict(await forge({ jweHeader: { cty: 'JWT' } }))).toBe('malformed');
    expect(await verdict(await forge({ jweHeader: { typ: 'JWE' } }))).toBe('malformed');
    expect(await verdict(await forge({ jweHeader: { kid: 'x' } }))).toBe('wrong-key');
    expect(await verdict(await forge({ typ: 'sx-commit+jwt' }))).toBe('malformed');
    expect(await verdict(await forge({ plain: Buffer.from('no newline') }))).toBe('malformed');
    expect(await verdict(await forge({ plain: Buffer.from('a.b.c\n') }))).toBe('malformed');
  });

  test('is refused over one mebibyte, before anything is decoded', async () => {
    expect(await verdict('A'.repeat(1024 * 1024 + 1))).toBe('too-large');
  });
});

test('one bad message is refused by itself and its batch stands', async () => {
  const good = (n: number) => JSON.stringify(message(n));
  const deep = `${'['.repeat(33)}${']'.repeat(33)}`;
  const lines: [string, string][] = [
    [good(1), 'ok'],
    [good(2).replace('"n":2', '"n":2,"n":2'), 'sx_malformed'],
    [good(3).replace('"b":{', '"b":{"__proto__":1,'), 'sx_malformed'],
    [good(4).replace('"b":{', '"b":{"x":"\\ud800",'), 'sx_malformed'],
    [good(5).replace('"b":{', '"b":{"x":1e400,'), 'sx_malformed'],
    [good(6).replace('"b":{', `"b":{"x":${deep},`), 'sx_malformed'],
    [good(99), 'sx_malformed'],
    ['{', 'sx_malformed'],
    ['', 'sx_malformed'],
    [
      good(10).replace(
        '"b":{',
        `"b":{"x":"${Array.from({ length: 2_100 }, (_, n) => sha256(`${n}`).toString('hex')).join('')}",`,
      ),
      'sx_too_large',
    ],
    [good(11), 'ok'],
  ];
  const { bytes, ...shape } = packBatch(
    lines.map(([line]) => line),
    'br',
  );
  const opened = await openEnvelope(await forge({ header: { ...shape, n: lines.length }, bytes }), expectation());
  if (!opened.ok) throw new Error(opened.error.code);
  expect(opened.value.messages.map((each) => (each.ok ? 'ok' : each.error.code))).toEqual(
    lines.map(([, code]) => code),
  );
});

test('damaged envelopes give an error, never an exception', async () => {
  const { envelope } = await seal();
  for (const damaged of mutations(envelope, { seed: 'envelopes', count: 1_500 })) {
    peekEnvelope(damaged);
    expect(await verdict(damaged)).not.toBe('opened');
  }
});

test('damaged insides under good keys give an error or refused messages, never an exception', async () => {
  const { bytes } = packBatch([JSON.stringify(message(1))], 'none');
  for (const damaged of mutations(bytes.toString('latin1'), { seed: 'batches', count: 300 })) {
    const body = Buffer.from(damaged, 'latin1');
    const shape = { zip: 'br', len: Math.max(1, body.length), raw: Math.max(1, body.length) };
    for (const zip of ['br', 'none']) await verdict(await forge({ header: { ...shape, zip }, bytes: body }));
  }
});

test('sealing nothing, numbers with a gap, or more than fits is a bug and throws', async () => {
  await expect(seal({ messages: [] })).rejects.toThrow();
  await expect(seal({ messages: [message(1), message(3)] })).rejects.toThrow(/consecutive/);
  await expect(seal({ messages: [message(1, { x: 'x'.repeat(70_000) })] })).rejects.toThrow(/64 KiB/);
});
