import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { err, ok } from '../../src/kernel/index.ts';
import { type TestDatabase, testDatabase } from '../harness/database.ts';
import { CONSUMER, CONTACT, type OAuthPair, oauthPair, PROVIDER, redirectUriOf } from '../harness/oauth-pair.ts';
import { RawClient } from '../harness/oauth-raw.ts';

let database: TestDatabase;
let pair: OAuthPair;
let client: RawClient;
let counter = 0;
beforeAll(async () => {
  database = await testDatabase();
  pair = await oauthPair(database.db, {
    check: async (_clientId, detail) =>
      detail.registration === 'reg_foreign'
        ? err('the detail is not the running attempt of this client')
        : ok(undefined),
  });
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

const details = (...list: unknown[]) => JSON.stringify(list);

describe('what is refused when a request is pushed', () => {
  const detail = () => pair.detail();
  test.each<[string, () => Record<string, string | undefined>, string]>([
    ['E.4-25 no PKCE', () => ({ code_challenge: undefined, code_challenge_method: undefined }), 'invalid_request'],
    ['E.4-25 plain PKCE', () => ({ code_challenge_method: 'plain' }), 'invalid_request'],
    [
      'REG-65 a redirect address of somebody else',
      () => ({ redirect_uri: 'https://evil.example/cb' }),
      'invalid_request',
    ],
    [
      'REG-65 a longer redirect address',
      () => ({ redirect_uri: `${redirectUriOf(client.clientId)}/x` }),
      'invalid_request',
    ],
    [
      'REG-65 a redirect address with a query',
      () => ({ redirect_uri: `${redirectUriOf(client.clientId)}?x=1` }),
      'invalid_request',
    ],
    ['no redirect address', () => ({ redirect_uri: undefined }), 'invalid_request'],
    ['another resource', () => ({ resource: 'https://other.example/' }), 'invalid_target'],
    ['more scope', () => ({ scope: 'sx:connect openid offline_access' }), 'invalid_scope'],
    ['the scope of messages', () => ({ scope: 'sx:messages' }), 'invalid_scope'],
    ['no scope', () => ({ scope: undefined }), 'invalid_scope'],
    ['no resource', () => ({ resource: undefined }), 'invalid_target'],
    ['response type token', () => ({ response_type: 'token' }), 'unsupported_response_type'],
    ['response type code id_token', () => ({ response_type: 'code id_token' }), 'unsupported_response_type'],
    [
      'a request_uri as a member',
      () => ({ request_uri: 'urn:ietf:params:oauth:request_uri:x' }),
      'request_uri_not_supported',
    ],
    ['a request object', () => ({ request: 'eyJhbGciOiJub25lIn0.e30.' }), 'request_not_supported'],
    ['the name of another client', () => ({ client_id: 'sxc_other' }), 'invalid_request'],
    [
      'a detail of another type',
      () => ({ authorization_details: details({ ...detail(), type: 'payment' }) }),
      'invalid_authorization_details',
    ],
    ['two details', () => ({ authorization_details: details(detail(), detail()) }), 'invalid_authorization_details'],
    [
      'a detail with one more member',
      () => ({ authorization_details: details({ ...detail(), x: 1 }) }),
      'invalid_authorization_details',
    ],
    [
      'a detail without the handshake',
      () => ({ authorization_details: details({ ...detail(), th2: undefined }) }),
      'invalid_authorization_details',
    ],
    ['a detail that is not JSON', () => ({ authorization_details: '[{' }), 'invalid_authorization_details'],
    [
      'E.4-20 a detail of somebody else’s registration',
      () => ({ authorization_details: details({ ...detail(), registration: 'reg_foreign' }) }),
      'invalid_authorization_details',
    ],
  ])('%s', async (_what, twist, error) => {
    const { status, body } = await client.post('/oauth/request', client.request(twist()));
    expect({ error: body.error, refused: status >= 400 && status < 500 }).toEqual({ error, refused: true });
    expect(body.request_uri).toBeUndefined();
  });

  test('a parameter twice', async () => {
    const form = Object.entries(client.request()).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const { status, body } = await client.post('/oauth/request', [...form, ['state', 'another']]);
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_request' });
  });

  test('PUT instead of POST', async () => {
    const response = await pair.fetch(`${PROVIDER}/oauth/request`, { method: 'PUT', body: 'x=1' });
    expect(response.status).toBe(404);
  });
});

describe('what the browser may bring', () => {
  test('REG-65 a request that was not pushed ends on an error page, without a consent page', async () => {
    const query = new URLSearchParams(client.request() as Record<string, string>);
    const page = await pair.newBrowser().open(`${PROVIDER}/oauth/authorize?${query}`);
    expect(page.url.pathname).not.toContain('consent');
    expect(page.url.searchParams.get('error') ?? page.text).toMatch(/invalid_request/);
    expect(page.url.searchParams.get('code')).toBeNull();
  });

  test('a request_uri may be opened again before anybody answered (a reload), and not after', async () => {
    const address = await client.push();
    const browser = pair.newBrowser();
    await browser.open(address);
    const page = await browser.open(address);
    expect(page.status).toBe(200);
    const back = await browser.post(page.url.href, { person: CONTACT, answer: 'allow' });
    expect(back.url.searchParams.get('code')).not.toBeNull();
    const again = await browser.open(address);
    expect(again.url.pathname).toBe('/oauth/authorize');
    expect(again.text).toContain('invalid_request_uri');
  });

  test('E.4-24 a request_uri works for the client that pushed it only', async () => {
    const address = new URL(await client.push());
    await pair.addClient('sxc_thief');
    address.searchParams.set('client_id', 'sxc_thief');
    const page = await pair.newBrowser().open(address.href);
    expect(page.url.pathname).toBe('/oauth/authorize');
    expect(page.text).toMatch(/invalid_request/);
  });

  test('E.4-24 a request_uri is dead after 61 seconds', async () => {
    const address = await client.push();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    const page = await pair.newBrowser().open(address);
    expect(page.text).toContain('invalid_request_uri');
  });

  test('REG-65 a state next to the request_uri does not replace the pushed one', async () => {
    const address = new URL(await client.push());
    address.searchParams.set('state', 'forged');
    const browser = pair.newBrowser();
    const page = await browser.open(address.href);
    const back = await browser.post(page.url.href, { person: CONTACT, answer: 'allow' });
    expect(back.url.searchParams.get('state')).toBe('the-state');
  });

  test('a state of 1000 characters comes back whole, and none is none', async () => {
    for (const state of ['s'.repeat(1000), undefined]) {
      const browser = pair.newBrowser();
      const page = await browser.open(await client.push({ state }));
      const back = await browser.post(page.url.href, { person: CONTACT, answer: 'allow' });
      expect(back.url.searchParams.get('state') ?? undefined).toBe(state);
      expect(back.url.searchParams.get('iss')).toBe(PROVIDER);
      expect(back.url.origin).toBe(CONSUMER);
    }
  });

  test('a request without a detail shows no consent page and gives no code', async () => {
    const browser = pair.newBrowser();
    const page = await browser.open(await client.push({ authorization_details: undefined }));
    expect(page.status).toBe(410);
    expect((await browser.post(page.url.href, { person: CONTACT, answer: 'allow' })).status).toBe(410);
  });
});
