import { decodeJwt, generateKeyPair } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type TestDatabase, testDatabase } from '../harness/database.ts';
import { type OAuthPair, oauthPair, RESOURCE } from '../harness/oauth-pair.ts';
import { epoch, RawClient } from '../harness/oauth-raw.ts';

let database: TestDatabase;
let pair: OAuthPair;
let client: RawClient;
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
});
afterEach(() => {
  vi.useRealTimers();
});

const redeem = async (code: string, overrides: Record<string, string | undefined> = {}, by = client) =>
  by.post('/oauth/token', client.exchange(code, overrides));

describe('redeeming a code', () => {
  test.each<[string, Record<string, string | undefined>, string]>([
    ['E.4-25 with a wrong verifier', { code_verifier: 'w'.repeat(43) }, 'invalid_grant'],
    ['E.4-25 without a verifier', { code_verifier: undefined }, 'invalid_grant'],
    ['REG-65 with another redirect address', { redirect_uri: 'https://consumer.example/other' }, 'invalid_grant'],
    ['without a redirect address', { redirect_uri: undefined }, 'invalid_request'],
    ['for another resource', { resource: 'https://other.example/' }, 'invalid_target'],
    ['that does not exist', { code: 'x'.repeat(43) }, 'invalid_grant'],
  ])('%s is refused', async (_how, overrides, error) => {
    const { status, body } = await redeem(await client.code(), overrides);
    expect({ status, error: body.error, token: body.access_token }).toEqual({ status: 400, error, token: undefined });
  });

  test('by another client is refused, even with everything else right', async () => {
    const code = await client.code();
    await pair.addClient('sxc_other');
    const other = new RawClient(pair, 'sxc_other', client.dpop);
    expect((await redeem(code, {}, other)).body).toMatchObject({ error: 'invalid_grant' });
  });

  test('with a proof by another key than the pushed request’s is refused', async () => {
    const code = await client.code();
    client.dpop = await generateKeyPair('Ed25519', { extractable: true });
    expect((await redeem(code)).body).toMatchObject({ error: 'invalid_grant' });
  });

  test('62 seconds later is refused', async () => {
    const code = await client.code();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 62_000 });
    expect((await redeem(code)).body).toMatchObject({ error: 'invalid_grant' });
  });

  test('REG-69 gives no refresh token and no ID token', async () => {
    const { body } = await redeem(await client.code());
    expect(Object.keys(body).sort()).toEqual([
      'access_token',
      'authorization_details',
      'expires_in',
      'scope',
      'token_type',
    ]);
    expect(body).toMatchObject({ token_type: 'DPoP', expires_in: 300, scope: 'sx:connect' });
  });
});

describe('a code used twice', () => {
  test('REG-65 is refused the second time, and the token of the first time dies', async () => {
    const code = await client.code();
    const first = await redeem(code);
    const token = String(first.body.access_token);
    expect((await client.call(token)).status).toBe(200);
    expect((await redeem(code)).body).toMatchObject({ error: 'invalid_grant' });
    expect((await client.call(token)).status).toBe(401);
  });

  test('at the same moment gives at most one token, and no living one', async () => {
    const code = await client.code();
    await redeem('x'.repeat(43)); // Learns the nonce, so that both go through at once.
    const answers = await Promise.all([redeem(code), redeem(code), redeem(code), redeem(code)]);
    const tokens = answers.flatMap(({ body }) => (typeof body.access_token === 'string' ? [body.access_token] : []));
    expect(tokens.length).toBeLessThanOrEqual(1);
    for (const token of tokens) expect((await client.call(token)).status).toBe(401);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  });
});

describe('the proof at the token endpoint', () => {
  test.each<[string, Parameters<RawClient['post']>[2], string]>([
    ['missing', { proof: null }, 'invalid_grant'],
    ['without a nonce', { proof: { claims: { nonce: undefined } } }, 'use_dpop_nonce'],
    ['with a nonce of nobody', { proof: { claims: { nonce: 'made-up' } } }, 'use_dpop_nonce'],
    ['without an id', { proof: { claims: { jti: undefined } } }, 'invalid_dpop_proof'],
    ['for another method', { proof: { claims: { htm: 'GET' } } }, 'invalid_dpop_proof'],
    [
      'for another address',
      { proof: { claims: { htu: 'https://provider.example/oauth/request' } } },
      'invalid_dpop_proof',
    ],
    ['of another type', { proof: { header: { typ: 'jwt' } } }, 'invalid_dpop_proof'],
    ['that is no JWT', { proof: 'nonsense' }, 'invalid_dpop_proof'],
  ])('E.4-28 %s is refused', async (_how, twists, error) => {
    const code = await client.code();
    const { status, body } = await client.post('/oauth/token', client.exchange(code), twists);
    expect({ error: body.error, refused: status === 400 || status === 401 }).toEqual({ error, refused: true });
  });

  test.each([-10, 10])('%i seconds off is accepted', async (offset) => {
    const code = await client.code();
    const { status } = await client.post('/oauth/token', client.exchange(code), {
      proof: { claims: { iat: epoch(offset) } },
    });
    expect(status).toBe(200);
  });

  test('used before is refused', async () => {
    const [first, second] = [await client.code(), await client.code()];
    const jti = 'the-same-id';
    expect((await client.post('/oauth/token', client.exchange(first), { proof: { claims: { jti } } })).status).toBe(
      200,
    );
    const again = await client.post('/oauth/token', client.exchange(second), { proof: { claims: { jti } } });
    expect(again.status).toBe(400);
    expect(again.body.access_token).toBeUndefined();
  });

  test('used twice at the same moment gives one token', async () => {
    const codes = [await client.code(), await client.code()];
    const proof = { claims: { jti: 'one-moment' } };
    const answers = await Promise.all(
      codes.map((code) => client.post('/oauth/token', client.exchange(code), { proof })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  });
});

test('a token is for this resource only, and says so as one string', async () => {
  expect(decodeJwt(await client.token()).aud).toBe(RESOURCE);
});
