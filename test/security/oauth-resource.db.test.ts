import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type TestDatabase, testDatabase } from '../harness/database.ts';
import { type OAuthPair, oauthPair, PROVIDER, RESOURCE } from '../harness/oauth-pair.ts';
import { epoch, hash, RawClient, type Twist } from '../harness/oauth-raw.ts';

let database: TestDatabase;
let pair: OAuthPair;
let client: RawClient;
let token: string;
let counter = 0;
beforeAll(async () => {
  database = await testDatabase();
  pair = await oauthPair(database.db);
});
afterAll(async () => {
  await pair.close();
  await database.drop();
});
beforeEach(async () => {
  counter += 1;
  await pair.addClient(`sxc_${counter}`);
  client = await RawClient.create(pair, `sxc_${counter}`);
  token = await client.token();
  await client.call(token); // Learns the nonce.
});
afterEach(() => {
  vi.useRealTimers();
});

const echo = `${RESOURCE}/echo`;
const proof = (twist: Twist = {}) =>
  client.proof('POST', echo, { ...twist, claims: { ath: hash(token), ...twist.claims } });
const send = (headers: [string, string][]) => client.call(token, { headers });

test('the answer to a request without a nonce brings one, and names no more than that', async () => {
  const { status, headers, body } = await client.call(token, { claims: { nonce: undefined } });
  expect({ status, body }).toEqual({ status: 401, body: { error: 'use_dpop_nonce' } });
  expect(headers.get('dpop-nonce')).toMatch(/^[\w-]{43}$/);
  expect(headers.get('www-authenticate')).toContain('DPoP error="use_dpop_nonce"');
});

describe('E.4-28 a proof is refused', () => {
  test.each<[string, () => Promise<Twist> | Twist]>([
    ['without an id', () => ({ claims: { jti: undefined } })],
    ['with an id that is no text', () => ({ claims: { jti: 7 } })],
    ['with an empty id', () => ({ claims: { jti: '' } })],
    ['without a time', () => ({ claims: { iat: undefined } })],
    ['eleven minutes old', () => ({ claims: { iat: epoch(-660) } })],
    ['from eleven minutes ahead', () => ({ claims: { iat: epoch(660) } })],
    ['eleven minutes old, without a nonce', () => ({ claims: { iat: epoch(-660), nonce: undefined } })],
    ['of another type', () => ({ header: { typ: 'JWT' } })],
    ['without a type', () => ({ header: { typ: undefined } })],
    ['for another address', () => ({ claims: { htu: `${RESOURCE}/other` } })],
    ['for another host', () => ({ claims: { htu: 'https://evil.example/sx/v1/echo' } })],
    ['for another method', () => ({ claims: { htm: 'GET' } })],
    ['without the token’s hash', () => ({ claims: { ath: undefined } })],
    ['with another token’s hash', () => ({ claims: { ath: hash('another') } })],
    ['by another key', async () => otherKey()],
    ['whose key is not the one that signed', async () => ({ key: (await generateKeyPair('Ed25519')).privateKey })],
    ['with its private key in it', async () => ({ header: { jwk: await exportJWK(client.dpop.privateKey) } })],
    ['with a symmetric key', () => ({ header: { jwk: { kty: 'oct', k: 'c2VjcmV0' } } })],
    ['without a key', () => ({ header: { jwk: undefined } })],
    ['by an algorithm we do not use', async () => es256()],
    ['with a nonce of nobody', () => ({ claims: { nonce: 'made-up' } })],
    ['with a nonce that is no text', () => ({ claims: { nonce: 7 } })],
  ])('%s', async (_what, twist) => {
    expect((await client.call(token, await twist())).status).toBe(401);
  });

  test('the second time', async () => {
    const once: [string, string][] = [
      ['authorization', `DPoP ${token}`],
      ['dpop', await proof()],
    ];
    expect((await send(once)).status).toBe(200);
    expect((await send(once)).status).toBe(401);
  });

  test('twice at the same moment, once', async () => {
    const once: [string, string][] = [
      ['authorization', `DPoP ${token}`],
      ['dpop', await proof()],
    ];
    const answers = await Promise.all([send(once), send(once), send(once)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
  });

  test('with a nonce older than five minutes', async () => {
    const old = await proof({ claims: { iat: epoch(350) } });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 360_000 });
    const { body } = await send([
      ['authorization', `DPoP ${token}`],
      ['dpop', old],
    ]);
    expect(['use_dpop_nonce', 'invalid_token']).toContain(body.error);
  });
});

