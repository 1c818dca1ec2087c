import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { testKeyRing } from '../../test/harness/key-ring.ts';
import { CONSUMER, CONTACT, type OAuthPair, oauthPair, PROVIDER, RESOURCE } from '../../test/harness/oauth-pair.ts';
import { systemClock } from '../kernel/index.ts';
import { KeysSealed } from '../keys/index.ts';
import { transact } from '../platform/db/index.ts';
import { createOAuthClient, promoteClient } from './index.ts';

let database: TestDatabase;
let pair: OAuthPair;
let clientId: string;
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
  clientId = `sxc_${counter}`;
  await pair.addClient(clientId);
  pair.requests.length = 0;
});

/** Somebody between the client and the server who changes answers of one path. */
const between =
  (path: string, change: (response: Response) => Promise<Response>): typeof fetch =>
  async (input, init) => {
    const response = await pair.fetch(input, init);
    return new URL(new Request(input).url).pathname === path ? change(response) : response;
  };

const clientWith = (fetch: typeof globalThis.fetch) =>
  createOAuthClient({ keys: pair.clientKeys, clock: systemClock, fetch });

const METADATA = '/.well-known/oauth-authorization-server';
const metadataWith = (changes: Record<string, unknown>) =>
  clientWith(
    between(METADATA, async (response) => Response.json({ ...((await response.json()) as object), ...changes })),
  );

describe('discover', () => {
  test('tells what the scan of a connection needs', async () => {
    expect(await pair.client.discover(PROVIDER)).toEqual({
      ok: true,
      value: { issuer: PROVIDER, pushedRequestsRequired: true, dpop: true, richRequests: true },
    });
  });

  test('an address where nobody answers is unreachable', async () => {
    expect(await pair.client.discover('https://nobody.example')).toEqual({ ok: false, error: { code: 'unreachable' } });
  });

  test.each<[string, Record<string, unknown>]>([
    ['another issuer', { issuer: 'https://evil.example' }],
    ['no issuer in its answers to browsers', { authorization_response_iss_parameter_supported: false }],
    ['a token endpoint elsewhere', { token_endpoint: 'https://evil.example/token' }],
    ['no endpoint for pushed requests', { pushed_authorization_request_endpoint: undefined }],
  ])('a server that names %s is not used', async (_what, changes) => {
    const found = await metadataWith(changes).discover(PROVIDER);
    expect(found.ok).toBe(false);
    expect(found.ok === false && ['mismatch', 'invalid-answer']).toContain(found.ok === false && found.error.code);
  });

  test('an answer that is not JSON is not OAuth', async () => {
    const client = clientWith(
      between(METADATA, async () => new Response('<html>', { headers: { 'content-type': 'text/html' } })),
    );
    expect(await client.discover(PROVIDER)).toEqual({ ok: false, error: { code: 'invalid-answer' } });
  });
});

describe('exchangeCode', () => {
  async function returned() {
    const pushed = await pair.push(clientId);
    const browser = pair.newBrowser();
    const page = await browser.open(pushed.authorizationUrl);
    const back = await browser.post(page.url.href, { person: CONTACT, answer: 'allow' });
    pair.requests.length = 0;
    return { pending: pushed.pending, callback: back.url };
  }
  const tokenRequests = () => pair.requests.filter((line) => line === 'POST /oauth/token');

  test.each<[string, (callback: URL) => void]>([
    ['REG-65 an altered state', (url) => url.searchParams.set('state', 'forged')],
    ['REG-65 no state', (url) => url.searchParams.delete('state')],
    ['REG-65 two states', (url) => url.searchParams.append('state', 'forged')],
    ['REG-65 another issuer (mix-up)', (url) => url.searchParams.set('iss', 'https://evil.example')],
    ['REG-65 no issuer', (url) => url.searchParams.delete('iss')],
    [
      'REG-65 another redirect address',
      (url) => {
        url.pathname = '/sx/oauth/cb/somebody-else';
      },
    ],
  ])('%s: nothing is redeemed', async (_what, alter) => {
    const { pending, callback } = await returned();
    alter(callback);
    expect(await pair.client.exchangeCode(callback.href, pending)).toMatchObject({
      ok: false,
      error: { code: 'mismatch' },
    });
    expect(tokenRequests()).toEqual([]);
  });

  test('REG-81 the code of one attempt in the callback of another is not redeemed', async () => {
    const [one, two] = [await returned(), await returned()];
    expect(await pair.client.exchangeCode(one.callback.href, two.pending)).toMatchObject({
      ok: false,
      error: { code: 'mismatch' },
    });
    expect(tokenRequests()).toEqual([]);
  });

  test('REG-65 an altered PKCE verifier is refused by the server', async () => {
    const { pending, callback } = await returned();
    const altered = { ...pending, codeVerifier: 'w'.repeat(43) };
    expect(await pair.client.exchangeCode(callback.href, altered)).toMatchObject({
      ok: false,
      error: { code: 'refused', error: 'invalid_grant' },
    });
  });

  test('a token for another handshake than the one asked for is not taken', async () => {
    const { pending, callback } = await returned();
    const detail = { ...pending.detail, th2: 'B'.repeat(43) };
    expect(await pair.client.exchangeCode(callback.href, { ...pending, detail })).toEqual({
      ok: false,
      error: { code: 'invalid-answer' },
    });
  });

  test('a token that is bound to nothing is not taken', async () => {
    const { pending, callback } = await returned();
    const client = clientWith(
      between('/oauth/token', async (response) => {
        if (response.status !== 200) return response;
        return Response.json({ ...((await response.json()) as object), token_type: 'Bearer' });
      }),
    );
    expect((await client.exchangeCode(callback.href, pending)).ok).toBe(false);
  });

  test('what is pending survives being stored as JSON', async () => {
    const { pending, callback } = await returned();
    const restored = JSON.parse(JSON.stringify(pending)) as typeof pending;
    const token = await pair.client.exchangeCode(callback.href, restored);
    const stored = token.ok && (JSON.parse(JSON.stringify(token.value)) as typeof token.value);
    if (stored === false) throw new Error('no token');
    const answer = await pair.client.fetchBound(stored, `${RESOURCE}/echo`, { method: 'POST', body: '{}' });
    expect(answer.ok && answer.value.status).toBe(200);
  });

  test('the peer’s words arrive short, printable and only where they look like OAuth', async () => {
    const { pending, callback } = await returned();
    callback.searchParams.delete('code');
    callback.searchParams.set('error', 'access_denied');
    callback.searchParams.set('error_description', `${'x'.repeat(500)}`);
    const long = await pair.client.exchangeCode(callback.href, pending);
    expect(long.ok === false && long.error.description).toBe('x'.repeat(200));
    callback.searchParams.set('error', '<b>');
    callback.searchParams.set('error_description', 'line\u001b[2J\nbreak');
    expect(await pair.client.exchangeCode(callback.href, pending)).toEqual({ ok: false, error: { code: 'denied' } });
  });
});

