import { afterAll, beforeAll, expect, test } from 'vitest';
import { createServiceAccount } from '../../src/access/index.ts';
import { retryProviderConnection } from '../../src/consumer/contract.ts';
import type { Browser, Page } from '../../src/demo/browser.ts';
import { type Administrator, importLink, linkFromWorkNote } from '../../src/demo/registration-story.ts';
import { readSession } from '../../src/directory/contract.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/kernel/index.ts';
import { transact } from '../../src/platform/db/index.ts';
import { cancelRegistration, changeRegistration, regenerateLink } from '../../src/provider/contract.ts';
import { expireAttempts } from '../../src/provider/index.ts';
import { listIssues, runSuite } from '../../src/scan/contract.ts';
import { type Cut, type Lost, whileCut } from '../harness/cut-requests.ts';
import { testEngine } from '../harness/database.ts';
import {
  connect,
  type Federation,
  issuesOf,
  newPerson,
  openFederation,
  providerConnectionOf,
  refusal,
  registrationOf,
  type Somebody,
  shiftedClock,
  signedIn,
} from '../harness/federation.ts';
import { closeTestInstances, type TestInstance } from '../harness/instances.ts';
import { allow, bringTo, drain, NOTHING_PROVISIONAL, provisionalAt } from '../harness/onboarding-steps.ts';

/** A person may connect twenty times a minute; a hundred times are for several people. */
const PEOPLE = 8;

const clock = shiftedClock();
let federation: Federation;
let people: Administrator[];
let stranger: Somebody;
let contacts: readonly Somebody[];

beforeAll(async () => {
  federation = await openFederation({ both: { clock, idle: true } });
  const { provider, consumer, ada, carol, contoso } = federation;
  const { companyId } = contoso;
  contacts = [contoso.contact, await newPerson(provider, ada, { username: 'dora', companyId })];
  people = [carol];
  for (let index = 1; index < PEOPLE; index += 1) {
    const admin = await newPerson(consumer, carol, { username: `admin-${index}`, roles: ['admin'] });
    people.push(await signedIn(consumer, admin));
  }
  stranger = await newPerson(provider, ada, { username: 'mallory', roles: ['sn_sb_pro.consumer'] });
}, 120_000);
afterAll(closeTestInstances);

type Way = { readonly number: string; readonly record: string };
/** One try to connect, by one of the consumer's administrators, cut off somewhere. */
type Interruption = (way: Way, by: Federation) => Promise<void>;

