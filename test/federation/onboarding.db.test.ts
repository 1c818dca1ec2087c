import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAudit } from '../../src/audit/contract.ts';
import {
  confirmProviderConnectionSafetyNumber,
  connectToProvider,
  saveProviderConnection,
} from '../../src/consumer/contract.ts';
import {
  type Administrator,
  becomeFirstAdministrator,
  CONSUMER_ADMIN,
  consent,
  waitForProviderConnection,
  waitForRegistration,
} from '../../src/demo/registration-story.ts';
import { createCompany } from '../../src/directory/contract.ts';
import { type ConnectionId, deliverControl } from '../../src/link/index.ts';
import { transact } from '../../src/platform/db/index.ts';
import {
  cancelRegistration,
  changeRegistration,
  confirmRegistrationSafetyNumber,
  getConsumerConnection,
  listConsumerConnections,
  regenerateLink,
  retryRegistration,
  setUpProvider,
} from '../../src/provider/contract.ts';
import {
  consumerNotesOf,
  eventually,
  type Federation,
  importCode,
  issuesOf,
  newParty,
  newPerson,
  notesOf,
  openFederation,
  openRegistration,
  providerConnectionOf,
  refusal,
  register,
  registrationOf,
  validateAtConsumer,
} from '../harness/federation.ts';
import { closeTestInstances, openTestInstance, type TestInstance } from '../harness/instances.ts';

let federation: Federation;
/** A second consumer of the same provider, Fabrikam, that connects at the same moment. */
let fabrikam: Federation;
let done: { number: string; link: string; record: string };
let theirs: { number: string; link: string; record: string };

async function carryThrough(of: Federation): Promise<typeof done> {
  const { number, link } = await openRegistration(of);
  const record = await validateAtConsumer(of, link);
  await consent(of.carol, record, of.contoso.contact);
  await waitForProviderConnection(of.carol, record, 'onboarded');
  await waitForRegistration(of.ada, number, 'closed-complete');
  return { number, link, record };
}

beforeAll(async () => {
  federation = await openFederation();
  const consumer = await openTestInstance({ host: 'localhost' });
  const carol = await becomeFirstAdministrator(consumer, CONSUMER_ADMIN);
  const party = await newParty(federation.provider, federation.ada, 'frank.fabrikam');
  const { id: northwind } = await carol.api.call(createCompany, { input: { name: 'Northwind, for Fabrikam' } });
  fabrikam = { ...federation, consumer, carol, contoso: party, northwind };
  [done, theirs] = await Promise.all([carryThrough(federation), carryThrough(fabrikam)]);
});
afterAll(closeTestInstances);

type Left = {
  connections: { id: string; side: string; status: string; peer: string; account: string; client: string }[];
  accounts: string[];
  clients: { id: string; phase: string; owner: string }[];
};

/** What stands in the tables of one instance when all is done. */
async function leftAt({ instance }: TestInstance): Promise<Left> {
  const { db } = instance.open;
  const connections = await sql<Left['connections'][number]>`select id, side, status, peer_instance_id as peer,
    service_account as account, local_client_id as client from link.connection order by id`.execute(db);
  const accounts = await sql<{ name: string }>`select name from access.service_account order by name`.execute(db);
  const clients = await sql<Left['clients'][number]>`select client_id as id, phase, owner_id as owner
    from access.client order by client_id`.execute(db);
  return { connections: connections.rows, accounts: accounts.rows.map(({ name }) => name), clients: clients.rows };
}

