import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { freePort } from '../../test/harness/free-port.ts';
import { testKeyRing } from '../../test/harness/key-ring.ts';
import { CONTACT, oauthPair, PROVIDER } from '../../test/harness/oauth-pair.ts';
import { scriptedBrowser } from '../../test/harness/scripted-browser.ts';
import { systemClock } from '../kernel/index.ts';
import { KeyUseRefused } from '../keys/index.ts';
import { createOAuthClient } from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

describe('while keys cannot be used', () => {
  test('peers are told to come back, and nothing is answered from old keys', async () => {
    const pair = await oauthPair(database.db);
    const metadata = () => pair.fetch(`${PROVIDER}/.well-known/oauth-authorization-server`);
    expect((await metadata()).status).toBe(200);
    pair.serverKeys.seal();
    const answer = await metadata();
    expect({ status: answer.status, retry: answer.headers.get('retry-after'), body: await answer.json() }).toEqual({
      status: 503,
      retry: '30',
      body: { error: 'temporarily_unavailable' },
    });
    await pair.close();
  });

  test('CHK-04 the self-test of the authorization server says why', async () => {
    const pair = await oauthPair(database.db);
    expect(await pair.server.selfTest()).toEqual({ ok: true, value: undefined });
    pair.serverKeys.seal(new KeyUseRefused('No policy lets service:access lend sx.oauth.as.'));
    expect(await pair.server.selfTest()).toEqual({
      ok: false,
      error: 'No policy lets service:access lend sx.oauth.as.',
    });
    await pair.close();
  });

  test('CHK-04 the self-test of the client says why', async () => {
    const keys = testKeyRing();
    const client = createOAuthClient({ keys, clock: systemClock, fetch });
    expect(await client.selfTest()).toEqual({ ok: true, value: undefined });
    keys.seal(new KeyUseRefused('No policy lets service:access lend sx.oauth.client.'));
    expect(await client.selfTest()).toEqual({
      ok: false,
      error: 'No policy lets service:access lend sx.oauth.client.',
    });
  });
});

test('over http on loopback the same flow works, with cookies that carry the instance and no Secure', async () => {
  const pair = await oauthPair(database.db, {}, { port: await freePort() });
  await pair.addClient('sxc_http');
  const pushed = await pair.push('sxc_http');
  const browser = pair.newBrowser();
  const page = await browser.open(pushed.authorizationUrl);
  expect(browser.cookies().map(({ name }) => name)).toContain('liaise_test0000_int');
  const back = await browser.post(page.url.href, { person: CONTACT, answer: 'allow' });
  const token = await pair.client.exchangeCode(back.url.href, pushed.pending);
  if (!token.ok) throw new Error(JSON.stringify(token.error));
  const answer = await pair.client.fetchBound(token.value, `${pair.origin}/sx/v1/echo`, { method: 'POST', body: '{}' });
  expect(answer).toMatchObject({ ok: true, value: { status: 200 } });
  await pair.close();
});

test('two nodes over one database: a flow whose steps land on different nodes ends in a token', async () => {
  const one = await oauthPair(database.db);
  const two = await oauthPair(database.db);
  // Nodes of one instance share their keys.
  Object.assign(two.serverKeys, one.serverKeys);
  await one.addClient('sxc_nodes');
  const pushed = await one.push('sxc_nodes');
  let turn = 0;
  const alternating: typeof fetch = (input, init) => {
    turn += 1;
    return (turn % 2 === 0 ? one : two).fetch(input, init);
  };
  const browser = scriptedBrowser(alternating, (url) => url.origin !== PROVIDER);
  const page = await browser.open(pushed.authorizationUrl);
  const back = await browser.post(page.url.href, { person: CONTACT, answer: 'allow' });
  const client = createOAuthClient({ keys: one.clientKeys, clock: systemClock, fetch: alternating });
  expect(await client.exchangeCode(back.url.href, pushed.pending)).toMatchObject({ ok: true });
  expect(two.requests.length).toBeGreaterThan(1);
  await one.close();
  await two.close();
});
