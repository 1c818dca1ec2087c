import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { linkFromWorkNote, waitForRegistration } from '../../src/demo/registration-story.ts';
import { changeCompany, changeUser, createCompany, readUser } from '../../src/directory/contract.ts';
import type { CallOf } from '../../src/kernel/index.ts';
import {
  cancelRegistration,
  changeRegistration,
  regenerateLink,
  retryRegistration,
} from '../../src/provider/contract.ts';
import {
  cancelAll,
  connect,
  eventually,
  type Federation,
  issuesOf,
  newParty,
  newPerson,
  notesOf,
  openFederation,
  openRegistration,
  refusal,
  register,
  registrationOf,
  signedIn,
  takeRootKeyAway,
  validateAtConsumer,
} from '../harness/federation.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { type Mailbox, openMailbox } from '../harness/mailbox.ts';

// What was true at Save need not be true later: people move, leave and lose roles while a registration waits for them.

let federation: Federation;
let mailbox: Mailbox;
beforeAll(async () => {
  mailbox = await openMailbox();
  federation = await openFederation({ provider: { mailUrl: mailbox.url } });
});
afterAll(async () => {
  await closeTestInstances();
  await mailbox.stop();
});
afterEach(() => cancelAll(federation));

type Change = CallOf<typeof changeUser>['input'];
const contact = () => federation.contoso.contact;
const change = (input: Change) => federation.ada.api.call(changeUser, { params: { id: contact().id }, input });
const rolesOf = async () => (await federation.ada.api.call(readUser, { params: { id: contact().id } })).roles;
const regenerate = (number: string) => federation.ada.api.call(regenerateLink, { params: { number } });

describe('OQ-05 the consumer role belongs to every registration that needs it', () => {
  test('it stays when one registration is cancelled while another one needs it, and goes with the last', async () => {
    const first = await register(federation, federation.contoso, 'http://localhost:1');
    const second = await register(federation, federation.contoso, 'http://localhost:2');
    await federation.ada.api.call(cancelRegistration, { params: { number: first.number } });
    expect(await rolesOf()).toContain('sn_sb_pro.consumer');
    await federation.ada.api.call(cancelRegistration, { params: { number: second.number } });
    expect(await rolesOf()).not.toContain('sn_sb_pro.consumer');
  });

  test('REG-08 naming the same contact again grants the role that was lost, and notes it', async () => {
    const { number } = await register(federation, federation.contoso, 'http://localhost:1');
    await change({ roles: [] });
    const input = { contactId: contact().id, grantConsumerRole: true };
    await federation.ada.api.call(changeRegistration, { params: { number }, input });
    expect(await rolesOf()).toContain('sn_sb_pro.consumer');
    const granted = (await notesOf(federation, number)).filter(({ text }) => text.startsWith('Granted the role'));
    expect(granted).toHaveLength(2);
  });
});

describe('at the consent page', () => {
  const signInAs = async (
    page: Awaited<ReturnType<typeof connect>>,
    { username, password }: { username: string; password: string },
  ) =>
    page.text.includes('/sign-in"') ? federation.carol.browser.submit(page, { username, password }, '/sign-in') : page;

  test('REG-62 T3 every wrong person is on record, each of them once', async () => {
    const { number, link } = await openRegistration(federation);
    const record = await validateAtConsumer(federation, link);
    const one = await newPerson(federation.provider, federation.ada, { username: 'wrong.one' });
    const two = await newPerson(federation.provider, federation.ada, { username: 'wrong.two' });
    let page = await connect(federation, record);
    for (const person of [one, two, one]) {
      const refused = await signInAs(page, person);
      expect([refused.status, refused.text.includes('This is for somebody else')]).toEqual([403, true]);
      page = await federation.carol.browser.submit(refused, {}, '/switch');
    }
    const notes = (await notesOf(federation, number)).filter(({ text }) => text.includes('opened the consent page'));
    expect(notes.map(({ text }) => text.split(' ')[0]).toSorted()).toEqual(['wrong.one', 'wrong.two']);
  });

  test.each([
    [
      'a contact who has left the company',
      async () => {
        const { id } = await federation.ada.api.call(createCompany, { input: { name: 'Rival Ltd' } });
        await change({ companyId: id });
        return () => change({ companyId: federation.contoso.companyId });
      },
    ],
    [
      'the contact of a company that is off file',
      async () => {
        const setActive = (active: boolean) =>
          federation.ada.api.call(changeCompany, {
            params: { id: federation.contoso.companyId },
            input: { active },
          });
        await setActive(false);
        return () => setActive(true);
      },
    ],
  ])('REG-07 %s is refused, with the reason on record', async (_who, happens) => {
    const { number, link } = await openRegistration(federation);
    const record = await validateAtConsumer(federation, link);
    const undo = await happens();
    try {
      const page = await signInAs(await connect(federation, record), contact());
      expect([page.status, page.text.includes('You cannot allow this any more')]).toEqual([403, true]);
      expect((await registrationOf(federation, number)).attempt?.refusal?.code).toBe('not_entitled');
    } finally {
      await undo();
    }
  });
});

