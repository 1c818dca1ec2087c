import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { testDatabase } from '../../../test/harness/database.ts';
import { movableClock } from '../../../test/harness/keys.ts';
import { createServiceAccount, removeServiceAccount } from '../../access/index.ts';
import { HOUR_MS } from '../../kernel/index.ts';
import { transact } from '../../platform/db/index.ts';
import type { Subject } from '../../scan/index.ts';
import type { ConnectionId } from '../connection.ts';
import {
  deleteConnection,
  insertConnection,
  insertTrafficSecrets,
  setConnectionStatus,
  suspend,
} from '../connection-repo.ts';
import { insertControlMessage } from '../control/control-repo.ts';
import { healthChecks } from './health-checks.ts';

const database = await testDatabase();
afterAll(() => database.drop());
const { db } = database;
const clock = movableClock();
const checks = healthChecks({ db, clock });
const run = (statement: string, values: unknown[] = []) => database.open.executeSql(statement, values);

const suffix = 'a'.repeat(32);
const id = `con_${suffix}` as ConnectionId;
const owner = { kind: 'connection', id };

beforeAll(async () => {
  const peer = `insert into link.peer values ('sxi1a', 'https://consumer.example', 'Contoso', '{}', '[]', '', 1, '', 0, $1, $1)`;
  await run(peer, [clock.now()]);
});
beforeEach(async () => {
  await transact(db, async (tx) => {
    const { name } = await createServiceAccount(tx, { suffix, owner, createdAt: clock.now() });
    await insertConnection(tx, {
      ...{ id, side: 'provider', owner_id: 'reg_a', attempt: 1, peer_instance_id: 'sxi1a' as never, status: 'pending' },
      ...{ local_client_id: 'sxc_a', remote_client_id: 'sxp_a', remote_issuer: 'https://consumer.example' },
      ...{ remote_resource: 'https://consumer.example/sx/v1', service_account: name, own_nonce: 'nonce' },
      ...{ settings_ours: {}, created_at: clock.now() },
    });
    await insertTrafficSecrets(tx, id, 1, { c2p: 'c2p', p2c: 'p2c', ratchet: 'ratchet' });
    await setConnectionStatus(tx, id, 'pending', 'active', clock.now());
  });
  await run(
    `insert into access.client (client_id, phase, keys, redirect_uris, owner_kind, owner_id, created_at)
     values ('sxc_a', 'keyed', '[{"kid": "one"}]', '[]', 'connection', $1, $2)`,
    [id, clock.now()],
  );
});
afterEach(async () => {
  await transact(db, async (tx) => {
    await deleteConnection(tx, id);
    await removeServiceAccount(tx, owner);
  });
  await run("delete from access.client where client_id = 'sxc_a'");
});

const instance: Subject = { kind: 'instance', id: 'provider', label: 'this instance' };
const found = async (check: keyof typeof checks, subject = instance) =>
  (await checks[check].run({ side: 'provider', subject, signal: new AbortController().signal })).map(
    ({ message }) => message,
  );

test('CHK-12 a suspended connection is found with its reason, at its own record and at no other', async () => {
  expect(await found('statusActive')).toEqual([]);
  await transact(db, (tx) => suspend(tx, id, 'fork'));
  const message = 'The connection is suspended (fork): nothing is sent or accepted.';
  expect(await found('statusActive')).toEqual([message]);
  expect(await found('statusActive', { kind: 'registration', id: 'reg_a', label: 'REG0001001' })).toEqual([message]);
  expect(await found('statusActive', { kind: 'registration', id: 'reg_b', label: 'REG0001002' })).toEqual([]);
});

test('CHK-13 inbound: the client of the other instance is gone, has no key, or is not keyed', async () => {
  expect(await found('directionsActive')).toEqual([]);
  const message = 'inbound: the other instance has no client with a key here.';
  await run("update access.client set keys = '[]' where client_id = 'sxc_a'");
  expect(await found('directionsActive')).toEqual([message]);
  await run("delete from access.client where client_id = 'sxc_a'");
  expect(await found('directionsActive')).toEqual([message]);
});

test('CHK-13 outbound: a traffic secret is missing, or a message waits for longer than an hour', async () => {
  const message = { id: 'id', ty: 'connect.settings', n: 1, ts: clock.now().toISOString(), b: {} };
  await transact(db, (tx) => insertControlMessage(tx, id, message, clock.now()));
  clock.move(HOUR_MS);
  expect(await found('directionsActive')).toEqual([]);
  clock.move(2 * HOUR_MS);
  expect(await found('directionsActive')).toEqual(['outbound: a message has been waiting for 3 h.']);
  await run("delete from link.traffic_secret where label = 'p2c'");
  expect(await found('directionsActive')).toEqual(['both directions: a traffic secret is missing.']);
});

test('CHK-15 the account of a connection was renamed, or is gone', async () => {
  expect(await found('accountUnaltered')).toEqual([]);
  await run("update access.service_account set name = 'sb_user_somebody'");
  expect(await found('accountUnaltered')).toEqual([
    `The service account sb_user_${suffix} is named “sb_user_somebody”, the connection says “sb_user_${suffix}”.`,
  ]);
  await run('delete from access.service_account');
  expect(await found('accountUnaltered')).toEqual([`The service account sb_user_${suffix} is not on file.`]);
});
