import { beforeAll, describe, expect, test } from 'vitest';
import { type Party, testParty, testRandom } from '../../test/harness/sx-party.ts';
import { base64url, fromBase64url, sha256 } from './encoding.ts';
import {
  accessTokenHash,
  createEphemeral,
  decapsulate,
  deriveSchedule,
  encapsulate,
  fullTranscriptHash,
  PROTOCOL_VERSION,
  SUITE,
  transcriptHash,
} from './handshake.ts';
import { hashStatement } from './jws.ts';
import { confirmMac, inviteMac, verifyConfirmMac, verifyInviteMac } from './macs.ts';
import { verifyManifest } from './manifest.ts';
import { claimsFor, openStatement, signStatement } from './statement.ts';
import type { StatementBody, StatementKind } from './statements.ts';

const now = new Date('2026-01-05T09:00:00Z');
const random = testRandom('onboarding');
const secret = random.bytes(32);
const reg = `reg_${'1'.repeat(32)}`;
const conn = `con_${'2'.repeat(32)}`;
const attempt = { reg, att: 1 };
let p: Party;
let c: Party;
beforeAll(async () => {
  p = await testParty('provider', now);
  c = await testParty('consumer', now);
});

const toProvider = (kind: StatementKind) => claimsFor(kind, { issuer: c.id, audience: p.id, now, random });
const toConsumer = (kind: StatementKind) => claimsFor(kind, { issuer: p.id, audience: c.id, now, random });
const opened = async <Kind extends StatementKind>(
  kind: Kind,
  jws: string,
  by: Party,
  to: Party,
): Promise<StatementBody<Kind>> => {
  const result = await openStatement(kind, jws, { keys: by.keys, issuer: by.id, audience: to.id, now });
  if (!result.ok) throw new Error(`${kind} ${result.error.code}`);
  return result.value;
};

async function greet() {
  const ephemeral = await createEphemeral();
  const body = {
    ...toProvider('hello'),
    ...attempt,
    step: 'hello' as const,
    inv: 'invitation-1',
    nc: base64url(random.bytes(32)),
    origin: c.origin,
    manifest: c.manifestJws,
    vers: [PROTOCOL_VERSION],
    suites: [SUITE],
    eph: base64url(ephemeral.publicKey),
    oauth: {
      redirect_uri: `${c.origin}/sx/oauth/cb/prc_${'3'.repeat(32)}`,
      client_kid: c.manifest.keys[1]?.kid ?? '',
      dpop_jkt: base64url(sha256('dpop')),
    },
  };
  const m1 = await signStatement(c.sign.signer, 'hello', { ...body, mac: inviteMac(secret, body) });
  return { ephemeral, m1 };
}

async function answer(m1: string) {
  const hello = await opened('hello', m1, c, p);
  const info = { ...attempt, consumer: c.id, provider: p.id, nc: hello.nc, h1: hashStatement(m1) };
  const sent = await encapsulate(fromBase64url(hello.eph) ?? Buffer.alloc(0), info);
  if (!sent.ok) throw new Error(sent.error.code);
  const m2 = await signStatement(p.sign.signer, 'helloAck', {
    ...toConsumer('helloAck'),
    ...attempt,
    step: 'hello-ack',
    h1: info.h1,
    np: base64url(random.bytes(32)),
    ver: PROTOCOL_VERSION,
    suite: SUITE,
    manifest: p.manifestJws,
    enc: base64url(sent.value.enc),
    client_id: `sxc_${reg}_1`,
    as: { issuer: p.origin },
    resource: `${p.origin}/sx/v1`,
    scope: 'sx:connect',
    reg_digest: base64url(sha256('registration')),
  });
  return { hello, info, m2, sharedSecret: sent.value.sharedSecret };
}

