import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, createBrowser } from '../../src/demo/browser.ts';
import { PROVIDER_ADMIN, registerConsumer, waitForRegistration } from '../../src/demo/registration-story.ts';
import { createCompany, createUser } from '../../src/directory/contract.ts';
import { changeRegistration, getRegistration } from '../../src/provider/contract.ts';
import { type AttackedProvider, openAttackedProvider } from '../harness/attacked-provider.ts';
import { HostileConsumer } from '../harness/hostile-consumer.ts';
import { closeHostilePeers, openHostilePeer } from '../harness/hostile-peer.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { type Mailbox, openMailbox } from '../harness/mailbox.ts';
import { stored } from '../harness/stored.ts';

let at: AttackedProvider;
let mailbox: Mailbox;
beforeAll(async () => {
  mailbox = await openMailbox();
  at = await openAttackedProvider({ mailbox });
});
afterAll(async () => {
  await closeTestInstances();
  await closeHostilePeers();
  await mailbox.stop();
});

const sql = async (text: string) => (await at.instance.instance.open.executeSql(text)).rows;
const attemptOf = async (number: string) => (await at.ada.api.call(getRegistration, { params: { number } })).attempt;

/** A consumer on its way to the consent page, its administrator's browser at the sign-in before it. */
async function atThePage(name: string, browser = createBrowser()) {
  const invited = await at.invite(name);
  const attempt = await invited.consumer.greet(1);
  const { authorizationUrl } = await invited.consumer.push(attempt);
  const signIn = await browser.open(authorizationUrl);
  return { ...invited, attempt, browser, signIn, authorizationUrl };
}
const headersOf = async (browser: Browser, url: string) =>
  (await browser.json('GET', url, undefined, { accept: 'text/html' })).headers;

test('E.4-30 every page on the way can be framed by nobody, runs no script, is kept nowhere', async () => {
  const { browser, signIn } = await atThePage('framed');
  const pages: Record<string, () => Promise<Headers>> = {
    'sign-in': () => headersOf(browser, signIn.url.href),
    consent: async () => {
      await browser.submit(signIn, { ...at.account }, '/sign-in');
      return headersOf(browser, signIn.url.href);
    },
    'somebody else': async () => {
      const other = createBrowser();
      const page = await atThePage('framed-other', other);
      await other.submit(page.signIn, { ...PROVIDER_ADMIN }, '/sign-in');
      return headersOf(other, page.signIn.url.href);
    },
    gone: () => headersOf(createBrowser(), signIn.url.href),
    'the library’s error': () => headersOf(browser, `${at.instance.origin}/oauth/authorize?client_id=x`),
  };
  for (const [name, read] of Object.entries(pages)) {
    const headers = await read();
    const policy = headers.get('content-security-policy') ?? '';
    expect([name, policy]).toEqual([name, expect.stringContaining("default-src 'none'")]);
    expect([name, policy]).toEqual([name, expect.stringContaining("frame-ancestors 'none'")]);
    expect([name, policy]).toEqual([name, expect.not.stringContaining('script-src')]);
    expect([
      name,
      headers.get('x-frame-options'),
      headers.get('cache-control'),
      headers.get('x-content-type-options'),
    ]).toEqual([...[name, 'DENY', 'no-store', 'nosniff']]);
  }
});

