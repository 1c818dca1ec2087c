import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  connectToProvider,
  importRegistrationLink,
  listProviderConnections,
  retryProviderConnection,
  saveProviderConnection,
} from '../../src/consumer/contract.ts';
import { becomeFirstAdministrator, PROVIDER_ADMIN, waitForRegistration } from '../../src/demo/registration-story.ts';
import { readUser } from '../../src/directory/contract.ts';
import { DAY_MS, MINUTE_MS } from '../../src/kernel/index.ts';
import { listMail } from '../../src/platform/mail/contract.ts';
import { parseLink, peekStatement } from '../../src/protocol/index.ts';
import {
  cancelRegistration,
  changeRegistration,
  getRegistration,
  listRegistrationActivity,
  listRegistrations,
  regenerateLink,
  setUpProvider,
} from '../../src/provider/contract.ts';
import {
  cancelAll,
  databaseText,
  eventually,
  type Federation,
  importCode,
  newParty,
  newPerson,
  notesOf,
  openFederation,
  openRegistration,
  providerConnectionOf,
  refusal,
  register,
  registrationOf,
  shiftedClock,
  signedIn,
  validateAtConsumer,
} from '../harness/federation.ts';
import { closeTestInstances, openTestInstance } from '../harness/instances.ts';
import { type Mailbox, openMailbox } from '../harness/mailbox.ts';

const clock = shiftedClock();
let mailbox: Mailbox;
let federation: Federation;

beforeAll(async () => {
  mailbox = await openMailbox();
  federation = await openFederation({ both: { clock }, provider: { mailUrl: mailbox.url } });
});
afterEach(async () => {
  mailbox.refuse(null);
  await cancelAll(federation);
});
afterAll(async () => {
  await closeTestInstances();
  await mailbox.stop();
});

const linkNotesOf = async (number: string) =>
  (await notesOf(federation, number)).filter(({ kind }) => kind === 'registration-link');
const imported = async () => (await federation.carol.api.call(listProviderConnections, { query: {} })).total;
const mailsOf = async (number: string) =>
  (await federation.ada.api.call(listMail, { query: { record: number } })).items;