describe('fetchAsClient', () => {
  const call = (client = pair.client) =>
    client.fetchAsClient({ issuer: PROVIDER, clientId, resource: RESOURCE }, `${RESOURCE}/echo?scope=sx:messages`, {
      method: 'POST',
      body: '{}',
    });
  beforeEach(() => transact(database.db, (tx) => promoteClient(tx, clientId)).then(() => undefined));

  test('gets a new token once when the peer no longer takes the one it has', async () => {
    expect(await call()).toMatchObject({ ok: true, value: { status: 200 } });
    await pair.serverKeys.rotate('sx.oauth.as', 'suspended');
    expect(await call()).toMatchObject({ ok: true, value: { status: 200 } });
  });

  test('a peer that always answers 401 is asked twice, not for ever', async () => {
    const client = clientWith(between('/sx/v1/echo', async () => new Response(null, { status: 401 })));
    expect(await call(client)).toMatchObject({ ok: true, value: { status: 401 } });
    expect(pair.requests.filter((line) => line === 'POST /sx/v1/echo')).toHaveLength(2);
  });

  test('KMF-15 a peer that replaces its cookie key between its nonce and our use of it is asked once more', async () => {
    let challenges = 0;
    const client = clientWith(
      between('/oauth/token', async (response) => {
        if (response.status !== 200) challenges += 1;
        if (challenges === 1) await pair.serverKeys.rotate('sx.oauth.web');
        return response;
      }),
    );
    expect(await call(client)).toMatchObject({ ok: true, value: { status: 200 } });
    expect(challenges).toBe(2);
  });

  test('a peer that never takes its own nonce is asked four times, not for ever', async () => {
    const client = clientWith(
      between('/oauth/token', async (response) => {
        await pair.serverKeys.rotate('sx.oauth.web');
        return response;
      }),
    );
    expect(await call(client)).toMatchObject({ ok: false, error: { code: 'refused', error: 'use_dpop_nonce' } });
    expect(pair.requests.filter((line) => line === 'POST /oauth/token')).toHaveLength(4);
  });

  test('a peer that is sealed is unreachable for now, not refusing', async () => {
    const client = clientWith(
      between('/oauth/token', async () => Response.json({ error: 'temporarily_unavailable' }, { status: 503 })),
    );
    expect(await call(client)).toEqual({ ok: false, error: { code: 'unreachable' } });
  });

  test('an assertion is signed with the key of the moment: after a rotation the peer has to know the new one', async () => {
    const ring = testKeyRing();
    const client = createOAuthClient({ keys: ring, clock: systemClock, fetch: pair.fetch });
    expect(await call(client)).toMatchObject({ ok: false, error: { code: 'refused', error: 'invalid_client' } });
  });

  test('keys that may not be used now are a problem of ours, and only of that moment', async () => {
    const ring = testKeyRing();
    ring.seal();
    const client = createOAuthClient({ keys: ring, clock: systemClock, fetch: pair.fetch });
    await expect(call(client)).rejects.toThrow(KeysSealed);
    await expect(call(client)).rejects.toThrow(KeysSealed);
  });
});

test('the client never follows the consumer’s own origin by mistake: only the issuer is called', async () => {
  expect(await pair.client.discover(CONSUMER)).toEqual({ ok: false, error: { code: 'unreachable' } });
});