const atProvider = (path: RegExp, lost: Lost): Cut => ({ method: 'POST', path, lost });
const HELLO = /\/hello$/;
const PUSH = /^\/oauth\/request$/;
const TOKEN = /^\/oauth\/token$/;
const CONFIRM = /\/confirm$/;
const PREPARED = /\/prepared$/;
const LANE: Omit<Cut, 'lost'> = { method: 'PUT', path: /\/lanes\/0\/batches\/\d+$/ };
const CALLBACK: Cut = { method: 'GET', path: /^\/sx\/oauth\/cb\//, lost: 'request' };

const refusedWhile =
  (path: RegExp, lost: Lost): Interruption =>
  async ({ record }, by) => {
    await whileCut(federation.provider, atProvider(path, lost), () => refusal(connect(by, record)));
  };

/** The contact allows; what the consumer then does is cut off. */
const cutAfterConsent =
  (at: 'provider' | 'consumer', cut: Cut): Interruption =>
  async ({ record }, by) => {
    await decide(by, await connect(by, record));
    await whileCut(federation[at], cut, (met) => bothWork(met));
  };

async function atPage({ record }: Way, by: Federation, who: Somebody): Promise<{ browser: Browser; asked: Page }> {
  const { browser } = federation.consumer.visitor();
  const { username, password } = who;
  const asked = await browser.submit(await connect(by, record, browser), { username, password }, '/sign-in');
  return { browser, asked };
}

const interruptions: readonly (readonly [string, Interruption])[] = [
  ['the hello is lost', refusedWhile(HELLO, 'request')],
  ['the answer to the hello is lost', refusedWhile(HELLO, 'answer')],
  ['the pushed request is lost', refusedWhile(PUSH, 'request')],
  ['the answer to the pushed request is lost', refusedWhile(PUSH, 'answer')],
  ['the person leaves the page', async ({ record }, by) => void (await connect(by, record))],
  [
    'the contact declines',
    async (way, by) => {
      const { browser, asked } = await atPage(way, by, federation.contoso.contact);
      await browser.submit(asked, {}, '/deny').catch(() => undefined);
    },
  ],
  ['somebody else signs in', async (way, by) => void (await atPage(way, by, stranger))],
  [
    'the browser never comes back',
    async ({ record }, by) => {
      const page = await connect(by, record);
      await whileCut(federation.consumer, CALLBACK, () => decide(by, page).catch(() => undefined));
    },
  ],
  ['the request for the token is lost', cutAfterConsent('provider', atProvider(TOKEN, 'request'))],
  ['the token is lost', cutAfterConsent('provider', atProvider(TOKEN, 'answer'))],
  ['the confirm is lost', cutAfterConsent('provider', atProvider(CONFIRM, 'request'))],
  ['the answer to the confirm is lost', cutAfterConsent('provider', atProvider(CONFIRM, 'answer'))],
  ['the provider does not get the test', cutAfterConsent('provider', { ...LANE, lost: 'request' })],
  ['the consumer does not get the test', cutAfterConsent('consumer', { ...LANE, lost: 'request' })],
  ['the receipt of the consumer’s test is lost', cutAfterConsent('provider', { ...LANE, lost: 'answer' })],
  ['the prepared is lost', cutAfterConsent('provider', atProvider(PREPARED, 'request'))],
];

/**
 * What an interruption could leave behind are rows, and the statements that make and remove them are the same on both engines.
 * So the hundred run on the quicker one, where several requests are at work at a time, and the embedded one, which takes one
 * at a time, is interrupted in each of the ways.
 */
const TIMES = testEngine === 'postgres' ? 100 : interruptions.length;

/** Each side does what is due, often enough for a whole onboarding if nothing is in the way, or until that is so. */
async function bothWork(enough = () => false): Promise<void> {
  for (let round = 0; round < 4 && !enough(); round += 1) {
    await drain(federation.consumer);
    if (!enough()) await drain(federation.provider);
    clock.move(5 * SECOND_MS);
  }
}

/** A record that is about to be validated: a connection that was cut just now may fail a check once. */
async function validated(record: string): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    await drain(federation.consumer);
    const { state } = await providerConnectionOf(federation, record);
    if (state === 'validated') return;
    if (state === 'validation-failed')
      await federation.carol.api.call(retryProviderConnection, { params: { number: record } });
    clock.move(30 * SECOND_MS);
  }
  const issues = (await issuesOf(federation.carol, record)).map(({ message }) => message);
  throw new Error(`${record} is not validated: ${issues.join(' ')}`);
}

async function register(): Promise<Way> {
  const way = await bringTo(federation, 'validated');
  await validated(way.record);
  return way;
}

/** The consent page as the contact of the moment, whoever was signed in there before. */
async function decide(by: Federation, page: Page): Promise<Page> {
  const other = page.text.includes('This is for somebody else');
  return allow(by, other ? await by.carol.browser.submit(page, {}, '/switch') : page);
}

/**
 * A new link takes the place of the old one, which ends whatever is under way. Once the contact has allowed, that takes
 * another contact.
 */