const mailWith = (link: string) => mailbox.next(({ text }) => text?.includes(link) ?? false);
/** Another character where one may be: the grammar still holds. */
const otherCharacter = (text: string, at: number) =>
  `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

describe('the link reaches the contact', () => {
  test('REG-38 REG-39 REG-45 OQ-02 one mail to the named contact, HTML and text, with a link that works', async () => {
    const { number, link } = await openRegistration(federation);
    const mail = await mailWith(link);
    expect(mail.to).toMatchObject({ value: [{ address: 'carol.jones@contoso.example' }] });
    expect(mail.subject).toContain(number);
    expect(mail.text).toContain('Connect to Provider');
    const { html } = mail;
    expect(html).toContain(`href="${link.replaceAll('&', '&amp;')}"`);
    const sent = mailbox.messages.filter(({ text }) => text?.includes('/sx/join#') && text.includes(link));
    expect(sent).toHaveLength(1);

    const note = await eventually(
      'the note to say that it was mailed',
      async () => (await linkNotesOf(number))[0]?.text ?? '',
      (text) => text.includes('Mailed to'),
    );
    expect(note).toContain('carol.jones@contoso.example');
    expect(await mailsOf(number)).toMatchObject([{ state: 'sent', recipient: 'carol.jones@contoso.example' }]);

    expect(link.startsWith(`${federation.consumer.origin}/sx/join#i=`)).toBe(true);
    const record = await importCode(federation, link);
    expect(record).toMatchObject({ state: 'new', contact: 'ca…@contoso.example' });
  });

  test('REG-47 a recipient who is refused for good: said on the record, the link stays readable', async () => {
    mailbox.refuse({ code: 550, text: 'No such mailbox' });
    const { number, link } = await openRegistration(federation);
    await eventually(
      'the delivery to fail',
      () => mailsOf(number),
      ([mail]) => mail?.state === 'failed',
    );
    const notes = await notesOf(federation, number);
    const failure = notes.find(({ text }) => text.includes('could not be mailed'));
    expect(failure).toMatchObject({ kind: 'workNote' });
    const note = notes.find(({ kind }) => kind === 'registration-link');
    expect(note).toMatchObject({ link });
    expect(note?.text).toContain('Mailing it failed');
    expect((await registrationOf(federation, number)).state).toBe('open');
    expect(federation.provider.log.some((line) => line.includes('"state":"failed"') && line.includes(number))).toBe(
      true,
    );
    expect((await importCode(federation, link)).state).toBe('new');
  });

  test('REG-47 REG-38 a server that is busy is asked again: one mail in the end', async () => {
    mailbox.refuse({ code: 451, text: 'Try again later' });
    const { number, link } = await openRegistration(federation);
    await eventually(
      'a first try',
      () => mailsOf(number),
      ([mail]) => mail?.state === 'queued' && mail.lastError !== null,
    );
    mailbox.refuse(null);
    await mailWith(link);
    await eventually(
      'the delivery to end',
      () => mailsOf(number),
      ([mail]) => mail?.state === 'sent',
    );
    expect(mailbox.messages.filter(({ text }) => text?.includes(link))).toHaveLength(1);
  });

  test('REG-40 REG-42 OQ-01 where mail is off no mail is attempted, and the note shows the link to both administrators', async () => {
    const provider = await openTestInstance({ clock });
    const ada = await becomeFirstAdministrator(provider, PROVIDER_ADMIN);
    await ada.api.call(setUpProvider, { input: { name: 'Eastwind' } });
    const party = await newParty(provider, ada, 'carol.east');
    const { number } = await register({ ada }, party, federation.consumer.origin);
    await waitForRegistration(ada, number, 'open');
    expect(await ada.api.call(listMail, { query: {} })).toMatchObject({ on: false, total: 0 });

    const service = await newPerson(provider, ada, { username: 'sally', roles: ['sn_sb.admin'] });
    for (const { api } of [ada, await signedIn(provider, service)]) {
      const { items } = await api.call(listRegistrationActivity, { params: { number } });
      const [note] = items.filter(({ kind }) => kind === 'registration-link');
      expect(note?.link).toContain('/sx/join#i=');
      expect(note?.text).not.toContain('Mailed');
    }
    await provider.stop();
  });
});

describe('who sees the link', () => {
  test('REG-44 ACL-01 ROL-02 only administrators: the contact reads the registration without work notes and link, others nothing', async () => {
    const { provider, ada, contoso } = federation;
    const { number, link } = await openRegistration(federation);
    const contact = await signedIn(provider, contoso.contact);
    const read = async (by: typeof ada) => [
      await by.api.call(getRegistration, { params: { number } }),
      await by.api.call(listRegistrationActivity, { params: { number } }),
    ];
    const seen = JSON.stringify(await read(contact));
    expect(seen).toContain(number);
    const secret = link.slice(-43);
    for (const text of [link, secret, '#i=', 'registration-link', 'workNote']) expect(seen).not.toContain(text);

    const stranger = await newPerson(provider, ada, { username: 'other.contact', roles: ['sn_sb_pro.consumer'] });
    const keeper = await newPerson(provider, ada, {
      username: 'key.keeper',
      roles: ['security_admin', 'sn_kmf.admin'],
    });
    const wanted = [
      [await signedIn(provider, stranger), 404],
      [await signedIn(provider, keeper), 403],
      [provider.visitor(), 401],
    ] as const;
    for (const [by, status] of wanted) {
      expect((await refusal(by.api.call(getRegistration, { params: { number } }))).status).toBe(status);
      expect((await refusal(by.api.call(listRegistrationActivity, { params: { number } }))).status).toBe(status);
    }
  });

  test('REG-43 REG-67 REG-51 each link is one of its own, holds a one-time handle and no reusable secret, and is stored nowhere', async () => {
    const { provider, ada, consumer } = federation;
    const first = await openRegistration(federation);
    await ada.api.call(regenerateLink, { params: { number: first.number } });
    const second = await eventually(
      'the second link',
      async () => (await linkNotesOf(first.number))[0]?.link,
      (link) => link !== undefined,
    );
    await importCode(federation, second ?? '');
    await mailWith(second ?? '');

    const parsed = [first.link, second ?? ''].map((link) => {
      const read = parseLink(link);
      if (!read.ok) throw new Error('not a link');
      const invite = peekStatement('invite', read.value.invite);
      if (!invite.ok) throw new Error('not an invitation');
      return { ...read.value, body: invite.value };
    });
    const secrets = parsed.map(({ secret }) => Buffer.from(secret));
    expect(secrets.map(({ length }) => length)).toEqual([32, 32]);
    expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(2);
    expect(new Set(parsed.map(({ body }) => body.jti)).size).toBe(2);
    for (const { body } of parsed) {
      expect(body).toMatchObject({ purl: provider.origin, curl: consumer.origin, pn: 'Northwind-Services' });
      expect(body.reg).toMatch(/^reg_[0-9a-f]{32}$/);
      expect(JSON.stringify(body)).not.toContain('carol.jones@');
    }
    for (const instance of [provider, consumer]) {
      const text = `${await databaseText(instance)}\n${instance.log.join('\n')}`;
      expect(text).not.toContain('#i=');
      for (const secret of secrets)
        for (const form of ['base64url', 'base64', 'hex'] as const) expect(text).not.toContain(secret.toString(form));
    }
  });
});

