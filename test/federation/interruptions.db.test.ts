import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectToProvider, retryProviderConnection } from '../../src/consumer/contract.ts';
import { PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import { readSession } from '../../src/directory/contract.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/kernel/index.ts';
import { type ConnectionId, deliverControl } from '../../src/link/index.ts';
import { transact } from '../../src/platform/db/index.ts';
import { retryRegistration } from '../../src/provider/contract.ts';
import { expireAttempts } from '../../src/provider/index.ts';
import {
  cancelAll,
  connect,
  consumerNotesOf,
  type Federation,
  notesOf,
  openFederation,
  providerConnectionOf,
  refusal,
  registrationOf,
  shiftedClock,
  signedIn,
} from '../harness/federation.ts';
import { closeTestInstances } from '../harness/instances.ts';
import {
  allow,
  bringTo,
  drain,
  NOTHING_PROVISIONAL,
  type OnTheWay,
  provisionalAt,
} from '../harness/onboarding-steps.ts';

const clock = shiftedClock();
let federation: Federation;

beforeAll(async () => {
  federation = await openFederation({ both: { clock, idle: true } });
});
afterEach(async () => {
  await cancelAll(federation);
  await pass(10 * SECOND_MS);
});
afterAll(closeTestInstances);

/** Time goes by without anything being done; people look in now and then, so that their sessions last. */
async function wait(milliseconds: number, people = [federation.ada, federation.carol]): Promise<void> {
  for (let left = milliseconds; left > 0; left -= 10 * HOUR_MS) {
    clock.move(Math.min(left, 10 * HOUR_MS));
    for (const { api } of people) await api.call(readSession, {});
  }
}

/** The periodic job that ends what nobody finished, and everything else that is due. */
async function workAtProvider(): Promise<void> {
  const { open, jobs } = federation.provider.instance;
  await transact(open.db, (tx) => jobs.send(tx, expireAttempts, {}));
  await jobs.drain();
}

/** Time goes by at both instances, and each does what falls due. */
async function pass(milliseconds: number): Promise<void> {
  await wait(milliseconds);
  for (let round = 0; round < 3; round += 1) {
    await workAtProvider();
    await drain(federation.consumer);
    clock.move(5 * SECOND_MS);
  }
}

async function restartProvider(): Promise<void> {
  const provider = await federation.provider.reopen();
  federation = { ...federation, provider, ada: await signedIn(provider, PROVIDER_ADMIN) };
}

async function expectBothFree({ number, record }: OnTheWay, reason: string): Promise<void> {
  const there = await registrationOf(federation, number);
  expect(there).toMatchObject({ state: 'open', attempt: { step: 'aborted' }, link: { state: 'live' } });
  expect(there.attempt?.reason).toContain(reason);
  expect((await notesOf(federation, number))[0]?.text).toContain('ended without a connection');
  const here = await providerConnectionOf(federation, record);
  expect(here).toMatchObject({ state: 'validated', attempt: { step: 'aborted' } });
  expect(here.attempt?.reason).toContain(reason);
  expect((await consumerNotesOf(federation, record))[0]?.text).toContain('ended without a connection');
  expect(await provisionalAt(federation.provider)).toEqual(NOTHING_PROVISIONAL);
  expect(await provisionalAt(federation.consumer)).toEqual(NOTHING_PROVISIONAL);
}

describe('nobody finishes', () => {
  test('REG-87 REG-77 the request that presented the link dies before its answer: Validated again after a minute, and the provider is told', async () => {
    const way = await bringTo(federation, 'claimed');
    await sql`update consumer.attempt set step = 'greeting', authorising_at = null, hello_ack = null,
      expires_at = greeting_at + interval '1 minute' where step = 'authorising'`.execute(
      federation.consumer.instance.open.db,
    );
    await pass(30 * SECOND_MS);
    expect((await providerConnectionOf(federation, way.record)).attempt).toMatchObject({ step: 'greeting' });
    await pass(30 * SECOND_MS);
    const here = await providerConnectionOf(federation, way.record);
    expect(here).toMatchObject({ state: 'validated', attempt: { step: 'aborted' } });
    expect(here.attempt?.reason).toContain('interrupted');
    expect((await registrationOf(federation, way.number)).attempt?.reason).toContain('The consumer ended the attempt');
  });

  test('REG-87 REG-77 nobody decides at the page for 15 minutes: Open and Validated again, with the reason', async () => {
    const way = await bringTo(federation, 'claimed');
    await pass(14 * MINUTE_MS);
    expect((await registrationOf(federation, way.number)).attempt).toMatchObject({ step: 'claimed' });
    await pass(MINUTE_MS);
    await expectBothFree(way, 'not finished in time');
  });

  test('REG-87 REG-77 the consumer does not come back with its code: after a day nothing hangs in Work in Progress', async () => {
    const way = await bringTo(federation, 'authorised');
    await wait(23 * HOUR_MS);
    await workAtProvider();
    expect(await registrationOf(federation, way.number)).toMatchObject({ state: 'work-in-progress' });
    await wait(HOUR_MS + MINUTE_MS);
    await workAtProvider();
    expect(await registrationOf(federation, way.number)).toMatchObject({ state: 'open' });
    await pass(SECOND_MS);
    await expectBothFree(way, 'not finished in time');
  });

  test('REG-87 REG-80 the provider falls silent between keys and proof: after a day the consumer lets go alone, and later both hold nothing', async () => {
    const way = await bringTo(federation, 'keyed');
    const { provider, consumer, carol } = federation;
    expect((await provisionalAt(provider)).connections).toBe(1);
    expect((await provisionalAt(consumer)).connections).toBe(1);
    await provider.stop();
    await wait(25 * HOUR_MS, [carol]);
    await drain(consumer);
    const here = await providerConnectionOf(federation, way.record);
    expect(here).toMatchObject({ state: 'validated', attempt: { step: 'aborted' } });
    expect(here.attempt?.reason).toContain('not finished in time');
    expect(await provisionalAt(consumer)).toEqual(NOTHING_PROVISIONAL);

    await restartProvider();
    await pass(5 * MINUTE_MS);
    expect(await registrationOf(federation, way.number)).toMatchObject({ state: 'open', attempt: { step: 'aborted' } });
    expect(await provisionalAt(federation.provider)).toEqual(NOTHING_PROVISIONAL);
  });
});

test('T17 REG-87 the lane forks while both directions are being proved: the attempt ends at both, with the reason', async () => {
  const way = await bringTo(federation, 'keyed');
  const { db } = federation.consumer.instance.open;
  // The consumer has sent its test. Its database is put back to before that, and the test goes out as another statement.
  expect((await sql`select from link.control_message where receipt is not null`.execute(db)).rows).toHaveLength(1);
  await sql`update link.control_message set batch = null, hash = null, receipt = null, receipted_at = null`.execute(db);
  await transact(db, async (tx) => {
    const { jobs } = federation.consumer.instance;
    const [connection] = (await sql<{ id: ConnectionId }>`select id from link.connection`.execute(tx)).rows;
    if (connection !== undefined) await jobs.send(tx, deliverControl, { connectionId: connection.id });
  });
  await pass(SECOND_MS);
  const there = await registrationOf(federation, way.number);
  expect(there).toMatchObject({ state: 'open', attempt: { step: 'aborted' } });
  expect((await notesOf(federation, way.number)).map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/was suspended.*message 1 that differs/),
  );
  const here = await providerConnectionOf(federation, way.record);
  expect(here).toMatchObject({ state: 'validated', attempt: { step: 'aborted' } });
  expect(here.attempt?.reason).toContain('under one number');
  expect(await provisionalAt(federation.provider)).toEqual(NOTHING_PROVISIONAL);
  expect(await provisionalAt(federation.consumer)).toEqual(NOTHING_PROVISIONAL);
});

