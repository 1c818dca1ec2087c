import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { importRegistrationLink } from '../../src/consumer/contract.ts';
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
import { closeTestInstances, openTestInstance, type TestInstance } from '../harness/instances.ts';

afterEach(closeTestInstances);

async function prepared() {
  const [provider, consumer] = await Promise.all([
    openTestInstance({ host: '127.0.0.1' }),
    openTestInstance({ host: 'localhost' }),
  ]);
  const ada = await becomeFirstAdministrator(provider, PROVIDER_ADMIN);
  const carol = await becomeFirstAdministrator(consumer, CONSUMER_ADMIN);
  await Promise.all([assignKeyManagementRoles(ada), assignKeyManagementRoles(carol)]);
  const contact = await prepareProvider(ada, provider.origin, () => Promise.reject(new Error('mail is off')));
  const { number } = await registerConsumer(ada, contact, consumer.origin);
  await waitForRegistration(ada, number, 'open');
  return { provider, consumer, ada, carol, number };
}

async function connect(ada: Administrator, carol: Administrator, number: string): Promise<void> {
  const record = await importLink(carol, await linkFromWorkNote(ada, number));
  await saveCompany(carol, record.number);
  await waitForProviderConnection(carol, record.number, 'validated');
  await consent(carol, record.number, CONTACT);
  await waitForProviderConnection(carol, record.number, 'onboarded');
  await waitForRegistration(ada, number, 'closed-complete');
}

const report = (by: Administrator, name: 'sx.sign' | 'sx.oauth.client') =>
  by.api.call(actOnKey, {
    params: { name, version: 1, action: 'report-compromised' },
    input: { reason: 'found in a ticket' },
  });

async function rows<Row>(at: TestInstance, statement: string): Promise<Row[]> {
  return (await sql.raw<Row>(statement).execute(at.instance.open.db)).rows;
}

test('compromised keys of a connected consumer: one action each, and the provider refuses them after their next contact', {
  timeout: 60_000,
}, async () => {
  const { provider, consumer, ada, carol, number } = await prepared();
  await connect(ada, carol, number);
  const [attempt] = await rows<{ prepared: string; registration: string }>(
    consumer,
    `select a.prepared, p.registration_id as registration from consumer.attempt a
     join consumer.provider_connection p on p.id = a.provider_connection_id`,
  );
  const repeat = () =>
    fetch(`${provider.origin}/sx/v1/onboard/${attempt?.registration}/prepared`, {
      method: 'POST',
      headers: { 'content-type': 'application/jose' },
      body: attempt?.prepared ?? '',
    });
  expect((await repeat()).status).toBe(200);

  const [sign, client] = [await report(carol, 'sx.sign'), await report(carol, 'sx.oauth.client')];
  const heard = await until('the provider to hear of both', async () => {
    const entries = await rows<{ kid: string }>(
      provider,
      "select detail->>'kid' as kid from audit.entry where event = 'link.peer-key-revoked'",
    );
    return entries.length >= 2 ? entries : undefined;
  });
  expect(heard.map(({ kid }) => kid).toSorted()).toEqual([sign.kid, client.kid].toSorted());
  expect((await repeat()).status).toBe(403);
  const { keys } = await carol.api.call(readModule, { params: { name: 'sx.oauth.client' } });
  const active = keys.find(({ state }) => state === 'active');
  const [held] = await rows<{ keys: { kid: string }[] }>(
    provider,
    "select keys from access.client where phase = 'keyed'",
  );
  expect(held?.keys.map(({ kid }) => kid)).toEqual([active?.kid]);
  // Both announcements have arrived, the second under keys that the provider had to look up.
  await until('every message to be receipted', async () => {
    const waiting = await rows(consumer, 'select 1 from link.control_message where receipt is null');
    return waiting.length === 0 ? true : undefined;
  });
});

test('a compromised key of the provider: its open registration gets a new link, the old one is refused', async () => {
  const { ada, carol, number } = await prepared();
  const old = await linkFromWorkNote(ada, number);
  await report(ada, 'sx.sign');
  const renewed = await until('a new link', async () => {
    const link = await linkFromWorkNote(ada, number).catch(() => old);
    return link === old ? undefined : link;
  });
  await expect(carol.api.call(importRegistrationLink, { input: { code: old } })).rejects.toMatchObject({
    message: expect.stringContaining('not what the provider signed'),
  });
  expect(renewed).not.toBe(old);
  await connect(ada, carol, number);
});