describe('importing', () => {
  test('OQ-24 CON-02 CON-03 REG-68 opening the link changes nothing; importing it makes one record, however often', async () => {
    const { consumer, carol } = federation;
    const { link } = await openRegistration(federation);
    const before = await imported();
    for (const method of ['GET', 'HEAD'])
      for (let visit = 0; visit < 5; visit += 1)
        await fetch(new URL(new URL(link).pathname, consumer.origin), { method });
    expect(await imported()).toBe(before);

    const records = await Promise.all([importCode(federation, link), importCode(federation, link)]);
    records.push(await importCode(federation, ` ${link}\n`), await importCode(federation, link.split('#')[1] ?? ''));
    expect(new Set(records.map(({ number }) => number)).size).toBe(1);
    expect(records[0]).toMatchObject({
      state: 'new',
      company: null,
      attempt: null,
      connection: null,
      provider: { name: 'Northwind-Services', origin: federation.provider.origin },
    });
    expect(await imported()).toBe(before + 1);
    const { items } = await carol.api.call(listProviderConnections, { query: { search: 'Northwind' } });
    expect(items.map(({ number }) => number)).toContain(records[0]?.number);
  });

  test('REG-65 a damaged link is refused in every part, and nothing is stored', async () => {
    const { link } = await openRegistration(federation);
    const before = await imported();
    const [address = '', fragment = ''] = link.split('#');
    const [invite = '', secret = ''] = fragment.replace('i=', '').split('&s=');
    const [header = '', payload = '', signature = ''] = invite.split('.');
    const made = (...[h, p, s, k]: string[]) => `${address}#i=${h}.${p}.${s}&s=${k}`;
    const damaged = [
      made(header, payload, signature, otherCharacter(secret, 5)),
      made(header, payload, otherCharacter(signature, 5), secret),
      made(header, otherCharacter(payload, 40), signature, secret),
      made(otherCharacter(header, 5), payload, signature, secret),
      link.slice(0, -1),
      link.replace('#i=', '#j='),
      address,
      'https://example.org/',
      'not a link',
    ];
    // Somebody of their own: a person may import twenty times a minute.
    const person = await newPerson(federation.consumer, federation.carol, { username: 'clumsy', roles: ['admin'] });
    const clumsy = await signedIn(federation.consumer, person);
    for (const code of damaged) {
      const problem = await refusal(importCode({ carol: clumsy }, code));
      expect([code, problem.status, problem.type]).toEqual([code, 422, 'consumer/link-refused']);
      expect(problem.detail).toContain('Nothing was stored');
    }
    expect(await imported()).toBe(before);
  });

  test('a link for another instance is refused and says where it belongs', async () => {
    const { link } = await openRegistration(federation);
    const other = await openTestInstance({ host: 'localhost', clock, idle: true });
    const carl = await becomeFirstAdministrator(other, PROVIDER_ADMIN);
    const problem = await refusal(importCode({ carol: carl }, link));
    expect(problem).toMatchObject({ status: 422, type: 'consumer/link-for-another-instance' });
    expect(problem.detail).toContain(federation.consumer.origin);
    expect((await carl.api.call(listProviderConnections, { query: {} })).total).toBe(0);
    await other.stop();
  });

  test('a provider that does not answer: said so, nothing stored', async () => {
    const { link } = await openRegistration(federation);
    const before = await imported();
    await federation.provider.stop();
    const problem = await refusal(importCode(federation, link));
    federation = { ...federation, provider: await federation.provider.reopen() };
    expect(problem).toMatchObject({ status: 502, type: 'consumer/provider-unreachable' });
    expect(await imported()).toBe(before);
  });

  test('REG-46 the link of a cancelled registration leads nowhere, and both sides stay as they were', async () => {
    const { ada, carol } = federation;
    const { number, link } = await openRegistration(federation);
    const record = await validateAtConsumer(federation, link);
    await ada.api.call(cancelRegistration, { params: { number } });
    expect((await linkNotesOf(number))[0]).toMatchObject({ text: 'This registration link is no longer valid.' });
    expect((await registrationOf(federation, number)).link.state).toBe('none');

    const problem = await refusal(carol.api.call(connectToProvider, { params: { number: record } }));
    expect(problem).toMatchObject({ status: 409, type: 'consumer/provider-refused' });
    expect(problem.detail).toContain('Ask the provider for a new link');
    expect((await providerConnectionOf(federation, record)).state).toBe('validated');
    expect(await registrationOf(federation, number)).toMatchObject({ state: 'cancelled', attempt: null });
  });
});

