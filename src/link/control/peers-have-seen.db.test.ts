import { afterAll, afterEach, expect, test } from 'vitest';
import { testDatabase } from '../../../test/harness/database.ts';
import { movableClock } from '../../../test/harness/keys.ts';
import { MINUTE_MS, systemRandom } from '../../kernel/index.ts';
import { transact } from '../../platform/db/index.ts';
import type { Jobs } from '../../platform/jobs/job.ts';
import type { ConnectionId } from '../connection.ts';
import { deleteConnection, insertConnection, recordLearned, setConnectionStatus } from '../connection-repo.ts';
import { keepReceipt, keepSealed, listControlMessages } from './control-repo.ts';
import { noteManifestSeen } from './manifest-seen-repo.ts';
import { peersHaveSeen } from './peers-have-seen.ts';

const database = await testDatabase();
afterAll(() => database.drop());
const { db } = database;
const clock = movableClock();
const sent: string[] = [];
const jobs = {
  send: async (_tx: unknown, _job: unknown, { connectionId }: { connectionId: string }) => void sent.push(connectionId),
} as unknown as Jobs;

const id = (digit: string) => `con_${digit.repeat(32)}` as ConnectionId;
const [near, far] = [id('a'), id('b')];

async function connected(...connections: ConnectionId[]): Promise<void> {
  for (const each of connections) {
    const peer = `sxi1${each}`;
    await database.open.executeSql(
      `insert into link.peer values ($1, 'https://consumer.example', 'Contoso', '{}', '[]', '', 1, '', 0, $2, $2)
       on conflict do nothing`,
      [peer, clock.now()],
    );
    await transact(db, async (tx) => {
      await insertConnection(tx, {
        ...{ id: each, side: 'provider', owner_id: `reg_${each}`, attempt: 1, peer_instance_id: peer as never },
        ...{ status: 'pending', local_client_id: `sxc_${each}`, remote_client_id: `sxp_${each}` },
        ...{ remote_issuer: 'https://consumer.example', remote_resource: 'https://consumer.example/sx/v1' },
        ...{ service_account: `sb_user_${each}`, own_nonce: 'nonce', settings_ours: {}, created_at: clock.now() },
      });
      await recordLearned(tx, each, { peer_nonce: 'theirs' });
      await setConnectionStatus(tx, each, 'pending', 'active', clock.now());
    });
  }
}
afterEach(async () => {
  sent.length = 0;
  await transact(db, async (tx) => {
    for (const each of [near, far]) await deleteConnection(tx, each);
  });
});

/** As another process: nothing is remembered but what is stored. */
const ask = (seq: number) => peersHaveSeen({ db, clock, random: systemRandom, jobs }, seq);
const says = (connection: ConnectionId, seq: number) => transact(db, (tx) => noteManifestSeen(tx, connection, seq));
const receipted = async (connection: ConnectionId) => {
  for (const { seq } of await listControlMessages(db, connection))
    await transact(db, async (tx) => {
      const sealed = { batch: 'batch', hash: 'hash', signed_by: 'kid', replaces: [] };
      await keepSealed(tx, connection, { seq, over: null }, sealed);
      await keepReceipt(tx, connection, seq, { hash: 'hash', receipt: 'receipt' }, clock.now());
    });
};

test('without an active connection nobody can tell', async () => {
  expect(await ask(2)).toBeNull();
});

test('each peer that has not said so is asked once, and all must have said so', async () => {
  await connected(near, far);
  expect(await ask(5)).toBe(false);
  expect(sent.sort()).toEqual([near, far]);
  expect((await listControlMessages(db, near)).map(({ message }) => message.ty)).toEqual(['connect.settings']);

  await says(near, 5);
  expect(await ask(5)).toBe(false);
  await says(far, 4);
  expect(await ask(5)).toBe(false);
  await says(far, 6);
  await says(far, 3);
  expect(await ask(5)).toBe(true);
  expect(sent).toHaveLength(2);
});

test('a peer that is away has one message waiting however often it is asked; one that saw an old copy is asked after a minute', async () => {
  await connected(near);
  await ask(5);
  clock.move(10 * MINUTE_MS);
  await ask(5);
  expect(await listControlMessages(db, near)).toHaveLength(1);
  await receipted(near);
  await says(near, 4);
  await ask(5);
  await receipted(near);
  await ask(5);
  expect(await listControlMessages(db, near)).toHaveLength(2);
  clock.move(MINUTE_MS);
  await Promise.all([ask(5), ask(5)]);
  expect(await listControlMessages(db, near)).toHaveLength(3);
  await receipted(near);
  await ask(6);
  expect(await listControlMessages(db, near)).toHaveLength(4);
});