describe('away for a while', () => {
  test('REG-77 the provider does not answer when Connect is chosen: said so, Validated again', async () => {
    const { record } = await bringTo(federation, 'validated');
    await federation.provider.stop();
    const problem = await refusal(federation.carol.api.call(connectToProvider, { params: { number: record } }));
    await restartProvider();
    expect(problem).toMatchObject({ status: 502, type: 'consumer/provider-unreachable' });
    const after = await providerConnectionOf(federation, record);
    expect(after).toMatchObject({ state: 'validated', attempt: { number: 1, step: 'aborted' } });
    expect(after.attempt?.reason).toContain('did not answer');
  });

  test('REG-80 CON-11 connecting once more takes the place of the attempt before, which leaves nothing', async () => {
    const { number, record } = await bringTo(federation, 'claimed');
    const page = await connect(federation, record);
    expect(page.status).toBe(200);
    expect((await registrationOf(federation, number)).attempt).toMatchObject({ number: 2, step: 'claimed' });
    expect((await provisionalAt(federation.provider)).clients).toBe(1);
    expect((await notesOf(federation, number))[0]?.text).toContain('newer attempt');

    // The browser lands on the record, where the progress is shown.
    const landed = await allow(federation, page);
    expect(landed.url.href).toBe(`${federation.consumer.origin}/provider-connections/${record}`);
    const busy = await refusal(federation.carol.api.call(connectToProvider, { params: { number: record } }));
    expect(busy).toMatchObject({ status: 409, type: 'consumer/provider-connection-state' });
  });
});

test('REG-87 REG-76 the provider goes away after the consent, the consumer before the commit is acknowledged: retried until both are connected', async () => {
  // On real time, as the OAuth libraries are; and the last of the file, since it ends connected.
  await closeTestInstances();
  federation = await openFederation({ both: { idle: true } });
  const { number, record } = await bringTo(federation, 'authorised');
  await federation.provider.stop();
  await drain(federation.consumer);
  expect(await providerConnectionOf(federation, record)).toMatchObject({
    state: 'connecting',
    attempt: { step: 'redeeming' },
  });
  await restartProvider();
  await federation.carol.api.call(retryProviderConnection, { params: { number: record } });
  await drain(federation.consumer);
  expect((await registrationOf(federation, number)).attempt).toMatchObject({ step: 'keyed' });

  await federation.ada.api.call(retryRegistration, { params: { number } });
  for (let round = 0; round < 4; round += 1) {
    if ((await registrationOf(federation, number)).attempt?.step !== 'keyed') break;
    await drain(federation.provider);
    await drain(federation.consumer);
  }
  expect((await registrationOf(federation, number)).attempt).toMatchObject({ step: 'committed' });
  await federation.consumer.stop();
  await drain(federation.provider);
  expect(await registrationOf(federation, number)).toMatchObject({ state: 'work-in-progress' });
  federation = { ...federation, consumer: await federation.consumer.reopen() };
  await federation.ada.api.call(retryRegistration, { params: { number } });
  await drain(federation.provider);
  expect(await registrationOf(federation, number)).toMatchObject({ state: 'closed-complete' });
  expect(await providerConnectionOf(federation, record)).toMatchObject({ state: 'onboarded' });
});
