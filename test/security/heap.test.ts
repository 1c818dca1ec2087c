import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
import { createApiToken, listUsers, signOut } from '../../src/directory/contract.ts';
import { type Mailbox, openMailbox } from '../harness/mailbox.ts';
import { type SnapshotInstance, startSnapshotInstance } from '../harness/snapshot-instance.ts';
import { listenIn } from '../harness/tapped-fetch.ts';

const METRICS_TOKEN = 'Token-that-reads-metrics';

let mailbox: Mailbox;
let provider: SnapshotInstance;
let consumer: SnapshotInstance;
beforeAll(async () => {
  mailbox = await openMailbox();
  const mail = {
    LIAISE_MAIL: 'on',
    LIAISE_MAIL_URL: mailbox.url,
    LIAISE_MAIL_FROM: 'Service <service@provider.example>',
  };
  [provider, consumer] = await Promise.all([
    startSnapshotInstance('127.0.0.1', { ...mail, LIAISE_METRICS_TOKEN: METRICS_TOKEN }),
    startSnapshotInstance('localhost', { LIAISE_METRICS_TOKEN: METRICS_TOKEN }),
  ]);
}, 120_000);
afterAll(async () => {
  await Promise.all([provider?.remove(), consumer?.remove()]);
  await mailbox?.stop();
});

/** The spellings in which bytes end up in strings. */
const spellings = (secret: string | Uint8Array): string[] =>
  typeof secret === 'string'
    ? [secret, Buffer.from(secret).toString('base64')]
    : (['hex', 'base64', 'base64url'] as const).map((spelling) => Buffer.from(secret).toString(spelling));

const found = (place: Buffer | string, secrets: Readonly<Record<string, string | Uint8Array>>): string[] =>
  Object.entries(secrets).flatMap(([name, secret]) =>
    spellings(secret).some((text) => place.includes(text)) ? [name] : [],
  );

const metricsOf = async ({ origin }: SnapshotInstance): Promise<string> =>
  (await fetch(`${origin}/metrics`, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } })).text();

/**
 * What may be alive in memory: unwrapped keys as handles that cannot be exported, tokens for messages until they end, what
 * the settings say. What may not, once it has been used: anything by which a person or a peer proves who they are.
 */
test('E.4-12 T28 after a whole registration and sign-out no secret is left in the heap, and none stands in the metrics', {
  timeout: 120_000,
}, async () => {
  const tap = listenIn();
  const codes = await Promise.all([provider, consumer].map(({ instance }) => instance.firstAdministratorCode()));
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
  const { token } = await ada.api.call(createApiToken, { input: { name: 'a program', expiresInDays: 1 } as never });
  const program = await fetch(provider.origin + listUsers.path, { headers: { authorization: `Bearer ${token}` } });
  expect(program.status).toBe(200);
  await Promise.all([ada, carol].map(({ api }) => api.call(signOut, {})));

  const heard = tap.stop();
  const tokenIn = (text: string, member: string) => new RegExp(`[#&]${member}=([^&]+)`).exec(text)?.[1] ?? '';
  const secrets = {
    link,
    'the link’s secret': tokenIn(link, 's'),
    'the token of the sign-in link': tokenIn(await mailed('/welcome#'), 't'),
    ...{ 'code 1': codes[0] ?? '', 'code 2': codes[1] ?? '' },
    ...{ 'password 1': PROVIDER_ADMIN.password, 'password 2': CONSUMER_ADMIN.password, 'password 3': CONTACT.password },
    'the API token': token,
    'the root key of the provider': readFileSync(provider.rootKeyFile),
    'the root key of the consumer': readFileSync(consumer.rootKeyFile),
    ...heard,
  };
  expect(Object.values(secrets).every(({ length }) => length >= 16)).toBe(true);
  for (const at of [provider, consumer]) {
    const metrics = await metricsOf(at);
    expect(metrics).toContain('liaise_http_request_seconds');
    expect(found(metrics, { ...secrets, metrics: METRICS_TOKEN })).toEqual([]);
    const heap = await at.heap();
    expect(found(heap, secrets)).toEqual([]);
    // The search itself works: what the settings say is alive, and is found.
    expect(found(heap, { 'metrics token': METRICS_TOKEN })).toEqual(['metrics token']);
  }
});
