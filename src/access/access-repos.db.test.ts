import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { type Clock, later, MINUTE_MS } from '../kernel/index.ts';
import { transact } from '../platform/db/index.ts';
import {
  type AccessClient,
  accessJobHandlers,
  assignClient,
  createServiceAccount,
  findClient,
  insertKeyedClient,
  listClients,
  listServiceAccounts,
  promoteClient,
  removeClient,
  removeServiceAccount,
  SERVICE_ACCOUNT_PREFIX,
  upsertClient,
} from './index.ts';
import { findRecord, putRecord, rememberProof } from './oauth-record-repo.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const createdAt = new Date('2026-01-05T09:00:00Z');
const key = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), kid: 'kid-1' } as const;
const client = (id: string): Omit<AccessClient, 'phase'> => ({
  clientId: `sxc_${id}`,
  keys: [key],
  redirectUris: [`https://consumer.example/sx/oauth/cb/${id}`],
  owner: { kind: 'registration', id: `reg_${id}` },
  createdAt,
});
const write = <T>(work: Parameters<typeof transact<T>>[1]) => transact(database.db, work);

describe('clients', () => {
  test('REG-72 the step that makes a client may be repeated: one row, its last keys', async () => {
    await write((tx) => upsertClient(tx, client('a')));
    await write((tx) => upsertClient(tx, { ...client('a'), keys: [{ ...key, kid: 'kid-2' }] }));
    const all = (await listClients(database.db)).filter(({ clientId }) => clientId === 'sxc_a');
    expect(all).toEqual([{ ...client('a'), phase: 'attempt', keys: [{ ...key, kid: 'kid-2' }] }]);
  });

  test('REG-81 a client of one registration cannot be taken over by another', async () => {
    await write((tx) => upsertClient(tx, client('b')));
    const foreign = { ...client('b'), owner: { kind: 'registration', id: 'reg_other' } };
    await expect(write((tx) => upsertClient(tx, foreign))).rejects.toThrow('another record');
  });

  test('a keyed client has no redirect address and does not fall back into its attempt', async () => {
    await write((tx) => upsertClient(tx, client('c')));
    expect(await write((tx) => promoteClient(tx, 'sxc_c'))).toBe(true);
    expect(await write((tx) => promoteClient(tx, 'sxc_c'))).toBe(true);
    expect(await findClient(database.db, 'sxc_c')).toMatchObject({ phase: 'keyed', redirectUris: [] });
    await expect(write((tx) => upsertClient(tx, client('c')))).rejects.toThrow('keyed already');
  });

  test('a client can be handed from its registration to its connection', async () => {
    await write((tx) => upsertClient(tx, client('d')));
    await write((tx) => assignClient(tx, 'sxc_d', { kind: 'connection', id: 'con_d' }));
    expect((await findClient(database.db, 'sxc_d'))?.owner).toEqual({ kind: 'connection', id: 'con_d' });
  });

  test('REG-72 the peer’s client for the opposite direction is keyed from the start, once', async () => {
    const { redirectUris: _none, ...keyed } = client('e');
    await write((tx) => insertKeyedClient(tx, keyed));
    await write((tx) => insertKeyedClient(tx, keyed));
    expect(await findClient(database.db, 'sxc_e')).toEqual({ ...keyed, phase: 'keyed', redirectUris: [] });
    const foreign = { ...keyed, owner: { kind: 'connection', id: 'con_other' } };
    await expect(write((tx) => insertKeyedClient(tx, foreign))).rejects.toThrow('another record');
  });

  test('a removed client takes what was stored for it along; removing twice is no error', async () => {
    await write((tx) => upsertClient(tx, client('f')));
    await write((tx) => putRecord(tx, record('f', createdAt)));
    await write((tx) => removeClient(tx, 'sxc_f'));
    await write((tx) => removeClient(tx, 'sxc_f'));
    expect(await findClient(database.db, 'sxc_f')).toBeUndefined();
    expect(await findRecord(database.db, 'Grant', 'hash-f')).toBeUndefined();
  });

  test('promoting or assigning a client that is gone says so', async () => {
    expect(await write((tx) => promoteClient(tx, 'sxc_gone'))).toBe(false);
    expect(await write((tx) => assignClient(tx, 'sxc_gone', { kind: 'connection', id: 'con_x' }))).toBe(false);
  });
});

describe('service accounts', () => {
  const owner = { kind: 'connection', id: 'con_1' };

  test('REG-72 a connection has one service account, whose name starts with sb_user, however often the step runs', async () => {
    const first = await write((tx) => createServiceAccount(tx, { suffix: 'CON0001001', owner, createdAt }));
    const again = await write((tx) => createServiceAccount(tx, { suffix: 'other', owner, createdAt }));
    expect(first).toEqual({ name: `${SERVICE_ACCOUNT_PREFIX}con0001001`, owner, createdAt });
    expect(again).toEqual(first);
  });

  test('two connections never share one', async () => {
    const other = { kind: 'connection', id: 'con_2' };
    await expect(
      write((tx) => createServiceAccount(tx, { suffix: 'CON0001001', owner: other, createdAt })),
    ).rejects.toThrow();
  });

  test('it goes with its connection', async () => {
    await write((tx) => removeServiceAccount(tx, owner));
    await write((tx) => removeServiceAccount(tx, owner));
    expect(await listServiceAccounts(database.db)).toEqual([]);
  });
});

describe('stored records', () => {
  const clock: Clock = { now: () => createdAt };

  test('what has expired an hour ago is purged; what a late second use may still ask for is kept', async () => {
    const [handler] = accessJobHandlers({ db: database.db, clock });
    await write((tx) => putRecord(tx, record('old', later(createdAt, -61 * MINUTE_MS))));
    await write((tx) => putRecord(tx, record('recent', later(createdAt, -59 * MINUTE_MS))));
    await handler?.handle({}, { attempt: 1, signal: new AbortController().signal });
    expect(await findRecord(database.db, 'Grant', 'hash-old')).toBeUndefined();
    expect(await findRecord(database.db, 'Grant', 'hash-recent')).toBeDefined();
  });

  test('a proof counts once until its time is over', async () => {
    const until = later(createdAt, MINUTE_MS);
    const use = (now: Date) => write((tx) => rememberProof(tx, 'proof-1', until, now));
    expect(await use(createdAt)).toBe(true);
    expect(await use(createdAt)).toBe(false);
    expect(await use(until)).toBe(true);
  });

  test('of many uses at the same moment one counts', async () => {
    const until = later(createdAt, MINUTE_MS);
    const uses = Array.from({ length: 8 }, () => write((tx) => rememberProof(tx, 'proof-2', until, createdAt)));
    expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
  });
});

const record = (name: string, expiresAt: Date) => ({
  model: 'Grant',
  idHash: `hash-${name}`,
  sealed: 'x',
  grantHash: `hash-${name}`,
  clientId: `sxc_${name}`,
  expiresAt,
});