test('REG-70 REG-71 hello to commit: signed keys and address one way, the secret wrapped for the fresh key the other way', async () => {
  const { ephemeral, m1 } = await greet();
  const { hello, info, m2, sharedSecret } = await answer(m1);
  expect(verifyInviteMac(secret, hello)).toBe(true);
  const manifest = await verifyManifest(hello.manifest, { id: c.id, root: c.root.jwk, now, origin: c.origin });
  expect(manifest.ok).toBe(true);

  const ack = await opened('helloAck', m2, p, c);
  const received = await decapsulate(ephemeral.privateKey, fromBase64url(ack.enc) ?? Buffer.alloc(0), info);
  if (!received.ok) throw new Error(received.error.code);
  for (const message of [m1, m2]) expect(message.includes(base64url(sharedSecret))).toBe(false);

  const th2 = transcriptHash(m1, m2);
  const [ours, theirs] = [deriveSchedule(received.value, th2), deriveSchedule(sharedSecret, th2)];
  expect(ours).toEqual(theirs);
  const ath = accessTokenHash('token');
  const mac = confirmMac({ key: ours.consumerConfirm, side: 'consumer', th2, ath });
  const m3 = await signStatement(c.sign.signer, 'confirm', {
    ...toProvider('confirm'),
    ...attempt,
    step: 'confirm',
    th2,
    ath,
    mac,
    oauth_for_provider: { issuer: c.origin, resource: `${c.origin}/sx/v1`, client_id: 'sxp_1', scope: 'sx:messages' },
  });
  const confirm = await opened('confirm', m3, c, p);
  expect(verifyConfirmMac({ key: theirs.consumerConfirm, side: 'consumer', th2, ath }, confirm.mac)).toBe(true);

  const m4 = await signStatement(p.sign.signer, 'confirmAck', {
    ...toConsumer('confirmAck'),
    ...attempt,
    step: 'confirm-ack',
    th2,
    mac: confirmMac({ key: theirs.providerConfirm, side: 'provider', th2, ath }),
    conn,
    client_id: ack.client_id,
    resource: ack.resource,
    scope: 'sx:messages',
    lanes: 16,
    limits: {},
  });
  const confirmed = await opened('confirmAck', m4, p, c);
  expect(verifyConfirmMac({ key: ours.providerConfirm, side: 'provider', th2, ath }, confirmed.mac)).toBe(true);
  // A confirmation sent back to its maker proves nothing.
  expect(verifyConfirmMac({ key: ours.providerConfirm, side: 'provider', th2, ath }, mac)).toBe(false);

  const th4 = fullTranscriptHash(m1, m2, m3, m4);
  const receipt = await signStatement(p.sign.signer, 'receipt', {
    ...toConsumer('receipt'),
    conn,
    lane: 0,
    seq: 1,
    h: base64url(sha256('batch')),
    stored: 1,
    applied: 1,
    rejected: [],
    credit: { msgs: 1_000, bytes: 1_000_000 },
    now: now.toISOString(),
  });
  const prepared = await signStatement(c.sign.signer, 'prepared', {
    ...toProvider('prepared'),
    ...attempt,
    step: 'prepared',
    th4,
    receipts: [receipt],
  });
  expect((await opened('prepared', prepared, c, p)).th4).toBe(th4);
  const commit = await signStatement(p.sign.signer, 'commit', {
    ...toConsumer('commit'),
    ...attempt,
    step: 'commit',
    th4,
    conn,
    committed_at: now.toISOString(),
  });
  expect(await opened('commit', commit, p, c)).toMatchObject({ th4, conn, att: 1 });
});

describe('a hello that was changed', () => {
  test('under a proxy that strips a version fails the signature, and signed again by another fails the pin', async () => {
    const { m1 } = await greet();
    const [head = '', body = '', signature = ''] = m1.split('.');
    const stripped = { ...JSON.parse(Buffer.from(body, 'base64url').toString()), vers: ['0.9'] };
    const forged = `${head}.${base64url(Buffer.from(JSON.stringify(stripped)))}.${signature}`;
    await expect(opened('hello', forged, c, p)).rejects.toThrow('hello bad-signature');
    const resigned = await signStatement(p.sign.signer, 'hello', stripped);
    await expect(opened('hello', resigned, c, p)).rejects.toThrow('hello unknown-key');
  });

  test('in any member fails the MAC of the link', async () => {
    const { m1 } = await greet();
    const hello = await opened('hello', m1, c, p);
    expect(verifyInviteMac(secret, hello)).toBe(true);
    expect(verifyInviteMac(random.bytes(32), hello)).toBe(false);
    for (const member of Object.keys(hello).filter((name) => name !== 'mac'))
      expect(verifyInviteMac(secret, { ...hello, [member]: 'changed' })).toBe(false);
    expect(verifyInviteMac(secret, { ...hello, added: 1 })).toBe(false);
  });

  test('in the length of its key is refused by the schema', async () => {
    const { m1 } = await greet();
    const hello = await opened('hello', m1, c, p);
    for (const eph of [base64url(Buffer.alloc(1_217)), base64url(Buffer.alloc(1_215))])
      await expect(signStatement(c.sign.signer, 'hello', { ...hello, eph })).rejects.toThrow();
  });
});