describe('when it is done', () => {
  test('REG-01 REG-72 REG-73 CON-12 CON-14 each side has one connection, one account sb_user… and one keyed client for the other', async () => {
    const there = await leftAt(federation.provider);
    const here = await leftAt(federation.consumer);
    expect(here.connections).toMatchObject([{ side: 'consumer', status: 'active' }]);
    const [connection] = here.connections;
    const same = there.connections.find(({ id }) => id === connection?.id);
    expect(same).toMatchObject({ side: 'provider', status: 'active' });
    expect([there.accounts.length, here.accounts.length]).toEqual([2, 1]);
    for (const name of [...there.accounts, ...here.accounts]) expect(name).toMatch(/^sb_user_[0-9a-f]{32}$/);
    expect(here.accounts).toEqual([connection?.account]);
    expect(there.accounts).toContain(same?.account);
    expect(here.clients).toEqual([{ id: connection?.client, phase: 'keyed', owner: connection?.id }]);
    expect(there.clients).toContainEqual({ id: same?.client, phase: 'keyed', owner: same?.id });

    const { connection: ours } = await providerConnectionOf(federation, done.record);
    expect(ours).toMatchObject({ status: 'active', inbound: 'active', outbound: 'active' });
  });

  test('REG-74 REG-75 the registration is Closed Complete, its connection stands under Consumers with the settings of both', async () => {
    const { ada, consumer, contoso } = federation;
    const closed = await registrationOf(federation, done.number);
    expect(closed).toMatchObject({ state: 'closed-complete', link: { state: 'used' }, attempt: { step: 'connected' } });
    expect(closed.attempt?.reached.map(({ step }) => step)).toEqual([
      'claimed',
      'authorised',
      'keyed',
      'committed',
      'connected',
    ]);
    const number = closed.connection ?? '';
    const listed = await ada.api.call(listConsumerConnections, { query: {} });
    expect(listed.items.map((item) => item.number)).toContain(number);
    const shown = await ada.api.call(getConsumerConnection, { params: { number } });
    expect(shown).toMatchObject({
      registration: done.number,
      company: { id: contoso.companyId },
      connection: {
        status: 'active',
        inbound: 'active',
        outbound: 'active',
        peer: { origin: consumer.origin },
        safetyNumber: closed.safetyNumber,
      },
    });
    const here = await providerConnectionOf(federation, done.record);
    expect(here.connection?.settings.theirs).toEqual(shown.connection.settings.ours);
    expect(shown.connection.settings.theirs).toEqual(here.connection?.settings.ours);
    expect(shown.connection.peer.version).not.toBeNull();
    expect((await notesOf(federation, done.number))[0]?.text).toContain(number);
  });

  test('REG-69 REG-71 the provider keeps no token of the consent and no secret of the attempt', async () => {
    const { rows } = await sql<{ secrets: number; tokens: number; invitations: number }>`select
      (select count(*)::int from provider.attempt where sealed_secret is not null) as secrets,
      (select count(*)::int from access.oauth_record where model in ('AuthorizationCode', 'PushedAuthorizationRequest')
        and consumed_at is null) as tokens,
      (select count(*)::int from provider.invitation where sealed_secret is not null) as invitations
    `.execute(federation.provider.instance.open.db);
    expect(rows).toEqual([{ secrets: 0, tokens: 0, invitations: 0 }]);
    const consumer = await sql<{ secrets: number; links: number }>`select
      (select count(*)::int from consumer.attempt where sealed_secrets is not null) as secrets,
      (select count(*)::int from consumer.provider_connection where sealed_secret is not null) as links
    `.execute(federation.consumer.instance.open.db);
    expect(consumer.rows).toEqual([{ secrets: 0, links: 0 }]);
  });

  test('REG-81 two that connected at the same moment share nothing but the provider', async () => {
    const there = await leftAt(federation.provider);
    expect(there.connections).toHaveLength(2);
    expect(there.clients).toHaveLength(2);
    const sides = await Promise.all(
      [
        [federation, done],
        [fabrikam, theirs],
      ].map(async ([of, run]) => {
        const own = of as Federation;
        const { number, record } = run as typeof done;
        const registration = await registrationOf(own, number);
        const here = await providerConnectionOf(own, record);
        const left = await leftAt(own.consumer);
        expect(registration.safetyNumber).toBe(here.safetyNumber);
        expect(left.connections).toHaveLength(1);
        expect(left.clients).toHaveLength(1);
        const mine = there.connections.find(({ id }) => id === left.connections[0]?.id);
        expect(mine?.peer).toBe(registration.instanceId);
        expect(there.clients.find(({ owner }) => owner === mine?.id)?.id).toContain(mine?.client ?? '?');
        return [registration.safetyNumber, registration.connection, mine?.id, mine?.client, mine?.account];
      }),
    );
    for (const [index, value] of (sides[0] ?? []).entries()) expect(sides[1]?.[index]).not.toBe(value);
  });
});