describe('a new link', () => {
  test('REG-46 regenerating kills the old link, mails the new one, and the consumer goes on with it', async () => {
    const { ada, carol } = federation;
    const old = await openRegistration(federation);
    const record = await validateAtConsumer(federation, old.link);
    const changed = await ada.api.call(regenerateLink, { params: { number: old.number } });
    expect(changed).toMatchObject({ state: 'open', link: { state: 'live', generation: 2 } });
    const [note, before] = await linkNotesOf(old.number);
    expect(before).toMatchObject({ text: 'This registration link is no longer valid.' });
    expect(before?.link).toBeUndefined();
    const link = note?.link ?? '';
    expect(link).not.toBe(old.link);
    expect((await mailWith(link)).subject).toContain(old.number);

    const refusedStart = await refusal(carol.api.call(connectToProvider, { params: { number: record } }));
    expect(refusedStart).toMatchObject({ status: 409, type: 'consumer/provider-refused' });
    expect((await registrationOf(federation, old.number)).attempt).toBeNull();

    const renewed = await importCode(federation, link);
    expect(renewed).toMatchObject({ number: record, state: 'awaiting-validation' });
    const older = await refusal(importCode(federation, old.link));
    expect(older).toMatchObject({ status: 422, type: 'consumer/link-refused' });
    expect(older.detail).toContain('newer');
    await eventually(
      'the record to be validated again',
      () => providerConnectionOf(federation, record),
      ({ state }) => state === 'validated',
    );
    const { authorizationUrl } = await carol.api.call(connectToProvider, { params: { number: record } });
    expect(authorizationUrl).toContain(federation.provider.origin);
  });

  test('REG-29 OQ-05 another contact: checked as at Save, the role moves, the old link dies, the new contact is mailed', async () => {
    const { provider, ada, carol, contoso } = federation;
    const { number, link } = await openRegistration(federation);
    const record = await validateAtConsumer(federation, link);
    const dave = await newPerson(provider, ada, { username: 'dave.contoso', companyId: contoso.companyId });
    const foreign = await newParty(provider, ada, 'erin.elsewhere');
    const replace = (contactId: typeof dave.id, grantConsumerRole: boolean) =>
      ada.api.call(changeRegistration, { params: { number }, input: { contactId, grantConsumerRole } });
    for (const [id, grant] of [
      [foreign.contact.id, true],
      [dave.id, false],
    ] as const) {
      expect(await refusal(replace(id, grant))).toMatchObject({ status: 422, fields: ['contactId'] });
    }
    expect(await registrationOf(federation, number)).toMatchObject({
      state: 'open',
      contact: { id: contoso.contact.id },
      link: { state: 'live', generation: 1 },
    });
    const service = await signedIn(
      provider,
      await newPerson(provider, ada, { username: 'sn.sb', roles: ['sn_sb.admin'] }),
    );
    const forbidden = service.api.call(changeRegistration, { params: { number }, input: { contactId: dave.id } });
    expect((await refusal(forbidden)).status).toBe(403);

    const replaced = await replace(dave.id, true);
    expect(replaced).toMatchObject({ state: 'awaiting-validation', contact: { username: 'dave.contoso' } });
    const opened = await waitForRegistration(ada, number, 'open');
    expect(opened.link).toMatchObject({ state: 'live', generation: 2 });
    const holds = async (id: typeof dave.id) =>
      (await ada.api.call(readUser, { params: { id } })).roles.includes('sn_sb_pro.consumer');
    expect([await holds(contoso.contact.id), await holds(dave.id)]).toEqual([false, true]);
    const [note] = await linkNotesOf(number);
    const mail = await mailWith(note?.link ?? '');
    expect(mail.to).toMatchObject({ value: [{ address: 'dave.contoso@contoso.example' }] });
    expect((await refusal(carol.api.call(connectToProvider, { params: { number: record } }))).status).toBe(409);

    const former = await signedIn(provider, contoso.contact);
    expect((await refusal(former.api.call(getRegistration, { params: { number } }))).status).toBe(403);
    const present = await signedIn(provider, dave);
    expect((await present.api.call(listRegistrations, { query: {} })).items.map((item) => item.number)).toEqual([
      number,
    ]);
  });
});

