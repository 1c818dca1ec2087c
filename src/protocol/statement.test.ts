import { ed25519 } from '@noble/curves/ed25519.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { mutations } from '../../test/harness/mutations.ts';
import { type Party, testKey, testParty, testRandom } from '../../test/harness/sx-party.ts';
import { base64url, fromBase64url, sha256 } from './encoding.ts';
import { canonicalJson } from './json.ts';
import { hashStatement, parseJws, signJws } from './jws.ts';
import { claimsFor, openStatement, peekStatement, type StatementExpectation, signStatement } from './statement.ts';
import { type StatementBody, type StatementKind, statements } from './statements.ts';

const now = new Date('2026-01-05T09:00:00Z');
const seconds = (count: number) => new Date(now.getTime() + count * 1_000);
const random = testRandom('statements');
const reg = `reg_${'1'.repeat(32)}`;
let p: Party;
let c: Party;
let invite: string;
beforeAll(async () => {
  p = await testParty('provider', now);
  c = await testParty('consumer', now);
  invite = await signStatement(p.sign.signer, 'invite', inviteBody());
});

const inviteBody = (changes: Partial<StatementBody<'invite'>> = {}): StatementBody<'invite'> => ({
  ...claimsFor('invite', { issuer: p.id, audience: c.id, now, random: testRandom('jti'), lifeSeconds: 7 * 86_400 }),
  purl: p.origin,
  curl: c.origin,
  reg,
  gen: 1,
  sh: base64url(sha256('secret')),
  pn: 'The provider',
  ch: 'j…@consumer.example',
  vers: ['1.0'],
  ...changes,
});

const expected = (changes: Partial<StatementExpectation> = {}): StatementExpectation => ({
  keys: p.keys,
  issuer: p.id,
  audience: c.id,
  now,
  ...changes,
});

const verdict = async (kind: StatementKind, jws: string, changes: Partial<StatementExpectation> = {}) => {
  const opened = await openStatement(kind, jws, expected(changes));
  return opened.ok ? 'opened' : opened.error.code;
};

test('what was signed is opened as it was, unknown members included', async () => {
  const jws = await signStatement(p.sign.signer, 'invite', inviteBody({ colour: 'green', later: { deep: [1] } }));
  const opened = await openStatement('invite', jws, expected());
  expect(opened).toEqual({ ok: true, value: inviteBody({ colour: 'green', later: { deep: [1] } }) });
});

test('a foreign library verifies our statements, and we open what it signs', async () => {
  const [head, body, signature] = invite.split('.') as [string, string, string];
  const key = fromBase64url(p.sign.jwk.x) ?? Buffer.alloc(0);
  expect(ed25519.verify(fromBase64url(signature) ?? Buffer.alloc(0), Buffer.from(`${head}.${body}`), key)).toBe(true);
  const header = base64url(Buffer.from(JSON.stringify({ typ: 'sx-invite+jwt', kid: p.sign.kid, alg: 'Ed25519' })));
  const payload = base64url(Buffer.from(JSON.stringify(inviteBody({ gen: 2 }))));
  const foreign = ed25519.sign(Buffer.from(`${header}.${payload}`), p.sign.seed);
  expect(await verdict('invite', `${header}.${payload}.${base64url(foreign)}`)).toBe('opened');
});

test('the hash covers header and body, never the signature', () => {
  const [head, body] = invite.split('.');
  expect(hashStatement(invite)).toBe(base64url(sha256(`${head}.${body}`)));
  expect(hashStatement(`${head}.${body}.${'A'.repeat(86)}`)).toBe(hashStatement(invite));
});

test('another issuer, audience, kind or key is refused', async () => {
  expect(await verdict('invite', invite, { issuer: c.id })).toBe('wrong-issuer');
  expect(await verdict('invite', invite, { audience: p.id })).toBe('wrong-audience');
  expect(await verdict('hello', invite)).toBe('wrong-type');
  expect(await verdict('invite', invite, { keys: c.keys })).toBe('unknown-key');
  expect(await verdict('invite', invite, { keys: [] })).toBe('unknown-key');
  expect(await verdict('invite', invite, { keys: [{ kid: p.sign.kid, jwk: c.sign.jwk }] })).toBe('bad-signature');
});

