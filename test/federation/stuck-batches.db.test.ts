import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Administrator,
  assignKeyManagementRoles,
  becomeFirstAdministrator,
  CONSUMER_ADMIN,
  CONTACT,
  consent,
  importLink,
  linkFromWorkNote,
  PROVIDER_ADMIN,
  prepareProvider,
  registerConsumer,
  saveCompany,
  waitForProviderConnection,
  waitForRegistration,
} from '../../src/demo/registration-story.ts';
import { until } from '../../src/demo/until.ts';
import { actOnKey, readModule } from '../../src/keys/contract.ts';
import { type Lost, whileCut } from '../harness/cut-requests.ts';
import { closeTestInstances, openTestInstance, type TestInstance } from '../harness/instances.ts';

let provider: TestInstance;
let consumer: TestInstance;
let carol: Administrator;
beforeAll(async () => {
  [provider, consumer] = await Promise.all([
    openTestInstance({ host: '127.0.0.1' }),
    openTestInstance({ host: 'localhost' }),
  ]);
  const ada = await becomeFirstAdministrator(provider, PROVIDER_ADMIN);
  carol = await becomeFirstAdministrator(consumer, CONSUMER_ADMIN);
  await Promise.all([assignKeyManagementRoles(ada), assignKeyManagementRoles(carol)]);
  const contact = await prepareProvider(ada, provider.origin, () => Promise.reject(new Error('mail is off')));
  const { number } = await registerConsumer(ada, contact, consumer.origin);
  await waitForRegistration(ada, number, 'open');
  const record = await importLink(carol, await linkFromWorkNote(ada, number));
  await saveCompany(carol, record.number);
  await waitForProviderConnection(carol, record.number, 'validated');
  await consent(carol, record.number, CONTACT);
  await waitForProviderConnection(carol, record.number, 'onboarded');
  await waitForRegistration(ada, number, 'closed-complete');
});
afterAll(closeTestInstances);

async function reportCompromised(name: 'sx.sign' | 'sx.oauth.client'): Promise<void> {
  const { activeVersion: version } = await carol.api.call(readModule, { params: { name } });
  const params = { name, version: version ?? 0, action: 'report-compromised' } as const;
  await carol.api.call(actOnKey, { params, input: { reason: 'found in a ticket' } });
}

const messagesOf = ({ instance }: TestInstance) =>
  instance.open.db.selectFrom('link.control_message').selectAll().orderBy('seq').execute();
const statusOf = async ({ instance }: TestInstance) =>
  (await instance.open.db.selectFrom('link.connection').selectAll().executeTakeFirstOrThrow()).status;

/** The last message of the consumer and what the provider holds for its place. */
async function lastPlace() {
  const last = (await messagesOf(consumer)).at(-1);
  const given = await provider.instance.open.db
    .selectFrom('link.control_receipt')
    .selectAll()
    .orderBy('seq', 'desc')
    .executeTakeFirstOrThrow();
  return { last, given };
}

test.each<[string, Lost]>([
  ['that never arrived', 'request'],
  ['that arrived, but whose receipt was lost', 'answer'],
])(
  'C.7 a message %s when its signing key was reported as compromised is signed anew and receipted; the chain goes on',
  async (_, lost) => {
    const cut = { method: 'PUT', path: /\/lanes\/0\/batches\/\d+$/, lost };
    const old = await whileCut(provider, cut, async (met) => {
      // Something to say: the announcement of another key.
      await reportCompromised('sx.oauth.client');
      await until('a batch to be on its way', async () => (met() ? true : undefined));
      const waiting = (await messagesOf(consumer)).at(-1);
      await reportCompromised('sx.sign');
      return waiting;
    });
    expect(old?.batch).not.toBeNull();
    await until('everything to be receipted', async () =>
      (await messagesOf(consumer)).every(({ receipt }) => receipt !== null) ? true : undefined,
    );
    const taken = (await messagesOf(consumer)).find(({ seq }) => seq === old?.seq);
    expect(taken?.hash).not.toBe(old?.hash);
    const { last, given } = await lastPlace();
    expect(last?.seq).toBeGreaterThan(old?.seq ?? 0);
    expect([given.seq, given.hash]).toEqual([last?.seq, last?.hash]);
    expect([await statusOf(provider), await statusOf(consumer)]).toEqual(['active', 'active']);
  },
);
