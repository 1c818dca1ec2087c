import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { keyFolder, keysOn, movableClock } from '../../test/harness/keys.ts';
import { DAY_MS, type Role, type UserActor, type UserId } from '../kernel/index.ts';
import type { Changes } from '../platform/changes.ts';
import { verifyManifest } from '../protocol/index.ts';
import type { KeyAction } from './key-roles.ts';
import type { Keys } from './keys.ts';

let database: TestDatabase;
let place: ReturnType<typeof keyFolder>;
let keys: Keys;
const clock = movableClock();
beforeEach(async () => {
  database = await testDatabase();
  place = keyFolder();
  keys = await keysOn(database.db, place.rootKeyFile, { clock });
});
afterEach(async () => {
  await database.drop();
  place.remove();
});

const actor = (...roles: Role[]): UserActor => ({
  kind: 'user',
  id: `usr_${'0'.repeat(32)}` as UserId,
  username: 'ada',
  roles: new Set(roles),
  via: 'session',
  authenticatedAt: new Date(0),
});
const MANAGER = actor('sn_kmf.cryptographic_manager');
const act = (module: string, version: number, action: KeyAction, by = MANAGER) =>
  keys.manage.act(by, { module, version, action, reason: 'as planned' });

const manifest = async () => {
  const { id, genesis, manifest: jws } = keys.identity();
  const verified = await verifyManifest(jws ?? '', { id, root: genesis.root, now: clock.now() });
  if (!verified.ok) throw new Error(verified.error.code);
  return verified.value;
};
const rowOf = (module: string, version: number) =>
  database.db
    .selectFrom('keys.key_version')
    .selectAll()
    .where('module', '=', module)
    .where('version', '=', version)
    .executeTakeFirstOrThrow();

test('KMF-15 rotating sx.sign: a new active version, the old private part destroyed, both in a new manifest, statements go on', async () => {
  const before = await manifest();
  const successor = await act('sx.sign', 1, 'rotate');
  expect(successor).toMatchObject({ version: 2, state: 'active', hasSecret: true });
  expect(await rowOf('sx.sign', 1)).toMatchObject({ state: 'deactivated', wrapped: null, deactivated_at: clock.now() });
  const after = await manifest();
  expect(after.seq).toBe(before.seq + 1);
  expect(after.keys.filter(({ use }) => use === 'sign').map(({ state }) => state)).toEqual(['active', 'deactivated']);
  const { kid } = await keys.as('service:link').signer('sx.sign').lease('sx-receipt+jwt');
  expect(kid).toBe(successor.kid);
  expect((await keys.gate()).ok).toBe(true);
});

test('a rotated sealing key still opens what it sealed, and seals nothing new', async () => {
  const sealer = keys.as('service:provider').sealer('sx.invite');
  const old = await sealer.seal({ a: 'b' }, Buffer.from('old'));
  await act('sx.invite', 1, 'rotate');
  expect(await sealer.open({ a: 'b' }, old)).toEqual(Buffer.from('old'));
  expect(await sealer.seal({ a: 'b' }, Buffer.from('new'))).toMatch(/^s1\.2\./);
});

test('a suspended signing key signs nothing and closes the gate; resumed it signs again', async () => {
  await act('sx.sign', 1, 'suspend');
  await expect(keys.as('service:link').signer('sx.sign').lease('sx-receipt+jwt')).rejects.toMatchObject({
    slug: 'keys/unavailable',
  });
  expect((await keys.gate()).failing.map(({ name }) => name)).toEqual(['module.sx.sign']);
  expect((await manifest()).keys.find(({ use }) => use === 'sign')?.state).toBe('suspended');
  await act('sx.sign', 1, 'resume');
  expect((await keys.gate()).ok).toBe(true);
});

test('a suspended sealing key opens older data, and that is flagged', async () => {
  const sealer = keys.as('service:provider').sealer('sx.invite');
  const sealed = await sealer.seal({ a: 'b' }, Buffer.from('x'));
  await act('sx.invite', 1, 'suspend');
  expect(await sealer.open({ a: 'b' }, sealed)).toEqual(Buffer.from('x'));
  await expect(sealer.seal({ a: 'b' }, Buffer.from('x'))).rejects.toMatchObject({ slug: 'keys/unavailable' });
  await keys.lightCheck();
  const [decision] = await database.db.selectFrom('keys.decision').selectAll().execute();
  expect(decision).toMatchObject({ outcome: 'flagged', subject: 'service:provider', module: 'sx.invite' });
});

test('KMF-13 the first key of a module is active at once, a later one waits until it is activated', async () => {
  await act('sx.sign', 1, 'revoke');
  const request = { module: 'sx.sign', reason: 'as planned' };
  expect(await keys.manage.generate(MANAGER, request)).toMatchObject({ version: 2, state: 'active' });
  expect(await keys.manage.generate(MANAGER, request)).toMatchObject({ version: 3, state: 'generated' });
  expect((await manifest()).keys.map(({ state }) => state)).toContain('pre-active');
  expect(await act('sx.sign', 3, 'activate')).toMatchObject({ version: 3, state: 'active' });
  expect(await rowOf('sx.sign', 2)).toMatchObject({ state: 'deactivated', wrapped: null });
});