test('a key counts only in its time, judged by the moment of signing', async () => {
  const key = { kid: p.sign.kid, jwk: p.sign.jwk };
  expect(await verdict('invite', invite, { keys: [{ ...key, notBefore: seconds(1) }] })).toBe('unknown-key');
  expect(await verdict('invite', invite, { keys: [{ ...key, notAfter: now }] })).toBe('unknown-key');
  const stillGood = { keys: [{ ...key, notBefore: now, notAfter: seconds(1) }], now: seconds(86_400) };
  expect(await verdict('invite', invite, stillGood)).toBe('opened');
});

test('clocks may differ by a minute, not more', async () => {
  const life = 7 * 86_400;
  expect(await verdict('invite', invite, { now: seconds(-60) })).toBe('opened');
  expect(await verdict('invite', invite, { now: seconds(-61) })).toBe('not-yet-valid');
  expect(await verdict('invite', invite, { now: seconds(life + 59) })).toBe('opened');
  expect(await verdict('invite', invite, { now: seconds(life + 60) })).toBe('expired');
});

test('a statement that claims to live longer than its kind allows, or no time at all, is refused', async () => {
  const { iat } = inviteBody();
  const signed = (exp: number) => signStatement(p.sign.signer, 'invite', inviteBody({ exp }));
  expect(await verdict('invite', await signed(iat + 30 * 86_400))).toBe('opened');
  expect(await verdict('invite', await signed(iat + 30 * 86_400 + 1))).toBe('too-long-lived');
  expect(await verdict('invite', await signed(iat))).toBe('too-long-lived');
});

const raw = (body: unknown, typ = 'sx-invite+jwt') => signJws(p.sign.signer, typ, Buffer.from(JSON.stringify(body)));

test('a signed body that breaks the schema or the JSON rules is refused', async () => {
  const { gen: _gen, ...withoutGen } = inviteBody();
  expect(await verdict('invite', await raw(withoutGen))).toBe('bad-schema');
  expect(await verdict('invite', await raw({ ...inviteBody(), purl: 'https://a@b.example' }))).toBe('bad-schema');
  expect(await verdict('invite', await raw({ ...inviteBody(), iss: 'sxi1' }))).toBe('bad-schema');
  expect(await verdict('invite', await raw({ ...inviteBody(), reg: 'REG0001001' }))).toBe('bad-schema');
  expect(await verdict('invite', await raw([]))).toBe('bad-schema');
  const twice = canonicalJson(inviteBody()).replace('"gen":1', '"gen":1,"gen":2');
  expect(await verdict('invite', await signJws(p.sign.signer, 'sx-invite+jwt', Buffer.from(twice)))).toBe('malformed');
  expect(await verdict('invite', await signJws(p.sign.signer, 'sx-invite+jwt', Buffer.from('{')))).toBe('malformed');
});

describe('the strict gate', () => {
  const withHeader = (header: string) => {
    const [, body, signature] = invite.split('.');
    return `${base64url(Buffer.from(header))}.${body}.${signature}`;
  };
  const gate = (jws: string) => {
    const parsed = parseJws(jws, { typ: 'sx-invite+jwt', maxBytes: 6_144 });
    return parsed.ok ? 'passed' : parsed.error.code;
  };

  test('one spelling passes: spaces, newlines, padding, flipped tail bits and empty parts do not', () => {
    expect(gate(invite)).toBe('passed');
    const [head = '', body = '', signature = ''] = invite.split('.');
    const tail = 'AQgw'.includes(signature.at(-1) ?? '') ? 'B' : '_';
    for (const damaged of [
      ` ${invite}`,
      `${invite}\n`,
      `${invite}=`,
      `${invite}==`,
      `${head}.${body}.${signature.slice(0, -1)}${tail}`,
      `${head}=.${body}.${signature}`,
      `${head}.${body}\n.${signature}`,
      `${head}.${body}`,
      `${head}..${signature}`,
      `.${body}.${signature}`,
      `${invite}.`,
      `${head}.${body}.${signature.slice(0, -2)}`,
      invite.replaceAll('.', '\u2024'),
    ])
      expect(gate(damaged)).toBe('malformed');
  });

  test('one header passes: exactly alg, kid and typ, alg Ed25519', () => {
    const { kid } = p.sign;
    const good = { alg: 'Ed25519', kid, typ: 'sx-invite+jwt' };
    expect(gate(withHeader(JSON.stringify(good)))).toBe('passed');
    for (const header of [
      { ...good, alg: 'EdDSA' },
      { ...good, alg: 'none' },
      { ...good, alg: 'HS256' },
      { ...good, alg: ['Ed25519'] },
      { ...good, kid: undefined },
      { ...good, kid: 'short' },
      { ...good, typ: undefined },
      { ...good, crit: ['sx'], sx: {} },
      { ...good, b64: false, crit: ['b64'] },
      { ...good, jwk: p.sign.jwk },
      { ...good, jku: 'https://evil.example' },
      { ...good, x5u: 'https://evil.example' },
      { ...good, zip: 'DEF' },
      [],
      null,
    ])
      expect(gate(withHeader(JSON.stringify(header)))).toBe('malformed');
    expect(gate(withHeader(`{"alg":"none","alg":"Ed25519","kid":"${kid}","typ":"sx-invite+jwt"}`))).toBe('malformed');
    expect(gate(withHeader(JSON.stringify({ ...good, typ: 'SX-INVITE+JWT' })))).toBe('wrong-type');
    expect(gate(withHeader(JSON.stringify({ ...good, typ: 'application/sx-invite+jwt' })))).toBe('wrong-type');
  });

  test('size is judged before anything is decoded', () => {
    expect(gate('A'.repeat(6_145))).toBe('too-large');
    expect(gate(`${'A'.repeat(5_000)}.AAAA.${'A'.repeat(86)}`)).toBe('malformed');
  });
});

