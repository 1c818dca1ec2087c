import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectToProvider } from '../../src/consumer/contract.ts';
import type { Browser, Page } from '../../src/demo/browser.ts';
import {
  type Account,
  PROVIDER_ADMIN,
  waitForProviderConnection,
  waitForRegistration,
} from '../../src/demo/registration-story.ts';
import { changeUser, readUser, signIn } from '../../src/directory/contract.ts';
import { changeRegistration } from '../../src/provider/contract.ts';
import {
  cancelAll,
  connect,
  consumerNotesOf,
  eventually,
  type Federation,
  newPerson,
  notesOf,
  openFederation,
  openRegistration,
  providerConnectionOf,
  registrationOf,
  signedIn,
  validateAtConsumer,
} from '../harness/federation.ts';
import { closeTestInstances } from '../harness/instances.ts';

let federation: Federation;
let browser: Browser;
let number: string;
let record: string;

beforeAll(async () => {
  federation = await openFederation();
});
afterAll(closeTestInstances);
afterEach(async () => {
  await cancelAll(federation);
});

/** A registration that the contact may consent to now, on its way in a browser where nobody is signed in at the provider. */
async function prepare(): Promise<void> {
  const opened = await openRegistration(federation);
  number = opened.number;
  record = await validateAtConsumer(federation, opened.link);
  const { consumer } = federation;
  const carol = await signedIn(consumer, { username: 'carol', password: 'Consumer-admin-2026' });
  browser = carol.browser;
  federation = { ...federation, carol };
}

const start = () => connect(federation, record);
const submit = (page: Page, fields: Record<string, string>, button: string) => browser.submit(page, fields, button);
const signInAs = (page: Page, { username, password }: Account) => submit(page, { username, password }, '/sign-in');
const attemptOf = async () => (await registrationOf(federation, number)).attempt;

/** Everything that an allowed attempt would have left at the provider, counted. */
async function provisional(): Promise<Record<string, number>> {
  const { rows } = await sql<Record<string, number>>`select
    (select count(*)::int from link.connection) as connections,
    (select count(*)::int from access.service_account) as accounts,
    (select count(*)::int from access.client where phase <> 'attempt') as keyed_clients,
    (select count(*)::int from access.oauth_record where model in ('Grant', 'AuthorizationCode', 'AccessToken')) as grants
  `.execute(federation.provider.instance.open.db);
  return rows[0] ?? {};
}
const NOTHING = { connections: 0, accounts: 0, keyed_clients: 0, grants: 0 };

