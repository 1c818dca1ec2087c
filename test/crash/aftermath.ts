import { expect } from 'vitest';
import { connectionIsLive } from '../../src/consumer/index.ts';
import { DAY_MS, later, systemClock } from '../../src/kernel/index.ts';
import { staleChecks } from '../../src/link/index.ts';
import { type Db, openDatabase } from '../../src/platform/db/index.ts';
import { ownedRecords } from '../../src/provider/index.ts';
import type { CrashSide } from '../harness/crash-side.ts';
import { onServer } from '../harness/postgres-server.ts';
import type { CrashPair } from './crash-pair.ts';
import { type Numbers, recordOf, registrationOf } from './onboard.ts';

type Rows = readonly Record<string, unknown>[];

/** Looks into an instance's tables over a connection of the test's own; the embedded database is lent by nobody, so it stops first. */
async function look(side: CrashSide, questions: Record<string, string>): Promise<Record<string, unknown[]>> {
  const { databaseUrl } = side;
  const values = (rows: Rows) => rows.map((row) => Object.values(row)[0]);
  if (databaseUrl !== undefined) {
    return onServer(databaseUrl, async (client) => {
      const found: Record<string, unknown[]> = {};
      for (const [name, sql] of Object.entries(questions)) found[name] = values((await client.query(sql)).rows);
      return found;
    });
  }
  await side.stop();
  const open = await openDatabase({ dataDir: side.dataDir });
  const found: Record<string, unknown[]> = {};
  for (const [name, sql] of Object.entries(questions)) found[name] = values((await open.executeSql(sql)).rows as Rows);
  await open.close();
  return found;
}

/** The same on both sides: one connection with its client, its account, its keys and its proof, and nothing else. */
const ofBothSides = {
  connections: 'select status from link.connection',
  clients: `select client.phase from access.client
    join link.connection on connection.local_client_id = client.client_id and client.owner_kind = 'connection' and client.owner_id = connection.id`,
  strayClients: `select client_id from access.client where client_id not in (select local_client_id from link.connection)`,
  accounts: `select count(*)::int from access.service_account
    join link.connection on owner_kind = 'connection' and service_account.owner_id = id and name = service_account`,
  strayAccounts: 'select name from access.service_account where owner_id not in (select id from link.connection)',
  strayGrants: `select model from access.oauth_record where client_id is not null
    and client_id not in (select client_id from access.client)`,
  trafficKeys: 'select label from link.traffic_secret order by label',
  sent: 'select (receipt is not null and batch is null) from link.control_message order by seq',
  accepted: 'select seq from link.control_receipt order by seq',
  settings: 'select settings_theirs is not null from link.connection',
  failedJobs: `select name from pgboss.job where state = 'failed'`,
} as const;

const connectedSide = {
  connections: ['active'],
  clients: ['keyed'],
  strayClients: [],
  accounts: [1],
  strayAccounts: [],
  strayGrants: [],
  trafficKeys: ['c2p', 'p2c', 'ratchet'],
  sent: [true, true],
  accepted: [1, 2],
  settings: [true],
  failedJobs: [],
};

/** Whatever happened on the way: connected, once, on both sides alike, and nothing of any attempt left behind. */
export async function expectConnectedOnce(pair: CrashPair, { registration, record }: Numbers): Promise<void> {
  const closed = await registrationOf(pair, registration);
  const onboarded = await recordOf(pair, record);
  expect(closed.safetyNumber).toMatch(/^(\d{5} ){11}\d{5}$/);
  expect(onboarded.safetyNumber).toBe(closed.safetyNumber);
  expect(onboarded.connection).toMatchObject({ status: 'active', inbound: 'active', outbound: 'active' });
  expect(closed.attempt?.number).toBe(onboarded.attempt?.number);

  const provider = await look(pair.provider, {
    ...ofBothSides,
    connection: 'select id from link.connection',
    registration: `select state from provider.registration where number = '${registration}'`,
    liveAttempts: `select step from provider.attempt where step <> 'aborted'`,
    attemptSecrets: `select number from provider.attempt where sealed_secret is not null`,
    strayAttempts: `select number from provider.attempt where step = 'aborted' and connection_id is not null`,
    links: `select invitation.state from provider.invitation join provider.registration on id = registration_id
      where number = '${registration}' and generation = link_generation`,
    linkSecrets: 'select jti from provider.invitation where sealed_secret is not null',
    consumers: `select connection_id = (select id from link.connection) from provider.consumer_connection`,
    closingNotes: `select count(*)::int from link.activity where record = '${registration}' and body like 'Closed Complete%'`,
  });
  const consumer = await look(pair.consumer, {
    ...ofBothSides,
    connection: 'select id from link.connection',
    record: `select state from consumer.provider_connection where number = '${record}'`,
    liveAttempts: `select step from consumer.attempt where step <> 'aborted'`,
    attemptSecrets: `select number from consumer.attempt where sealed_secrets is not null`,
    strayAttempts: `select number from consumer.attempt where step = 'aborted' and connection_id is not null`,
    linkSecrets: `select sealed_secret from consumer.provider_connection where number = '${record}'`,
    closingNotes: `select count(*)::int from link.activity where record = '${record}' and body like 'Onboarded%'`,
  });
  const { connection: theirs, ...ofProvider } = provider;
  const { connection: ours, ...ofConsumer } = consumer;
  expect(ofProvider).toEqual({
    ...connectedSide,
    registration: ['closed-complete'],
    liveAttempts: ['connected'],
    attemptSecrets: [],
    strayAttempts: [],
    links: ['used'],
    linkSecrets: [],
    consumers: [true],
    closingNotes: [1],
  });
  expect(ofConsumer).toEqual({
    ...connectedSide,
    record: ['onboarded'],
    liveAttempts: ['connected'],
    attemptSecrets: [],
    strayAttempts: [],
    linkSecrets: [null],
    closingNotes: [1],
  });
  expect(ours).toEqual(theirs);
}

/** The stale checks of both instances, a month later: they overlook what is younger than a day. */
export async function expectNothingStale({ provider, consumer }: CrashPair): Promise<void> {
  for (const { databaseUrl } of [provider, consumer]) {
    const open = await openDatabase({ url: databaseUrl ?? '' });
    try {
      expect(await staleFindings(open.db)).toEqual([]);
    } finally {
      await open.close();
    }
  }
}

async function staleFindings(db: Db): Promise<unknown[]> {
  const records = ownedRecords(db);
  const checks = staleChecks({
    db,
    clock: { now: () => later(systemClock.now(), 30 * DAY_MS) },
    ownerIsLive: (connection) =>
      connection.side === 'provider' ? records.connectionIsLive(connection) : connectionIsLive(db, connection),
    recordIsLive: records.clientIsLive,
  });
  const subject = { kind: 'instance', id: 'instance', label: 'This instance' } as const;
  const { signal } = new AbortController();
  return (
    await Promise.all(Object.values(checks).map((check) => check.run({ side: 'provider', subject, signal })))
  ).flat();
}