describe('at the consumer', () => {
  test('REG-16 CON-01 ROL-01 whoever is no administrator there can neither import, save nor connect; the provider’s record stays untouched', async () => {
    const { consumer, carol, northwind } = federation;
    const { number, link } = await openRegistration(federation);
    const record = await validateAtConsumer(federation, link);
    const before = await registrationOf(federation, number);
    const person = await newPerson(consumer, carol, {
      username: `helper-${number}`,
      roles: ['sn_sb.admin', 'sn_sb_pro.consumer', 'security_admin'],
    });
    const { api } = await signedIn(consumer, person);
    const params = { number: record };
    const tries = [
      () => api.call(importRegistrationLink, { input: { code: link } }),
      () => api.call(saveProviderConnection, { params, input: { companyId: northwind } }),
      () => api.call(connectToProvider, { params }),
      () => api.call(retryProviderConnection, { params }),
    ];
    for (const attempt of tries) {
      const problem = await refusal(attempt());
      expect(problem.status).toBe(403);
      expect(problem.detail).toContain('role admin');
      expect(problem.detail).toContain('can give it');
    }
    expect(await registrationOf(federation, number)).toEqual(before);
    expect((await providerConnectionOf(federation, record)).attempt).toBeNull();
  });
});

// Last, since the clock does not go back.
test('REG-46 an expired link is refused at both ends, and regenerating makes one that works', async () => {
  const { provider, consumer } = federation;
  const { number, link } = await openRegistration(federation);
  const record = await validateAtConsumer(federation, link);
  // Two instances' clocks may differ by a minute, so the consumer is as patient.
  clock.move(7 * DAY_MS + 2 * MINUTE_MS);
  // A week is longer than any session.
  const [ada, carol] = await Promise.all([
    signedIn(provider, PROVIDER_ADMIN),
    signedIn(consumer, { username: 'carol', password: 'Consumer-admin-2026' }),
  ]);
  federation = { ...federation, ada, carol };
  expect((await registrationOf(federation, number)).link.state).toBe('expired');
  expect((await linkNotesOf(number))[0]?.text).toContain('no longer valid');
  const late = await refusal(importCode(federation, link));
  expect(late).toMatchObject({ status: 422, type: 'consumer/link-refused' });
  expect(late.detail).toContain('expired');
  const started = await refusal(carol.api.call(connectToProvider, { params: { number: record } }));
  expect(started).toMatchObject({ status: 409, type: 'consumer/provider-connection-state' });
  expect(started.detail).toContain('expired');

  await ada.api.call(regenerateLink, { params: { number } });
  const [note] = await linkNotesOf(number);
  const renewed = await importCode(federation, note?.link ?? '');
  expect(renewed).toMatchObject({ number: record, state: 'awaiting-validation' });
});