describe('headers', () => {
  test('two proofs are refused', async () => {
    const { status, body } = await raw([
      ['authorization', `DPoP ${token}`],
      ['dpop', await proof()],
      ['dpop', await proof()],
    ]);
    expect({ status, body }).toEqual({ status: 400, body: { error: 'invalid_request' } });
  });

  test('two tokens are refused', async () => {
    const twice: [string, string] = ['authorization', `DPoP ${token}`];
    expect((await raw([twice, twice, ['dpop', await proof()]])).status).toBe(400);
  });

  test.each<[string, () => Promise<[string, string][]>]>([
    ['no token', async () => [['dpop', await proof()]]],
    ['no proof', async () => [['authorization', `DPoP ${token}`]]],
    [
      'the token as a bearer',
      async () => [
        ['authorization', `Bearer ${token}`],
        ['dpop', await proof()],
      ],
    ],
    ['the token as a bearer without a proof', async () => [['authorization', `Bearer ${token}`]]],
    ['nothing', async () => []],
  ])('%s is refused', async (_what, headers) => {
    const { status, headers: answer } = await send(await headers());
    expect(status).toBe(401);
    expect(answer.get('www-authenticate')).toMatch(/^DPoP /);
  });

  test('the scheme may be written in any case', async () => {
    expect(
      (
        await send([
          ['authorization', `dpop ${token}`],
          ['dpop', await proof()],
        ])
      ).status,
    ).toBe(200);
  });
});

describe('a token is refused', () => {
  test('after five minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 340_000 });
    expect((await client.call(token)).status).toBe(401);
  });

  test('for a scope it does not have', async () => {
    const headers: [string, string][] = [
      ['authorization', `DPoP ${token}`],
      ['dpop', await proof()],
    ];
    const response = await pair.fetch(`${echo}?scope=sx:messages`, { method: 'POST', headers });
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 403,
      body: { error: 'insufficient_scope' },
    });
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['by a key that is not ours', {}, {}],
    ['of another type', {}, { typ: 'JWT' }],
    ['for another resource', { aud: 'https://other.example/sx/v1' }, {}],
    ['of another issuer', { iss: 'https://evil.example' }, {}],
    ['bound to nothing', { cnf: undefined }, {}],
    ['of a client that does not exist', { client_id: 'sxc_nobody' }, {}],
    ['of a consent that does not exist', { grant: 'x' }, {}],
    ['of no consent', { grant: undefined }, {}],
  ])('%s', async (what, claims, header) => {
    const ours = await pair.serverKeys.privateKey('sx.oauth.as');
    const foreign = (await generateKeyPair('Ed25519')).privateKey;
    const payload = {
      ...JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()),
      jti: randomUUID(),
      ...claims,
    };
    token = await new SignJWT(payload)
      .setProtectedHeader({ alg: 'Ed25519', typ: 'at+jwt', kid: ours.kid, ...header })
      .sign(what === 'by a key that is not ours' ? foreign : ours.key);
    expect((await client.call(token)).status).toBe(401);
  });

  test('signed by our own key with nothing changed it is accepted: the cases above fail for their reason', async () => {
    const ours = await pair.serverKeys.privateKey('sx.oauth.as');
    const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    token = await new SignJWT(payload)
      .setProtectedHeader({ alg: 'Ed25519', typ: 'at+jwt', kid: ours.kid })
      .sign(ours.key);
    expect((await client.call(token)).status).toBe(200);
  });
});

describe('when the token key is replaced', () => {
  test('tokens of the old key still count, and new ones come from the new key', async () => {
    await pair.serverKeys.rotate('sx.oauth.as');
    expect((await client.call(token)).status).toBe(200);
    await pair.addClient(`sxc_new_${counter}`);
    const other = await RawClient.create(pair, `sxc_new_${counter}`);
    const [header = ''] = (await other.token()).split('.');
    const { kid } = await pair.serverKeys.privateKey('sx.oauth.as');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ kid });
    const jwks = (await (await pair.fetch(`${PROVIDER}/oauth/jwks`)).json()) as { keys: { kid: string }[] };
    expect(jwks.keys.map((key) => key.kid)).toEqual([kid]);
  });

  test('under suspicion, its tokens count no more', async () => {
    await pair.serverKeys.rotate('sx.oauth.as', 'suspended');
    expect((await client.call(token)).status).toBe(401);
  });
});

/** Header lines as they are, repeated ones too: fetch would join them. */
async function raw(headers: [string, string][]): Promise<{ status: number; body: unknown }> {
  const checked = await pair.server.guard.check(
    { method: 'POST', url: '/sx/v1/echo', rawHeaders: headers.flat() },
    'sx:connect',
  );
  return checked.ok ? { status: 200, body: {} } : { status: checked.error.status, body: { error: checked.error.code } };
}

async function otherKey(): Promise<Twist> {
  const other = await generateKeyPair('Ed25519', { extractable: true });
  return { key: other.privateKey, header: { jwk: await exportJWK(other.publicKey) } };
}

async function es256(): Promise<Twist> {
  const other = await generateKeyPair('ES256', { extractable: true });
  return { key: other.privateKey, header: { alg: 'ES256', jwk: await exportJWK(other.publicKey) } };
}
