import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAudit } from '../../src/audit/contract.ts';
import type { Administrator } from '../../src/demo/registration-story.ts';
import { becomeFirstAdministrator, PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { changeCompany, changeUser, createApiToken, createCompany, readUser } from '../../src/directory/contract.ts';
import { type Role, roleNames } from '../../src/kernel/index.ts';
import { getProvider, listRegistrations, saveRegistration, setUpProvider } from '../../src/provider/contract.ts';
import {
  cancelAll,
  newParty,
  newPerson,
  notesOf,
  type Party,
  refusal,
  register,
  registrationOf,
  signedIn,
} from '../harness/federation.ts';
import { closeTestInstances, openTestInstance, type TestInstance } from '../harness/instances.ts';
import { openMailbox } from '../harness/mailbox.ts';

/** Nobody answers there, and nothing is asked: the provider runs no job in these tests. */
const ADDRESS = 'http://localhost:1';

let provider: TestInstance;
let ada: Administrator;
let contoso: Party;

beforeAll(async () => {
  provider = await openTestInstance({ idle: true });
  ada = await becomeFirstAdministrator(provider, PROVIDER_ADMIN);
  contoso = await newParty(provider, ada, 'carol.jones');
});
afterAll(closeTestInstances);

const stored = async (by = ada) => (await by.api.call(listRegistrations, { query: {} })).total;

/** The field errors of a save that must be refused, and proof that nothing came of it. */
async function refused(input: Partial<Parameters<typeof register>[3]>, party = contoso) {
  const before = await stored();
  const problem = await refusal(register({ ada }, party, ADDRESS, input));
  expect(await stored()).toBe(before);
  return problem;
}

describe('the provider record', () => {
  test.each(['North wind', 'Northwind_Services', 'Nordwind-Süd', '', 'North.wind', `N${'o'.repeat(80)}`])(
    'PRV-02 the name %j is refused: letters, digits and dashes only',
    async (name) => {
      const { status, fields } = await refusal(ada.api.call(setUpProvider, { input: { name } }));
      expect([status, new Set(fields)]).toEqual([422, new Set(['name'])]);
      expect((await ada.api.call(getProvider, {})).provider).toBeNull();
    },
  );

  test('PRV-01 PRV-03 PRV-04 an administrator sets it up once; a second one is refused, the same again changes nothing', async () => {
    const other = await newPerson(provider, ada, { username: 'sn.admin', roles: ['sn_sb.admin'] });
    const { api } = await signedIn(provider, other);
    expect((await refusal(api.call(setUpProvider, { input: { name: 'Northwind-24' } }))).status).toBe(403);
    expect((await ada.api.call(getProvider, {})).provider).toBeNull();

    const made = await ada.api.call(setUpProvider, { input: { name: 'Northwind-24' } });
    expect(await ada.api.call(setUpProvider, { input: { name: 'Northwind-24' } })).toEqual(made);
    const second = await refusal(ada.api.call(setUpProvider, { input: { name: 'Southwind' } }));
    expect(second).toMatchObject({ status: 409, type: 'provider/provider-exists' });
    expect((await ada.api.call(getProvider, {})).provider).toEqual(made);
  });
});

describe('who may save', () => {
  test.each(roleNames.filter((role) => role !== 'admin'))(
    'REG-02 OQ-25 somebody who holds only %s is refused, and nothing is stored',
    async (role: Role) => {
      const person = await newPerson(provider, ada, {
        username: `only-${role}`,
        companyId: contoso.companyId,
        roles: [role],
      });
      const by = await signedIn(provider, person);
      const before = await stored();
      const problem = await refusal(register({ ada: by }, contoso, ADDRESS));
      expect(problem).toMatchObject({ status: 403, type: 'kernel/forbidden' });
      expect(problem.detail).toContain('admin');
      expect(await stored()).toBe(before);
    },
  );

  test('REG-02 ROL-01 nobody signed in: 401; an administrator: saved', async () => {
    const nobody = provider.visitor();
    expect((await refusal(register({ ada: nobody }, contoso, ADDRESS))).status).toBe(401);
    const person = await newPerson(provider, ada, { username: 'second.admin', roles: ['admin'] });
    const saved = await register({ ada: await signedIn(provider, person) }, contoso, ADDRESS);
    expect(saved.state).toBe('awaiting-validation');
    await cancelAll({ ada });
  });
});

describe('what Save refuses, with the field named and nothing stored', () => {
  test('REG-05 a company that is not on file, or is not active', async () => {
    const unknown = 'com_00000000000000000000000000000000' as typeof contoso.companyId;
    expect((await refused({ companyId: unknown })).messages).toContain('Pick a company that is on file.');

    const away = await newParty(provider, ada, 'of.inactive');
    await ada.api.call(changeCompany, { params: { id: away.companyId }, input: { active: false } });
    expect(await refused({}, away)).toMatchObject({ status: 422, fields: ['companyId'] });
  });

  test('REG-05 no company at all', async () => {
    const { status, fields } = await refused({ companyId: undefined as never });
    expect([status, fields]).toEqual([422, ['companyId']]);
  });

  test('REG-07 a contact of another company, also by API token', async () => {
    const other = await newParty(provider, ada, 'other.contact');
    const problem = await refused({ contactId: other.contact.id });
    expect(problem).toMatchObject({ status: 422, fields: ['contactId'] });
    expect(problem.messages[0]).toContain('another company');

    const before = await stored();
    const { token } = await ada.api.call(createApiToken, { input: { name: 'script' } });
    const response = await fetch(`${provider.origin}${saveRegistration.path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ companyId: contoso.companyId, contactId: other.contact.id, url: ADDRESS }),
    });
    expect(response.status).toBe(422);
    expect(((await response.json()) as { errors: unknown[] }).errors).toMatchObject([{ field: 'contactId' }]);
    expect(await stored()).toBe(before);
  });

  test('REG-05 REG-07 a contact who is not on file, or is not active', async () => {
    const unknown = 'usr_00000000000000000000000000000000' as typeof contoso.contact.id;
    expect((await refused({ contactId: unknown })).fields).toEqual(['contactId']);
    const left = await newParty(provider, ada, 'has.left');
    await ada.api.call(changeUser, { params: { id: left.contact.id }, input: { active: false } });
    expect((await refused({}, left)).fields).toEqual(['contactId']);
  });

  test('REG-08 OQ-05 a contact without the consumer role, unless the registration grants it', async () => {
    const problem = await refused({ grantConsumerRole: false });
    expect(problem).toMatchObject({ status: 422, fields: ['contactId'] });
    expect(problem.messages[0]).toContain('sn_sb_pro.consumer');
    const contact = await ada.api.call(readUser, { params: { id: contoso.contact.id } });
    expect(contact.roles).not.toContain('sn_sb_pro.consumer');
  });

  const refusedUrls: [string, string][] = [
    ['', 'empty'],
    ['consumer.example', 'relative'],
    ['/consumer', 'relative'],
    ['//consumer.example', 'without scheme'],
    ['https:consumer.example', 'without slashes'],
    ['https://', 'without host'],
    ['https://user:secret@consumer.example', 'credentials'],
    ['https://user@consumer.example', 'a user name'],
    ['https://consumer.example/path', 'a path'],
    ['https://consumer.example/?', 'an empty query'],
    ['https://consumer.example?a=1', 'a query'],
    ['https://consumer.example/#', 'an empty fragment'],
    ['https://consumer.example#x', 'a fragment'],
    ['ftp://consumer.example', 'another scheme'],
    ['javascript:alert(1)', 'a script'],
    ['file:///etc/passwd', 'a file'],
    ['https://10.0.0.1', 'a private address'],
    ['https://192.168.1.1', 'a private address'],
    ['https://172.16.0.9', 'a private address'],
    ['https://169.254.169.254', 'a link-local address'],
    ['https://0.0.0.0', 'the unspecified address'],
    ['https://[::]', 'the unspecified IPv6 address'],
    ['https://[fd00::1]', 'a private IPv6 address'],
    ['https://[fe80::1]', 'a link-local IPv6 address'],
    ['https://[::ffff:10.0.0.1]', 'a mapped private address'],
    ['https://[64:ff9b::a00:1]', 'a translated private address'],
    ['https://2130706433.', 'a number'],
    ['https://0xa000001', 'a private address in hexadecimal'],
    ['http://10.0.0.1', 'plain http to a private address'],
  ];
  test.each(refusedUrls)('REG-24 the URL %j: %s', async (url) => {
    if (url === 'https://2130706433.') {
      // The one spelling of 127.0.0.1 in the list: allowed here by CIDR, so it is saved as what it is.
      const saved = await register({ ada }, contoso, url);
      expect(saved.url).toBe('https://127.0.0.1');
      return cancelAll({ ada });
    }
    const problem = await refused({ url });
    expect(problem).toMatchObject({ status: 422, fields: ['url'] });
    expect(problem.messages[0]).toMatch(/\.$/);
    expect(`${problem.detail} ${problem.messages}`).not.toContain('secret');
  });

  test('REG-25 OQ-30 the provider’s own address', async () => {
    for (const url of [provider.origin, `${provider.origin}/`, provider.origin.toUpperCase()]) {
      const problem = await refused({ url });
      expect(problem).toMatchObject({ status: 422, fields: ['url'] });
      expect(problem.messages[0]).toContain('this instance');
    }
  });

  test('every wrong field is named at once', async () => {
    const unknown = 'com_00000000000000000000000000000000' as typeof contoso.companyId;
    const { fields } = await refused({ companyId: unknown, url: 'nowhere', grantConsumerRole: false });
    expect(new Set(fields)).toEqual(new Set(['companyId', 'contactId', 'url']));
  });

  test('REG-27 the same company and address again, however it is written', async () => {
    const first = await register({ ada }, contoso, ADDRESS);
    const problem = await refused({ url: 'HTTP://LOCALHOST:1/' });
    expect(problem).toMatchObject({ status: 409, type: 'provider/registration-duplicate', fields: ['url'] });
    expect(problem.detail).toContain(first.number);

    const [one, two] = await Promise.allSettled([
      register({ ada }, contoso, 'http://localhost:2'),
      register({ ada }, contoso, 'http://localhost:2'),
    ]);
    expect([one?.status, two?.status].toSorted()).toEqual(['fulfilled', 'rejected']);

    await cancelAll({ ada });
    const again = await register({ ada }, contoso, ADDRESS);
    expect(again.state).toBe('awaiting-validation');
    await cancelAll({ ada });
  });
});

describe('what Save does', () => {
  test('REG-06 REG-26 REG-31 REG-32 REG-33 a valid one is a task in Awaiting Validation, with no link yet', async () => {
    const party = await newParty(provider, ada, 'holds.role');
    await ada.api.call(changeUser, { params: { id: party.contact.id }, input: { roles: ['sn_sb_pro.consumer'] } });
    const saved = await register({ ada }, party, ADDRESS, { grantConsumerRole: false });

    // No job has run in this instance: the answer did not wait for the checks.
    expect(saved).toMatchObject({
      state: 'awaiting-validation',
      url: ADDRESS,
      company: { id: party.companyId },
      contact: { id: party.contact.id, username: 'holds.role' },
      instanceId: null,
      link: { state: 'none', generation: 0 },
      attempt: null,
      connection: null,
    });
    expect(saved.number).toMatch(/^REG\d{7}$/);
    expect(saved.validation).toMatchObject({ status: 'queued', openIssues: 0 });
    expect(await registrationOf({ ada }, saved.number)).toEqual(saved);
    expect(await notesOf({ ada }, saved.number)).toEqual([]);
    await cancelAll({ ada });
  });

  test('REG-08 OQ-05 granting the role writes a work note and an audit entry; cancelling takes back only what was granted', async () => {
    const granted = await newParty(provider, ada, 'granted.role');
    const held = await newParty(provider, ada, 'held.role');
    await ada.api.call(changeUser, { params: { id: held.contact.id }, input: { roles: ['sn_sb_pro.consumer'] } });
    const first = await register({ ada }, granted, ADDRESS);
    await register({ ada }, held, ADDRESS);

    const [note] = await notesOf({ ada }, first.number);
    expect(note).toMatchObject({ kind: 'workNote', author: 'ada' });
    expect(note?.text).toContain('sn_sb_pro.consumer');
    const { items } = await ada.api.call(listAudit, { query: { subject: granted.contact.id } });
    const given = items.find(({ event }) => event === 'directory.role-given');
    expect(given).toMatchObject({ actor: { name: 'ada' }, detail: { because: first.number } });

    const rolesOf = async ({ contact }: Party) =>
      (await ada.api.call(readUser, { params: { id: contact.id } })).roles.includes('sn_sb_pro.consumer');
    expect([await rolesOf(granted), await rolesOf(held)]).toEqual([true, true]);
    await cancelAll({ ada });
    expect([await rolesOf(granted), await rolesOf(held)]).toEqual([false, true]);
  });

  test('REG-28 a registration inserted by a program starts the same process', async () => {
    const { token } = await ada.api.call(createApiToken, { input: { name: 'importer' } });
    const response = await fetch(`${provider.origin}${saveRegistration.path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        companyId: contoso.companyId,
        contactId: contoso.contact.id,
        url: ADDRESS,
        grantConsumerRole: true,
      }),
    });
    expect(response.status).toBe(201);
    const saved = (await response.json()) as { number: string; state: string };
    expect(saved.state).toBe('awaiting-validation');
    await provider.instance.jobs.drain();
    const scanned = await registrationOf({ ada }, saved.number);
    expect(scanned.validation).toMatchObject({ status: 'complete' });
    expect(scanned.state).toBe('validation-failed');
    await cancelAll({ ada });
  });
});

