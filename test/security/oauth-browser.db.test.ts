import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../harness/database.ts';
import { CONSUMER, CONTACT, type OAuthPair, oauthPair, PROVIDER } from '../harness/oauth-pair.ts';
import { RawClient } from '../harness/oauth-raw.ts';
import type { ScriptedBrowser } from '../harness/scripted-browser.ts';

let database: TestDatabase;
let pair: OAuthPair;
let clientId: string;
let counter = 0;
const asked: string[] = [];
beforeAll(async () => {
  database = await testDatabase();
  pair = await oauthPair(database.db, {
    mayConsent: async (accountId) => {
      asked.push(accountId);
      return accountId === CONTACT;
    },
  });
});
afterAll(async () => {
  await pair.close();
  await database.drop();
});
beforeEach(async () => {
  counter += 1;
  clientId = `sxc_${counter}`;
  await pair.addClient(clientId);
  asked.length = 0;
});

const allow = { person: CONTACT, answer: 'allow' };

async function open(browser: ScriptedBrowser) {
  const pushed = await pair.push(clientId);
  return { pushed, page: await browser.open(pushed.authorizationUrl) };
}

describe('one browser', () => {
  test('REG-63 two people one after the other: the first is refused, the second gets the code, neither inherits anything', async () => {
    const browser = pair.newBrowser();
    const first = await open(browser);
    const refused = await browser.post(first.page.url.href, { person: 'usr_admin', answer: 'contact_mismatch' });
    expect(Object.fromEntries(refused.url.searchParams)).toMatchObject({
      error: 'access_denied',
      error_description: 'contact_mismatch',
      iss: PROVIDER,
    });
    const second = await open(browser);
    const back = await browser.post(second.page.url.href, allow);
    expect(await pair.client.exchangeCode(back.url.href, second.pushed.pending)).toMatchObject({ ok: true });
  });

  test('REG-62 somebody let through, then the contact, in the same browser: one refusal, one code, no sign-out page between', async () => {
    const browser = pair.newBrowser();
    const first = await open(browser);
    const refused = await browser.post(first.page.url.href, { person: 'usr_admin', answer: 'allow' });
    expect(refused.url.searchParams.get('error_description')).toBe('contact_mismatch');
    const second = await open(browser);
    const back = await browser.post(second.page.url.href, allow);
    expect(back.url.origin).toBe(CONSUMER);
    expect(back.url.searchParams.get('code')).not.toBeNull();
    expect(asked).toEqual(['usr_admin', CONTACT]);
  });

  test('the contact who consented a minute ago is asked again: nothing is remembered', async () => {
    const browser = pair.newBrowser();
    for (const _time of [1, 2]) {
      const { page } = await open(browser);
      expect(page.url.pathname).toMatch(/^\/consent\//);
      expect(page.status).toBe(200);
      await browser.post(page.url.href, allow);
    }
  });

  test('two tabs at once both finish, each with its own code', async () => {
    const browser = pair.newBrowser();
    const [one, two] = [await open(browser), await open(browser)];
    const backs = [await browser.post(two.page.url.href, allow), await browser.post(one.page.url.href, allow)];
    const exchanged = [
      await pair.client.exchangeCode(backs[1]?.url.href ?? '', one.pushed.pending),
      await pair.client.exchangeCode(backs[0]?.url.href ?? '', two.pushed.pending),
    ];
    expect(exchanged.map(({ ok }) => ok)).toEqual([true, true]);
  });

  test('an answer given twice makes one code; the page is gone afterwards', async () => {
    const browser = pair.newBrowser();
    const { page } = await open(browser);
    const answers = await Promise.all([browser.post(page.url.href, allow), browser.post(page.url.href, allow)]);
    const codes = answers.filter(({ url }) => url.searchParams.has('code'));
    expect(codes.length).toBeLessThanOrEqual(1);
    expect((await browser.open(page.url.href)).status).toBe(410);
    expect((await browser.post(page.url.href, allow)).status).toBe(410);
  });

  test('a refusal cannot be turned into an Allow afterwards', async () => {
    const browser = pair.newBrowser();
    const { page } = await open(browser);
    await browser.post(page.url.href, { person: CONTACT, answer: 'declined' });
    expect((await browser.post(page.url.href, allow)).status).toBe(410);
  });
});

describe('another browser', () => {
  test('that knows the address of the consent page sees nothing and decides nothing', async () => {
    const { page } = await open(pair.newBrowser());
    const thief = pair.newBrowser();
    expect((await thief.open(page.url.href)).status).toBe(410);
    expect((await thief.post(page.url.href, allow)).status).toBe(410);
  });

  test('with a consent page of its own cannot answer the first one’s', async () => {
    const victim = await open(pair.newBrowser());
    const thief = pair.newBrowser();
    await open(thief);
    expect((await thief.post(victim.page.url.href, allow)).status).toBe(410);
  });

  test('cannot finish what the first one answered', async () => {
    const { page } = await open(pair.newBrowser());
    const uid = page.url.pathname.split('/').at(-1);
    const stolen = await pair.newBrowser().open(`${PROVIDER}/oauth/authorize/${uid}`);
    expect(stolen.text).toContain('The request was not accepted');
    expect(stolen.url.searchParams.get('code')).toBeNull();
  });
});

describe('headers and cookies', () => {
  test('E.4-30 the consent page cannot be framed and runs no script; only its own answer and the consumer may follow', async () => {
    const { page } = await open(pair.newBrowser());
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain(`form-action 'self' ${CONSUMER}`);
    expect(policy).not.toContain('script-src');
    expect(page.headers.get('cache-control')).toBe('no-store');
  });

  test('the library’s error page has no script, no frame, and is not kept', async () => {
    const page = await pair.newBrowser().open(`${PROVIDER}/oauth/authorize?client_id=<script>alert(1)</script>`);
    expect(page.status).toBe(400);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'.*frame-ancestors 'none'$/);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.text).not.toContain('<script');
    expect(page.headers.get('content-type')).toContain('text/html');
  });

  test('over https every cookie is Secure, HttpOnly and Lax, and carries its prefix', async () => {
    const { authorizationUrl } = await pair.push(clientId);
    const response = await pair.fetch(authorizationUrl, { redirect: 'manual' });
    const lines = response.headers.getSetCookie();
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const line of lines) {
      expect(line).toMatch(/^__Secure-liaise_(int|res)(\.sig)?=/);
      expect(line.toLowerCase()).toMatch(/; secure/);
      expect(line.toLowerCase()).toMatch(/; httponly/);
      expect(line.toLowerCase()).toMatch(/; samesite=lax/);
    }
  });

  test('an altered interaction cookie opens nothing', async () => {
    const { authorizationUrl } = await pair.push(clientId);
    const response = await pair.fetch(authorizationUrl, { redirect: 'manual' });
    const page = new URL(response.headers.get('location') ?? '', PROVIDER);
    const pairs = response.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
    const open = (cookie: string) => pair.fetch(page.href, { headers: { cookie } });
    expect((await open(pairs.join('; '))).status).toBe(200);
    const unsigned = pairs.map((text) => (text.includes('.sig=') ? `${text.slice(0, -2)}xx` : text));
    expect((await open(unsigned.join('; '))).status).toBe(410);
  });

  test('a session cookie of the library, were there one, is not looked at', async () => {
    const browser = pair.newBrowser();
    const { page } = await open(browser);
    await browser.post(page.url.href, allow);
    const session = browser.cookies().find(({ name }) => name === '__Host-liaise_as');
    const { authorizationUrl } = await pair.push(clientId);
    const cookie = `__Host-liaise_as=${session?.value ?? 'x'}`;
    const response = await pair.fetch(authorizationUrl, { redirect: 'manual', headers: { cookie } });
    expect(response.headers.get('location')).toMatch(/\/consent\//);
  });

  test('addresses come from the configured origin, whatever Host or a proxy header says', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' };
    const response = await pair.fetch(`${PROVIDER}/.well-known/oauth-authorization-server`, { headers });
    const metadata = (await response.json()) as Record<string, unknown>;
    expect(JSON.stringify(metadata)).not.toContain('evil.example');
    expect(metadata).toMatchObject({
      issuer: PROVIDER,
      authorization_endpoint: `${PROVIDER}/oauth/authorize`,
      pushed_authorization_request_endpoint: `${PROVIDER}/oauth/request`,
      token_endpoint: `${PROVIDER}/oauth/token`,
      jwks_uri: `${PROVIDER}/oauth/jwks`,
      require_pushed_authorization_requests: true,
      authorization_response_iss_parameter_supported: true,
      dpop_signing_alg_values_supported: ['Ed25519'],
      authorization_details_types_supported: ['sx_connect'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['Ed25519'],
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
    });
  });

  test('the resource says that its tokens are bound', async () => {
    for (const path of ['', '/sx/v1']) {
      const response = await pair.fetch(`${PROVIDER}/.well-known/oauth-protected-resource${path}`);
      expect(await response.json()).toMatchObject({
        resource: `${PROVIDER}/sx/v1`,
        authorization_servers: [PROVIDER],
        dpop_bound_access_tokens_required: true,
      });
    }
  });
});

test('whoever reads the database finds no code, no request_uri, no cookie, no token and no verifier that works', async () => {
  const raw = await RawClient.create(pair, clientId);
  const browser = pair.newBrowser();
  const authorizationUrl = await raw.push();
  const page = await browser.open(authorizationUrl);
  const back = await browser.post(page.url.href, allow);
  const code = back.url.searchParams.get('code') ?? '';
  const { body } = await raw.post('/oauth/token', raw.exchange(code));
  const dump = JSON.stringify([
    await database.db.selectFrom('access.oauth_record').selectAll().execute(),
    await database.db.selectFrom('access.proof_seen').selectAll().execute(),
    await database.db.selectFrom('access.client').selectAll().execute(),
  ]);
  const requestUri = new URL(authorizationUrl).searchParams.get('request_uri')?.split(':').at(-1) ?? '';
  const secrets = [code, requestUri, page.url.pathname.split('/').at(-1) ?? '', String(body.access_token)];
  for (const secret of [...secrets, ...browser.cookies().map(({ value }) => value)].filter((text) => text.length > 8))
    expect(dump).not.toContain(secret);
  expect(dump).toContain(clientId);
});