test('resuming is refused while another key is active', async () => {
  await act('sx.sign', 1, 'suspend');
  await keys.manage.generate(MANAGER, { module: 'sx.sign', reason: 'meanwhile' });
  await act('sx.sign', 2, 'activate');
  await expect(act('sx.sign', 1, 'resume')).rejects.toMatchObject({ slug: 'keys/action-refused' });
});

test('what the state does not allow, the root keys, and what does not exist are refused without a trace in the store', async () => {
  const before = await database.db.selectFrom('keys.key_version').selectAll().execute();
  await expect(act('sx.sign', 1, 'resume')).rejects.toMatchObject({ slug: 'keys/action-refused' });
  await expect(act('sx.identity', 1, 'rotate')).rejects.toMatchObject({ slug: 'keys/action-refused' });
  await expect(act('sx.sign', 9, 'rotate')).rejects.toMatchObject({ slug: 'keys/no-such-key' });
  await expect(act('sx.nothing', 1, 'rotate')).rejects.toMatchObject({ slug: 'keys/no-such-key' });
  expect(await database.db.selectFrom('keys.key_version').selectAll().execute()).toEqual(before);
});

test('KMF-29 an operator rotates and revokes, and suspends nothing; an auditor and an admin do nothing', async () => {
  const operator = actor('sn_kmf.cryptographic_operator');
  await expect(act('sx.sign', 1, 'suspend', operator)).rejects.toMatchObject({
    slug: 'keys/role-needed',
    message: expect.stringContaining('security_admin'),
  });
  await act('sx.sign', 1, 'rotate', operator);
  for (const other of [actor('sn_kmf.cryptographic_auditor'), actor('admin', 'security_admin')])
    await expect(act('sx.sign', 2, 'rotate', other)).rejects.toMatchObject({ slug: 'keys/role-needed' });
});

test('every action, done or refused, is in the audit with actor and reason', async () => {
  await act('sx.sign', 1, 'rotate');
  await act('sx.sign', 2, 'rotate', actor('sn_kmf.cryptographic_auditor')).catch(() => undefined);
  const { rows } = await sql<{ event: string; actor_name: string; subject: string; detail: { reason?: string } }>`
    select event, actor_name, subject, detail from audit.entry`.execute(database.db);
  const of = (event: string) => rows.find((row) => row.event === event);
  expect(of('keys.identity-created')).toMatchObject({ actor_name: 'system:keys' });
  expect(of('keys.key-rotated')).toMatchObject({
    actor_name: 'ada',
    subject: 'sx.sign#1',
    detail: { reason: 'as planned' },
  });
  expect(of('keys.key-generated')).toMatchObject({ subject: 'sx.sign#2' });
  expect(of('keys.action-refused')).toMatchObject({ subject: 'sx.sign#2' });
});

test('a revoked key brought back from a backup is noticed and not used, and nothing is signed over it', async () => {
  await sql.raw('create table keys.backup as select * from keys.key_version').execute(database.db);
  await act('sx.invite', 1, 'rotate');
  await sql
    .raw(`update keys.key_version now set state = 'suspended', mac = before.mac from keys.backup before
      where now.module = 'sx.invite' and now.version = 1 and before.module = now.module and before.version = 1`)
    .execute(database.db);
  expect((await keys.gate()).failing.map(({ name }) => name)).toEqual(['metadata']);
  await expect(act('sx.sign', 1, 'rotate')).rejects.toMatchObject({ slug: 'keys/action-refused' });
  const restarted = await keysOn(database.db, place.rootKeyFile, { clock });
  expect((await restarted.gate()).failing.map(({ name }) => name)).toEqual(['metadata']);
});

test('another node takes over a rotation as soon as it hears of it, and at the latest at its light check', async () => {
  let hear: (record: string) => void = () => undefined;
  const changes: Changes = {
    publish: async () => undefined,
    subscribe(listener) {
      hear = listener;
      return () => undefined;
    },
  };
  const node = await keysOn(database.db, place.rootKeyFile, { clock, changes });
  const kid = async () => (await node.as('service:link').signer('sx.sign').lease('sx-receipt+jwt')).kid;
  const second = await act('sx.sign', 1, 'rotate');
  const taken = new Promise<void>((resolve) => {
    node.onChanged(resolve);
  });
  hear('key-management');
  await taken;
  expect(await kid()).toBe(second.kid);
  const third = await act('sx.sign', 2, 'rotate');
  await node.lightCheck();
  expect(await kid()).toBe(third.kid);
});

test('many rotations keep the manifest small enough to be fetched, the newest ended keys first', async () => {
  for (let version = 1; version <= 10; version += 1) await act('sx.sign', version, 'rotate');
  const { keys: published } = await manifest();
  expect(published.filter(({ use, state }) => use === 'sign' && state === 'deactivated')).toHaveLength(8);
  const newest = await rowOf('sx.sign', 10);
  expect(published.map(({ kid }) => kid)).toContain(newest.kid);
});

test('an ended client key leaves the manifest a day later', async () => {
  await act('sx.oauth.client', 1, 'rotate');
  expect((await manifest()).keys.filter(({ use }) => use === 'client')).toHaveLength(2);
  clock.move(2 * DAY_MS);
  await keys.lightCheck();
  expect((await manifest()).keys.filter(({ use }) => use === 'client')).toHaveLength(1);
});