describe('E.4-31 names', () => {
  const SCRIPT = '<script>alert(1)</script>';
  const IMAGE = "\"><img src=x onerror=alert(1)> & 'quoted' 🦊";

  test('of script are inert on the consent page, and in the mail', async () => {
    const company = await at.ada.api.call(createCompany, { input: { name: SCRIPT } });
    const email = 'mallory@contoso.example';
    const person = { username: 'mallory.jones', name: IMAGE, email, companyId: company.id };
    const contact = await at.ada.api.call(createUser, { input: person });
    const peer = await openHostilePeer('named');
    const named = { companyId: company.id, contactId: contact.id };
    const { number } = await registerConsumer(at.ada, named, peer.origin);
    await waitForRegistration(at.ada, number, 'open');
    const mail = await mailbox.next(({ text }) => text?.includes(`${peer.origin}/sx/join#`) === true);
    const link = mail.text?.match(/http\S+#i=\S+/)?.[0] ?? '';
    expect(mail.html).not.toMatch(/<(script|img)/);
    expect(mail.html).toContain('&lt;img src=x');
    expect(mail.headers.get('to')).toMatchObject({ value: [{ address: email }] });

    const browser = createBrowser();
    const consumer = await HostileConsumer.invited(peer, link);
    const { authorizationUrl } = await consumer.push(await consumer.greet(1));
    const password = await at.passwordFor(contact);
    const signIn = await browser.open(authorizationUrl);
    const wrong = await browser.submit(signIn, { username: IMAGE, password: 'wrong' }, '/sign-in');
    const page = await browser.submit(signIn, { username: person.username, password }, '/sign-in');
    expect(page.text).toContain('Allow this connection?');
    for (const { text } of [signIn, wrong, page]) expect(text).not.toMatch(/<(script|img)|onerror=alert\(1\)>/);
    expect(page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  test('that reverse the direction of writing, or of 10,000 characters, are not taken at all', async () => {
    const before = await stored(at.instance, ['directory']);
    for (const name of ['Contoso\u202Emoc.live', 'Contoso\u2067', 'two\nlines', 'x'.repeat(10_000)]) {
      await expect(at.ada.api.call(createCompany, { input: { name } })).rejects.toThrow('(422)');
      const person = { username: 'someone', name, email: null, companyId: null };
      await expect(at.ada.api.call(createUser, { input: person })).rejects.toThrow('(422)');
    }
    expect(await stored(at.instance, ['directory'])).toEqual(before);
  });
});

describe('the forms', () => {
  test('with the token of another browser, or none, decide nothing', async () => {
    const { browser, signIn, number } = await atThePage('forms');
    const page = await browser.submit(signIn, { ...at.account }, '/sign-in');
    const stranger = await atThePage('forms-stranger');
    const foreign = /name="token" value="([^"]+)"/.exec(stranger.signIn.text)?.[1];
    for (const wrong of ['', foreign ?? '', 'A'.repeat(43)]) {
      const answer = await browser.submit(page, { token: wrong }, '/allow');
      expect(answer.url.origin).toBe(at.instance.origin);
      expect(answer.text).toContain('Allow this connection?');
    }
    expect(await attemptOf(number)).toMatchObject({ step: 'claimed' });
  });

  test('guessing a password gets slow here as well', async () => {
    const { browser, signIn } = await atThePage('slow');
    let page = signIn;
    for (let guess = 0; guess < 10 && !page.text.includes('Too many attempts'); guess += 1)
      page = await browser.submit(signIn, { username: 'nobody.at.all', password: `guess ${guess}` }, '/sign-in');
    expect([page.status, page.text.includes('Too many attempts')]).toEqual([401, true]);
  });

  test('nothing in an address leads to another site', async () => {
    const { browser, signIn, attempt } = await atThePage('redirects');
    const evil = 'https://elsewhere.example';
    const authorize = `${at.instance.origin}/oauth/authorize?client_id=${attempt.ack.client_id}`;
    for (const url of [
      `${authorize}&redirect_uri=${evil}&response_type=code`,
      `${authorize}&request_uri=urn:x&redirect_uri=${evil}`,
      `${at.instance.origin}/oauth/authorize/${'a'.repeat(21)}?redirect_uri=${evil}`,
      `${signIn.url.href}?return_to=${evil}`,
      `${at.instance.origin}//elsewhere.example/consent/x`,
      `${at.instance.origin}/consent/..%2f..%2f%2felsewhere.example`,
    ]) {
      const location = (await browser.json('GET', url, undefined, { accept: 'text/html' })).headers.get('location');
      expect([url, new URL(location ?? '/', at.instance.origin).origin]).toEqual([url, at.instance.origin]);
    }
    const page = await browser.submit(signIn, { ...at.account, return_to: evil, redirect: evil }, '/sign-in');
    expect(page.url.origin).toBe(at.instance.origin);
  });
});

describe('what was agreed on changes under way', () => {
  test('E.4-22 the contact replaced after the hello: the attempt is over, its request is not taken', async () => {
    const { consumer, number } = await at.invite('replaced');
    const attempt = await consumer.greet(1);
    const input = { username: 'second.contact', name: 'Second', email: 'second@contoso.example' };
    const second = await at.ada.api.call(createUser, { input: { ...input, companyId: at.contact.companyId as never } });
    await at.ada.api.call(changeRegistration, {
      params: { number },
      input: { contactId: second.id, grantConsumerRole: true },
    });
    expect(await attemptOf(number)).toMatchObject({ step: 'aborted' });
    await expect(consumer.push(attempt)).rejects.toThrow(/not taken/);
  });

  test('T29 the row changed behind our back: neither page nor code nor keys', async () => {
    const { browser, signIn, number, consumer } = await atThePage('insider');
    const page = await browser.submit(signIn, { ...at.account }, '/sign-in');
    await sql(`update provider.registration set url = 'https://elsewhere.example' where number = '${number}'`);
    const answer = await browser.submit(page, {}, '/allow');
    expect([answer.status, answer.text.includes('This request is over')]).toEqual([410, true]);
    await sql(`update provider.registration set url = '${consumer.peer.origin}' where number = '${number}'`);

    const attempt = await consumer.greet(2);
    const token = await consumer.authorise(attempt, at.account);
    await sql(`update provider.registration set company_id = 'com_${'0'.repeat(32)}' where number = '${number}'`);
    expect((await consumer.sendConfirm(await consumer.confirm(attempt, token), token)).error).toBe('sx_refused');
  });

  test('the contact deactivated between page and Allow gives no consent', async () => {
    const { browser, signIn, number } = await atThePage('deactivated');
    const page = await browser.submit(signIn, { ...at.account }, '/sign-in');
    const active = (to: boolean) =>
      sql(`update directory."user" set active = ${to} where username = '${at.account.username}'`);
    await active(false);
    const answer = await browser.submit(page, {}, '/allow');
    await active(true);
    expect(answer.url.origin).toBe(at.instance.origin);
    expect(await attemptOf(number)).toMatchObject({ step: 'claimed' });
  });
});
