import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { testDatabase } from '../../../test/harness/database.ts';
import { err, ok } from '../../kernel/index.ts';
import { transact } from '../../platform/db/index.ts';
import type { Subject } from '../../scan/index.ts';
import type { ConnectionId } from '../connection.ts';
import { deleteConnection, insertConnection, recordLearned, setConnectionStatus } from '../connection-repo.ts';
import { connectionChecks } from './connection-checks.ts';

const database = await testDatabase();
afterAll(() => database.drop());
const { db } = database;

const at = new Date('2026-01-05T09:00:00Z');
const id = (digit: string) => `con_${digit.repeat(32)}` as ConnectionId;
let answer: Awaited<ReturnType<Parameters<typeof connectionChecks>[0]['oauth']['authenticate']>> = ok(undefined);
const checks = connectionChecks({ db, oauth: { authenticate: async () => answer } });

type Wrong = { account?: string; ours?: Record<string, unknown>; theirs?: Record<string, unknown> | null };
async function connection(digit: string, { account, ours, theirs }: Wrong = {}): Promise<void> {
  await transact(db, async (tx) => {
    await insertConnection(tx, {
      id: id(digit),
      side: 'provider',
      owner_id: `reg_${digit}`,
      attempt: 1,
      peer_instance_id: `sxi1${digit}` as never,
      status: 'pending',
      local_client_id: `sxc_${digit}`,
      remote_client_id: `sxp_${digit}`,
      remote_issuer: 'https://consumer.example',
      remote_resource: 'https://consumer.example/sx/v1',
      service_account: account ?? `sb_user_${digit}`,
      own_nonce: 'nonce',
      settings_ours: ours ?? { appVersion: '1.0.0' },
      created_at: at,
    });
    if (theirs !== null) await recordLearned(tx, id(digit), { settings_theirs: theirs ?? { appVersion: '1.0.1' } });
    await setConnectionStatus(tx, id(digit), 'pending', 'active', at);
  });
}
const instance: Subject = { kind: 'instance', id: 'provider', label: 'this instance' };
const found = async (check: keyof typeof checks, subject = instance) =>
  (await checks[check].run({ side: 'provider', subject, signal: new AbortController().signal })).map(
    ({ source, message }) => `${source.id}: ${message}`,
  );

beforeAll(async () => {
  for (const digit of ['a', 'b', 'c', 'd']) {
    await database.open.executeSql(
      `insert into link.peer values ($1, 'https://consumer.example', 'Contoso', '{}', '[]', '', 1, '', 0, $2, $2)`,
      [`sxi1${digit}`, at],
    );
  }
});

beforeEach(async () => {
  answer = ok(undefined);
  await transact(db, async (tx) => {
    for (const digit of ['a', 'b', 'c', 'd']) await deleteConnection(tx, id(digit));
  });
});

test('CHK-16 finds the service account that lacks the prefix, and no other', async () => {
  await connection('a');
  expect(await found('accountNames')).toEqual([]);
  await connection('b', { account: 'carol' });
  expect(await found('accountNames')).toEqual([
    `${id('b')}: The service account “carol” does not begin with sb_user_.`,
  ]);
});

test('CHK-17 finds settings that are missing or name no version, on either side', async () => {
  await connection('a');
  expect(await found('settingsPresent')).toEqual([]);
  await connection('b', { theirs: null });
  await connection('c', { theirs: {} });
  await connection('d', { ours: {} });
  expect((await found('settingsPresent')).toSorted()).toEqual([
    `${id('b')}: On this connection the other side’s settings are missing.`,
    `${id('c')}: On this connection the other side’s settings name no version.`,
    `${id('d')}: On this connection this side’s settings name no version.`,
  ]);
});

test('CHK-16 a record’s run judges its own connection only', async () => {
  await connection('a', { account: 'ada' });
  await connection('b', { account: 'bob' });
  const subject: Subject = { kind: 'registration', id: 'reg_b', label: 'REG0001002' };
  expect(await found('accountNames', subject)).toHaveLength(1);
});

test.each([
  [err({ code: 'refused', error: 'invalid_client' } as const), 'invalid_client', 'off-boarded there'],
  [err({ code: 'unreachable' } as const), 'unreachable', 'does not answer'],
])('CHK-18 tells that a peer gives no token, and why: %o', async (given, word, cause) => {
  await connection('a');
  expect(await found('tokensGranted')).toEqual([]);
  answer = given;
  const [finding] = await checks.tokensGranted.run({
    side: 'provider',
    subject: instance,
    signal: new AbortController().signal,
  });
  expect(finding).toMatchObject({ peer: true, message: expect.stringContaining(word) });
  expect(finding?.cause).toContain(cause);
});
