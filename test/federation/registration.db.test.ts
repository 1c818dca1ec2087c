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
import { getRegistration } from '../../src/provider/contract.ts';
import { closeTestInstances, openTestInstance } from '../harness/instances.ts';

afterEach(closeTestInstances);

test('REG-01 REG-34 REG-41 REG-61 REG-68 REG-75 CON-12 a registration is carried from Save to Closed Complete', async () => {
  const [provider, consumer] = await Promise.all([
    openTestInstance({ host: '127.0.0.1' }),
    openTestInstance({ host: 'localhost' }),
  ]);
  const ada = await becomeFirstAdministrator(provider, PROVIDER_ADMIN);
  const carol = await becomeFirstAdministrator(consumer, CONSUMER_ADMIN);
  await assignKeyManagementRoles(ada);
  const contact = await prepareProvider(ada, provider.origin, () => Promise.reject(new Error('mail is off')));
  const { number } = await registerConsumer(ada, contact, consumer.origin);
  await waitForRegistration(ada, number, 'open');
  const record = await importLink(carol, await linkFromWorkNote(ada, number));
  await saveCompany(carol, record.number);
  await waitForProviderConnection(carol, record.number, 'validated');
  await consent(carol, record.number, CONTACT);
  const onboarded = await waitForProviderConnection(carol, record.number, 'onboarded');
  await waitForRegistration(ada, number, 'closed-complete');
  const closed = await ada.api.call(getRegistration, { params: { number } });

  expect(closed.safetyNumber).toMatch(/^(\d{5} ){11}\d{5}$/);
  expect(onboarded.safetyNumber).toBe(closed.safetyNumber);
  expect(onboarded.connection).toMatchObject({ status: 'active', inbound: 'active', outbound: 'active' });
  expect(closed.attempt?.step).toBe('connected');
  expect(closed.link.state).toBe('used');
});
