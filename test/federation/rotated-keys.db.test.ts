import { afterEach, expect, test } from 'vitest';
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
import { systemClock, systemRandom } from '../../src/kernel/index.ts';
import { actOnKey, readModule } from '../../src/keys/contract.ts';
import { openFromPeer, postStatement } from '../../src/link/index.ts';
import { createPeerFetch } from '../../src/platform/peer-fetch/index.ts';
import { claimsFor, signStatement } from '../../src/protocol/index.ts';
import { closeTestInstances, openTestInstance, type TestInstance } from '../harness/instances.ts';

afterEach(closeTestInstances);

const MODULES = ['sx.sign', 'sx.oauth.client', 'sx.oauth.as', 'sx.invite', 'sx.session'] as const;

/** Replaces the active key of every module that statements, tokens and stored secrets rest on, one after the other. */
async function rotateAll({ api }: Administrator): Promise<void> {
  for (const name of MODULES) {
    const { activeVersion: version } = await api.call(readModule, { params: { name } });
    const params = { name, version: version ?? 0, action: 'rotate' } as const;
    await api.call(actOnKey, { params, input: { reason: 'in the middle of things' } });
  }
}

/** A statement each way: signed by one, answered and signed by the other, opened with the keys that are on file for it. */
async function exchange(from: TestInstance, to: TestInstance): Promise<boolean> {
  const { keys, open } = from.instance;
  const peerFetch = createPeerFetch({
    kind: 'non-production',
    allowCidrs: ['127.0.0.0/8', '::1/128'],
    clock: systemClock,
    log: { debug: () => undefined, warn: () => undefined } as never,
  });
  const deps = { db: open.db, clock: systemClock, peerFetch };
  const parties = { issuer: keys.identity().id, audience: to.instance.keys.identity().id };
  const nonce = systemRandom.bytes(32).toString('base64url');
  const probe = await signStatement(keys.as('service:link').signer('sx.sign'), 'probe', {
    ...claimsFor('probe', { ...parties, now: systemClock.now(), random: systemRandom }),
    nonce,
  });
  const answer = await postStatement(deps, new URL('/sx/v1/probe', to.origin), probe);
  const opened =
    answer.ok &&
    (await openFromPeer(deps, 'probeAck', answer.value, { issuer: parties.audience, audience: parties.issuer }));
  await peerFetch.close();
  return opened !== false && opened.ok && opened.value.nonce === nonce;
}

test('KMF-15 all keys are rotated again and again while registrations and 200 signed statements are in flight: none lost, none refused', {
  timeout: 120_000,
}, async () => {
  const [provider, ...consumers] = await Promise.all([
    openTestInstance({ host: '127.0.0.1' }),
    openTestInstance({ host: 'localhost' }),
    openTestInstance({ host: 'localhost' }),
  ]);
  const ada = await becomeFirstAdministrator(provider, PROVIDER_ADMIN);
  await assignKeyManagementRoles(ada);
  const contact = await prepareProvider(ada, provider.origin, () => Promise.reject(new Error('mail is off')));
  // One after the other: a round begins with the versions that the round before has left.
  let rounds = Promise.resolve();
  const rotateProvider = (): Promise<void> => {
    rounds = rounds.then(() => rotateAll(ada));
    return rounds;
  };

  const registration = async (consumer: TestInstance): Promise<void> => {
    const carol = await becomeFirstAdministrator(consumer, CONSUMER_ADMIN);
    await assignKeyManagementRoles(carol);
    const { number } = await registerConsumer(ada, contact, consumer.origin);
    await waitForRegistration(ada, number, 'open');
    await Promise.all([rotateAll(carol), rotateProvider()]);
    const record = await importLink(carol, await linkFromWorkNote(ada, number));
    await saveCompany(carol, record.number);
    await waitForProviderConnection(carol, record.number, 'validated');
    await Promise.all([rotateAll(carol), rotateProvider(), consent(carol, record.number, CONTACT)]);
    await Promise.all([rotateAll(carol), rotateProvider()]);
    await waitForProviderConnection(carol, record.number, 'onboarded');
    await waitForRegistration(ada, number, 'closed-complete');
  };
  const stream = async (): Promise<boolean[]> => {
    const known: boolean[] = [];
    for (let sent = 0; sent < 200; sent += 8) {
      const batch = Array.from({ length: 8 }, (_, index) =>
        exchange(consumers[index % 2] as TestInstance, provider as TestInstance),
      );
      known.push(...(await Promise.all(batch)));
    }
    return known;
  };

  await Promise.all(consumers.map(registration));
  const [statements] = await Promise.all([stream(), rotateProvider(), rotateProvider()]);
  expect(statements).toHaveLength(200);
  expect(statements.filter((opened) => !opened)).toEqual([]);
});
