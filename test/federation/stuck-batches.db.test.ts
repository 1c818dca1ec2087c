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

const everythingReceipted = () =>
  until('everything to be receipted', async () =>
    (await messagesOf(consumer)).every(({ receipt }) => receipt !== null) ? true : undefined,
  );
/** The place `seq` of the consumer, once it holds another batch than `hash`. */
const sealedAnew = (seq: number, hash: string | null) =>
  until('the message to be signed anew', async () => {
    const message = (await messagesOf(consumer)).find((each) => each.seq === seq);
    return message?.hash === hash ? undefined : message;
  });
const batches = (lost: Lost) => ({ method: 'PUT', path: /\/lanes\/0\/batches\/\d+$/, lost });

/** Says something, the announcement of another key; the message that is on its way then. */
async function onItsWay(met: () => boolean) {
  await reportCompromised('sx.oauth.client');
  await until('a batch to be on its way', async () => (met() ? true : undefined));
  const waiting = (await messagesOf(consumer)).at(-1);
  if (waiting?.batch == null) throw new Error('nothing waits');
  return waiting;
}

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
    const old = await whileCut(provider, batches(lost), async (met) => {
      const waiting = await onItsWay(met);
      await reportCompromised('sx.sign');
      return waiting;
    });
    await everythingReceipted();
    const taken = (await messagesOf(consumer)).find(({ seq }) => seq === old.seq);
    // Nothing but the key it is stored with tells that it must not stay, however late it was stored.
    expect(taken?.signed_by).not.toBe(old.signed_by);
    expect(taken?.replaces).toEqual([old.hash]);
    const { last, given } = await lastPlace();
    expect(last?.seq).toBeGreaterThan(old.seq);
    expect([given.seq, given.hash]).toEqual([last?.seq, last?.hash]);
    expect([await statusOf(provider), await statusOf(consumer)]).toEqual(['active', 'active']);
  },
);

test('C.7 a key reported twice in a row, and only the first batch has arrived: the third names both and is taken for it', {
  timeout: 60_000,
}, async () => {
  const [first, second, third] = await whileCut(provider, batches('answer'), async (arrived) => {
    const arrives = await onItsWay(arrived);
    const { seq } = arrives;
    return whileCut(provider, batches('request'), async () => {
      await reportCompromised('sx.sign');
      const lost = await sealedAnew(seq, arrives.hash);
      await reportCompromised('sx.sign');
      return [arrives, lost, await sealedAnew(seq, lost.hash)] as const;
    });
  });
  expect(third.replaces).toEqual([first.hash, second.hash]);
  await everythingReceipted();
  expect((await messagesOf(consumer)).find(({ seq }) => seq === first.seq)?.hash).toBe(third.hash);
  // What was held of the first is kept.
  const kept = await provider.instance.open.db
    .selectFrom('link.replaced_receipt')
    .select(['hash', 'signed_by'])
    .where('seq', '=', first.seq)
    .execute();
  expect(kept).toContainEqual({ hash: first.hash, signed_by: first.signed_by });
  expect([await statusOf(provider), await statusOf(consumer)]).toEqual(['active', 'active']);
});