describe('mail and addresses', () => {
  test('REG-10 OQ-02 where mail is off, a contact without an address is accepted', async () => {
    const { id: companyId } = await ada.api.call(createCompany, { input: { name: 'Without addresses' } });
    const contact = await newPerson(provider, ada, { username: 'no.address', companyId, email: null });
    const saved = await register({ ada }, { companyId, contact }, ADDRESS);
    expect(saved).toMatchObject({ state: 'awaiting-validation', contact: { email: null } });
    await cancelAll({ ada });
  });

  test('REG-09 OQ-02 where mail is on, a contact without an address is refused until it has one', async () => {
    const mailbox = await openMailbox();
    const mailing = await openTestInstance({ idle: true, mailUrl: mailbox.url });
    const by = await becomeFirstAdministrator(mailing, PROVIDER_ADMIN);
    const { id: companyId } = await by.api.call(createCompany, { input: { name: 'Contoso' } });
    const contact = await newPerson(mailing, by, { username: 'no.address', companyId, email: null });

    const problem = await refusal(register({ ada: by }, { companyId, contact }, ADDRESS));
    expect(problem).toMatchObject({ status: 422, fields: ['contactId'] });
    expect(problem.messages[0]).toContain('e-mail');
    expect(await stored(by)).toBe(0);

    await by.api.call(changeUser, { params: { id: contact.id }, input: { email: 'no.address@contoso.example' } });
    expect((await register({ ada: by }, { companyId, contact }, ADDRESS)).state).toBe('awaiting-validation');
    await mailing.stop();
    await mailbox.stop();
  });
});

test('REG-24 a production instance takes https only', async () => {
  const production = await openTestInstance({
    idle: true,
    env: {
      LIAISE_INSTANCE_KIND: 'production',
      LIAISE_PUBLIC_URL: 'https://provider.example',
      LIAISE_ALLOW_PEER_CIDRS: '',
      LIAISE_MAIL: 'off',
    },
  });
  const by = await becomeFirstAdministrator(production, PROVIDER_ADMIN);
  const party = await newParty(production, by, 'carol.jones');
  for (const url of ['http://consumer.example', ADDRESS, 'https://localhost', 'https://127.0.0.1', 'https://[::1]']) {
    const problem = await refusal(register({ ada: by }, party, url));
    expect([url, problem.status, problem.fields]).toEqual([url, 422, ['url']]);
  }
  expect(await stored(by)).toBe(0);
  const own = await refusal(register({ ada: by }, party, 'https://provider.example'));
  expect(own.fields).toEqual(['url']);
  expect((await register({ ada: by }, party, 'https://consumer.example')).url).toBe('https://consumer.example');
  await production.stop();
});