describe('afterwards', () => {
  test('ST-01 a Closed Complete registration is neither cancelled nor renewed nor given to somebody else', async () => {
    const { provider, ada, contoso } = federation;
    const params = { number: done.number };
    const dave = await newPerson(provider, ada, { username: 'dave.late', companyId: contoso.companyId });
    const before = await registrationOf(federation, done.number);
    for (const event of [
      () => ada.api.call(cancelRegistration, { params }),
      () => ada.api.call(regenerateLink, { params }),
      () => ada.api.call(changeRegistration, { params, input: { contactId: dave.id, grantConsumerRole: true } }),
    ])
      expect(await refusal(event())).toMatchObject({ status: 409, type: 'provider/registration-state' });
    await ada.api.call(retryRegistration, { params });
    expect(await registrationOf(federation, done.number)).toEqual(before);
  });

  test('REG-46 CON-02 the used link opens the onboarded record and starts nothing', async () => {
    const { carol, northwind } = federation;
    const before = await providerConnectionOf(federation, done.record);
    // Opening it again visits the provider, which is noted; nothing else is.
    const health = { ...before.connection?.health, seenAt: expect.any(String), skewMs: expect.any(Number) };
    expect(await importCode(federation, done.link)).toEqual({
      ...before,
      connection: { ...before.connection, health },
    });
    const params = { number: done.record };
    for (const event of [
      () => carol.api.call(connectToProvider, { params }),
      () => carol.api.call(saveProviderConnection, { params, input: { companyId: northwind } }),
    ])
      expect(await refusal(event())).toMatchObject({ status: 409, type: 'consumer/provider-connection-state' });
    expect(await providerConnectionOf(federation, done.record)).toEqual({
      ...before,
      connection: { ...before.connection, health },
    });
  });

  test('CON-13 REG-27 OQ-29 the same consumer cannot be registered again: not for its company, and for another one it fails naming the first', async () => {
    const { provider, consumer, ada, contoso } = federation;
    const duplicate = await refusal(register(federation, contoso, consumer.origin));
    expect(duplicate).toMatchObject({ status: 409, type: 'provider/registration-duplicate' });
    const other = await newParty(provider, ada, 'erin.elsewhere');
    const second = await register(federation, other, consumer.origin);
    await waitForRegistration(ada, second.number, 'validation-failed');
    const [issue] = await issuesOf(ada, second.number);
    expect(issue).toMatchObject({ check: { id: 'NET-05' } });
    expect(issue?.message).toContain(done.number);
    await ada.api.call(cancelRegistration, { params: { number: second.number } });
  });

  test('PRV-10 CHK-11 one instance is a provider and a consumer at the same time', async () => {
    const { consumer, carol } = federation;
    await carol.api.call(setUpProvider, { input: { name: 'Contoso-Services' } });
    const third = await openTestInstance({ host: 'localhost' });
    const owner: Administrator = await becomeFirstAdministrator(third, CONSUMER_ADMIN);
    const party = await newParty(consumer, carol, 'tina.third');
    const { id } = await owner.api.call(createCompany, { input: { name: 'Contoso' } });
    const chain: Federation = {
      provider: consumer,
      consumer: third,
      ada: carol,
      carol: owner,
      contoso: party,
      northwind: id,
    };
    const { number } = await carryThrough(chain);
    const checks = (await registrationOf(chain, number)).validation?.checks ?? [];
    expect(checks.find((check) => check.id === 'CHK-11')).toMatchObject({ outcome: 'passed' });
    expect((await providerConnectionOf(federation, done.record)).connection?.status).toBe('active');
  });

  test('T17 E.4-37 a consumer put back to an older state forks the lane: suspended on both sides, and both records say why', async () => {
    const { open, jobs } = fabrikam.consumer.instance;
    const { rows } = await sql<{ id: ConnectionId }>`select id from link.connection`.execute(open.db);
    const connectionId = rows[0]?.id as ConnectionId;
    // What a backup from before the last message would hold: it is sealed and sent once more, as another statement.
    await sql`update link.control_message set batch = null, hash = null, receipt = null, receipted_at = null
      where seq = (select max(seq) from link.control_message)`.execute(open.db);
    await transact(open.db, (tx) => jobs.send(tx, deliverControl, { connectionId }));

    await eventually(
      'the consumer to suspend the connection',
      () => providerConnectionOf(fabrikam, theirs.record),
      ({ connection }) => connection?.status === 'suspended',
    );
    const { connection: number } = await registrationOf(fabrikam, theirs.number);
    const there = await fabrikam.ada.api.call(getConsumerConnection, { params: { number: number ?? '' } });
    expect(there.connection.status).toBe('suspended');
    expect((await notesOf(fabrikam, theirs.number))[0]?.text).toMatch(/was suspended.*sent a message \d that differs/);
    expect((await consumerNotesOf(fabrikam, theirs.record))[0]?.text).toMatch(/was suspended.*has another message \d/);
    // Nobody else's connection is touched.
    expect((await providerConnectionOf(federation, done.record)).connection?.status).toBe('active');
  });
});

