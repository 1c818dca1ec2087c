import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import {
  CONSUMER,
  CONTACT,
  type OAuthPair,
  oauthPair,
  PROVIDER,
  RESOURCE,
  redirectUriOf,
} from '../../test/harness/oauth-pair.ts';
import { transact } from '../platform/db/index.ts';
import { promoteClient, removeClient, revokeConsents } from './index.ts';

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

const echo = `${RESOURCE}/echo`;

/** Pushes, opens the consent page and answers it; gives where the browser ended. */
async function consent(answer: { person?: string; answer?: string } = {}) {
  const pushed = await pair.push(clientId);
  const browser = pair.newBrowser();
  const page = await browser.open(pushed.authorizationUrl);
  const back = await browser.post(page.url.href, { person: CONTACT, answer: 'allow', ...answer });
  return { pushed, browser, page, back };
}

async function token() {
  const { pushed, back } = await consent();
  const exchanged = await pair.client.exchangeCode(back.url.href, pushed.pending);
  if (!exchanged.ok) throw new Error(JSON.stringify(exchanged.error));
  return exchanged.value;
}

describe('consent', () => {
  test('REG-59 the address to send the browser to is the provider’s and names nothing but the pushed request', async () => {
    const { authorizationUrl } = await pair.push(clientId);
    const url = new URL(authorizationUrl);
    expect(url.origin + url.pathname).toBe(`${PROVIDER}/oauth/authorize`);
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
  });

  test('REG-59 the consent page is told who asks for what, and where the answer goes', async () => {
    const { pushed, page } = await consent();
    expect(page.url.pathname).toMatch(/^\/consent\/[\w-]{43}$/);
    expect(JSON.parse(page.text)).toMatchObject({
      clientId,
      redirectUri: redirectUriOf(clientId),
      detail: pair.detail(),
      dpopJkt: pushed.dpopKey.jkt,
    });
  });

  test('REG-61 REG-69 the contact’s Allow ends in a token for this attempt alone: bound, five minutes, for one resource', async () => {
    const { accessToken, dpopKey } = await token();
    const claims = decodeJwt(accessToken);
    expect(decodeProtectedHeader(accessToken)).toMatchObject({ alg: 'Ed25519', typ: 'at+jwt' });
    expect(claims).toMatchObject({
      iss: PROVIDER,
      aud: RESOURCE,
      sub: CONTACT,
      client_id: clientId,
      scope: 'sx:connect',
      cnf: { jkt: dpopKey.jkt },
      authorization_details: [pair.detail()],
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300);
  });

  test('REG-69 the resource knows from the token who consented to which attempt', async () => {
    const bound = await token();
    const answer = await pair.client.fetchBound(bound, echo, { method: 'POST', body: '{}' });
    expect(answer.ok && answer.value.status).toBe(200);
    expect(answer.ok && JSON.parse(answer.value.body.toString())).toMatchObject({
      clientId,
      phase: 'attempt',
      subject: CONTACT,
      scope: 'sx:connect',
      detail: pair.detail(),
      dpopJkt: bound.dpopKey.jkt,
      owner: { kind: 'registration', id: clientId },
    });
  });

  test('REG-64 a refusal comes back as access_denied with its reason, and without a code', async () => {
    const { pushed, back } = await consent({ answer: 'declined' });
    expect(back.url.origin).toBe(CONSUMER);
    expect(back.url.searchParams.get('code')).toBeNull();
    const exchanged = await pair.client.exchangeCode(back.url.href, pushed.pending);
    expect(exchanged).toEqual({
      ok: false,
      error: { code: 'denied', error: 'access_denied', description: 'declined' },
    });
  });

  test('REG-61 an Allow that is sent twice leads on to where the first one led, and nowhere once that was taken', async () => {
    const { authorizationUrl } = await pair.push(clientId);
    const browser = pair.newBrowser();
    const page = await browser.open(authorizationUrl);
    const cookie = browser
      .cookies()
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const allow = () =>
      pair.fetch(page.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie },
        body: JSON.stringify({ person: CONTACT, answer: 'allow' }),
        redirect: 'manual',
      });
    const [first, second] = [await allow(), await allow()];
    expect([first.status, second.status]).toEqual([303, 303]);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    const back = await browser.open(first.headers.get('location') ?? '');
    expect(back.url.searchParams.get('code')).toMatch(/.+/);
    expect((await allow()).status).toBe(410);
  });

  test('REG-62 somebody else’s Allow, were the page to let it through, still ends without a code', async () => {
    const { pushed, back } = await consent({ person: 'usr_mallory' });
    expect(back.url.searchParams.get('code')).toBeNull();
    expect(await pair.client.exchangeCode(back.url.href, pushed.pending)).toMatchObject({
      ok: false,
      error: { code: 'denied', error: 'access_denied', description: 'contact_mismatch' },
    });
  });
});

describe('clients', () => {
  const access = { issuer: PROVIDER, resource: RESOURCE };
  const call = () =>
    pair.client.fetchAsClient({ ...access, clientId }, `${echo}?scope=sx:messages`, { method: 'POST', body: '{}' });

  test('a keyed client gets message tokens for itself, and can ask nobody for consent any more', async () => {
    await transact(database.db, (tx) => promoteClient(tx, clientId));
    const answer = await call();
    expect(answer.ok && JSON.parse(answer.value.body.toString())).toMatchObject({
      clientId,
      phase: 'keyed',
      scope: 'sx:messages',
      subject: clientId,
    });
    await expect(pair.push(clientId)).rejects.toThrow('refused');
  });

  test('a client in its attempt gets no message token', async () => {
    expect(await call()).toMatchObject({ ok: false, error: { code: 'refused', error: 'invalid_request' } });
  });

  test('one token serves many messages', async () => {
    await transact(database.db, (tx) => promoteClient(tx, clientId));
    for (let count = 0; count < 5; count += 1) expect(await call()).toMatchObject({ ok: true, value: { status: 200 } });
    expect(pair.requests.filter((line) => line === 'POST /oauth/token')).toHaveLength(2);
  });

  test('many messages at once wait for one token', async () => {
    await transact(database.db, (tx) => promoteClient(tx, clientId));
    const answers = await Promise.all([call(), call(), call(), call()]);
    expect(answers.map((answer) => answer.ok && answer.value.status)).toEqual([200, 200, 200, 200]);
    expect(pair.requests.filter((line) => line === 'POST /oauth/token')).toHaveLength(2);
  });

  test('E.4-32 the token of a removed client is refused with the next request, although it has not expired', async () => {
    await transact(database.db, (tx) => promoteClient(tx, clientId));
    expect(await call()).toMatchObject({ ok: true, value: { status: 200 } });
    await transact(database.db, (tx) => removeClient(tx, clientId));
    expect(await call()).toMatchObject({ ok: false, error: { code: 'refused', error: 'invalid_client' } });
  });

  test('E.4-32 a consent that is taken back ends its token with the next request', async () => {
    const bound = await token();
    await transact(database.db, (tx) => revokeConsents(tx, clientId));
    const answer = await pair.client.fetchBound(bound, echo, { method: 'POST', body: '{}' });
    expect(answer.ok && answer.value.status).toBe(401);
  });

  test('after a promotion the consent’s token still serves a repeated confirm, until it expires', async () => {
    const bound = await token();
    await transact(database.db, (tx) => promoteClient(tx, clientId));
    expect(await pair.client.fetchBound(bound, echo, { method: 'POST' })).toMatchObject({ value: { status: 200 } });
  });
});
