import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { openSecrets } from '../../src/consumer/connect/attempt-secrets.ts';
import {
  assignKeyManagementRoles,
  becomeFirstAdministrator,
  CONSUMER_ADMIN,
  CONTACT,
  consent,
  importLink,
  PROVIDER_ADMIN,
  prepareProvider,
  registerConsumer,
  saveCompany,
  waitForProviderConnection,
  waitForRegistration,
} from '../../src/demo/registration-story.ts';
import { until } from '../../src/demo/until.ts';
import { openAttackedConsumer } from '../harness/attacked-consumer.ts';
import { openAttackedProvider } from '../harness/attacked-provider.ts';
import { control } from '../harness/hostile-consumer.ts';
import { arbitrary, closeHostilePeers } from '../harness/hostile-peer.ts';
import { CODE } from '../harness/hostile-provider.ts';
import { closeTestInstances, openTestInstance, type TestInstance } from '../harness/instances.ts';
import { openMailbox } from '../harness/mailbox.ts';
import { everythingStored } from '../harness/stored.ts';
import { listenIn } from '../harness/tapped-fetch.ts';

afterEach(async () => {
  await closeTestInstances();
  await closeHostilePeers();
});

/** The spellings in which bytes end up in rows and lines. */
const spellings = (bytes: Uint8Array): string[] =>
  (['hex', 'base64', 'base64url'] as const).map((spelling) => Buffer.from(bytes).toString(spelling));

/** Which of the secrets stand in any row of any table, or in any line of the log, of that instance. */
async function found(at: TestInstance, secrets: Readonly<Record<string, string | Uint8Array>>): Promise<string[]> {
  const places = [await everythingStored(at), at.log.join('\n')];
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const texts = typeof secret === 'string' ? [secret] : spellings(secret);
    return texts.some((text) => places.some((place) => place.includes(text))) ? [name] : [];
  });
}

const tokenIn = (link: string, member: string): string => new RegExp(`[#&]${member}=([^&]+)`).exec(link)?.[1] ?? '';

test('E.4-12 T28 after a whole registration no secret stands in a table, a job, a mail’s row or a line of the log', {
  timeout: 60_000,
}, async () => {
  const mailbox = await openMailbox();
  const tap = listenIn();
  const [provider, consumer] = await Promise.all([
    openTestInstance({ host: '127.0.0.1', mailUrl: mailbox.url }),
    openTestInstance({ host: 'localhost' }),
  ]);
  const codes = [await provider.instance.firstAdministratorCode(), await consumer.instance.firstAdministratorCode()];
  const ada = await becomeFirstAdministrator(provider, PROVIDER_ADMIN);
  const carol = await becomeFirstAdministrator(consumer, CONSUMER_ADMIN);
  await Promise.all([assignKeyManagementRoles(ada), assignKeyManagementRoles(carol)]);
  const mailed = async (mark: string) => {
    const { text } = await mailbox.next((message) => message.text?.includes(mark) === true);
    return /http\S+#\S+/.exec(text ?? '')?.[0] ?? '';
  };
  const contact = await prepareProvider(ada, provider.origin, () => mailed('/welcome#'));
  const { number } = await registerConsumer(ada, contact, consumer.origin);
  const link = await mailed('/sx/join#');
  const record = await importLink(carol, link);
  await saveCompany(carol, record.number);
  await waitForProviderConnection(carol, record.number, 'validated');
  await consent(carol, record.number, CONTACT);
  await waitForProviderConnection(carol, record.number, 'onboarded');
  await waitForRegistration(ada, number, 'closed-complete');

  const heard = tap.stop();
  expect(Object.keys(heard)).toEqual(expect.arrayContaining(['code', 'state', 'request_uri', 'csrfToken']));
  const secrets = {
    link,
    'what follows its #': link.slice(link.indexOf('#') + 1),
    'the link’s secret': tokenIn(link, 's'),
    'the token of the sign-in link': tokenIn(await mailed('/welcome#'), 't'),
    ...{ 'code 1': codes[0] ?? '', 'code 2': codes[1] ?? '' },
    ...{ 'password 1': PROVIDER_ADMIN.password, 'password 2': CONSUMER_ADMIN.password, 'password 3': CONTACT.password },
    'the root key of the provider': readFileSync(provider.rootKeyFile),
    'the root key of the consumer': readFileSync(consumer.rootKeyFile),
    ...heard,
  };
  expect(Object.values(secrets).every(({ length }) => length >= 16)).toBe(true);
  expect(await found(provider, secrets)).toEqual([]);
  expect(await found(consumer, secrets)).toEqual([]);
  // The search itself works: what is no secret is found.
  expect(await found(provider, { number, contact: CONTACT.username })).toEqual(['number', 'contact']);
  await mailbox.stop();
});

test('T28 what only the two instances know of an attempt stands nowhere at the provider', async () => {
  const at = await openAttackedProvider();
  const { consumer } = await at.invite('confidant');
  const attempt = await consumer.greet(1);
  const token = await consumer.authorise(attempt, at.account);
  const sealed = attempt.schedule;
  const early = { ...bytesOf(sealed), 'access token': token.accessToken };
  expect(await found(at.instance, early)).toEqual([]);
  await consumer.sendConfirm(await consumer.confirm(attempt, token), token);
  const keyed = await consumer.reachKeyed(at.account, 2);
  await consumer.say(keyed, 1, control(1, 'connect.test', { nonce: arbitrary() }));
  const late = {
    ...early,
    ...bytesOf(keyed.schedule),
    signature: token.accessToken.split('.')[2] ?? '',
    'proof key': String(keyed.dpopKey.privateJwk.d),
    'link secret': consumer.secret,
  };
  expect(await found(at.instance, late)).toEqual([]);
});

test('T28 and nowhere at the consumer', async () => {
  const at = await openAttackedConsumer();
  const provider = await at.provider('confidant');
  const number = await provider.validated(at.carol);
  const callback = await provider.connected(at.carol, number);
  const { db } = at.instance.instance.open;
  const attempt = await db.selectFrom('consumer.attempt').selectAll().executeTakeFirstOrThrow();
  const sealer = at.instance.instance.keys.as('service:consumer').sealer('sx.session');
  const { pending } = await openSecrets(sealer, attempt);
  await at.carol.browser.open(callback.href);
  await until('the consumer to confirm', async () => (provider.hasConfirmed ? true : undefined));
  const secrets = {
    ...bytesOf(provider.known.schedule),
    'shared secret': provider.known.shared,
    'link secret': provider.secret,
    'proof key': String(pending?.dpopKey.privateJwk.d),
    code: CODE,
    'access token': provider.accessToken,
    state: provider.pushed.get('state') ?? '',
    verifier: provider.redeemed[0]?.get('code_verifier') ?? '',
    'client assertion': provider.redeemed[0]?.get('client_assertion') ?? '',
  };
  expect(Object.values(secrets).every(({ length }) => length >= 16)).toBe(true);
  expect(await found(at.instance, secrets)).toEqual([]);
});

const bytesOf = (schedule: object): Record<string, Uint8Array> => ({ ...schedule });