test('who compared the safety number by phone, and when, stands on both records, in their activity and in the audit', async () => {
  const { ada, carol } = federation;
  const { number, record } = done;
  const before = await registrationOf(federation, number);
  const digits = before.safetyNumber ?? '';
  expect(before.safetyComparison).toBeNull();
  const input = { safetyNumber: digits.replace(/\s/g, '') };
  const wrong = { safetyNumber: digits.split('').reverse().join('') };
  expect(
    await refusal(ada.api.call(confirmRegistrationSafetyNumber, { params: { number }, input: wrong })),
  ).toMatchObject({
    status: 409,
    type: 'kernel/conflict',
  });
  const here = await ada.api.call(confirmRegistrationSafetyNumber, { params: { number }, input });
  expect(here.safetyComparison).toEqual({ by: 'ada', at: expect.any(String) });
  expect((await notesOf(federation, number))[0]).toMatchObject({ kind: 'workNote', author: 'ada' });
  // One side's word is not the other's.
  expect((await providerConnectionOf(federation, record)).safetyComparison).toBeNull();
  const there = await carol.api.call(confirmProviderConnectionSafetyNumber, { params: { number: record }, input });
  expect(there.safetyComparison).toMatchObject({ by: 'carol' });
  expect((await consumerNotesOf(federation, record))[0]).toMatchObject({ kind: 'workNote', author: 'carol' });
  for (const [{ api }, event] of [
    [ada, 'provider.safety-number-compared'],
    [carol, 'consumer.safety-number-compared'],
  ] as const)
    expect((await api.call(listAudit, { query: { event } })).items).toMatchObject([{ outcome: 'done' }]);
});

test('a connection tells what was heard of the other side: its key list, and lane 0 in both directions', async () => {
  const { connection } = await providerConnectionOf(federation, done.record);
  expect(connection?.health).toMatchObject({
    manifestSeq: expect.any(Number),
    seenAt: expect.any(String),
    confirmedAt: expect.any(String),
    receivedAt: expect.any(String),
  });
  expect(connection?.health.sent).toBe(connection?.health.confirmed);
  expect(connection?.health.received).toBeGreaterThanOrEqual(2);
});