describe('a new link asks what the first one had to', () => {
  test.each([
    ['deactivated', { active: false }, { active: true }, 'Pick an active contact'],
    ['without an address, where mail is on', { email: null }, { email: 'contact@contoso.example' }, 'e-mail address'],
  ] as const)(
    'OQ-02 with a contact who is %s it is refused, and the link before lives on',
    async (_how, done, undone, words) => {
      const { number, link } = await openRegistration(federation);
      await change(done);
      try {
        const { status, fields, messages } = await refusal(regenerate(number));
        expect([status, fields]).toEqual([422, ['contactId']]);
        expect(messages[0]).toContain(words);
        expect(await linkFromWorkNote(federation.ada, number)).toBe(link);
      } finally {
        await change(undone);
      }
    },
  );

  test('while the root key is away it is refused, naming what is broken, and the link before lives on', async () => {
    const { number, link } = await openRegistration(federation);
    const putBack = takeRootKeyAway(federation.provider);
    try {
      const { status, type } = await refusal(regenerate(number));
      expect([status, type]).toEqual([503, 'keys/unhealthy']);
      expect(await linkFromWorkNote(federation.ada, number)).toBe(link);
    } finally {
      putBack();
    }
  });
});

test('OQ-29 of two registrations of one instance, of which neither could be scanned at first, one opens, and the other when that one is cancelled', async () => {
  const other = await newParty(federation.provider, federation.ada, 'second.contact');
  await federation.consumer.stop();
  const numbers: string[] = [];
  for (const party of [federation.contoso, other]) {
    const { number } = await register(federation, party, federation.consumer.origin);
    await waitForRegistration(federation.ada, number, 'validation-failed');
    numbers.push(number);
  }
  const consumer = await federation.consumer.reopen();
  federation = {
    ...federation,
    consumer,
    carol: await signedIn(consumer, { username: 'carol', password: 'Consumer-admin-2026' }),
  };
  const retry = (number: string) => federation.ada.api.call(retryRegistration, { params: { number } });
  await Promise.all(numbers.map(retry));
  // Which of the two is first is a matter of moments; that there is one, is not.
  const statesOf = () => Promise.all(numbers.map(async (number) => (await registrationOf(federation, number)).state));
  const states = await eventually('one to open', statesOf, (all) => all.includes('open'));
  expect(states.toSorted()).toEqual(['open', 'validation-failed']);
  const open = numbers[states.indexOf('open')] ?? '';
  const closed = numbers.find((number) => number !== open) ?? '';
  await retry(closed);
  const issues = await eventually(
    'the issue',
    () => issuesOf(federation.ada, closed),
    (all) => all.some(({ check, message }) => check.id === 'NET-05' && message.includes(open)),
  );
  expect(issues.map(({ check }) => check.id)).toContain('NET-05');
  expect((await registrationOf(federation, closed)).state).toBe('validation-failed');

  await federation.ada.api.call(cancelRegistration, { params: { number: open } });
  await retry(closed);
  await waitForRegistration(federation.ada, closed, 'open');
});
