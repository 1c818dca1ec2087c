import { afterEach, expect, test } from 'vitest';
import {
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
import { readModule, rotateInOrder } from '../../src/keys/contract.ts';
import { closeTestInstances, openTestInstance } from '../harness/instances.ts';

afterEach(closeTestInstances);

test('KMF-15 a signing key in order: the peer looks the published successor up and says so, over a restart; then it is promoted at once', {
  timeout: 60_000,
}, async () => {
  const provider = await openTestInstance({ host: '127.0.0.1' });
  let consumer = await openTestInstance({ host: 'localhost' });
  const ada = await becomeFirstAdministrator(provider, PROVIDER_ADMIN);
  const carol = await becomeFirstAdministrator(consumer, CONSUMER_ADMIN);
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

  const latest = async () => {
    const { rotations } = await carol.api.call(readModule, { params: { name: 'sx.sign' } });
    return rotations[0];
  };
  await carol.api.call(rotateInOrder, { params: { name: 'sx.sign' }, input: { reason: 'as planned' } });
  await consumer.instance.keys.advanceRotations();
  expect((await latest())?.phase).toBe('observing');

  consumer = await consumer.reopen();
  const { manifestSeq } = consumer.instance.keys.identity();
  const { db } = consumer.instance.open;
  const held = () => db.selectFrom('link.manifest_seen').select('seq').executeTakeFirst();
  await until('the provider to hold the manifest with the successor', async () =>
    (await held())?.seq === manifestSeq ? true : undefined,
  );
  await consumer.instance.keys.advanceRotations();
  expect((await latest())?.phase).toBe('draining');
  const told = await provider.instance.open.db.selectFrom('link.peer').select('manifest_seq').executeTakeFirst();
  expect(told?.manifest_seq).toBe(manifestSeq);
});