async function renew({ number, record }: Way, by: Federation): Promise<void> {
  const { ada, provider, contoso } = federation;
  if ((await registrationOf(federation, number)).state === 'open') {
    await ada.api.call(regenerateLink, { params: { number } });
  } else {
    const contact = contacts.find(({ id }) => id !== contoso.contact.id) ?? contoso.contact;
    const input = { contactId: contact.id, grantConsumerRole: true };
    await ada.api.call(changeRegistration, { params: { number }, input });
    federation = { ...federation, contoso: { ...contoso, contact } };
    await drain(provider);
  }
  // A prepared attempt ends by the provider's word, which has to arrive before the newer link can be taken.
  clock.move(5 * MINUTE_MS);
  await drain(federation.consumer);
  await importLink(by.carol, await linkFromWorkNote(ada, number));
  await validated(record);
}

const isFree = async ({ number, record }: Way): Promise<boolean> => {
  const { state, attempt } = await providerConnectionOf(federation, record);
  const replaceable = attempt?.step === 'greeting' || attempt?.step === 'authorising';
  return (state === 'validated' || replaceable) && (await registrationOf(federation, number)).link.state === 'live';
};

const leftoversAt = async (at: TestInstance, { api }: Administrator): Promise<string[]> => {
  for (const side of ['provider', 'consumer'] as const) {
    await api.call(runSuite, { params: { name: 'base-configurations' }, input: { side } });
    await api.call(runSuite, { params: { name: 'pre-onboarding' }, input: { side } });
  }
  await drain(at);
  const { items } = await api.call(listIssues, { query: { limit: 200 } });
  return items.filter(({ check }) => ['CHK-05', 'CHK-06', 'CHK-07'].includes(check.id)).map(({ message }) => message);
};

const ONE_CONNECTION = {
  ...NOTHING_PROVISIONAL,
  traffic_secrets: 3,
  messages: 2,
  receipts: 2,
  accounts: 1,
  clients: 1,
};

test(`REG-80 CHK-05 CHK-06 CHK-07 ${TIMES} interrupted and retried onboardings leave nothing behind`, async () => {
  let way: Way = await register();
  for (let count = 0; count < TIMES; count += 1) {
    const by = { ...federation, carol: people[count % PEOPLE] ?? federation.carol };
    const [name, interrupt] = interruptions[count % interruptions.length] ?? [];
    await interrupt?.(way, by).catch((error: unknown) => {
      throw new Error(`interruption ${count} (${name}) did not go as meant`, { cause: error });
    });
    // Every eleventh registration is given up just there, so that each step is, in its turn.
    if (count % 11 === 10) {
      await federation.ada.api.call(cancelRegistration, { params: { number: way.number } });
      way = await register();
    } else if (!(await isFree(way))) {
      await renew(way, by);
    }
  }

  const { provider, consumer, ada, carol, contoso } = federation;
  await cutAfterConsent('provider', atProvider(PREPARED, 'answer'))(way, federation);
  await bothWork();
  expect(await registrationOf(federation, way.number)).toMatchObject({ state: 'closed-complete' });
  expect(await providerConnectionOf(federation, way.record)).toMatchObject({ state: 'onboarded' });

  for (let hours = 0; hours < 30; hours += 10) {
    clock.move(10 * HOUR_MS);
    for (const { api } of [ada, carol]) await api.call(readSession, {});
    await transact(provider.instance.open.db, (tx) => provider.instance.jobs.send(tx, expireAttempts, {}));
    await bothWork();
  }
  clock.move(10 * MINUTE_MS);
  await bothWork();
  expect(await provisionalAt(provider)).toEqual(ONE_CONNECTION);
  expect(await provisionalAt(consumer)).toEqual(ONE_CONNECTION);
  expect(await leftoversAt(provider, ada)).toEqual([]);
  expect(await leftoversAt(consumer, carol)).toEqual([]);

  // The checks do look: what a fault of ours would have left is found.
  const leftover = { suffix: 'leftover', owner: { kind: 'connection', id: contoso.companyId } };
  const createdAt = new Date(clock.now().getTime() - 2 * DAY_MS);
  await transact(provider.instance.open.db, (tx) => createServiceAccount(tx, { ...leftover, createdAt }));
  expect(await leftoversAt(provider, ada)).toEqual([expect.stringContaining('sb_user_leftover')]);
}, 300_000);
