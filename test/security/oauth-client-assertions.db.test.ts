import { type CryptoKey, generateKeyPair } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { promoteClient, updateClientKeys } from '../../src/access/index.ts';
import { transact } from '../../src/platform/db/index.ts';
import { type TestDatabase, testDatabase } from '../harness/database.ts';
import { testKeyRing } from '../harness/key-ring.ts';
import { type OAuthPair, oauthPair, PROVIDER, RESOURCE } from '../harness/oauth-pair.ts';
import { inSeconds, RawClient, type Twist } from '../harness/oauth-raw.ts';

let database: TestDatabase;
let pair: OAuthPair;
let client: RawClient;
let foreignKey: CryptoKey;
let counter = 0;
beforeAll(async () => {
  database = await testDatabase();
  pair = await oauthPair(database.db);
  foreignKey = (await generateKeyPair('Ed25519')).privateKey;
});
afterAll(async () => {
  await pair.close();
  await database.drop();
});
beforeEach(async () => {
  counter += 1;
  await pair.addClient(`sxc_${counter}`);
  await transact(database.db, (tx) => promoteClient(tx, `sxc_${counter}`));
  client = await RawClient.create(pair, `sxc_${counter}`);
});

const grant = { grant_type: 'client_credentials', scope: 'sx:messages', resource: RESOURCE };
const ask = (assertion?: Twist | null | string) =>
  client.post('/oauth/token', grant, assertion === undefined ? {} : { assertion });

test('an assertion in order gets a token', async () => {
  expect((await ask()).body).toMatchObject({ token_type: 'DPoP', expires_in: 300, scope: 'sx:messages' });
});

describe('an assertion is refused', () => {
  test.each<[string, () => Twist]>([
    ['E.4-26 for two audiences', () => ({ claims: { aud: [PROVIDER, 'https://evil.example'] } })],
    ['E.4-26 for the issuer in a list', () => ({ claims: { aud: [PROVIDER] } })],
    ['E.4-26 for the token endpoint', () => ({ claims: { aud: `${PROVIDER}/oauth/token` } })],
    ['E.4-26 for the issuer with a slash', () => ({ claims: { aud: `${PROVIDER}/` } })],
    ['E.4-26 for somebody else', () => ({ claims: { aud: 'https://evil.example' } })],
    ['without an audience', () => ({ claims: { aud: undefined } })],
    ['without a subject', () => ({ claims: { sub: undefined } })],
    ['without an issuer', () => ({ claims: { iss: undefined } })],
    ['without an id', () => ({ claims: { jti: undefined } })],
    ['without an end', () => ({ claims: { exp: undefined } })],
    ['of another client', () => ({ claims: { sub: 'sxc_other', iss: 'sxc_other' } })],
    ['that ended five minutes ago', () => ({ claims: inSeconds(-360, -300) })],
    ['that is not valid yet', () => ({ claims: { nbf: inSeconds(300, 0).iat } })],
    ['E.4-27 by a key that is not the client’s', () => ({ key: foreignKey })],
  ])('%s', async (_what, twist) => {
    const { status, body } = await ask(twist());
    expect({ status, error: body.error }).toEqual({ status: 401, error: 'invalid_client' });
  });

  test('with alg RS256 or ES256', async () => {
    for (const alg of ['RS256', 'ES256']) {
      const { privateKey } = await generateKeyPair(alg);
      expect((await ask({ header: { alg }, key: privateKey })).body).toMatchObject({ error: 'invalid_client' });
    }
  });

  test('without a signature', async () => {
    const [, claims] = (await client.assertion()).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    expect((await ask(`${header}.${claims}.`)).body).toMatchObject({ error: 'invalid_client' });
  });

  test('when there is none', async () => {
    const { status, body } = await client.post(
      '/oauth/token',
      { ...grant, client_id: client.clientId },
      { assertion: null },
    );
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body.access_token).toBeUndefined();
  });

  test('when a secret is sent instead', async () => {
    const form = { ...grant, client_id: client.clientId, client_secret: 'guess' };
    const { body } = await client.post('/oauth/token', form, { assertion: null });
    expect(body.access_token).toBeUndefined();
  });

  test('the second time, and twice at the same moment', async () => {
    await ask(); // Learns the nonce.
    const once = await client.assertion();
    const answers = await Promise.all([ask(once), ask(once), ask(once)]);
    expect(answers.filter(({ status }) => status === 200).length).toBe(1);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    expect((await ask(once)).status).toBe(401);
  });

  test('E.4-27 by the previous key, from the moment the key was replaced', async () => {
    const next = testKeyRing();
    const { kid, publicJwk } = await next.privateKey('sx.oauth.client');
    expect((await ask()).status).toBe(200);
    await transact(database.db, (tx) => updateClientKeys(tx, client.clientId, [{ ...publicJwk, kid }]));
    expect((await ask()).body).toMatchObject({ error: 'invalid_client' });
  });

  test('by the key of another client', async () => {
    const otherRing = testKeyRing();
    await pair.addClient(`sxc_other_${counter}`, otherRing);
    const { key } = await otherRing.privateKey('sx.oauth.client');
    expect((await ask({ key: key as CryptoKey })).body).toMatchObject({ error: 'invalid_client' });
  });
});

describe('a keyed client', () => {
  test('gets no scope of a person', async () => {
    const { body } = await client.post('/oauth/token', { ...grant, scope: 'sx:connect' });
    expect(body.access_token === undefined || body.scope === undefined).toBe(true);
  });

  test('gets no token without a resource that the guard would take', async () => {
    const { body } = await client.post('/oauth/token', { grant_type: 'client_credentials', scope: 'sx:messages' });
    if (typeof body.access_token === 'string') expect((await client.call(body.access_token)).status).toBe(401);
  });

  test('cannot push a request', async () => {
    const { status } = await client.post('/oauth/request', client.request());
    expect(status).toBeGreaterThanOrEqual(400);
  });
});

test('nobody can register a client', async () => {
  const metadata = (await (await pair.fetch(`${PROVIDER}/.well-known/oauth-authorization-server`)).json()) as object;
  expect(metadata).not.toHaveProperty('registration_endpoint');
  expect((await pair.fetch(`${PROVIDER}/oauth/reg`, { method: 'POST', body: '{}' })).status).toBe(404);
  expect((await pair.fetch(`${PROVIDER}/reg`, { method: 'POST', body: '{}' })).status).toBe(404);
});
