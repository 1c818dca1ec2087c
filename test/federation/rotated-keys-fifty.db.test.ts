import { afterAll, beforeAll, expect, test } from 'vitest';
import { contactAt, onboard, type SignedInBrowser } from '../../bench/scripted-consumer.ts';
import { linkFromWorkNote, registerConsumer } from '../../src/demo/registration-story.ts';
import { until } from '../../src/demo/until.ts';
import { systemRandom } from '../../src/kernel/index.ts';
import { actOnKey, readModule } from '../../src/keys/contract.ts';
import {
  base64url,
  DISCOVERY_PATH,
  manifestKeys,
  openStatement,
  signStatement,
  verifyDiscovery,
} from '../../src/protocol/index.ts';
import { listRegistrations, type RegistrationView } from '../../src/provider/contract.ts';
import { type AttackedProvider, openAttackedProvider } from '../harness/attacked-provider.ts';
import { testEngine } from '../harness/database.ts';
import { fromSomewhere } from '../harness/hostile-consumer.ts';
import { closeHostilePeers, type HostilePeer, openHostilePeer } from '../harness/hostile-peer.ts';
import { closeTestInstances } from '../harness/instances.ts';

/**
 * Fifty consumers on the wire against one provider. They are scripted, without a database of their own: fifty whole instances
 * would be fifty databases and some hundred threads, and what is in question here is the provider whose keys are replaced.
 * Whole instances whose own keys are replaced at the same time: rotated-keys.db.test.ts.
 */
const REGISTRATIONS = 50;
const STATEMENTS = 200;
const MODULES = ['sx.sign', 'sx.oauth.client', 'sx.oauth.as', 'sx.oauth.web', 'sx.invite', 'sx.session', 'sx.secret'];

const hasPostgres = testEngine === 'postgres';
let provider: AttackedProvider;
beforeAll(async () => {
  if (hasPostgres) provider = await openAttackedProvider();
});
afterAll(async () => {
  await closeTestInstances();
  await closeHostilePeers();
});

/** Replaces the active key of every module, one after the other; rounds wait for each other. */
let rounds = Promise.resolve();
function rotateAll(): Promise<void> {
  rounds = rounds.then(async () => {
    const { api } = provider.ada;
    for (const name of MODULES) {
      const { activeVersion } = await api.call(readModule, { params: { name } });
      const params = { name, version: activeVersion ?? 0, action: 'rotate' } as const;
      await api.call(actOnKey, { params, input: { reason: 'in the middle of things' } });
    }
  });
  return rounds;
}

/** Resolves when that many registrations are in a state. */
const reached = (count: number, state: RegistrationView['state']): Promise<true> =>
  until(`${count} registrations to be ${state}`, async () => {
    const { items } = await provider.ada.api.call(listRegistrations, { query: { limit: 200, state } });
    return items.length >= count || undefined;
  });

/** A statement there and one back, opened with a key that the provider shows: both are signed while keys are replaced. */
async function exchange(peer: HostilePeer): Promise<boolean> {
  const { origin } = provider.instance;
  const { id } = provider.instance.instance.keys.identity();
  const nonce = base64url(systemRandom.bytes(32));
  const probe = await signStatement(peer.party.sign.signer, 'probe', { ...peer.claims('probe', id), nonce });
  const headers = { 'content-type': 'application/jose', ...fromSomewhere() };
  const answer = await fetch(`${origin}/sx/v1/probe`, { method: 'POST', headers, body: probe });
  if (answer.status !== 200) return false;
  const seen = await fetch(origin + DISCOVERY_PATH, { headers: fromSomewhere() });
  const identity = await verifyDiscovery(Buffer.from(await seen.arrayBuffer()), { origin, now: new Date() });
  if (!identity.ok) return false;
  const keys = manifestKeys(identity.value.manifest, 'sign');
  const parties = { issuer: id, audience: peer.party.id };
  const opened = await openStatement('probeAck', await answer.text(), { ...parties, keys, now: new Date() });
  return opened.ok && opened.value.nonce === nonce;
}

// On the embedded database, which answers one statement at a time, the fifty would only wait for each other.
test.skipIf(!hasPostgres)(
  'KMF-15 keys are rotated in the middle of fifty registrations and 200 signed statements: none lost, none refused (PostgreSQL)',
  { timeout: 120_000 },
  async () => {
    const { ada, contact, instance } = provider;
    const numbers = Array.from({ length: REGISTRATIONS }, (_, index) => index);
    const peers = await Promise.all(numbers.map((index) => openHostilePeer(`fifty ${index}`)));
    const browsers: SignedInBrowser[] = [];
    // One after the other: many sign-ins of one person at once look like guessing and are made to wait.
    for (const _ of peers) browsers.push(await contactAt(instance.origin));

    const saved = peers.map((peer) => registerConsumer(ada, contact, peer.origin));
    const [registrations] = await Promise.all([Promise.all(saved), rotateAll()]);
    await reached(REGISTRATIONS, 'open');

    let begun = 0;
    const inFlight = Promise.withResolvers<void>();
    const finish = async (peer: HostilePeer, index: number): Promise<void> => {
      const link = await linkFromWorkNote(ada, registrations[index]?.number ?? '');
      begun += 1;
      if (begun === REGISTRATIONS) inFlight.resolve();
      await onboard(peer, link, browsers[index] as SignedInBrowser);
    };
    const stream = async (): Promise<boolean[]> => {
      const answers: boolean[] = [];
      await inFlight.promise;
      while (answers.length < STATEMENTS)
        answers.push(...(await Promise.all(peers.slice(0, 10).map((peer) => exchange(peer)))));
      return answers;
    };
    const rotations = async (): Promise<void> => {
      await inFlight.promise;
      await rotateAll();
      await reached(1, 'work-in-progress');
      await rotateAll();
      await reached(1, 'closed-complete');
      await rotateAll();
    };
    const [answers] = await Promise.all([stream(), rotations(), ...peers.map(finish)]);
    await reached(REGISTRATIONS, 'closed-complete');

    expect(answers).toHaveLength(STATEMENTS);
    expect(answers.filter((opened) => !opened)).toEqual([]);
  },
);