describe('the page', () => {
  test('REG-59 REG-60 CON-09 nobody signed in at the provider: sign in first, then the page says who, what and which number', async () => {
    await prepare();
    const { provider, consumer, contoso } = federation;
    const signInPage = await start();
    expect(signInPage.url.origin).toBe(provider.origin);
    expect(signInPage.status).toBe(200);
    expect(signInPage.text).toContain('Sign in to Northwind-Services');

    const wrong = await submit(
      signInPage,
      { username: contoso.contact.username, password: 'Something else' },
      '/sign-in',
    );
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain('do not fit');
    const asked = await signInAs(wrong, contoso.contact);
    const registration = await registrationOf(federation, number);
    const here = await providerConnectionOf(federation, record);
    expect(asked.text).toContain('Allow this connection?');
    for (const fact of [
      registration.company.name,
      'carol.jones',
      consumer.origin,
      registration.instanceId ?? '?',
      'Northwind-Services',
      number,
      registration.safetyNumber ?? '?',
    ])
      expect(asked.text).toContain(fact);
    expect(here.safetyNumber).toBe(registration.safetyNumber);
    expect(registration.attempt).toMatchObject({ number: 1, step: 'claimed' });
    expect(registration.state).toBe('open');
    expect(await provisional()).toEqual(NOTHING);
  });

  test('REG-60 somebody who signed in long ago proves once more who they are', async () => {
    await prepare();
    const { provider, contoso } = federation;
    const { api } = provider.visitor(browser);
    await api.call(signIn, { input: { username: contoso.contact.username, password: contoso.contact.password } });
    await sql`update directory.session set authenticated_at = authenticated_at - interval '16 minutes'`.execute(
      provider.instance.open.db,
    );
    const again = await start();
    expect(again.text).toContain('prove once more who you are');
    expect((await signInAs(again, contoso.contact)).text).toContain('Allow this connection?');
  });

  test('a form without its token, and a decision that was taken already, change nothing', async () => {
    await prepare();
    const asked = await signInAs(await start(), federation.contoso.contact);
    const forged = { ...asked, text: asked.text.replace(/name="token" value="[^"]*"/, 'name="token" value="forged"') };
    expect((await submit(forged, {}, '/allow')).text).toContain('Allow this connection?');
    expect(await attemptOf()).toMatchObject({ step: 'claimed' });
    await submit(asked, {}, '/deny');
    const gone = await submit(asked, {}, '/allow');
    expect(gone.status).toBe(410);
    expect(gone.text).toContain('This request is over');
    expect(await provisional()).toEqual(NOTHING);
  });

  test('REG-65 only the browser that was sent there sees the request, and only its own administrator may bring the answer back', async () => {
    await prepare();
    const { provider, consumer, contoso, carol } = federation;
    const page = await start();
    const stranger = provider.visitor();
    expect((await stranger.browser.open(page.url.href)).status).toBe(410);

    const { authorizationUrl } = await carol.api.call(connectToProvider, { params: { number: record } });
    const other = await newPerson(consumer, carol, { username: `other-${number}`, roles: ['admin'] });
    const theirs = await signedIn(consumer, other);
    const asked = await theirs.browser.submit(
      await theirs.browser.open(authorizationUrl),
      { ...contoso.contact },
      '/sign-in',
    );
    const back = await theirs.browser.submit(asked, {}, '/allow');
    expect([back.url.origin, back.status]).toEqual([consumer.origin, 403]);
    expect(back.text).toContain('This answer was not taken');
    expect((await providerConnectionOf(federation, record)).attempt).toMatchObject({ step: 'authorising' });

    const altered = new URL(back.url);
    altered.searchParams.set('state', 'altered');
    expect((await carol.browser.open(altered.href)).status).toBe(400);
    expect((await providerConnectionOf(federation, record)).attempt).toMatchObject({ step: 'authorising' });
  });
});

describe('somebody else', () => {
  test('REG-62 REG-63 the provider’s administrator still signed in is refused; both records say so before the browser returns', async () => {
    await prepare();
    const { provider } = federation;
    await provider.visitor(browser).api.call(signIn, { input: PROVIDER_ADMIN });
    const page = await start();
    expect(page.status).toBe(403);
    expect(page.text).toContain('only the contact named');
    expect(page.text).toContain('ca…@contoso.example');
    expect(page.text).toContain('Sign in as someone else');
    expect(page.text).toContain(`Return to ${new URL(federation.consumer.origin).host}`);

    const { attempt, state } = await registrationOf(federation, number);
    expect([attempt?.step, state]).toEqual(['claimed', 'open']);
    expect(attempt?.refusal).toMatchObject({ code: 'contact_mismatch' });
    expect((await notesOf(federation, number))[0]).toMatchObject({
      author: 'ada',
      text: expect.stringContaining('Sign in there as the contact'),
    });
    const told = await eventually(
      'the consumer to hear of it',
      () => providerConnectionOf(federation, record),
      (answer) => answer.attempt?.reason !== null,
    );
    expect(told).toMatchObject({ state: 'connecting', attempt: { step: 'authorising' } });
    expect(told.attempt?.reason).toContain('Somebody other than the contact');
    expect((await consumerNotesOf(federation, record))[0]?.text).toContain('Somebody other than the contact');
    expect(await provisional()).toEqual(NOTHING);

    // Nobody else's forms work either.
    expect((await submit({ ...page, text: page.text.replaceAll('/switch', '/allow') }, {}, '/allow')).status).toBe(403);
    expect(await provisional()).toEqual(NOTHING);

    const signInPage = await submit(page, {}, '/switch');
    expect(signInPage.text).toContain('Sign in to');
    expect((await signInAs(signInPage, federation.contoso.contact)).text).toContain('Allow this connection?');
    expect(await attemptOf()).toMatchObject({ number: 1, step: 'claimed' });
  });

  test('REG-62 Return to the consumer ends the attempt on both sides with the reason, and another one can be started', async () => {
    await prepare();
    const { provider, consumer, ada, contoso } = federation;
    // The same address, another account: it is the person that counts, not what is written on them.
    const double = await newPerson(provider, ada, {
      username: `double-${number}`,
      companyId: contoso.companyId,
      roles: ['sn_sb_pro.consumer'],
      email: 'carol.jones@contoso.example',
    });
    const page = await signInAs(await start(), double);
    expect(page.status).toBe(403);
    const back = await submit(page, {}, '/return');
    expect([back.url.origin, back.url.pathname]).toEqual([consumer.origin, `/provider-connections/${record}`]);
    const ended = await waitForProviderConnection(federation.carol, record, 'validated');
    expect(ended.attempt).toMatchObject({ step: 'aborted' });
    expect(ended.attempt?.reason).toContain('Somebody other than the contact');
    const there = await registrationOf(federation, number);
    expect(there).toMatchObject({ state: 'open', link: { state: 'live' }, attempt: { step: 'aborted' } });
    expect(there.attempt?.reason).toContain('Somebody other than the named contact');
    expect(await provisional()).toEqual(NOTHING);

    const again = await connect(federation, record);
    expect(again.status).toBe(403);
    expect((await attemptOf())?.number).toBe(2);
  });

  test('REG-62 the contact who has lost the role is told so, and so are both records', async () => {
    await prepare();
    const { ada, contoso } = federation;
    await ada.api.call(changeUser, { params: { id: contoso.contact.id }, input: { roles: [] } });
    const granted = await ada.api.call(readUser, { params: { id: contoso.contact.id } });
    expect(granted.roles).not.toContain('sn_sb_pro.consumer');
    const page = await signInAs(await start(), contoso.contact);
    expect(page.status).toBe(403);
    expect(page.text).toContain('sn_sb_pro.consumer');
    expect(page.text).not.toContain('only the contact named');
    expect((await attemptOf())?.refusal).toMatchObject({ code: 'not_entitled' });
    const told = await eventually(
      'the consumer to hear of it',
      () => providerConnectionOf(federation, record),
      (answer) => answer.attempt?.reason !== null,
    );
    expect(told.attempt?.reason).toContain('role');
    await submit(page, {}, '/return');
    await waitForProviderConnection(federation.carol, record, 'validated');
    expect((await attemptOf())?.reason).toContain('role');
    expect(await provisional()).toEqual(NOTHING);
  });
});

describe('the contact', () => {
  test('REG-64 Deny leaves the registration Open, creates nothing, and both sides may try again', async () => {
    await prepare();
    const { contoso, carol, consumer } = federation;
    const asked = await signInAs(await start(), contoso.contact);
    const back = await submit(asked, {}, '/deny');
    expect(back.url.origin).toBe(consumer.origin);
    const ended = await waitForProviderConnection(carol, record, 'validated');
    expect(ended.attempt?.reason).toContain('declined');
    const there = await registrationOf(federation, number);
    expect(there).toMatchObject({ state: 'open', link: { state: 'live' }, attempt: { step: 'aborted' } });
    expect(there.attempt?.reason).toContain('declined');
    expect(await provisional()).toEqual(NOTHING);
    expect((await start()).text).toContain('Allow this connection?');
  });

  test('REG-29 REG-64 a contact replaced while the page is open finds it over; only the new one may consent', async () => {
    await prepare();
    const { provider, ada, contoso, carol } = federation;
    const asked = await signInAs(await start(), contoso.contact);
    const dave = await newPerson(provider, ada, { username: `dave-${number}`, companyId: contoso.companyId });
    await ada.api.call(changeRegistration, {
      params: { number },
      input: { contactId: dave.id, grantConsumerRole: true },
    });
    expect((await submit(asked, {}, '/allow')).status).toBe(410);
    expect(await provisional()).toEqual(NOTHING);
    const ended = await waitForProviderConnection(carol, record, 'validated');
    expect(ended.attempt?.reason).toContain('replaced the contact');
    await waitForRegistration(ada, number, 'open');
  });

  test('REG-15 REG-61 Allow by the contact, who holds nothing but the consumer role, connects both sides', async () => {
    await prepare();
    const { ada, carol, contoso } = federation;
    expect((await ada.api.call(readUser, { params: { id: contoso.contact.id } })).roles).toEqual([
      'sn_sb_pro.consumer',
    ]);
    const back = await submit(await signInAs(await start(), contoso.contact), {}, '/allow');
    expect(back.url.pathname).toBe(`/provider-connections/${record}`);
    await waitForProviderConnection(carol, record, 'onboarded');
    await waitForRegistration(ada, number, 'closed-complete');
    expect((await notesOf(federation, number)).some(({ text }) => text.startsWith('carol.jones allowed'))).toBe(true);
  });
});

describe('where a provider administrator may consent', () => {
  test('REG-66 OQ-03 CON-10 the setting lets an administrator allow, others still fail, and both records say who it was', async () => {
    const own = await openFederation({ provider: { env: { LIAISE_PROVIDER_ADMIN_MAY_CONSENT: 'true' } } });
    const opened = await openRegistration(own);
    const prc = await validateAtConsumer(own, opened.link);
    const helper = await newPerson(own.provider, own.ada, {
      username: 'helper',
      roles: ['sn_sb.admin', 'sn_sb_pro.consumer'],
    });
    const page = await connect(own, prc);
    const refused = await own.carol.browser.submit(page, { ...helper }, '/sign-in');
    expect(refused.status).toBe(403);
    const signInPage = await own.carol.browser.submit(refused, {}, '/switch');
    const asked = await own.carol.browser.submit(signInPage, { ...PROVIDER_ADMIN }, '/sign-in');
    await own.carol.browser.submit(asked, {}, '/allow');
    await waitForProviderConnection(own.carol, prc, 'onboarded');
    await waitForRegistration(own.ada, opened.number, 'closed-complete');
    const there = (await notesOf(own, opened.number)).map(({ text }) => text);
    expect(there.some((text) => text.includes('as a provider administrator, not as the contact'))).toBe(true);
    const here = (await consumerNotesOf(own, prc)).map(({ text }) => text);
    expect(here.some((text) => text.includes('administrator of the provider'))).toBe(true);
  });
});