test('no invitation with one flipped bit opens', async () => {
  for (let at = 0; at < invite.length; at += 1) {
    for (const bit of [1, 2, 32]) {
      const code = invite.charCodeAt(at) ^ bit;
      const damaged = `${invite.slice(0, at)}${String.fromCharCode(code)}${invite.slice(at + 1)}`;
      expect(await verdict('invite', damaged)).not.toBe('opened');
    }
  }
}, 30_000);

test('damaged statements of every kind give an error, never an exception', async () => {
  for (const kind of Object.keys(statements) as StatementKind[]) {
    const jws = await raw(inviteBody(), statements[kind].typ);
    for (const damaged of mutations(jws, { seed: kind, count: 60 })) {
      expect(await verdict(kind, damaged)).not.toBe('opened');
      peekStatement(kind, damaged);
    }
  }
});

test('damaged bodies under a good signature give an error, never an exception', async () => {
  const body = canonicalJson(inviteBody());
  for (const damaged of mutations(body, { seed: 'bodies', count: 300 })) {
    const jws = await signJws(p.sign.signer, 'sx-invite+jwt', Buffer.from(damaged, 'latin1'));
    expect([
      'opened',
      'malformed',
      'bad-schema',
      'wrong-issuer',
      'wrong-audience',
      'expired',
      'not-yet-valid',
      'too-long-lived',
      'too-large',
      'unknown-key',
    ]).toContain(await verdict('invite', jws));
  }
});

test('peeking reads what it is given without trusting it', async () => {
  const stranger = testKey('stranger');
  const probe = {
    ...claimsFor('probe', { issuer: c.id, audience: p.id, now, random }),
    nonce: base64url(random.bytes(32)),
  };
  const jws = await signStatement(stranger.signer, 'probe', probe);
  expect(peekStatement('probe', jws)).toEqual({ ok: true, value: probe });
});

test('signing a body that its own schema refuses is a bug and throws', async () => {
  await expect(signStatement(p.sign.signer, 'invite', inviteBody({ gen: 0 }))).rejects.toThrow();
  await expect(signStatement(p.sign.signer, 'invite', inviteBody({ filler: 'x'.repeat(6_000) }))).rejects.toThrow(
    /limit/,
  );
});

test('a committed status without the decision is refused', async () => {
  const claims = claimsFor('status', { issuer: p.id, audience: c.id, now, random });
  const status = { ...claims, reg, att: 1, step: 'status', state: 'committed' } as const;
  expect(await verdict('status', await raw(status, 'sx-status+jwt'))).toBe('bad-schema');
  const whole = {
    ...status,
    th4: base64url(sha256('th4')),
    conn: `con_${'2'.repeat(32)}`,
    committed_at: now.toISOString(),
  };
  expect(await verdict('status', await raw(whole, 'sx-status+jwt'))).toBe('opened');
});
